"""What came in about somebody we stay in touch with: a reply, an absence, a goodbye. Heard as often as one likes.

A mail may be told again, because a person said that it is something else than we read. So nothing here counts up:
what one mail does is taken back first, then done anew as it is meant now.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from textwrap import shorten
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.base.dates import parse_day, show_day
from rebond.deals.actions import log_touch, unlog_touch
from rebond.deals.models import Channel, Deal, Direction, Outcome, Person, Touch
from rebond.mail.models import Kind, Message, Received
from rebond.mail.queries.inbox import is_private
from rebond.mail.reading.hints import named_dates
from rebond.nurture.actions.rows import finish, locked, rest, schedule, withdraw
from rebond.nurture.actions.signals import note_signal
from rebond.nurture.cadence.holidays import working_day
from rebond.nurture.models import (
    DateKind,
    Ended,
    Enrolment,
    Given,
    Paused,
    Signal,
    SignalKind,
    Standing,
    Step,
    StepStatus,
)
from rebond.nurture.queries.standing import colleagues_of, going_with, place, today_of

#: Kinds that end it, and why.
ENDS = {
    Kind.STOP: Ended.ASKED, Kind.COMPLAINT: Ended.ASKED, Kind.BOUNCE_HARD: Ended.NO_ADDRESS, Kind.LEFT: Ended.LEFT,
}  # fmt: skip
#: Kinds that pause it, and why.
RESTS = {Kind.HUMAN: Paused.REPLY, Kind.OUT_OF_OFFICE: Paused.AWAY}
#: How long colleagues of somebody who answered are left in peace.
COMPANY_REST = timedelta(days=14)
#: Away without a day of return.
AWAY_FOR = timedelta(days=14)
#: A reply so long after a piece was sent is not put down to it.
PIECE_REPLY = timedelta(days=60)
LONGEST_ABSENCE = timedelta(days=400)
FIRST_WORDS = 240


@transaction.atomic
def hear(received: Received, now: datetime) -> None:
    """Follows what one incoming mail means for its person; nothing for somebody we do not know."""
    if received.person is None:
        return
    found = going_with(received.person).first()
    person = found.person if found is not None else received.person
    _take_back(received, person, now)
    kind = Kind(received.meant)
    if received.answers is not None:
        answered(received.answers, received, now)
    found = going_with(received.person).first()
    enrolment = locked(found) if found is not None else None
    if kind == Kind.HUMAN:
        _they_wrote(received, person, enrolment, now)
    if enrolment is not None:
        if kind in ENDS:
            finish(enrolment, ENDS[kind], actor=None, now=now)
        elif kind == Kind.OUT_OF_OFFICE and _may_rest(enrolment):
            withdraw(enrolment, Paused.AWAY, actor=None, now=now)
            rest(enrolment, Paused.AWAY, _back_on(received, enrolment, now))
        enrolment.save()
    if kind == Kind.LEFT:
        _somebody_follows(received, person, now)
    if enrolment is not None and kind in {*ENDS, *RESTS}:
        record(verb="nurture.hear", subject=enrolment, actor=None, at=now, kind=kind, received=received.pk)


def answered(message: Message, received: Received, now: datetime) -> None:  # noqa: ARG001
    """A mail belongs to a note of ours: the step and what went with it were answered, if a person answers."""
    step = Step.objects.filter(message_key=message.key).select_related("enrolment").first()
    if step is None or received.meant != Kind.HUMAN:
        return
    if step.answered_at is None:
        step.answered_at = received.sent_at
        step.save(update_fields=["answered_at"])


# ---- a person writes


def _they_wrote(received: Received, person: Person, enrolment: Enrolment | None, now: datetime) -> None:
    """A touch, a sign with its evidence, and peace until somebody has answered."""
    deal = Deal.objects.filter(deal_people__person=person, outcome=Outcome.OPEN).order_by("-opened_at", "-pk").first()
    _log(received, person, deal, now)
    _pieces_answered(person, received.sent_at)
    if enrolment is None and (deal is not None or not _known_here(person)):
        return  # a customer, or a sale that is under way: its own screens show the mail
    kind = SignalKind.REPLY if received.answers_id else SignalKind.WROTE
    note_signal(person=person, kind=kind, ref=ref_of(received), words=evidence(received), at=received.sent_at, now=now)
    if enrolment is not None:
        heard_at = min(received.sent_at, now)
        enrolment.interaction_at = max(heard_at, enrolment.interaction_at or heard_at)
        enrolment.unanswered = _unanswered(enrolment)
        if _may_rest(enrolment):
            withdraw(enrolment, "answered", actor=None, now=now)
            rest(enrolment, Paused.DEAL_OPEN if deal else Paused.REPLY, None)
        _leave_colleagues(person, now)


def _log(received: Received, person: Person, deal: Deal | None, now: datetime) -> None:
    """Their mail as a contact, once; without its words where those are one colleague's to read."""
    if Touch.objects.filter(source="mail", external_id=ref_of(received)).exists():
        return
    note = "" if is_private(received) else shorten(received.text, 1000, placeholder="…")
    log_touch(
        deal=deal, person=person, channel=Channel.EMAIL, direction=Direction.IN, at=min(received.sent_at, now),
        result="replied", note=note, source="mail", external_id=ref_of(received), actor=None, now=now,
    )  # fmt: skip


def _pieces_answered(person: Person, at: datetime) -> None:
    """The first reply within 60 days of a piece counts for it."""
    sent = Given.objects.filter(person=person, replied_at=None, sent_at__lte=at, sent_at__gt=at - PIECE_REPLY)
    sent.update(replied_at=at)


def _known_here(person: Person) -> bool:
    """Whether we ever stayed in touch with them, or they said no once."""
    from rebond.nurture.actions.enrolling import last_no  # which leans on this room's mail

    return Enrolment.objects.filter(person=person).exists() or last_no(person) is not None


def _leave_colleagues(person: Person, now: datetime) -> None:
    """A reply from anyone in the company pauses the company."""
    for one in colleagues_of(person):
        mine = locked(one)
        if mine.status == Standing.ACTIVE:
            withdraw(mine, Paused.COMPANY_REPLY, actor=None, now=now)
            rest(mine, Paused.COMPANY_REPLY, today_of(mine, now) + COMPANY_REST)
            mine.save()
            record(verb="nurture.pause", subject=mine, actor=None, at=now, because=Paused.COMPANY_REPLY.value)


def evidence(received: Received) -> str:
    """What they wrote, in one sentence, with the dates they named, which a person may take over.

    Without a sentence (a picture, an empty mail) its subject. Nothing where its words are one colleague's to read: a
    sign is seen by a whole team (they are beside it for that colleague, ``keep.signs.whole_words``).
    """
    if is_private(received):
        return ""
    words = first_sentence(received.text) or received.subject
    hints = named_dates(received.text, "", received.sent_at)
    dates = [f"{DateKind(hint.kind).label}: {show_day(hint.on)}" for hint in hints[:2] if hint.kind in DateKind.values]
    return " · ".join([f"“{words}”" if words else "", *dates]).strip(" ·")


def first_sentence(text: str) -> str:
    """The first sentence that says something; a greeting alone does not.

    >>> first_sentence("Bonjour Camille,\\n\\nNotre budget ouvre en juin. Rappelez-moi.")
    'Notre budget ouvre en juin.'
    >>> first_sentence("Thanks! Call me in June.")
    'Thanks! Call me in June.'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and len(lines[0]) < 40 and lines[0][-1] in ",!:":
        lines = lines[1:]
    said = " ".join(lines)
    ends = [match.end() for match in re.finditer(r"[.!?…](?=\s|$)", said)]
    cut = next((end for end in ends if end >= 20), len(said))
    return shorten(said[:cut], FIRST_WORDS, placeholder="…")


# ---- away, and gone


def _may_rest(enrolment: Enrolment) -> bool:
    """What one of us paused stays so, and a deal that is open goes before."""
    return enrolment.status == Standing.ACTIVE or enrolment.paused_because not in (Paused.BY_HAND, Paused.DEAL_OPEN)


def _back_on(received: Received, enrolment: Enrolment, now: datetime) -> date:
    """The working day on which they are back; two weeks from now when they did not say."""
    today, where = today_of(enrolment, now), place(enrolment)
    said = parse_day(str(received.reading.get("return_on") or ""))
    if said is None or not today < said <= today + LONGEST_ABSENCE:
        arrived = received.sent_at.astimezone(ZoneInfo(where.zone)).date()
        said = max(arrived + AWAY_FOR, today + timedelta(days=1))
    return working_day(said, where.country)


def _somebody_follows(received: Received, person: Person, now: datetime) -> None:
    """Who follows them, if they said so; adding that person is the seller's own click."""
    name = str(received.reading.get("successor_name") or "")
    address = str(received.reading.get("successor_address") or "")
    who = ", ".join(part for part in (name, address) if part)
    words = _("Now in charge: %(who)s") % {"who": who} if who else _("They left; nobody was named.")
    note_signal(
        person=person, kind=SignalKind.SUCCESSOR, ref=ref_of(received), words=words, at=received.sent_at, now=now
    )


# ---- told again, with another meaning


def ref_of(received: Received) -> str:
    """The name of a mail as a cause."""
    return f"received:{received.pk}"


def _take_back(received: Received, person: Person, now: datetime) -> None:
    """Undoes what this mail did while it was understood as something else; what other mails say stands."""
    if not received.corrected_kind:
        return
    kind = Kind(received.meant)
    if kind != Kind.HUMAN:
        for touch in Touch.objects.filter(source="mail", external_id=ref_of(received)):
            unlog_touch(touch=touch, actor=None, now=now)
        Given.objects.filter(person=person, replied_at=received.sent_at).update(replied_at=None)
        Step.objects.filter(enrolment__person=person, answered_at=received.sent_at).update(answered_at=None)
    wrong = {SignalKind.REPLY, SignalKind.WROTE} if kind != Kind.HUMAN else set()
    wrong |= {SignalKind.SUCCESSOR} if kind != Kind.LEFT else set()
    Signal.objects.filter(ref=ref_of(received), kind__in=wrong, settled_at=None).delete()
    _stand_as_before(received, person, kind, now)


def _stand_as_before(received: Received, person: Person, kind: Kind, now: datetime) -> None:
    """A pause or an end that nothing else supports is gone; what the mail really means is done after this."""
    last = Enrolment.objects.filter(person=person).order_by("-pk").first()
    if last is None:
        return
    mine = locked(last)
    if kind != Kind.HUMAN:
        mine.interaction_at = _last_interaction(mine)
        mine.unanswered = _unanswered(mine)
    because = mine.paused_because if mine.status == Standing.PAUSED else mine.ended_because
    kinds = {one for one, why in {**RESTS, **ENDS}.items() if why == because}
    if kinds and kind not in kinds and not _others_say(received, kinds, mine):
        mine.ended_at, mine.ended_because = None, ""
        schedule(mine, now)
    mine.save()


def _others_say(received: Received, kinds: set[Kind], enrolment: Enrolment) -> bool:
    """Whether another mail of theirs, since it began, means one of these."""
    others = Received.objects.filter(person=enrolment.person_id, received_at__gte=enrolment.started_at)
    return any(other.meant in kinds for other in others.exclude(pk=received.pk))


def _last_interaction(enrolment: Enrolment) -> datetime | None:
    """The last two-way contact that is written down since it began."""
    from rebond.nurture.actions.touching import two_way  # which leans on signals, as this does

    since = enrolment.started_at
    touches = Touch.objects.filter(person=enrolment.person_id, at__gte=since).order_by("-at")
    return next((one.at for one in touches if two_way(one.channel, one.direction, one.result)), None)


def _unanswered(enrolment: Enrolment) -> int:
    """Touches of ours since they last said something."""
    done = enrolment.steps.filter(status=StepStatus.DONE, answered_at=None)
    if enrolment.interaction_at:
        done = done.filter(done_at__gte=enrolment.interaction_at)
    return done.count()

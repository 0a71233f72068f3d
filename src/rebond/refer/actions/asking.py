"""Asking for introductions: said, written, answered, passed on. Planned ones are made in ``planning``.

Each ask of a person is looked at under a lock on their advocate's row, so that two sellers who ask at once ask once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day, show_day
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean
from rebond.deals.actions import log_touch
from rebond.deals.models import Channel, Deal, Outcome, Person
from rebond.mail.actions import cancel_message, plan_message
from rebond.mail.actions.basis import country_of, note_basis
from rebond.mail.addresses import usable
from rebond.mail.boxes import mailbox
from rebond.mail.models import Ground, Message, Use
from rebond.mail.purposes import Letter
from rebond.mail.queries.basis import basis_for
from rebond.mail.rights.basis import ground_for
from rebond.mail.rights.countries import CANADA
from rebond.refer.actions.advocates import advocate_of
from rebond.refer.actions.moving import begin, move
from rebond.refer.actions.planning import look_again, plan_asks, take_asks_back
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.eligibility import why_not
from rebond.refer.models import Advocate, AskExclusion, AskMoment, AskStatus, Referral, ReferralAsk, State
from rebond.refer.queries.standing import look_at

__all__ = [
    "answered", "leave", "look_again", "mark_asked", "named", "new_ask", "pass_on", "plan_asks", "send_ask",
    "take_ask_back", "take_asks_back",
]  # fmt: skip

PURPOSE = "refer.ask"
#: How long a letter can still be taken back before it leaves.
UNDO = timedelta(seconds=10)
LONGEST_SUBJECT, LONGEST_BODY, LONGEST_NOTE = 200, 20_000, 200
#: Names of one go; more are another one.
MOST_NAMES = 10
#: Why a seller may pass, and which of these leave the letter for later.
PASSES = (AskExclusion.NOT_NOW, AskExclusion.NO_NAME, AskExclusion.RELATION, AskExclusion.OTHER)
ONLY_NOW = frozenset({AskExclusion.NOT_NOW.value})
#: What came of a spoken ask, as a contact's result.
RESULTS = {Channel.CALL: "reached", Channel.MEETING: "held"}
#: Answers that are a move; "they think about it" is none.
ANSWERS = (State.AGREED.value, State.DECLINED.value)
#: An ask that ended like this may be taken up again; the others stand.
AGAIN = (AskStatus.PLANNED, AskStatus.PASSED)


@transaction.atomic
def new_ask(*, person: Person, deal: Deal | None = None, actor: User, now: datetime) -> ReferralAsk:
    """An ask by hand, of anybody: a customer, a partner, a contact who never buys. The same rules hold.

    One that is planned for them already, by the same seller, is given back.

    Raises:
        Conflict: ``not_to_ask``, with which rule.
    """
    today = local_day(now)
    mine = ReferralAsk.objects.filter(person=person, owner=actor, status=AskStatus.PLANNED)
    if before := mine.filter(moment=AskMoment.BY_HAND).order_by("pk").first():
        return before
    made = ReferralAsk(
        deal=deal, person=person, owner=actor, team=actor.team, moment=AskMoment.BY_HAND, planned_at=now, due_on=today,
        until_on=today + timedelta(days=30), language=person.language[:5],
    )  # fmt: skip
    _may_ask(made, written=False, now=now)
    made.save(force_insert=True)
    record(verb="refer.new_ask", subject=made, actor=actor, at=now)
    return made


@transaction.atomic
def mark_asked(*, ask: ReferralAsk, channel: str, actor: User, now: datetime) -> Referral:
    """It was said, in a call or a meeting. A contact is logged, and the referral begins at ``asked``; twice is once.

    Raises:
        RebondError: ``unknown_channel``.
        Conflict: ``not_to_ask``, ``leaving_already`` (a letter is on its way), ``taken_back``.
    """
    if channel not in Channel.values or channel == Channel.EMAIL:
        raise RebondError(
            _("Say how you asked: in a call, a meeting or a message. Nothing was changed."), code="unknown_channel"
        )
    mine, advocate = _locked(ask, actor, now)
    if before := _referral_of(mine):
        return before
    _may_ask(mine, written=False, now=now)
    touch = log_touch(
        deal=None, person=mine.person, channel=channel, at=now, result=RESULTS.get(Channel(channel), ""),
        source="refer", external_id=f"ask:{mine.pk}", actor=actor, now=now,
    )  # fmt: skip
    referral = _asked(mine, advocate, channel, f"deals.touch:{touch.pk}", actor, now)
    _follow(ask, mine)
    return referral


@transaction.atomic
def answered(*, ask: ReferralAsk, answer: str, actor: User, now: datetime) -> Referral:
    """What they answered: ``agreed`` (a name may come later) or ``declined`` (nobody asks them for twelve months).

    Raises:
        RebondError: ``unknown_answer``.
        Conflict: ``not_asked``, ``illegal_move``.
    """
    if answer not in ANSWERS:
        raise RebondError(_("Say whether they agreed or declined. Nothing was changed."), code="unknown_answer")
    referral = _referral_of(_row(ask))
    if referral is None:
        raise Conflict(_("They were not asked yet, so there is no answer. Nothing was changed."), code="not_asked")
    if referral.state == answer:
        return referral
    return move(referral=referral, to=answer, actor=actor, now=now, evidence=f"refer.referralask:{ask.pk}")


@transaction.atomic
def named(
    *, ask: ReferralAsk, people: Sequence[Named], channel: str, actor: User, now: datetime
) -> list[Referral]:  # fmt: skip
    """Names they gave, in one go: asked (where that is not logged yet) and agreed; all of them or none.

    A name that was said is never lost to a rule of asking: who was asked too early has answered all the same.

    Raises:
        RebondError: ``name_missing``, ``too_many_names``, and what ``registering.name_someone`` says.
    """
    wanted = [one for one in people if any((one.name, one.email, one.phone, one.company_name))]
    if not wanted:
        raise RebondError(_("A name is missing. Nothing was kept. Type at least one."), code="name_missing")
    if len(wanted) > MOST_NAMES:
        raise RebondError(
            _("At most %(count)s names at once. Nothing was kept. Enter the others after these.")
            % {"count": MOST_NAMES},
            code="too_many_names",
        )  # fmt: skip
    mine, advocate = _locked(ask, actor, now)
    if _referral_of(mine) is None:
        how = channel if channel in Channel.values else Channel.CALL.value
        _asked(mine, advocate, how, f"refer.referralask:{mine.pk}", actor, now)
        _follow(ask, mine)
    return [name_someone(advocate=advocate, ask=mine, named=one, actor=actor, now=now) for one in wanted]


@transaction.atomic
def pass_on(*, ask: ReferralAsk, because: str, note: str = "", actor: User, now: datetime) -> ReferralAsk:
    """Not this time, and why: for the seller alone. "It did not feel right" leaves the letter for later; the other
    reasons are about the person, so the letter is passed, too.

    Raises:
        RebondError: ``unknown_reason``.
        Conflict: ``asked_already``, ``leaving_already``.
    """
    if because not in {one.value for one in PASSES}:
        raise RebondError(_("Choose one of the reasons. Nothing was changed."), code="unknown_reason")
    mine = _row(ask)
    if mine.status == AskStatus.PASSED:
        return mine
    if mine.status != AskStatus.PLANNED:
        raise Conflict(_("This ask is settled already. Nothing was changed."), code="asked_already")
    _not_leaving(mine)
    for one in (mine, *([] if because in ONLY_NOW else _siblings(mine))):
        one.status, one.because, one.because_note = AskStatus.PASSED, AskExclusion(because), clean(note, LONGEST_NOTE)
        one.save(update_fields=["status", "because", "because_note"])
        record(verb="refer.pass_on", subject=one, actor=actor, at=now)  # the reason is the seller's own
    _follow(ask, mine)
    return mine


# ---- by letter


@transaction.atomic
def send_ask(*, ask: ReferralAsk, subject: str, body: str, actor: User, now: datetime) -> ReferralAsk:
    """The letter a person has read: it leaves in ten seconds (``take_ask_back`` until then); then they are asked.

    What it rests on in law is noted with it (``Use.REFERRAL``).

    Raises:
        RebondError: ``no_address``, ``note_empty``.
        Conflict: ``not_to_ask``, ``leaving_already``, ``asked_already``, ``no_basis``.
    """
    mine, _advocate = _locked(ask, actor, now)
    subject, body = " ".join(clean(subject, LONGEST_SUBJECT).split()), clean(body, LONGEST_BODY)
    _may_send(mine, subject, body, now)
    person = mine.person
    if person is None:  # looked at above; for the reader of types
        raise NotAllowed
    _rests_on(mine, person, actor, now)
    mine.subject, mine.body, mine.asked_by, mine.channel = subject, body, actor, Channel.EMAIL.value
    mine.language = (person.language or actor.language or "en")[:5]
    mine.message_key = _key(mine)
    mine.save(update_fields=["subject", "body", "asked_by", "channel", "language", "message_key"])
    plan_message(
        key=mine.message_key, purpose=PURPOSE, recipient=person.email, recipient_name=person.name, sender=actor,
        language=mine.language, letter=Letter(subject, body), mailbox=mailbox.of(actor), send_at=now + UNDO,
        actor=actor, now=now,
    )  # fmt: skip
    record(verb="refer.send_ask", subject=mine, actor=actor, at=now)
    _follow(ask, mine)
    return mine


def _key(ask: ReferralAsk) -> str:
    """Of its mail: ``refer.ask:12``; one that was taken back and is written anew is another mail."""
    first = f"{PURPOSE}:{ask.pk}"
    before = Message.objects.filter(key__startswith=f"{first}.").count() + Message.objects.filter(key=first).count()
    return f"{first}.{before + 1}" if before else first


def _may_send(ask: ReferralAsk, subject: str, body: str, now: datetime) -> None:
    if _referral_of(ask) is not None:
        raise Conflict(_("They were asked already. Nothing was sent."), code="asked_already")
    _may_ask(ask, written=True, now=now)
    if ask.person is None or not usable(ask.person.email):
        raise RebondError(
            _("There is no address to write to. Nothing was sent, your text is still here. Ask by phone."),
            code="no_address",
        )
    if not subject or not body:
        raise RebondError(_("A letter needs a subject and a text. Nothing was sent. Fill in both."), code="note_empty")


def _rests_on(ask: ReferralAsk, person: Person, actor: User, now: datetime) -> None:
    """Why we may write: they took part in a decision about our offer, they bought, or we met. Newer evidence renews."""
    country, event, deal = country_of(person), ask.close_event, ask.deal
    bought = deal is not None and deal.outcome == Outcome.WON
    ground = ground_for(country)
    if bought:
        ground = (Ground.CASL_PURCHASE if country == CANADA else Ground.CUSTOMER).value
    at = now
    if event is not None:
        at = event.closed_at or event.recorded_at
    elif deal is not None and deal.closed_at is not None:
        at = deal.closed_at
    words = {"deal": deal.name[:200] if deal else "", "day": show_day(at)}
    said = _("talked with us about %(deal)s, closed %(day)s") if deal else _("knows us, asked by one of us on %(day)s")
    if deal is not None or country != CANADA:  # there, knowing somebody is no ground: only what was noted before counts
        note_basis(
            person=person, use=Use.REFERRAL, ground=ground, evidence=said % words, source="refer.ask", obtained_at=at,
            actor=actor, now=now,
        )  # fmt: skip
    if person.email not in basis_for([person.email], Use.REFERRAL, now):
        raise Conflict(
            _("Nothing allows us to write to them any more: it is too long ago. Nothing was sent. Ask by phone."),
            code="no_basis",
        )


@transaction.atomic
def take_ask_back(*, ask: ReferralAsk, actor: User, now: datetime) -> ReferralAsk:
    """The letter is not sent, and may be written again. ``Conflict`` ``already_leaving`` when it has left."""
    mine = _row(ask)
    waits = mine.status == AskStatus.PLANNED and mine.message_key
    if not waits or not cancel_message(key=mine.message_key, reason="by_hand", actor=actor, now=now):
        raise Conflict(
            _("This letter has left already, or is just leaving. Nothing was changed."), code="already_leaving"
        )
    leave(ask=mine, now=now)
    record(verb="refer.take_letter_back", subject=mine, actor=actor, at=now)
    _follow(ask, mine)
    return mine


def leave(*, ask: ReferralAsk, now: datetime, because: str = "") -> None:
    """Its letter does not leave: it is planned again, or given up for ``because``; in the caller's transaction."""
    ask.message_key, ask.channel, ask.asked_by = "", "", None
    if because:
        ask.because = AskExclusion(because)
        ask.status = AskStatus.CANCELLED if because == AskExclusion.REOPENED else AskStatus.EXCLUDED
        record(verb="refer.give_ask_up", subject=ask, actor=None, at=now, because=because)
    ask.save(update_fields=["message_key", "channel", "asked_by", "status", "because"])


@transaction.atomic
def has_left(*, ask: ReferralAsk, message: Message, now: datetime) -> Referral | None:
    """The mail server took the letter: they are asked, whatever was changed in that very moment; once."""
    mine = _row(ask)
    if mine.person is None or _referral_of(mine) is not None:
        return _referral_of(mine)
    advocate = advocate_of(person=mine.person, owner=mine.owner, actor=mine.asked_by, now=now)
    log_touch(
        deal=None, person=mine.person, channel=Channel.EMAIL, at=now, note=message.subject, source="refer",
        external_id=f"ask:{mine.pk}", actor=mine.asked_by or mine.owner, now=now,
    )  # fmt: skip
    return _asked(mine, advocate, Channel.EMAIL.value, f"mail.message:{message.pk}", mine.asked_by, now)


# ---- what they share


def _row(ask: ReferralAsk) -> ReferralAsk:
    """The ask as it is now, under a lock."""
    beside = ("person__company", "owner", "deal", "close_event", "asked_by")
    return ReferralAsk.objects.select_for_update(of=("self",)).select_related(*beside).get(pk=ask.pk)


def _locked(ask: ReferralAsk, actor: User | None, now: datetime) -> tuple[ReferralAsk, Advocate]:
    """The ask, and the advocate its person is (or becomes by it), both under a lock: two who ask at once ask once."""
    if ask.person is None:
        raise Conflict(_("Nobody is named on this ask any more. Nothing was changed."), code="nobody")
    advocate = advocate_of(person=ask.person, owner=ask.owner or actor, actor=actor, now=now)
    Advocate.objects.select_for_update(of=("self",)).get(pk=advocate.pk)
    mine = _row(ask)
    _not_leaving(mine)
    return mine, advocate


def _not_leaving(ask: ReferralAsk) -> None:
    if ask.status == AskStatus.PLANNED and ask.message_key:
        raise Conflict(
            _("A letter that asks them is on its way already. Nothing more was done."), code="leaving_already"
        )


def _may_ask(ask: ReferralAsk, *, written: bool, now: datetime) -> None:
    """Every rule, looked at now; and an ask that was given up stays so, unless a seller passed or it came too late."""
    late = ask.status == AskStatus.EXCLUDED and ask.because == AskExclusion.TOO_LATE
    code = "" if ask.status in AGAIN or late else ask.because
    code = why_not(look_at(ask, now).known, written=written, today=local_day(now)) or code
    if code:
        words = _("This person is not asked now: %(why)s. Nothing was changed.")
        raise Conflict(words % {"why": AskExclusion(code).label}, code="not_to_ask", why=code)


def _referral_of(ask: ReferralAsk) -> Referral | None:
    """The referral that began with this ask, if it was made."""
    if ask.asked_at is None:
        return None
    return Referral.objects.filter(ask=ask).order_by("pk").first()


def _asked(
    ask: ReferralAsk, advocate: Advocate, channel: str, evidence: str, actor: User | None, now: datetime
) -> Referral:  # fmt: skip
    """Writes down that it was asked; its sister of the same no is not asked on top of it."""
    ask.status, ask.because, ask.because_note = AskStatus.ASKED, "", ""
    ask.asked_at, ask.asked_by, ask.channel = now, actor, channel
    ask.save(update_fields=["status", "because", "because_note", "asked_at", "asked_by", "channel"])
    why = AskExclusion.ASKED_BY_TALK if ask.moment == AskMoment.TALK else AskExclusion.ASKED_LATELY
    for sister in _siblings(ask):
        if not sister.message_key:
            sister.status, sister.because = AskStatus.EXCLUDED, why
            sister.save(update_fields=["status", "because"])
    record(verb="refer.asked", subject=ask, actor=actor, at=now, channel=channel, moment=ask.moment)
    owner = ask.owner or actor
    made = Referral(
        advocate=advocate, ask=ask, owner=owner, team=ask.team or (owner.team if owner else None), state=State.ASKED,
        state_at=now, created_at=now,
    )  # fmt: skip
    return begin(made=made, to=State.ASKED, actor=actor, now=now, reason=ask.moment, evidence=evidence)


def _siblings(ask: ReferralAsk) -> list[ReferralAsk]:
    """The other planned ask of the same person about the same no."""
    if ask.close_event_id is None:
        return []
    same = ReferralAsk.objects.select_for_update(of=("self",)).filter(
        close_event=ask.close_event_id, person=ask.person_id, status=AskStatus.PLANNED
    )
    return list(same.exclude(pk=ask.pk).order_by("pk"))


def _follow(given: ReferralAsk, stored: ReferralAsk) -> None:
    """Lets the caller's own copy know."""
    for field in ("status", "because", "because_note", "asked_at", "channel", "subject", "body", "message_key"):
        setattr(given, field, getattr(stored, field))

"""The purpose ``nurture.note``: what a note says around a person's text, what may still stop it, what follows.

The guards of the specification that only this room can know, in their order; the mail room's own stand before and
after them (``mail.guarding.guards``).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from rebond.accounts.audit import record
from rebond.base.dates import show_day
from rebond.deals.actions import log_touch
from rebond.deals.models import Channel, Material
from rebond.mail.addresses import fingerprint
from rebond.mail.guarding import windows
from rebond.mail.models import Message, MessageStatus, Scope, Use
from rebond.mail.purposes import Later, Letter, Purpose, Verdict, register
from rebond.mail.rights import footer
from rebond.nurture.actions.hearing import answered
from rebond.nurture.actions.rows import finish, locked, ref_of, release, rest, schedule, set_day
from rebond.nurture.actions.touching import PURPOSE, UNDO, complete
from rebond.nurture.cadence.holidays import working_day, working_days_after
from rebond.nurture.cadence.policies import edition
from rebond.nurture.cadence.zones import opens
from rebond.nurture.doing import taken_back
from rebond.nurture.models import DueBecause, Ended, Enrolment, Given, Paused, Standing, Step, StepStatus
from rebond.nurture.queries.standing import aways_of, place, today_of, with_open_deal

#: People at one company with a note under way: at most so many others, each for so long.
IN_FLIGHT, FLIGHT = 2, timedelta(days=14)
#: Whether those before it have left is known so much later.
LOOK_AGAIN = timedelta(hours=1)
#: A note that was not sent for a passing cause comes again after so many working days.
TRY_AGAIN = 2
#: Reasons that end it, as the outbox writes them.
ENDING = {
    "suppressed": Ended.ASKED, "no_basis": Ended.NO_BASIS, "bad_address": Ended.NO_ADDRESS,
    "unanswered": Ended.UNANSWERED, "basis_expired": Ended.NO_BASIS,
}  # fmt: skip


def step_of(message: Message) -> Step | None:
    """The step a note belongs to, with its enrolment, person and owner."""
    beside = ("enrolment__person__company", "enrolment__owner", "enrolment__close_event", "enrolment__deal", "piece")
    return Step.objects.select_related(*beside).filter(message_key=message.key).first()


# ---- what it says


def write(message: Message, now: datetime) -> Letter:  # noqa: ARG001
    """The text a person has read, and below it who we are, why they get this and how to stop (L01, L14, L18, L20)."""
    step = step_of(message)
    owner = message.sender.name if message.sender else ""
    because = why_they_hear(step.enrolment, message.language) if step else ""
    foot = footer.footer(message.recipient, message.language, owner, because)
    return Letter(
        subject=message.subject, text=f"{message.text.rstrip()}\n\n{foot}\n", kept=message.text, from_name=owner,
        reply_to=footer.answers_to(message), headers=footer.headers(message.recipient, Scope.KEEP_IN_TOUCH),
    )  # fmt: skip


def why_they_hear(enrolment: Enrolment, language: str) -> str:
    """One sentence that says where we know them from."""
    with translation.override(language):
        event, owner = enrolment.close_event, enrolment.owner
        if enrolment.deal is None or event is None:
            return _("You get this note because you have been in touch with us.")
        words = {
            "deal": enrolment.deal.name, "seller": owner.name if owner else "",
            "day": show_day(event.closed_at or event.recorded_at),
        }  # fmt: skip
        if owner is None:
            return _("You get this note because you talked with us about %(deal)s, until %(day)s.") % words
        return _("You get this note because you talked with %(seller)s about %(deal)s, until %(day)s.") % words


# ---- what may still stop it


def guard(message: Message, now: datetime) -> Verdict:
    """Looked at inside the claim: "" to go, a reason never to, or ``Later``."""
    step = step_of(message)
    if step is None or step.status != StepStatus.SENDING:
        return "not_planned"
    enrolment = step.enrolment
    if fingerprint(enrolment.person.email) != message.fingerprint:
        return "address_changed"
    for rule in (_standing, _answered, _many_unanswered, _company, _seller_away):
        if said := rule(enrolment, step, now):
            return said
    return ""


def _standing(enrolment: Enrolment, step: Step, now: datetime) -> Verdict:  # noqa: ARG001
    """Active, and no deal open; away, or paused until a day: then."""
    if enrolment.status == Standing.ENDED:
        return "ended"
    if with_open_deal([enrolment.person_id]):
        return "deal_open"
    if enrolment.status == Standing.ACTIVE:
        return ""
    if enrolment.paused_because == Paused.REPLY:
        return "answered"
    return Later(_when(enrolment, enrolment.paused_until, now), enrolment.paused_because)


def _answered(enrolment: Enrolment, step: Step, now: datetime) -> Verdict:  # noqa: ARG001
    """No reply since it was planned."""
    return "answered" if enrolment.interaction_at and enrolment.interaction_at > step.at else ""


def _many_unanswered(enrolment: Enrolment, step: Step, now: datetime) -> Verdict:  # noqa: ARG001
    limit = edition(enrolment.cadence, enrolment.version).unanswered_limit
    return "unanswered" if limit and enrolment.unanswered >= limit else ""


def _company(enrolment: Enrolment, step: Step, now: datetime) -> Verdict:
    """At most two others of their company have a note of ours: one that leaves before this one, or has lately left
    and was not answered."""
    if enrolment.person.company_id is None:
        return ""
    theirs = Step.objects.filter(
        enrolment__person__company=enrolment.person.company_id, channel=Channel.EMAIL, answered_at=None
    ).exclude(enrolment__person=enrolment.person_id)
    gone = theirs.filter(status=StepStatus.DONE, done_at__gt=now - FLIGHT, done_at__lte=now).order_by("done_at")
    last = sorted(at for at in dict(gone.values_list("enrolment__person_id", "done_at")).values() if at)
    keys = theirs.filter(status=StepStatus.SENDING, pk__lt=step.pk).values("message_key")
    going = Message.objects.filter(key__in=keys, send_at__lte=now).count()
    if len(last) >= IN_FLIGHT:
        return Later(last[-IN_FLIGHT] + FLIGHT, "company_in_flight")
    return Later(now + LOOK_AGAIN, "company_in_flight") if len(last) + going >= IN_FLIGHT else ""


def _seller_away(enrolment: Enrolment, step: Step, now: datetime) -> Verdict:
    """What nobody read waits until its seller is back; a note that somebody sent goes."""
    if not step.automatic or enrolment.owner_id is None:
        return ""
    today = today_of(enrolment, now)
    for first, last in aways_of([enrolment.owner_id]).get(enrolment.owner_id, ()):
        if first <= today <= last:
            return Later(_when(enrolment, last + timedelta(days=1), now), "seller_away")
    return ""


def _when(enrolment: Enrolment, day: date | None, now: datetime) -> datetime:
    """When their working hours begin on a day; tomorrow without one."""
    where = place(enrolment)
    wanted = working_day(day or today_of(enrolment, now) + timedelta(days=1), where.country)
    return max(opens(wanted, where.zone), now + timedelta(minutes=10))


def window(message: Message) -> tuple[str, str] | None:
    """The person's hours; any time for a note that somebody sent at once, outside of them."""
    step = step_of(message)
    if step is None:
        return None
    where = place(step.enrolment)
    at_once = message.send_at <= message.planned_at + UNDO
    if at_once and not windows.is_open(message.send_at, where.zone, where.country):
        return None
    return where.zone, where.country


# ---- what follows


@transaction.atomic
def left(message: Message, now: datetime) -> None:
    """The mail server took it, or somebody takes it as sent: a touch, and the next one follows from it."""
    step = step_of(message)
    if step is None or step.status == StepStatus.DONE:
        return
    mine, piece = locked(step.enrolment), step.piece
    step.touch = log_touch(
        deal=None, person=mine.person, channel=Channel.EMAIL, at=now, material=Material.HELPFUL if piece else "",
        material_name=piece.title if piece else "", note=message.subject, source="nurture",
        external_id=f"step:{step.pk}", actor=step.by or mine.owner, now=now,
    )  # fmt: skip
    step.status, step.done_at, step.skipped_because = StepStatus.DONE, now, ""
    step.save(update_fields=["status", "done_at", "skipped_because", "touch"])
    if piece is not None:
        Given.objects.update_or_create(
            person=mine.person, piece=piece, defaults={"sent_at": now}, create_defaults={"sent_at": now, "at": now}
        )
    was = mine.status, mine.paused_because, mine.paused_until
    complete(mine, at=now, ours=True, spoken=False, now=now)
    if was[0] == Standing.PAUSED:  # it was leaving just as they answered: the pause holds
        rest(mine, was[1], was[2])
    mine.save()
    record(verb="nurture.note_left", subject=step, actor=None, at=now, enrolment=mine.pk, number=step.number)


@transaction.atomic
def stopped(message: Message, now: datetime) -> None:
    """It will never be sent: written down with its reason; the piece stays to be given, and we come back or end."""
    step = step_of(message)
    if step is None or step.status != StepStatus.SENDING:
        return
    mine = locked(step.enrolment)
    reason = message.reason or message.status
    step.status, step.skipped_because, step.done_at = StepStatus.SKIPPED, reason[:40], now
    step.save(update_fields=["status", "skipped_because", "done_at"])
    release(step)
    taken_back(ref_of(step), now)
    mine.step = max(mine.step, step.number + 1)
    if mine.status == Standing.ACTIVE:
        _after_stop(mine, message, reason, now)
    mine.save()
    record(verb="nurture.note_stopped", subject=step, actor=None, at=now, enrolment=mine.pk, reason=reason[:40])


def _after_stop(enrolment: Enrolment, message: Message, reason: str, now: datetime) -> None:
    if reason in ENDING:
        finish(enrolment, ENDING[reason], actor=None, now=now)
    elif reason == "deal_open":
        rest(enrolment, Paused.DEAL_OPEN, None)
    elif reason == "answered":
        schedule(enrolment, now)
    else:  # refused, too late, taken back by an administrator: a person looks at it again
        day = working_days_after(today_of(enrolment, now), TRY_AGAIN, place(enrolment).country)
        if message.status == MessageStatus.REJECTED and not enrolment.person.phone:
            finish(enrolment, Ended.NO_ADDRESS, actor=None, now=now)
        else:
            set_day(enrolment, day, enrolment.due_because or DueBecause.INTERVAL)


#: What the guards answer, and what takes a note back, as screens say it.
REASONS = {
    "not_planned": gettext_lazy("the note was taken back"),
    "address_changed": gettext_lazy("their address was changed since it was written"),
    "ended": gettext_lazy("staying in touch with them has ended"),
    "deal_open": gettext_lazy("a deal with them is open"),
    "answered": gettext_lazy("they answered first"),
    "unanswered": gettext_lazy("several in a row stayed without an answer"),
    "company_in_flight": gettext_lazy("two of their colleagues have a note from us"),
    "company_reply": gettext_lazy("a colleague of theirs answered"),
    "away": gettext_lazy("they are away"),
    "seller_away": gettext_lazy("the person in charge is away"),
    "contact_logged": gettext_lazy("another contact came first"),
    "day_chosen": gettext_lazy("another day was chosen"),
    "replaced": gettext_lazy("another no began it anew"),
    "reopened": gettext_lazy("the deal is open again"),
    "won": gettext_lazy("they bought"),
    "left": gettext_lazy("they left the company"),
    "asked": gettext_lazy("they asked for silence"),
    "no_address": gettext_lazy("the address does not exist"),
}
NOTE = Purpose(
    name=PURPOSE, scope=Scope.KEEP_IN_TOUCH, write=write, guard=guard, accepted=left, stopped=stopped,
    answered=answered, use=Use.KEEP_IN_TOUCH, cadence=True, window=window,
    title=pgettext_lazy("mail", "Note to somebody we stay in touch with"), reasons=REASONS,
)  # fmt: skip


def register_purpose() -> None:
    """Makes the notes known to the outbox."""
    register(NOTE)

"""What the writes of staying in touch share: the next day, the end, what waits to leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.mail.actions import cancel_message
from rebond.nurture.cadence import zones
from rebond.nurture.cadence.dates import Taken, with_room
from rebond.nurture.cadence.holidays import working_day
from rebond.nurture.cadence.intervals import next_due
from rebond.nurture.doing import taken_back
from rebond.nurture.models import DueBecause, Enrolment, Given, Standing, Step, StepStatus
from rebond.nurture.queries.standing import Facts, facts_of, first_touches, place, state_of

BESIDE = ("person__company", "owner", "close_event", "deal")
#: What ``schedule`` and ``finish`` change.
FIELDS = (
    "status", "due_on", "due_at", "due_because", "paused_until", "paused_because", "ended_at", "ended_because",
    "zone", "zone_from", "version",
)  # fmt: skip


def locked(enrolment: Enrolment) -> Enrolment:
    """The row as it is now, for this transaction alone, with what the rules need."""
    return Enrolment.objects.select_for_update(of=("self",)).select_related(*BESIDE).get(pk=enrolment.pk)


def still_on(enrolment: Enrolment) -> None:
    """``Conflict`` ``ended`` for one that is over."""
    if enrolment.status == Standing.ENDED:
        raise Conflict(
            _("Staying in touch with this person has ended. Nothing was changed. Begin again if you like."),
            code="ended",
        )


def follow(given: Enrolment, stored: Enrolment) -> None:
    """The caller's object shows what is stored."""
    for one in Enrolment._meta.concrete_fields:
        setattr(given, one.attname, getattr(stored, one.attname))


def schedule(enrolment: Enrolment, now: datetime, facts: Facts | None = None, taken: Taken | None = None) -> None:
    """Works out the next touch of an active enrolment and sets it, or ends it; the caller saves.

    Args:
        facts: gathered for many at once; looked up when missing.
        taken: first touches per day of the owner, so that a day is not filled beyond what one can do.
    """
    facts = facts or facts_of([enrolment.person], [enrolment.owner_id])
    where = place(enrolment)
    today = zones.day_in(where.zone, now)
    found = next_due(state_of(enrolment, facts), facts.policy(enrolment), today)
    if found.on is None:
        finish(enrolment, found.ended, actor=None, now=now)
        return
    if taken is None and found.because == DueBecause.FIRST:
        taken = first_touches(enrolment.owner_id, found.on)
    aways = facts.aways.get(enrolment.owner_id or 0, ())
    set_day(enrolment, placed(found.on, found.because, aways, taken, where.country), found.because)


def placed(
    day: date, because: str, aways: Sequence[tuple[date, date]], taken: Taken | None, country: str
) -> date:  # fmt: skip
    """A day on which whoever stays in touch is here; for a first touch, one that has room for it."""
    day = after_absence(day, aways, country)
    return with_room(day, taken, country) if taken is not None and because == DueBecause.FIRST else day


def after_absence(day: date, aways: Sequence[tuple[date, date]], country: str) -> date:
    """``day``, or the first working day on which whoever stays in touch is back."""
    for first, last in aways:
        if first <= day <= last:
            day = working_day(last + timedelta(days=1), country)
    return day


def set_day(enrolment: Enrolment, day: date, because: str) -> None:
    """The next touch is on that day, where they are; the caller saves."""
    where = place(enrolment)
    enrolment.status = Standing.ACTIVE
    enrolment.paused_until, enrolment.paused_because = None, ""
    enrolment.zone, enrolment.zone_from = where.zone, where.origin
    enrolment.due_on, enrolment.due_at, enrolment.due_because = day, zones.opens(day, where.zone), because


def rest(enrolment: Enrolment, because: str, until: date | None) -> None:
    """Pauses; nothing is due while it rests; the caller saves."""
    enrolment.status, enrolment.paused_because, enrolment.paused_until = Standing.PAUSED, because, until
    enrolment.due_on, enrolment.due_at, enrolment.due_because = None, None, ""


def finish(enrolment: Enrolment, because: str, *, actor: User | None, now: datetime) -> None:
    """Over: nothing is due, what waits to leave is taken back; the caller saves."""
    enrolment.status, enrolment.ended_because, enrolment.ended_at = Standing.ENDED, because, now
    enrolment.due_on, enrolment.due_at, enrolment.due_because = None, None, ""
    enrolment.paused_until, enrolment.paused_because = None, ""
    if enrolment.pk:
        withdraw(enrolment, because, actor=actor, now=now)


def withdraw(enrolment: Enrolment, because: str, *, actor: User | None, now: datetime) -> int:
    """Takes back what waits to leave; how many. What is leaving just now goes, and is written down when it has."""
    waiting = Step.objects.select_for_update(of=("self",)).filter(enrolment=enrolment, status=StepStatus.SENDING)
    return sum(take_out(step, because, actor=actor, now=now) for step in waiting)


def take_out(step: Step, because: str, *, actor: User | None, now: datetime) -> bool:
    """The note is cancelled, its number free again, its piece not given; ``False`` when it is leaving already."""
    if not cancel_message(key=step.message_key, reason=because, actor=actor, now=now):
        return False
    record(verb="nurture.take_back", subject=step, actor=actor, at=now, enrolment=step.enrolment_id, because=because)
    release(step)
    taken_back(ref_of(step), now)
    step.delete()
    return True


def item_of(enrolment: Enrolment) -> str:
    """The key of its next touch on a list (``plays``)."""
    return f"nurture.keep:{enrolment.pk}.{enrolment.step}"


def ref_of(step: Step) -> str:
    """What a touch is called where somebody remembers it."""
    return f"nurture.step:{step.pk}"


def release(step: Step) -> None:
    """The piece that was to go with a note stays to be given."""
    if step.piece_id:
        Given.objects.filter(person=step.enrolment.person_id, piece=step.piece_id, sent_at=None).delete()

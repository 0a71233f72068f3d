"""The team's rules: how often per reason, what leaves by itself, who is away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.nurture.actions.rows import BESIDE, FIELDS, schedule, set_day
from rebond.nurture.cadence import policies
from rebond.nurture.cadence.dates import Taken, with_room
from rebond.nurture.cadence.holidays import working_day
from rebond.nurture.cadence.zones import day_in
from rebond.nurture.models import Away, DueBecause, Enrolment, Policy, Standing, StepSwitch
from rebond.nurture.queries.standing import facts_of, place

DAYS = ("first_days", "every_days", "longest_days", "before_days", "stop_days")
CHANGEABLE = (*DAYS, "then_yearly", "unanswered_limit", "topics")
LONGEST = 1825
MOST_UNANSWERED = 10
LONGEST_AWAY = timedelta(days=400)


@transaction.atomic
def set_policy(*, key: str, values: Mapping[str, Any], actor: User | None, now: datetime) -> Policy:
    """A new edition of one policy. Those in it keep theirs until their next touch.

    Args:
        values: ``first_days``, ``every_days``, ``longest_days``, ``before_days``, ``stop_days`` (``None``: never),
            ``then_yearly``, ``unanswered_limit``, ``topics``; what is missing stays as it is.

    Raises:
        RebondError: ``unknown_cadence``, ``bad_interval``.
    """
    if key not in policies.BUILT_IN or key == policies.NEVER:
        raise RebondError(
            _("We do not know this way to stay in touch. Nothing was changed. Choose one from the list."),
            code="unknown_cadence",
        )
    now_in_force = policies.current(key)
    stands = {name: getattr(now_in_force, name) for name in CHANGEABLE}
    wanted = stands | {name: values[name] for name in CHANGEABLE if name in values}
    _check_policy(wanted)
    wanted["topics"] = list(wanted["topics"])
    made = Policy.objects.create(key=key, version=now_in_force.version + 1, at=now, by=actor, **wanted)
    record(verb="nurture.set_policy", subject=made, actor=actor, at=now, key=key, version=made.version)
    return made


def _check_policy(wanted: Mapping[str, Any]) -> None:
    days = [wanted[name] for name in DAYS if wanted[name] is not None]
    right = all(isinstance(one, int) and 1 <= one <= LONGEST for one in days)
    right = right and wanted["every_days"] <= wanted["longest_days"]
    if not right or not 1 <= wanted["unanswered_limit"] <= MOST_UNANSWERED:
        raise RebondError(
            _("Days are between 1 and 1,825, and the longest interval is not shorter than the usual one. "
              "Nothing was changed."),
            code="bad_interval",
        )  # fmt: skip


@transaction.atomic
def switch_step(*, owner: User, cadence: str, number: int, on: bool, actor: User | None, now: datetime) -> None:
    """Lets one step of one's own leave by itself, or no more.

    Args:
        number: 2 and up; ``StepSwitch.EVERY_LATER`` stands for every one from there on.

    ``RebondError`` ``first_is_human`` for the first touch, ``unknown_cadence``.
    """
    if cadence not in policies.BUILT_IN or cadence == policies.NEVER:
        raise RebondError(
            _("We do not know this way to stay in touch. Nothing was changed. Choose one from the list."),
            code="unknown_cadence",
        )
    if number < 2:
        raise RebondError(
            _("The first touch after a no is always yours. Nothing was changed. Later ones can leave by themselves."),
            code="first_is_human",
        )
    number = min(number, StepSwitch.EVERY_LATER)
    standing = StepSwitch.objects.filter(owner=owner, cadence=cadence, number=number)
    if on:
        switch, _made = StepSwitch.objects.get_or_create(
            owner=owner, cadence=cadence, number=number, defaults={"at": now}
        )
    else:
        found = standing.first()
        if found is None:
            return
        switch = found
    record(verb="nurture.switch_step", subject=switch, actor=actor, at=now, cadence=cadence, number=number, on=on)
    if not on:
        standing.delete()


@transaction.atomic
def set_away(*, user: User, first_on: date, last_on: date, actor: User | None, now: datetime) -> Away:
    """The seller is away: nothing of theirs is due on these days, and nothing leaves by itself. What would have been
    due comes after their return, a few a day.

    ``RebondError`` ``bad_days``: over already, the wrong way round, or longer than a year.
    """
    today = day_in(user.time_zone, now)
    if last_on < first_on or last_on < today or last_on - first_on > LONGEST_AWAY:
        raise RebondError(
            _("The first day comes before the last, the last is not over yet, and a year is the longest. "
              "Nothing was changed."),
            code="bad_days",
        )  # fmt: skip
    made = Away.objects.create(user=user, first_on=first_on, last_on=last_on, made_at=now)
    record(verb="nurture.set_away", subject=made, actor=actor, at=now, days=(last_on - first_on).days + 1)
    freeze(made, now)
    return made


@transaction.atomic
def cancel_away(*, away: Away, actor: User | None, now: datetime) -> None:
    """They are here after all: what was put off is due on its own day again. Twice is once."""
    if not Away.objects.filter(pk=away.pk, cancelled_at=None).update(cancelled_at=now):
        return
    away.cancelled_at = now
    record(verb="nurture.cancel_away", subject=away, actor=actor, at=now)
    put_off = _due_of(away.user).filter(due_on__gt=away.last_on).exclude(due_because=DueBecause.CHOSEN)
    found = list(put_off.exclude(due_because="").exclude(due_because=DueBecause.SHIPPED))
    facts, taken = facts_of([one.person for one in found], [away.user_id]), Taken()
    for one in found:
        schedule(one, now, facts, taken)
    Enrolment.objects.bulk_update(found, FIELDS, batch_size=500)


def freeze(away: Away, now: datetime) -> int:
    """Puts off what is due while somebody is away (and, once they have left, what was due before); how many.

    Run again it finds nothing to do. What would be due on their first day back is spread over the days after it.
    """
    begun = away.first_on <= day_in(away.user.time_zone, now)
    caught = _due_of(away.user).filter(due_on__lte=away.last_on).order_by("due_on", "pk")
    found = list(caught if begun else caught.filter(due_on__gte=away.first_on))
    taken = Taken()
    for one in found:
        country = place(one).country
        back = working_day(away.last_on + timedelta(days=1), country)
        set_day(one, with_room(back, taken, country), one.due_because)
    Enrolment.objects.bulk_update(found, FIELDS, batch_size=500)
    if found:
        record(verb="nurture.freeze", subject=away, actor=None, at=now, people=len(found))
    return len(found)


def _due_of(user: User) -> QuerySet[Enrolment]:
    """Somebody's active enrolments, locked, with what the rules need."""
    mine = Enrolment.objects.select_for_update(of=("self",)).filter(owner=user, status=Standing.ACTIVE)
    return mine.select_related(*BESIDE)

"""Goals are set, changed with a reason, and taken away. What was aimed at before stays on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.horizon import periods
from rebond.horizon.models import Counts, Goal, GoalKind
from rebond.horizon.targets import check_target

#: No period that ends later than this is looked at (``numbers.forecast``).
FARTHEST = timedelta(days=731)


@dataclass(frozen=True)
class Aim:
    """What is aimed at.

    Attributes:
        user, team: whose; neither for the whole company.
        kind: of ``GoalKind``.
        counts: of ``Counts``.
        period, begins_on: of ``Period``, and its first day.
        target: sales, or minor units of ``currency``; 0 is allowed.
        currency: of a goal in money, else empty.
    """

    user: User | None
    team: Team | None
    kind: str
    counts: str
    period: str
    begins_on: date
    target: int
    currency: str = ""


@transaction.atomic
def set_goal(*, aim: Aim, today: date, actor: User | None, now: datetime) -> Goal:
    """A first edition.

    Raises:
        RebondError: ``bad_target``, ``period_over``, ``period_far``.
        Conflict: ``goal_there`` when one of the same period stands already: that one may be changed.
    """
    check_target(aim.target, aim.counts, aim.currency)
    _check_period(aim.period, aim.begins_on, today)
    if standing(aim) is not None:
        raise _there_already()
    goal = Goal(
        user=aim.user, team=None if aim.user else aim.team, kind=aim.kind, counts=aim.counts, period=aim.period,
        begins_on=aim.begins_on, target=aim.target, currency=aim.currency if aim.counts == Counts.MONEY else "",
        at=now, by=actor,
    )  # fmt: skip
    _save(goal)
    record(verb="horizon.set_goal", subject=goal, actor=actor, at=now, **_told(goal))
    return goal


@transaction.atomic
def change_goal(*, goal: Goal, target: int, why: str, today: date, actor: User | None, now: datetime) -> Goal:
    """The next edition of a goal; the old one ends now and both stay visible, with the day and the reason.

    Raises:
        RebondError: ``bad_target``, ``text_missing``, ``same_target``, ``period_over``.
        Conflict: ``goal_ended``.
    """
    old, why = _locked(goal), clean(why, 300)
    check_target(target, old.counts, old.currency)
    if not why:
        raise RebondError(
            _("Say in a few words why the goal changes. Nothing was saved. Both editions stay visible with it."),
            code="text_missing",
        )
    if target == old.target:
        raise RebondError(_("That is the goal already. Nothing was changed."), code="same_target")
    _check_period(old.period, old.begins_on, today)
    _end(old, now)
    new = Goal(
        user=old.user, team=old.team, kind=old.kind, counts=old.counts, period=old.period, begins_on=old.begins_on,
        target=target, currency=old.currency, replaces=old, why=why, at=now, by=actor,
    )  # fmt: skip
    _save(new)
    record(verb="horizon.change_goal", subject=new, actor=actor, at=now, **_told(new))
    return new


@transaction.atomic
def end_goal(*, goal: Goal, actor: User | None, now: datetime) -> None:
    """Takes a goal away; it stays on record. ``Conflict`` ``goal_ended`` when it ended before."""
    old = _locked(goal)
    _end(old, now)
    record(verb="horizon.end_goal", subject=old, actor=actor, at=now, **_told(old))


def _locked(goal: Goal) -> Goal:
    found = Goal.objects.select_for_update(of=("self",)).select_related("user", "team").get(pk=goal.pk)
    if found.ended_at is not None:
        raise Conflict(
            _("This goal was changed or taken away meanwhile. Nothing was saved. Look at the goals again."),
            code="goal_ended",
        )
    return found


def _end(goal: Goal, now: datetime) -> None:
    goal.ended_at = now
    goal.save(update_fields=["ended_at"])


def standing(aim: Aim) -> Goal | None:
    """The goal of the same kind and period that stands, whatever its target."""
    same = Goal.objects.filter(
        user=aim.user, team=None if aim.user else aim.team, kind=aim.kind, counts=aim.counts, period=aim.period,
        begins_on=aim.begins_on, ended_at=None,
    )  # fmt: skip
    return same.select_related("user", "team").first()


def _save(goal: Goal) -> None:
    try:
        with transaction.atomic():
            goal.save()
    except IntegrityError as error:
        raise _there_already() from error


def _there_already() -> Conflict:
    return Conflict(
        _("There is a goal of this kind for this period already. Nothing was saved. Change that one, with a reason."),
        code="goal_there",
    )


def _check_period(period: str, begins_on: date, today: date) -> None:
    if begins_on != periods.first_day(period, begins_on):
        raise ValueError(f"{period} does not begin on {begins_on}")
    last = periods.last_day(period, begins_on)
    if last < today:
        raise RebondError(
            _("That period is over. Nothing was saved. Choose one that runs or comes."), code="period_over"
        )
    if last - today > FARTHEST:
        raise RebondError(
            _("That is more than two years ahead. Nothing was saved. Choose a nearer period."), code="period_far"
        )


def _told(goal: Goal) -> dict[str, str | int]:
    """What the audit log may know: of a personal goal, that there is one."""
    if goal.kind == GoalKind.PERSONAL:
        return {"kind": goal.kind}
    return {
        "kind": goal.kind, "counts": goal.counts, "period": periods.typed(goal.period, goal.begins_on),
        "target": goal.target, "currency": goal.currency,
    }  # fmt: skip

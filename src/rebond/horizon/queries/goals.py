"""Reads about goals: those that run, those to come, and the editions of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from rebond.accounts.models import User
from rebond.base.dates import local_day, moments_of
from rebond.deals.models import Deal, Outcome
from rebond.deals.whose import Whose
from rebond.horizon import periods
from rebond.horizon.access import goals_for
from rebond.horizon.models import Counts, Goal, GoalKind, Period

#: The longest first; what one is held to before what one wishes for; sales before money.
ORDER: tuple[list[str], list[str], list[str]] = (
    [Period.YEAR, Period.QUARTER, Period.MONTH],
    [GoalKind.QUOTA, GoalKind.PERSONAL],
    [Counts.SALES, Counts.MONEY],
)


@dataclass(frozen=True)
class Edition:
    """What was aimed at from a day on, and why it was changed to that; the first one has no reason."""

    goal: Goal
    since: date
    why: str


@dataclass(frozen=True)
class Elsewhere:
    """Sales of a goal's period in other currencies, which it leaves out."""

    sales: int
    currencies: tuple[str, ...]


def goals_of(user: User | None, whose: Whose) -> QuerySet[Goal]:
    """The standing goals of what one looks at, as far as ``user`` may see them."""
    standing = goals_for(user).filter(ended_at=None)
    if whose.seller_id is not None:
        return standing.filter(user=whose.seller_id)
    if whose.team_id is not None:
        return standing.filter(user=None, team=whose.team_id)
    return standing.filter(user=None, team=None)


def running(goals: QuerySet[Goal], today: date) -> list[Goal]:
    """Those whose period holds ``today``, the longest first."""
    now = Q()
    for period in Period:
        now |= Q(period=period, begins_on=periods.first_day(period, today))
    return sorted(goals.filter(now), key=_order)


def _order(goal: Goal) -> tuple[int, ...]:
    values = (goal.period, goal.kind, goal.counts)
    return (*(names.index(value) for names, value in zip(ORDER, values, strict=True)), goal.pk)


def by_period(goals: QuerySet[Goal], today: date) -> tuple[list[Goal], list[Goal], list[Goal]]:
    """Those that run, those to come, those that are over (newest first)."""
    now: list[Goal] = []
    coming: list[Goal] = []
    over: list[Goal] = []
    for goal in sorted(goals, key=lambda one: (one.begins_on, _order(one))):
        last = periods.last_day(goal.period, goal.begins_on)
        (coming if goal.begins_on > today else over if last < today else now).append(goal)
    return sorted(now, key=_order), coming, over[::-1]


def editions(goals: Sequence[Goal]) -> dict[int, list[Edition]]:
    """Of each goal everything that was aimed at, oldest first; one query.

    Editions are told by what they are about: one that was taken away and set anew has two lives.
    """
    found: dict[int, list[Edition]] = {goal.pk: [] for goal in goals}
    if not goals:
        return found
    replaced = {goal.replaces_id: goal for goal in goals if goal.replaces_id}
    before: dict[int, Goal] = {}
    if replaced:
        about = {(goal.user_id, goal.team_id, goal.kind, goal.counts, goal.period, goal.begins_on) for goal in goals}
        old = Goal.objects.filter(begins_on__in={one[5] for one in about}).exclude(ended_at=None)
        before = {goal.pk: goal for goal in old}
    for goal in goals:
        line: list[Goal] = [goal]
        while line[0].replaces_id in before:
            line.insert(0, before[line[0].replaces_id])
        found[goal.pk] = [Edition(one, local_day(one.at), one.why) for one in line]
    return found


def elsewhere(whose: Whose, goal: Goal) -> Elsewhere:
    """Won deals of the period whose amount is in another currency than the goal's; one query."""
    if goal.counts != Counts.MONEY:
        return Elsewhere(0, ())
    first, after = moments_of(goal.begins_on, periods.last_day(goal.period, goal.begins_on))
    found = _won(whose, first, after).exclude(currency__in=["", goal.currency]).exclude(amount_minor=None)
    codes = list(found.values_list("currency", flat=True))
    return Elsewhere(len(codes), tuple(sorted(set(codes))))


def _won(whose: Whose, first: datetime, after: datetime) -> QuerySet[Deal]:
    return whose.records().filter(outcome=Outcome.WON, closed_at__gte=first, closed_at__lt=after)


def money_so_far(whose: Whose, goal: Goal) -> int:
    """Won amounts of a goal whose currency is not the one the figures count in; one query."""
    first, after = moments_of(goal.begins_on, periods.last_day(goal.period, goal.begins_on))
    found = _won(whose, first, after).filter(currency=goal.currency, amount_minor__gt=0)
    return sum(amount or 0 for amount in found.values_list("amount_minor", flat=True))

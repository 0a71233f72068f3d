"""Goals of the demo company: what Camille is held to and what she wants, what her team aims at, and two notes of what
changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from rebond.accounts.models import Role, User
from rebond.base.dates import local_day, moments_of
from rebond.deals.models import Deal, Outcome
from rebond.horizon import periods
from rebond.horizon.actions.goals import Aim, change_goal, set_goal
from rebond.horizon.actions.marks import add_mark
from rebond.horizon.models import Counts, GoalKind, Period

#: Of what the year will bring at its pace so far: what is aimed at, what it was first, what Camille wishes.
AIMED, FIRST, WISHED = 1.05, 1.35, 1.2
#: Before this part of the year is over its pace says nothing, and the year before is taken.
EARLY = 0.25
#: What was changed, so many days ago.
CHANGED = (
    (96, "An agenda with a date for the next step goes out before each first meeting"),
    (212, "New price list: night call-outs by the hour instead of a flat sum"),
)
WHY = "Two large sites moved to the South team in March"


def set_what_is_aimed_at(*, camille: User, now: datetime) -> None:
    """A quota changed once, a goal of one's own, the team's goal in money and in sales of the quarter, two notes."""
    today = local_day(now)
    year, quarter = (periods.first_day(period, today) for period in (Period.YEAR, Period.QUARTER))
    nadia = User.objects.filter(team=camille.team, role=Role.MANAGER).order_by("pk").first()
    begun = now - timedelta(days=(today - year).days)
    sales, money = _a_year(Deal.objects.filter(owner=camille), year, today)[0], _a_year(_team(camille), year, today)[1]
    first = set_goal(aim=_aim(camille, year, round(sales * FIRST) + 1), today=year, actor=nadia, now=begun)
    if (today - year).days > 100:
        at = begun + timedelta(days=84)
        change_goal(goal=first, target=round(sales * AIMED), why=WHY, today=local_day(at), actor=nadia, now=at)
    wish = _aim(camille, year, round(sales * WISHED) + 1, GoalKind.PERSONAL)
    set_goal(aim=wish, today=today, actor=camille, now=now)
    target = round(money * AIMED / 500_000) * 500_000
    team = Aim(None, camille.team, GoalKind.QUOTA, Counts.MONEY, Period.YEAR, year, target, "EUR")
    set_goal(aim=team, today=year, actor=nadia, now=begun)
    months = Aim(
        None, camille.team, GoalKind.QUOTA, Counts.SALES, Period.QUARTER, quarter, round(_in_a_quarter(camille, today))
    )
    set_goal(aim=months, today=quarter, actor=nadia, now=now - timedelta(days=(today - quarter).days))
    for days, text in CHANGED:
        add_mark(team=camille.team, on=today - timedelta(days=days), text=text, today=today, actor=nadia, now=now)


def _aim(camille: User, year: date, target: int, kind: str = GoalKind.QUOTA) -> Aim:
    return Aim(camille, None, kind, Counts.SALES, Period.YEAR, year, target)


def _team(camille: User) -> QuerySet[Deal]:
    return Deal.objects.filter(team=camille.team)


def _a_year(deals: QuerySet[Deal], year: date, today: date) -> tuple[float, float]:
    """Sales and money of the year at its pace so far; early in it, of the year before."""
    over = (today - year).days / 365
    since, until = (year, today) if over > EARLY else (year.replace(year=year.year - 1), year - timedelta(days=1))
    first, after = moments_of(since, until)
    won = deals.filter(outcome=Outcome.WON, closed_at__gte=first, closed_at__lt=after)
    amounts = list(won.values_list("amount_minor", flat=True))
    share = over if over > EARLY else 1.0
    return max(len(amounts) / share, 4.0), max(sum(amount or 0 for amount in amounts) / share, 1_000_000.0)


def _in_a_quarter(camille: User, today: date) -> float:
    """A quarter of what the team sold in a year up to today."""
    first, after = moments_of(today - timedelta(days=364), today)
    return max(_team(camille).filter(outcome=Outcome.WON, closed_at__gte=first, closed_at__lt=after).count() / 4, 3.0)

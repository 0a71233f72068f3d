"""The figures of the long view: one function per question, each of a ``View``, each from warm facts and ``numbers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rebond import numbers
from rebond.facts.model import Table
from rebond.horizon import periods
from rebond.horizon.models import Counts, Goal, Period
from rebond.horizon.queries.goals import Elsewhere, elsewhere, money_so_far
from rebond.horizon.view import View
from rebond.horizon.warm import facts_for, of_the_day, remembered
from rebond.numbers.cycle import Cycle
from rebond.numbers.cycle_change import CycleChange
from rebond.numbers.forecast.outlook import Outlook
from rebond.numbers.forecast.outlook import outlook as outlook_of_records
from rebond.numbers.pace import Pace, counted_cycles, pace
from rebond.numbers.touches import Touches
from rebond.numbers.trends import Trends

#: The measures that are watched here; what is not looked at needs no part of the false alarms.
WATCHED = ("closed", "won", "win_rate_closed", "money_won")
#: So many earlier periods of a kind make a season at most.
CYCLES = {Period.YEAR: 3, Period.QUARTER: 8, Period.MONTH: 12}


@dataclass(frozen=True)
class Won:
    """What was won on each day, and since when there is a record."""

    sales: Mapping[date, int]
    money: Mapping[date, int]
    largest: Mapping[date, int]
    known_from: date | None
    currency: str


@dataclass(frozen=True)
class Standing:
    """A goal and where it stands.

    Attributes:
        pace: what is reached day by day, beside what is usual.
        elsewhere: sales of its period in other currencies, left out.
        counted: whether the figures count in the goal's currency; if not there is a total and nothing else.
    """

    goal: Goal
    pace: Pace
    elsewhere: Elsewhere
    counted: bool = True


def measures(view: View) -> Trends:
    """Sales, decided deals, win rate and money by month, with verdicts; month, quarter and year side by side."""

    def make() -> Trends:
        import ibis

        deals = facts_for(view).deals.mutate(reasons=ibis.null("string"))
        return numbers.trends(deals, as_of=view.today, only=WATCHED, by_segment=False)

    return remembered(view, "measures", make)


def cycle_change(view: View) -> CycleChange:
    """Whether a sale takes longer than it did."""
    from rebond.numbers.cycle_change import cycle_change as change_of

    return remembered(view, "cycle_change", lambda: change_of(facts_for(view).deals, as_of=view.today))


def cycles(view: View) -> Cycle:
    """How long a sale takes, by segment; open deals censored."""
    by = None if view.segment else "segment"
    return remembered(view, "cycle", lambda: numbers.cycle(facts_for(view).deals, as_of=view.today, by=by))


def follow_ups(view: View) -> Touches:
    """How many contacts a sale takes, by segment; those of lost and open deals count too."""

    def make() -> Touches:
        facts = facts_for(view)
        by = () if view.segment else ("segment",)
        return numbers.touches(facts.deals, rollup=facts.roll, as_of=view.today, by=by)

    return remembered(view, "touches", make)


def currency(view: View) -> str:
    """The one currency the figures count in."""
    return facts_for(view).currency


def won(view: View) -> Won:
    """What was won, day by day."""
    return remembered(view.whole, "won", lambda: _won(view.whole))


def _won(view: View) -> Won:
    import ibis

    facts = facts_for(view)
    closed, opened = facts.deals.closed_at, facts.deals.opened_at
    deals = facts.deals.filter(closed.notnull() & (closed <= ibis.date(view.today.isoformat())))
    sold = deals.filter(deals.outcome == "won")
    amount = ibis.greatest(sold.amount_minor.fill_null(0), 0)
    by_day = sold.group_by(day=sold.closed_at.cast("date")).aggregate(
        n=sold.count(), money=amount.sum(), largest=amount.max()
    )
    found = by_day.to_pyarrow().to_pylist()
    firsts = facts.deals.aggregate(closed=closed.min(), opened=opened.min()).to_pyarrow().to_pylist()[0].values()
    first = min((day for day in firsts if day is not None), default=None)
    return Won(
        {row["day"]: int(row["n"]) for row in found}, {row["day"]: int(row["money"]) for row in found},
        {row["day"]: int(row["largest"]) for row in found}, first, facts.currency,
    )  # fmt: skip


def standing(view: View, goal: Goal) -> Standing:
    """Where a goal stands today; a goal in a currency that the figures do not count has a total only."""
    first, last = goal.begins_on, periods.last_day(goal.period, goal.begins_on)
    left_out = elsewhere(view.whose, goal)
    found = won(view)
    if goal.counts == Counts.MONEY and goal.currency != found.currency:
        total = money_so_far(view.whose, goal)
        day = min(max(view.today, first), last)
        return Standing(goal, pace({day: total}, first, last, goal.target, today=view.today), left_out, counted=False)
    by_day = found.sales if goal.counts == Counts.SALES else found.money
    inside = [amount for day, amount in found.largest.items() if first <= day <= last]
    largest = max(inside, default=0) if goal.counts == Counts.MONEY else 0
    earlier = counted_cycles(_earlier(goal), found.known_from)
    return Standing(
        goal, pace(by_day, first, last, goal.target, today=view.today, earlier=earlier, largest=largest), left_out
    )


def _earlier(goal: Goal) -> list[tuple[date, date]]:
    """Earlier periods of the same kind, the newest first."""
    firsts = [periods.shifted(goal.period, goal.begins_on, -back) for back in range(1, CYCLES[Period(goal.period)] + 1)]
    return [(first, periods.last_day(goal.period, first)) for first in firsts]


@dataclass(frozen=True)
class AsIf:
    """One deal as if it were open, or closed on a day: the same facts with and without a close."""

    deal: int
    outcome: str = "open"
    closed: date | None = None


def outlook(view: View, goal: Goal, *, as_if: AsIf | None = None) -> Outlook:
    """The chance to reach a goal, and what would change it."""
    from rebond.numbers.forecast.history import records
    from rebond.numbers.forecast.outlook import widening
    from rebond.numbers.forecast.result import Goal as Aim

    view, last = view.whole, periods.last_day(goal.period, goal.begins_on)
    aim = Aim(
        "count" if goal.counts == Counts.SALES else "money", goal.target, goal.begins_on, last,
        periods.said(goal.period, goal.begins_on),
    )  # fmt: skip

    found = remembered(view, "records", lambda: records(_deals(view, as_if), view.today), as_if)
    weeks = max(round((last - view.today) / timedelta(days=7)), 1)
    tested = of_the_day(view, "widening", lambda: widening(found, as_of=view.today, weeks=weeks).widened, weeks)
    return remembered(
        view, "outlook", lambda: outlook_of_records(found, aim, as_of=view.today, widened=tested),
        as_if, goal.pk, goal.target,
    )  # fmt: skip


def _deals(view: View, as_if: AsIf | None) -> Table:
    """The deals, one of them as if."""
    import ibis

    deals = facts_for(view).deals
    if as_if is None:
        return deals
    this = deals["id"] == str(as_if.deal)
    outcome = "lost" if as_if.outcome == "lost_in_house" else as_if.outcome
    closed = ibis.null("date") if as_if.closed is None else ibis.date(as_if.closed.isoformat())
    return deals.mutate(
        outcome=ibis.ifelse(this, outcome, deals.outcome), closed_at=ibis.ifelse(this, closed, deals.closed_at)
    )

"""Where several goals stand, from one reading of the records: what a page asks, which has no time for the whole report.

The model is that of ``forecast``, and for money so are its draws; what a goal does not need is left out (parts by age
and stage, the path week by week; for a goal in sales the amounts, so that its draws are others of the same kind). The
ranges are widened by the factor the back-test asks for, which the caller keeps: it is about the past, and one contact
more does not change it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from rebond.numbers.estimate import Estimate, cannot
from rebond.numbers.forecast.amounts import amounts
from rebond.numbers.forecast.answer import FARTHEST_DAYS, METHOD, Model, so_far
from rebond.numbers.forecast.backtest import back_test, refusal
from rebond.numbers.forecast.hazards import hazards
from rebond.numbers.forecast.history import Book, Floats, Records
from rebond.numbers.forecast.result import BackTest, Goal, GoalOutlook
from rebond.numbers.forecast.simulate import steps

#: A year of days, for what is usual a month.
YEAR = 365


@dataclass(frozen=True)
class Outlook:
    """A goal's outlook and what would change it.

    Attributes:
        goal: so far, to come, chance.
        one_more: the chance with one more sale today: of one, or of the money half of past sales exceed.
        sale: what that one more sale brings: 1, or minor units; ``None`` where no amount is known.
        months_left: from today to the end of the period, in months of a year's twelfth.
        needed_a_month: still to come each month to reach the target, in the goal's unit; ``None`` once the period is
            over, or has less than a week to go.
        usual_a_month: what came a month in the last year, in the goal's unit; ``None`` for less than a year of record.
    """

    goal: GoalOutlook
    one_more: Estimate
    sale: int | None
    months_left: float
    needed_a_month: float | None
    usual_a_month: float | None


class _Drawn(NamedTuple):
    to_come: Estimate
    draws: Floats | None


def widening(found: Records, *, as_of: date, weeks: int, seed: int = 0) -> BackTest:
    """How the same forecast did on the past over about ``weeks`` weeks, and by what factor its ranges are widened."""
    return back_test(found.history, as_of, max(weeks, 1), seed)


def outlook(found: Records, goal: Goal, *, as_of: date, widened: float = 1.0, seed: int = 0) -> Outlook:
    """Where a goal stands; ``widened`` is ``widening(...).widened``.

    Refuses what ``forecast`` refuses: less than 52 weeks of history, 30 sales, 10 open deals; a period that is over
    (``period_over``) or ends more than two years ahead (``too_far``).
    """
    reached, left = so_far(found, goal, as_of), (goal.end - as_of).days
    drawn = _drawn(found, goal, as_of=as_of, widened=widened, seed=seed)
    n = found.history.came(found.history.weeks)
    chance = _chance(drawn, reached, goal.target, n)
    sale = _sale(found, goal)
    closer = (
        _chance(drawn, reached + sale, goal.target, n) if sale else cannot("no_money", "no amount of a sale is known")
    )
    months = max(left, 0) * 12 / YEAR
    return Outlook(
        GoalOutlook(goal, reached, drawn.to_come, chance), closer, sale, months,
        max(goal.target - reached, 0) / months if left >= 7 else None, _usual(found, goal, as_of),
    )  # fmt: skip


def _drawn(found: Records, goal: Goal, *, as_of: date, widened: float, seed: int) -> _Drawn:
    days = (goal.end - as_of).days
    missing = refusal(found.history)
    if days < 1:
        missing = cannot("period_over", "the period is over")
    elif days > FARTHEST_DAYS:
        missing = cannot("too_far", "the period ends more than two years ahead")
    if missing is not None:
        return _Drawn(missing, None)
    past = amounts(found.amounts, found.amount_counts)
    if goal.kind == "count":  # sales need no amounts: deals of one age are one
        found, past = replace(found, book=_by_age(found.book)), None
    model = Model(found, hazards(found.history), past, widened, seed)
    run = model.run(steps(days, skip=max((goal.start - as_of).days - 1, 0)), 1)
    draws = run.wins_all if goal.kind == "count" else run.money_all
    to_come = model.estimate(draws, found.history.came(found.history.weeks))
    return _Drawn(to_come, None if draws is None else model.wider(draws))


def _by_age(book: Book) -> Book:
    """The same open deals told apart by age alone, which is all that their chances go by."""
    ages, place = np.unique(book.age, return_inverse=True)
    deals = np.bincount(place, book.deals, minlength=len(ages)).astype(np.int64)
    return Book(ages, np.array([""] * len(ages), dtype=object), np.full(len(ages), np.nan), deals)


def _chance(drawn: _Drawn, reached: int, target: int, n: int) -> Estimate:
    """A chance of exactly 0 or 1 is never claimed of what is yet to come."""
    if reached >= target:
        return Estimate(1.0, n=n, method="reached")
    if drawn.draws is None:
        return drawn.to_come
    enough = int((drawn.draws + reached >= target).sum())
    return Estimate((enough + 0.5) / (len(drawn.draws) + 1), n=n, method=METHOD)


def _sale(found: Records, goal: Goal) -> int | None:
    """What one more sale brings: in money the middle one, since one huge sale says nothing about the next."""
    if goal.kind == "count":
        return 1
    if not len(found.amounts):
        return None
    order = np.argsort(found.amounts, kind="stable")
    cumulated = np.cumsum(found.amount_counts[order])
    return round(float(found.amounts[order][np.searchsorted(cumulated, cumulated[-1] / 2)]))


def _usual(found: Records, goal: Goal, as_of: date) -> float | None:
    if found.history.weeks < YEAR / 7:
        return None
    last = (as_of - date(1970, 1, 1)).days
    inside = (found.won_on > last - YEAR) & (found.won_on <= last)
    worth = found.won_deals if goal.kind == "count" else found.won_deals * found.won_amount
    return float(worth[inside].sum()) / 12

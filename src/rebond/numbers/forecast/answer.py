"""From draws to the answer: totals, parts by age and stage, the path of sales, the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, cannot, too_few
from rebond.numbers.forecast.amounts import Amounts
from rebond.numbers.forecast.hazards import Hazards
from rebond.numbers.forecast.history import Floats, Ints, Records
from rebond.numbers.forecast.outcome import Outcome, decide, parts
from rebond.numbers.forecast.result import FanPoint, Forecast, Goal, GoalOutlook, Part
from rebond.numbers.forecast.simulate import Step, simulate, steps

DRAWS, FAN_DRAWS, FARTHEST_DAYS = 2000, 600, 731
METHOD = "simulation of weekly hazards by age"


@dataclass(frozen=True)
class Model:
    """All that was learnt, and by what factor the ranges are widened."""

    found: Records
    learnt: Hazards
    past: Amounts | None
    widened: float
    seed: int

    def run(self, ahead: Sequence[Step], purpose: int) -> Outcome:
        """Draws of these weeks; each purpose has its own stream of random numbers."""
        random = np.random.default_rng([self.seed, 1000 + purpose])
        oldest = self.found.history.oldest_win
        return decide(self.found.book, self.learnt, ahead, DRAWS, self.past, oldest, random)

    def estimate(self, draws: Floats | None, n: int) -> Estimate:
        """The mean and the ranges of draws of sales or money; ``n`` deals or sales that it rests on."""
        if draws is None:
            priced = int(self.found.amount_counts.sum())
            if priced == 0:
                return cannot("no_money", "no amount of a sale is known", n=priced)
            return too_few(need=RANGE_FROM - priced, unit="wins", n=priced)
        limits = np.quantile(self.wider(draws), [0.1, 0.9, 0.025, 0.975])
        lo80, hi80, lo95, hi95 = (float(limit) for limit in limits)
        return Estimate(float(draws.mean()), lo80, hi80, lo95, hi95, n=n, method=METHOD)

    def wider(self, draws: Floats) -> Floats:
        """Draws spread around their median, as the back-test asks; nothing below 0."""
        middle = np.median(draws)
        return np.asarray(np.maximum(middle + self.widened * (draws - middle), 0.0))


def answer(none: Forecast, model: Model) -> Forecast:
    """The forecast ``none``, filled in."""
    days = (none.horizon_end - none.as_of).days
    found = model.run(steps(days), 0)
    opened, before = none.open_deals, none.wins_before
    money_open = None if found.money is None else found.money.sum(axis=1)
    return replace(
        none,
        wins_open=model.estimate(found.wins.sum(axis=1), opened),
        wins_new=model.estimate(found.wins_new, model.learnt.arrivals),
        wins=model.estimate(found.wins_all, before),
        money_open=model.estimate(money_open, opened),
        money_new=model.estimate(found.money_new, int(model.found.amount_counts.sum())),
        money=model.estimate(found.money_all, int(model.found.amount_counts.sum())),
        by_age=_by_age(model, found),
        by_stage=_by_stage(model, found),
        fan=_fan(model, none.as_of, days, found.wins_all),
        goal=_goal(none.goal, model, none.as_of),
    )


def so_far(found: Records, goal: Goal, as_of: date) -> int:
    """Sales, or minor units, from the start of the goal's period to ``as_of`` or the period's end."""
    first, last = (
        (day - date(1970, 1, 1)).days for day in (goal.start, min(goal.end, as_of))
    )  # fmt: skip
    inside = (found.won_on >= first) & (found.won_on <= last)
    worth = found.won_deals if goal.kind == "count" else found.won_deals * found.won_amount
    return round(float(worth[inside].sum()))


def _goal(none: GoalOutlook | None, model: Model, as_of: date) -> GoalOutlook | None:
    """The chance to reach it; a chance of exactly 0 or 1 is never claimed of what is yet to come."""
    if none is None:
        return None
    goal = none.goal
    days = (goal.end - as_of).days
    if days < 1:
        over = cannot("period_over", "the period is over", n=none.so_far)
        return replace(none, to_come=over, chance=over)
    if days > FARTHEST_DAYS:
        far = cannot("too_far", "the period ends more than two years ahead")
        return replace(none, to_come=far, chance=far)
    found = model.run(steps(days, skip=max((goal.start - as_of).days - 1, 0)), 1)
    n = model.found.history.came(model.found.history.weeks)
    draws = found.wins_all if goal.kind == "count" else found.money_all
    to_come = model.estimate(draws, n)
    if draws is None:
        return replace(none, to_come=to_come, chance=to_come)
    if none.so_far >= goal.target:
        return replace(none, to_come=to_come, chance=Estimate(1.0, n=n, method="reached"))
    reached = int((model.wider(draws) + none.so_far >= goal.target).sum())
    chance = Estimate((reached + 0.5) / (len(draws) + 1), n=n, method=METHOD)
    return replace(none, to_come=to_come, chance=chance)


def _by_age(model: Model, found: Outcome) -> tuple[Part, ...]:
    firsts = parts(model.found.history.oldest_win)
    shown = []
    for number in np.unique(found.part):
        low, stale = firsts[number], number == len(firsts) - 1
        high = None if stale else firsts[number + 1] - 1
        label = f"{low}+" if high is None else (str(low) if high == low else f"{low}-{high}")
        part = _part(model, found, found.part == number, label)
        shown.append(replace(part, low=low, high=high, stale=bool(stale)))
    return tuple(shown)


def _by_stage(model: Model, found: Outcome) -> tuple[Part, ...]:
    """The stage with most deals first."""
    shown = [_part(model, found, found.stage == name, str(name)) for name in np.unique(found.stage)]
    if [part.label for part in shown] == [""]:
        return ()
    return tuple(sorted(shown, key=lambda part: (-part.deals, part.label)))


def _part(model: Model, found: Outcome, cells: Ints, label: str) -> Part:
    deals = int(found.deals[cells].sum())
    if deals < COUNTS_FROM:
        few = too_few(need=COUNTS_FROM - deals, unit="open_deals", n=deals)
        return Part(label, deals, few, few)
    money = None if found.money is None else found.money[:, cells].sum(axis=1)
    return Part(label, deals, model.estimate(found.wins[:, cells].sum(axis=1), deals), model.estimate(money, deals))


def _fan(model: Model, as_of: date, days: int, wins: Floats) -> tuple[FanPoint, ...]:
    """Week by week; the last point is that of the forecast itself."""
    ages, place = np.unique(model.found.book.age, return_inverse=True)
    deals = np.bincount(place, model.found.book.deals).astype(np.int64)
    random = np.random.default_rng([model.seed, 999])
    ahead = steps(days)
    path = simulate(model.learnt, ages, ahead, FAN_DRAWS, random, deals).cumulated
    day, points = as_of, []
    for number, step in enumerate(ahead):
        day += timedelta(days=step.days)
        draws = wins if number == len(ahead) - 1 else path[:, number]
        limits = np.quantile(model.wider(draws), [0.025, 0.1, 0.5, 0.9, 0.975])
        points.append(FanPoint(day, *(float(limit) for limit in limits)))
    return tuple(points)

"""Forecasts held against worlds that go on: do the ranges hold what comes as often as they say?

A world: deals arrive at a steady mean rate, with months that differ; each week a deal is sold or closed otherwise, by
its age; four-week shocks move all sales together. 104 weeks are seen, the next 13 are forecast.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rebond.numbers.forecast.amounts import amounts
from rebond.numbers.forecast.answer import Model
from rebond.numbers.forecast.backtest import crps, refusal, sales
from rebond.numbers.forecast.hazards import BLOCK, hazards
from rebond.numbers.forecast.history import GOES_ON, OTHERWISE, SOLD, Book, History, Records, history
from rebond.numbers.forecast.simulate import steps
from validation.study import Line, Study

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SEEN, AHEAD, DRAWS = 104, 13, 400
SHOCK, ARRIVAL_SHOCK = 0.20, 0.15
AGES = np.arange(SEEN + AHEAD)
#: Sold per week: few at once, most around week 5, hardly any after half a year. Closed otherwise: a slow leak.
SELLS = 0.012 + 0.05 * np.exp(-(((AGES - 5) / 4.0) ** 2)) * (AGES < 26)
SELLS = np.where(AGES < 26, SELLS, 0.002)
LEAVES = 0.03 + 0.03 * (AGES > 8)


def world(arrivals: float, random: np.random.Generator, shock: float = SHOCK) -> tuple[History, int]:
    """What is seen, and the sales of the 13 weeks after it."""
    blocks = -(-(SEEN + AHEAD) // BLOCK)
    # Blocks start at the day of the forecast, as those of the forecast do; the worlds' own could start anywhere.
    shocks = random.gamma(shock**-2.0, shock**2, blocks).repeat(BLOCK)[: SEEN + AHEAD]
    opening = random.gamma(ARRIVAL_SHOCK**-2.0, ARRIVAL_SHOCK**2, blocks).repeat(BLOCK)[: SEEN + AHEAD]
    opened = random.poisson(arrivals * opening)
    alive = np.zeros(SEEN + AHEAD, dtype=np.int64)
    rows: list[tuple[Ints, Ints, int, Ints]] = []
    came = 0
    for week in range(SEEN + AHEAD):
        alive[week] = opened[week]
        cohort = np.flatnonzero(alive)
        age = week - cohort
        sold = random.binomial(alive[cohort], np.minimum(SELLS[age] * shocks[week], 0.9))
        left = random.binomial(alive[cohort] - sold, LEAVES[age])
        alive[cohort] -= sold + left
        if week >= SEEN:
            came += int(sold.sum())
            continue
        ago = np.full(len(cohort), SEEN - 1 - week)
        rows += [(SEEN - 1 - cohort, ago, SOLD, sold), (SEEN - 1 - cohort, ago, OTHERWISE, left)]
        if week == SEEN - 1:
            rows.append((SEEN - 1 - cohort, np.zeros(len(cohort), dtype=np.int64), GOES_ON, alive[cohort].copy()))
    opened_ago, closed_ago, deals = (np.concatenate([row[at] for row in rows]) for at in (0, 1, 3))
    fate = np.concatenate([np.full(len(row[0]), row[2]) for row in rows])
    kept = deals > 0
    return history(opened_ago[kept], closed_ago[kept], fate[kept], deals[kept]), came


def independent(seen: History, random: np.random.Generator) -> Floats:
    """The naive forecast: the hazards as found, deals that know nothing of each other, arrivals at their mean rate."""
    risk, sold, ended = (each.sum(axis=0) for each in (seen.at_risk, seen.sold, seen.ended))
    ages = np.arange(seen.weeks + AHEAD)
    pooled = np.minimum(ages, 40)
    bins = [np.flatnonzero(np.minimum(np.arange(seen.weeks), 40) == age) for age in range(41)]
    win = np.array([sold[one].sum() / max(risk[one].sum(), 1) for one in bins])[pooled]
    end = np.array([ended[one].sum() / max(risk[one].sum(), 1) for one in bins])[pooled]

    def chance(first: int, weeks: int) -> float:
        alive, won = 1.0, 0.0
        for age in range(first, first + weeks):
            won += alive * win[age]
            alive *= 1 - win[age] - end[age]
        return won

    opened, rate = seen.open(), float(seen.arrivals().mean())
    total = np.zeros(DRAWS)
    for age in np.flatnonzero(opened):
        total += random.binomial(opened[age], chance(int(age) + 1, AHEAD), DRAWS)
    for week in range(AHEAD):
        total += random.poisson(rate * chance(0, AHEAD - week), DRAWS)
    return total


def coverage(worlds: int, seed: int) -> list[Line]:
    """Ranges of the whole forecast at 3, 12 and 60 arrivals a week, and with strong shocks; independent deals at 60."""
    lines = []
    for arrivals, shock in ((3.0, SHOCK), (12.0, SHOCK), (12.0, 0.4), (60.0, SHOCK)):
        drawn, naive = [], []
        for number in range(worlds):
            random = np.random.default_rng([seed, int(arrivals), int(100 * shock), number])
            seen, came = world(arrivals, random, shock)
            if refusal(seen) is None:
                drawn.append((sales(seen, AHEAD, DRAWS, random), came))
                naive.append((independent(seen, random), came))
        name = f"{arrivals:.0f} arrivals a week" + (", strong shocks" if shock > SHOCK else "")
        beside = "sales are whole numbers: a range of 3 or 4 of them holds more than half" if arrivals == 3.0 else ""
        most = 0.62 if arrivals == 3.0 else 0.56
        # A variance has no gate that a few dozen worlds could keep.
        pit = (0.85, 1.15) if len(drawn) >= 400 else (None, None)
        lines.append(Line(f"coverage of the 95 % range, {name}", _inside(drawn, 95), 0.93, worlds=len(drawn)))
        lines.append(Line(f"coverage of the 80 % range, {name}", _inside(drawn, 80), 0.77, 0.84, worlds=len(drawn)))
        lines.append(
            Line(
                f"coverage of the 50 % range, {name}", _inside(drawn, 50), 0.45, most, beside=beside, worlds=len(drawn)
            )
        )
        lines.append(Line(f"variance of the PIT times 12, {name}", _pit_variance(drawn), *pit, beside="1 is right"))
        if arrivals == 60.0:
            lines.append(
                Line(
                    f"the same for independent deals, {name}", _inside(naive, 95), 0.93, worlds=len(naive), control=True
                )
            )
            better = float(np.mean([crps(one, came) for one, came in drawn]) / np.mean([crps(*one) for one in naive]))
            lines.append(Line("CRPS over that of independent deals", better, at_most=1.02))
    return lines


def _inside(drawn: Sequence[tuple[Floats, float]], percent: int) -> float:
    tail = (100 - percent) / 200
    limits = [(np.quantile(draws, [tail, 1 - tail]), came) for draws, came in drawn]
    return float(np.mean([low <= came <= high for (low, high), came in limits]))


def _pit_variance(drawn: list[tuple[Floats, int]]) -> float:
    """Of the place of what came among the draws: above 1 the ranges are too narrow, below 1 too wide."""
    return 12 * float(np.var([(draws < came).mean() + (draws == came).mean() / 2 for draws, came in drawn]))


def stale(worlds: int, seed: int) -> list[Line]:
    """A firm that never closes its dead deals: hundreds sit longer than any winner did and nothing comes of them."""
    base, ours, truth = [], [], []
    for number in range(worlds):
        random = np.random.default_rng([seed, number])
        seen, came = _cemetery(random)
        opened = seen.open()
        closed = seen.sold.sum() + seen.ended.sum()
        base.append(float(opened.sum() * seen.sold.sum() / closed))
        ours.append(float(sales(seen, AHEAD, DRAWS, random).mean()))
        truth.append(came)
    about = float(np.mean(truth))
    return [
        Line("sales forecast over sales that came", float(np.mean(ours)) / about, 0.85, 1.15),
        Line("the same at the overall rate of winning", float(np.mean(base)) / about, 0.85, 1.15, control=True),
    ]


def _cemetery(random: np.random.Generator) -> tuple[History, int]:
    """12 deals a week, of which 5 are dead on arrival and never closed; the others are sold or lost within 20 weeks."""
    rows: list[tuple[int, int, int]] = []
    came = 0
    for week in range(SEEN + AHEAD):
        for _deal in range(random.poisson(7)):
            end = week + int(random.integers(0, 20))
            won = random.random() < 0.5
            if week < SEEN:
                fate = GOES_ON if end >= SEEN else SOLD if won else OTHERWISE
                rows.append((SEEN - 1 - week, max(SEEN - 1 - end, 0), fate))
            came += int(won and SEEN <= end < SEEN + AHEAD)
        if week < SEEN:
            rows += [(SEEN - 1 - week, 0, GOES_ON)] * random.poisson(5)
    opened, closed, fate = np.array(rows).T
    return history(opened, closed, fate, np.ones(len(rows), dtype=np.int64)), came


def money(worlds: int, seed: int) -> list[Line]:
    """Five deals a week whose amounts spread widely: ranges of money, and of sales times the mean amount."""
    drawn, naive = [], []
    for number in range(worlds):
        random = np.random.default_rng([seed, number])
        found, came = _priced(random)
        past = amounts(found.amounts, found.amount_counts)
        if past is None or refusal(found.history) is not None:
            continue
        outcome = Model(found, hazards(found.history), past, 1.0, number).run(steps(7 * AHEAD), 0)
        if outcome.money_all is not None:
            drawn.append((outcome.money_all, came))
            naive.append((outcome.wins_all * float(found.amounts.mean()), came))
    return [
        Line("coverage of the 95 % range of money", _inside(drawn, 95), 0.93, worlds=len(drawn)),
        Line("coverage of the 80 % range of money", _inside(drawn, 80), 0.77, 0.88, worlds=len(drawn)),
        Line(
            "the 95 % range of sales times the mean amount", _inside(naive, 95), 0.93, worlds=len(naive), control=True
        ),
    ]


def _priced(random: np.random.Generator) -> tuple[Records, float]:
    """Deals open for up to 20 weeks, half of them won, with amounts from a lognormal; and the money of the 13 weeks."""
    opened = random.integers(0, SEEN + AHEAD, random.poisson(5 * (SEEN + AHEAD)))
    end = opened + random.integers(0, 20, len(opened))
    won, amount = random.random(len(opened)) < 0.5, np.round(np.exp(random.normal(10, 1.2, len(opened))))
    came = float(amount[won & (end >= SEEN) & (end < SEEN + AHEAD)].sum())
    seen = opened < SEEN
    opened, end, won, amount = opened[seen], end[seen], won[seen], amount[seen]
    still, one = end >= SEEN, np.ones(len(opened), dtype=np.int64)
    ago, fate = SEEN - 1 - opened, np.where(still, GOES_ON, np.where(won, SOLD, OTHERWISE))
    order = np.flatnonzero(still)[np.argsort(ago[still], kind="stable")]
    sold = won & ~still
    book = Book(ago[order], np.full(len(order), "", dtype=object), amount[order], one[order])
    past = history(ago, np.maximum(SEEN - 1 - end, 0), fate, one)
    return Records(past, book, amount[sold], one[sold], 0, 0, end[sold], amount[sold], one[sold]), came


STUDIES = (
    Study("forecast_coverage", "13 weeks ahead from 104 weeks, at 3, 12 and 60 arrivals a week.", coverage, 30, 1200),
    Study("forecast_money", "Money of 13 weeks, from amounts that spread widely.", money, 40, 1200),
    Study("stale_deals", "Open deals that sit longer than any winner ever did.", stale, 10, 200),
)

"""The forecast held against the past: made at earlier days with what was known then, compared with what came.

Scores after Gneiting and Raftery (2007, "Strictly proper scoring rules, prediction, and estimation", JASA 102:359-378);
the widening factor after Vovk, Gammerman and Shafer (2005, "Algorithmic Learning in a Random World").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import numpy as np

from rebond.numbers.estimate import COUNTS_FROM, Estimate, too_few
from rebond.numbers.forecast.hazards import hazards
from rebond.numbers.forecast.history import Floats, History
from rebond.numbers.forecast.result import BackTest, Past
from rebond.numbers.forecast.simulate import simulate, steps
from rebond.numbers.rates import wilson

#: The least a forecast rests on: weeks of history, sales, open deals; and weeks before an origin, half as many, so that
#: a team of little more than a year sees how well it would have done with even less.
WEEKS, SALES, OPEN, WEEKS_BEFORE = 52, 30, 10, 26
#: Weeks between origins, origins at most, draws per origin; origins from which on ranges are widened, and when.
EVERY, ORIGINS, DRAWS, ENOUGH, TOO_NARROW, TOO_WIDE = 4, 26, 400, 20, 0.70, 0.90
LEVELS = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class _Origin:
    past: Past
    pinball: Floats
    last_year: float
    base_rate: float


def refusal(past: History, weeks: int = WEEKS) -> Estimate | None:
    """What there is too little of for a forecast, if anything.

    >>> none = np.zeros((0, 0), dtype=np.int64)
    >>> print(refusal(History(none, none, none, none)))
    too few: 52 more weeks of history
    """
    there = (past.weeks, past.came(past.weeks), int(past.open().sum()))
    for least, n, unit in zip((weeks, SALES, OPEN), there, ("weeks", "wins", "open_deals"), strict=True):
        if n < least:
            return too_few(need=least - n, unit=unit, n=n)
    return None


def back_test(found: History, as_of: date, horizon: int, seed: int) -> BackTest:
    """Rolling origins every four weeks, the newest of them ``horizon`` weeks before ``as_of``."""
    origins = []
    for number in range(ORIGINS):
        back = horizon + EVERY * number
        past = found.before(back)
        if past.weeks < WEEKS_BEFORE:
            break
        if refusal(past, WEEKS_BEFORE) is None:
            origins.append(_origin(found, past, back, as_of, horizon, np.random.default_rng([seed, number])))
    if not origins:
        return _none(found, horizon)
    return _scored(origins[::-1], horizon)


def crps(draws: Floats, came: float) -> float:
    """Continuous ranked probability score of draws: mean |X - y| - mean |X - X'| / 2; smaller is better.

    >>> round(crps(np.random.default_rng(0).standard_normal(200_000), 0.0), 3)  # (sqrt 2 - 1) / sqrt pi
    0.234
    """
    n = len(draws)
    order = np.sort(draws)
    return float(np.abs(draws - came).mean() - ((2 * np.arange(1, n + 1) - n - 1) * order).sum() / n**2)


def _origin(
    found: History, past: History, back: int, as_of: date, horizon: int, random: np.random.Generator
) -> _Origin:
    draws = sales(past, horizon, DRAWS, random)
    came = int(found.sold[back - horizon : back].sum())
    lo95, lo80, lo50, middle, hi50, hi80, hi95 = np.quantile(draws, [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]).tolist()
    made = Past(
        as_of - timedelta(weeks=back), lo95, lo80, lo50, middle, hi50, hi80, hi95, came=came, crps=crps(draws, came),
        pit=float((draws < came).mean() + (draws == came).mean() / 2),
    )  # fmt: skip
    gap = came - np.quantile(draws, [level / 100 for level in LEVELS])
    pinball = np.where(gap >= 0, np.array(LEVELS) / 100 * gap, (np.array(LEVELS) / 100 - 1) * gap)
    year = max(WEEKS, horizon) if past.weeks >= max(WEEKS, horizon) else horizon
    last_year = float(found.sold[back - horizon + year : back + year].sum())
    ends = past.sold.sum() + past.ended.sum()
    return _Origin(made, pinball, last_year, float(past.open().sum() * past.sold.sum() / ends))


def sales(past: History, horizon: int, count: int, random: np.random.Generator) -> Floats:
    """Draws of all sales in the ``horizon`` weeks after the history's end."""
    open_deals = past.open()
    ages = np.flatnonzero(open_deals)
    drawn = simulate(hazards(past), ages, steps(7 * horizon), count, random)
    return (drawn.wins_open(open_deals[ages], random) + drawn.wins_new(random)).astype(np.float64)


def _none(found: History, horizon: int) -> BackTest:
    need = max(WEEKS_BEFORE + horizon - found.weeks, 0)
    missing = too_few(need=need, unit="weeks", n=found.weeks) if need else refusal(found.before(horizon), WEEKS_BEFORE)
    missing = missing or too_few(need=1, unit="weeks", n=found.weeks)
    note = f"no back-test yet; {missing.note}"
    return BackTest(horizon, (), missing, missing, missing, note=note, code="too_few", need=missing.need or 0)


def _scored(origins: list[_Origin], horizon: int) -> BackTest:
    past = [one.past for one in origins]
    came = np.array([one.came for one in past], dtype=np.float64)
    middle = np.array([one.middle for one in past])
    within80 = _share([one.lo80 <= one.came <= one.hi80 for one in past])
    widened, code, note = _widened(past, within80)
    return BackTest(
        horizon_weeks=horizon, past=tuple(past),
        within50=_share([one.lo50 <= one.came <= one.hi50 for one in past]),
        within80=within80,
        within95=_share([one.lo95 <= one.came <= one.hi95 for one in past]),
        crps=float(np.mean([one.crps for one in past])),
        pinball=tuple(zip(LEVELS, np.mean([one.pinball for one in origins], axis=0).tolist(), strict=True)),
        pit=tuple(np.histogram([one.pit for one in past], bins=10, range=(0, 1))[0].tolist()),
        error=float(np.abs(middle - came).mean()),
        error_last_year=float(np.abs([one.last_year for one in origins] - came).mean()),
        error_base_rate=float(np.abs([one.base_rate for one in origins] - came).mean()),
        widened=widened, note=note, code=code,
    )  # fmt: skip


def _share(inside: list[bool]) -> Estimate:
    """Of the origins; they overlap, so that the range is rather too narrow."""
    k, n = sum(inside), len(inside)
    if n < COUNTS_FROM:
        return too_few(need=(COUNTS_FROM - n) * EVERY, unit="weeks", n=n, k=k)
    (lo80, hi80), (lo95, hi95) = wilson(k, n, 0.80), wilson(k, n, 0.95)
    return Estimate(k / n, lo80, hi80, lo95, hi95, k=k, n=n, method="share of origins, Wilson")


def _widened(past: list[Past], within80: Estimate) -> tuple[float, str, str]:
    """The conformal factor: how many half-widths hold eight in ten of what came; never below 1."""
    if len(past) < ENOUGH or within80.value is None:
        return 1.0, "", ""
    if within80.value > TOO_WIDE:
        return 1.0, "wide", "the ranges were wider than need be"
    if within80.value >= TOO_NARROW:
        return 1.0, "", ""
    away = sorted(abs(one.came - one.middle) / max((one.hi80 - one.lo80) / 2, 0.5) for one in past)
    factor = max(away[min(ceil(0.8 * (len(away) + 1)), len(away)) - 1], 1.0)
    return factor, "widened", f"the ranges were too narrow before, and are widened by {factor:.2f}"

"""Does ``trends`` keep quiet where nothing changes, see what does, and not take a changing record for news?

Worlds are made deal by deal, with a known win rate per month, and read as the engine's counts would be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from statistics import NormalDist
from typing import Any

import numpy as np

from rebond.numbers.trends import REASONS_PART, Trends, assess
from rebond.numbers.trends.charts import cusum, deviations, limits, rate_scores
from rebond.numbers.trends.history import Cells, History, LostFor, first_day, months_of
from rebond.numbers.trends.measures import MEASURES
from rebond.numbers.trends.permutation import trend_scores, trend_test
from rebond.numbers.trends.season import standard
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
Rng = np.random.Generator
EPOCH = date(1970, 1, 1)
SIZES = (15, 40, 200)
#: Gate of "at most 5 in 100 files", and worlds in which a power is told beside it.
FALSE_ALARM = 0.05
#: The reasons' part of it, where all measures can be judged.
GATE = FALSE_ALARM * REASONS_PART / (REASONS_PART + sum(part for _kind, part in MEASURES.values()))
REASONS = ("price", "timing", "no need", "competitor", "trust", "feature", "budget", "silence")
SHARES = np.array([0.08, 0.30, 0.20, 0.14, 0.10, 0.08, 0.06, 0.04])


@dataclass(frozen=True)
class World:
    """A record of ``months`` months, ``size`` deals opened in each.

    Attributes:
        rate: the chance that a deal closing in a month is won; shape (months,).
        volume: relative number of deals opened; shape (months,).
        entered: the chance that a loss of that month is entered; shape (months,).
        days: mean days from opening to closing.
        last: the month the record ends with.
        shares: chances of each of ``REASONS``, per month; shape (months, reasons), or ``None`` for no reasons.
    """

    months: int
    size: int
    rate: Numbers
    volume: Numbers
    entered: Numbers
    days: float = 45.0
    last: int = 12 * 2026 + 5
    shares: Numbers | None = None


def steady(months: int, size: int, rate: float = 0.25, **more: Any) -> World:
    """Nothing changes."""
    flat = np.ones(months)
    return World(months, size, rate * flat, flat, flat, **more)


def drifting(world: World, rng: Rng, points: float = 0.06, volume: float = 0.15) -> World:
    """The same with the ordinary ups and downs of months, in the rate and in the number of deals."""
    rate = np.clip(world.rate + rng.normal(0, points, world.months), 0.02, 0.98)
    return replace(world, rate=rate, volume=world.volume * rng.lognormal(0, volume, world.months))


def seasonal(world: World, *, quarter: float = 0.15, year: float = 0.08) -> World:
    """The same with a push in the last month of each quarter, a low summer and a high winter."""
    calendar = world.last - np.arange(world.months)[::-1]
    wave = np.cos(2 * np.pi * (calendar % 12) / 12)
    rate = np.clip(world.rate + quarter * (calendar % 3 == 2) + year * wave, 0.02, 0.98)
    return replace(world, rate=rate, volume=world.volume * (1 + 0.3 * (calendar % 3 == 2) + 0.2 * wave))


def growing(world: World) -> World:
    """The same with 4 % more deals opened every month."""
    return replace(world, volume=world.volume * 1.04 ** np.arange(world.months))


def from_month(world: World, field: str, months_ago: int, value: float) -> World:
    """The same with a rate, a volume or an entering of losses that is ``value`` in the last so many months."""
    changed = getattr(world, field).copy()
    changed[-months_ago:] = value
    return replace(world, **{field: changed})


def history(world: World, rng: Rng) -> History:
    """One draw of the world, as of the last day of its last month."""
    starts = np.array([(first_day(world.last - ago) - EPOCH).days for ago in range(world.months - 1, -2, -1)])
    as_of = starts[-1] - 1
    month = np.repeat(np.arange(world.months), rng.poisson(world.size * world.volume))
    opened = starts[month] + (rng.random(len(month)) * np.diff(starts)[month]).astype(int)
    closed = opened + rng.gamma(2.0, world.days / 2, len(month)).astype(int)
    ends = np.minimum(np.searchsorted(starts, closed, side="right") - 1, world.months - 1)
    won = rng.random(len(month)) < world.rate[ends]
    seen = (closed <= as_of) & (won | (rng.random(len(month)) < world.entered[ends]))
    return _as_counted(world, rng, opened, closed, won, seen, ends)


def _as_counted(
    world: World, rng: Rng, opened: Numbers, closed: Numbers, won: Numbers, seen: Numbers, ends: Numbers
) -> History:
    outcome = np.where(seen, np.where(won, "won", "lost"), "open").astype(object)
    size = len(opened)
    money = np.where(won & seen, np.rint(rng.lognormal(11, 0.8, size)), 0.0)
    logged = np.where(seen & ~won, rng.random(size) < 0.7, False).astype(float)
    ones = np.ones(size)
    month = (opened.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")).astype("int64")
    closings = Cells(
        month[seen].astype(float),
        closed[seen].astype(float),
        outcome[seen],
        ones[seen],
        ones[seen],
        money[seen],
        logged[seen],
    )
    openings = Cells(opened.astype(float), np.full(size, np.nan), outcome, ones, ones, money, logged)
    return History(
        first_day(world.last + 1) - timedelta(days=1),
        closings,
        openings,
        _lost_for(world, rng, closed, logged > 0, ends),
    )


def _lost_for(world: World, rng: Rng, closed: Numbers, logged: Numbers, ends: Numbers) -> LostFor:
    if world.shares is None:
        nothing = np.zeros(0)
        return LostFor(nothing.astype(int), nothing.astype(object), nothing.astype(object), nothing)
    cut = np.cumsum(world.shares, axis=1)[ends[logged]]
    reason = (rng.random((int(logged.sum()), 1)) > cut).sum(axis=1).clip(0, len(REASONS) - 1)
    pairs, n = np.unique(np.stack([months_of(closed[logged].astype(float)), reason]), axis=1, return_counts=True)
    segment = np.full(len(n), None, dtype=object)
    return LostFor(pairs[0], segment, np.array(REASONS, dtype=object)[pairs[1]], n.astype(float))


def alarmed(found: Trends, kinds: tuple[str, ...] = ("rate", "count", "money")) -> bool:
    """Whether any verdict is ``rise`` or ``drop``."""
    said = (each.verdict for each in (*found.measures, *found.reasons) if each.kind in kinds)
    return any(verdict in ("rise", "drop") for verdict in said)


def share_of(worlds: int, seed: int, make: Callable[[Rng], World], ask: Callable[[Trends], bool]) -> float:
    """The share of drawn worlds of which ``ask`` holds."""
    rng = np.random.default_rng(seed)
    return float(np.mean([ask(assess(history(make(rng), rng))) for _world in range(worlds)]))


def quiet(worlds: int, seed: int) -> list[Line]:
    """Nothing changes: does any of the seven measures, or any of eight reasons, say so?"""
    kinds: dict[str, Callable[[World, Rng], World]] = {
        "months alike": lambda world, _rng: world,
        "months drift by 6 points": drifting,
        "months drift, and a season": lambda world, rng: drifting(seasonal(world), rng),
        "months drift, and deals get more by 4 % a month (win rates only)": lambda world, rng: drifting(
            growing(world), rng
        ),
    }
    lines = []
    for size in SIZES:
        for kind, change in kinds.items():
            ask = _rates_alarmed if "win rates only" in kind else alarmed
            found = [
                share_of(worlds // 3, seed + months + size, partial(_made, change, months, size), ask)
                for months in (20, 27, 40)
            ]
            what = f"files with any alarm: 20, 27 or 40 months, {size} deals a month, {kind}"
            lines.append(Line(what, float(np.mean(found)), at_most=FALSE_ALARM, worlds=3 * (worlds // 3)))
    return lines


def _rates_alarmed(found: Trends) -> bool:
    return alarmed(found, ("rate",))


def _made(change: Callable[[World, Rng], World], months: int, size: int, rng: Rng) -> World:
    return change(steady(months, size, shares=np.tile(SHARES, (months, 1))), rng)


def _months(worlds: int, rng: Rng, months: int, size: int, rate: Numbers, drift: float) -> tuple[Numbers, Numbers]:
    """k and n of each month; shape (worlds, months)."""
    n = np.maximum(rng.poisson(size, (worlds, months)), 1)
    p = np.clip(rate + drift * rng.standard_normal((worlds, months)), 0.02, 0.98)
    return rng.binomial(n, p).astype(float), n.astype(float)


def _said(k: Numbers, n: Numbers, baseline: int) -> Numbers:
    """Whether either signal of the chart of one rate, at 5 in 100, is given in any judged month; shape (worlds,)."""
    season = standard(k.shape[1], baseline)
    limit, sums = limits(season, None, FALSE_ALARM)
    scores = np.array([rate_scores(a, b, a[:baseline].sum() / b[:baseline].sum()) for a, b in zip(k, n, strict=True)])
    f = deviations(scores, season, None)
    return (np.abs(f) > limit).any(axis=1) | (np.maximum(*cusum(f)) > sums).any(axis=1)


def _three_sigma(k: Numbers, n: Numbers, baseline: int, *, laney: bool) -> Numbers:
    """The textbook's p chart, or Laney's: any judged month beyond three of its standard deviations."""
    share = (k[:, :baseline].sum(axis=1) / n[:, :baseline].sum(axis=1))[:, None]
    z = (k / n - share) / np.sqrt(share * (1 - share) / n)
    spread = np.abs(np.diff(z[:, :baseline])).mean(axis=1, keepdims=True) / 1.128 if laney else 1.0
    return (np.abs(z[:, baseline:]) > 3 * spread).any(axis=1)


def one_chart(worlds: int, seed: int) -> list[Line]:
    """The chart of one win rate, by itself, over a year of looking every month."""
    rng, lines = np.random.default_rng(seed), []
    for baseline in (12, 24):
        for size in SIZES:
            for drift in (0.0, 0.06):
                k, n = _months(worlds, rng, baseline + 12, size, np.full(baseline + 12, 0.25), drift)
                what = f"{baseline} months before, {size} deals a month, drift {100 * drift:.0f} points"
                lines.append(
                    Line(
                        f"false alarms in a year: {what}",
                        float(_said(k, n, baseline).mean()),
                        at_most=FALSE_ALARM,
                        worlds=worlds,
                    )
                )
        fallen = np.r_[np.full(baseline + 2, 0.25), np.full(10, 0.13)]
        for size, floor in zip((40, 200), (0.3, 0.8) if baseline == 12 else (0.55, 0.95), strict=True):
            k, n = _months(worlds, rng, baseline + 12, size, fallen, 0.03)
            what = f"a fall from 25 % to 13 % ten months ago is seen: {baseline} months before, {size} deals a month"
            lines.append(Line(what, float(_said(k, n, baseline).mean()), at_least=floor, worlds=worlds))
    k, n = _months(worlds, rng, 24, 200, np.full(24, 0.25), 0.06)
    for name, laney in (("the textbook's p chart", False), ("Laney's chart with three sigma", True)):
        figure = float(_three_sigma(k, n, 12, laney=laney).mean())
        lines.append(
            Line(
                f"false alarms in a year: {name}, 200 deals a month, drift 6 points",
                figure,
                at_most=FALSE_ALARM,
                worlds=worlds,
                control=True,
            )
        )
    return lines


def record(worlds: int, seed: int) -> list[Line]:
    """Losses that stop being entered, old ones entered at once, deals that take long: never a rise, never a drop."""
    lines = []
    for months, size in ((27, 40), (40, 200)):
        for part in (0.0, 0.4):
            rng = np.random.default_rng(seed)
            found = []
            for _world in range(worlds):
                world = from_month(drifting(steady(months, size), rng, 0.03), "entered", 8, part)
                found.append(assess(history(world, rng)))
            what = f"{months} months, {size} deals a month, {100 * part:.0f} % of the losses entered for eight months"
            rates = [{each.measure(name).verdict for name in ("win_rate_closed", "win_rate_opened")} for each in found]
            lines.append(
                Line(
                    f"a win rate called a rise: {what}", float(np.mean(["rise" in each for each in rates])), at_most=0.0
                )
            )
            if not part:
                named = np.mean([each.record.verdict == "losses_no_longer_recorded" for each in found])
                lines.append(Line(f"named for what it is: {what}", float(named), at_least=0.9, worlds=worlds))
    slow = steady(40, 60, days=150.0)
    drop = share_of(
        worlds,
        seed,
        lambda rng: drifting(slow, rng, 0.03),
        lambda each: each.measure("win_rate_opened").verdict == "drop",
    )
    lines.append(
        Line("opening months called a drop: deals take five months, nothing changes", drop, at_most=0.01, worlds=worlds)
    )
    naive = share_of(worlds, seed, lambda rng: drifting(slow, rng, 0.03), _naive_drop)
    lines.append(
        Line(
            "the same: wins of all deals opened, last six months against those before",
            naive,
            at_most=0.05,
            worlds=worlds,
            control=True,
        )
    )
    return lines


def _naive_drop(found: Trends) -> bool:
    cohorts = found.record.cohorts
    new, old = cohorts[-6:], cohorts[:-6]
    k1, n1, k0, n0 = (sum(getattr(each, name) for each in part) for part in (new, old) for name in ("won", "opened"))
    pooled = (k0 + k1) / (n0 + n1)
    return bool((k1 / n1 - k0 / n0) / np.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1)) < -NormalDist().inv_cdf(0.975))


def _reason_months(rng: Rng, months: int, size: int, *, grows: bool) -> tuple[Numbers, Numbers]:
    """Losses by reason and month, months drifting as Dirichlet(60); in the last month the first has grown fourfold."""
    counts = np.zeros((len(SHARES), months))
    for month in range(months):
        share = SHARES.copy()
        share[0] *= 4 ** (month / (months - 1)) if grows else 1
        counts[:, month] = rng.multinomial(size, rng.dirichlet(60 * share / share.sum()))
    return counts, np.broadcast_to(counts.sum(axis=0), counts.shape).copy()


def reasons(worlds: int, seed: int) -> list[Line]:
    """Shares of eight reasons: shuffled months, Benjamini-Hochberg, the gate; the test that takes months as alike."""
    rng, lines = np.random.default_rng(seed), []
    for months, size in ((12, 25), (12, 100), (24, 25), (24, 100)):
        what = f"{months} months, {size} losses a month"
        strata = np.arange(months) % (12 if months >= 24 else 3)
        found = [trend_test(*_reason_months(rng, months, size, grows=False), strata) for _world in range(worlds)]
        lines.append(
            Line(
                f"one reason's p below .05, nothing changes: {what}",
                float(np.mean([t.p <= 0.05 for t in found])),
                at_most=0.065,
                worlds=worlds,
            )
        )
        gated = np.mean([bool((t.q <= 0.10).any() and t.gate <= GATE) for t in found])
        lines.append(
            Line(f"files with any reason named, nothing changes: {what}", float(gated), at_most=GATE, worlds=worlds)
        )
        grown = [trend_test(*_reason_months(rng, months, size, grows=True), strata) for _world in range(worlds)]
        lines.append(
            Line(
                f"a share that grows fourfold is named: {what}",
                float(np.mean([t.q[0] <= 0.10 and t.gate <= GATE for t in grown])),
                worlds=worlds,
            )
        )
    naive = []
    for _world in range(worlds):
        k, n = _reason_months(rng, 12, 100, grows=False)
        naive.append(np.abs(trend_scores(k, n, np.arange(12.0)[:, None])[:, 0]) > 1.96)
    lines.append(
        Line(
            "one reason's p below .05 by Cochran-Armitage alone: 12 months, 100 losses a month",
            float(np.mean(naive)),
            at_most=0.065,
            worlds=worlds,
            control=True,
        )
    )
    return lines


STUDIES = (
    Study(
        "trends_quiet",
        "Records made deal by deal in which nothing changes, with and without ordinary ups and downs of months and "
        "with a season of the quarter and of the year. How many files have any measure called a rise or a drop?",
        quiet, smoke=6, full=600,
    ),
    Study(
        "trends_one_chart",
        "One win rate of 25 % by month: false alarms of its chart over a year of monthly looks, a real fall to 13 %, "
        "and the charts of the textbook on the same months.",
        one_chart, smoke=300, full=4_000,
    ),
    Study(
        "trends_record",
        "Wins and openings go on while losses are no longer entered; and deals that take so long that the last opening "
        "months are not resolved. Neither is a trend of the win rate.",
        record, smoke=8, full=400,
    ),
    Study(
        "trends_reasons",
        "Eight reasons of losses by month, months drifting; in half of the worlds one share grows fourfold.",
        reasons, smoke=40, full=1_000,
    ),
)  # fmt: skip

"""Touches per sale and money per touch in two worlds whose truth is known, and what the shortcuts would say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from rebond.numbers.estimate import Estimate
from rebond.numbers.pooled_means import pooled_means
from rebond.numbers.touches import touches
from rebond.numbers.touches_corrected import Pair, groups, unpooled
from rebond.numbers.touches_queries import Span
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
AS_OF = date(2025, 6, 30)
HORIZON = 180
CHANNELS = np.array(["call", "email", "meeting"])
#: Deals whose truth is taken from, never censored.
TRUTH = 250_000
SIZES = (60, 150, 400)
#: Companies asked in one query.
BLOCK = 200


@dataclass(frozen=True)
class World:
    """A kind of company.

    Attributes:
        grows: how strongly the team grows: ages of deals are 300 days times a uniform number to this power.
        front: how early in the life of a deal its touches are: a uniform part of it to this power.
    """

    name: str
    grows: float
    front: float


WORLDS = (
    World("proportional", grows=1.0, front=1.0),
    World("growing team, touches early", grows=2.0, front=2.0),
)


@dataclass(frozen=True)
class Company:
    """Drawn deals: age, days to the end, whether a win, commission; and touches: whose, on which day, by channel."""

    age: Numbers
    ends: Numbers
    wins: Numbers
    commission: Numbers
    deal: Numbers
    day: Numbers
    channel: Numbers


def draw(generator: np.random.Generator, world: World, n: int, pace: float = 1) -> Company:
    """n deals: eager buyers are touched more, and are won more often; ``pace`` multiplies all touches."""
    eager = generator.gamma(4, 1 / 4, n)
    ends = np.minimum(generator.exponential(generator.gamma(3, 25, n) + 5), 600).astype(int)
    wins = generator.random(n) < np.clip(0.5 * eager, 0, 0.95)
    age = (300 * generator.random(n) ** world.grows).astype(int)
    commission = np.round(generator.lognormal(np.log(50_000), 0.6, n) * wins).astype(int)
    lasts = np.minimum(ends, 365) + 1
    count = generator.poisson(pace * eager * (0.12 * lasts if world.front == 1 else 6 + 0.06 * lasts))
    deal = np.repeat(np.arange(n), count)
    part = generator.random(len(deal)) ** world.front
    day = np.minimum((part * (ends[deal] + 1)).astype(int), ends[deal])
    return Company(age, ends, wins, commission, deal, day, CHANNELS[generator.choice(3, len(deal), p=[0.5, 0.4, 0.1])])


@cache
def truth(world: World) -> Company:
    """So many deals that what is true of them is the truth."""
    return draw(np.random.default_rng(7), world, TRUTH)


def true_ratios(world: World, days: int) -> tuple[float, float]:
    """Touches per sale and money per touch of deals followed for so many days, none censored."""
    drawn = truth(world)
    within = drawn.wins & (drawn.ends <= days)
    taken = np.count_nonzero(drawn.day <= days)
    return taken / np.count_nonzero(within), float(drawn.commission[within].sum()) / taken


def followable(world: World, n: int) -> int:
    """Up to ``HORIZON``, the last day on which 20 of n deals are followed on average, so that 10 nearly always are."""
    drawn = truth(world)
    risk = [n * np.mean((drawn.ends >= day) & (drawn.age >= day)) for day in range(0, HORIZON + 1, 10)]
    return 10 * (int(np.count_nonzero(np.array(risk) >= 20)) - 1)


def tables(companies: list[Company]) -> tuple[Any, Any]:
    """What would be on record on ``AS_OF``: deals and touches; the segment is the company."""
    import ibis
    import pyarrow as pa

    found = [_on_record(drawn, f"w{place}") for place, drawn in enumerate(companies)]
    return tuple(ibis.memtable(pa.concat_tables([pair[side] for pair in found])) for side in (0, 1))


def _on_record(drawn: Company, name: str) -> tuple[Any, Any]:
    import pyarrow as pa

    opened = np.datetime64(AS_OF) - drawn.age
    closed, happened = drawn.ends <= drawn.age, drawn.day <= drawn.age[drawn.deal]
    outcome = np.where(closed, np.where(drawn.wins, "won", "lost"), "open")
    ids = np.array([f"{name}-{place}" for place in range(len(opened))], dtype=object)
    deals = {
        "id": ids, "opened_at": opened, "closed_at": pa.array(opened + drawn.ends, mask=~closed), "outcome": outcome,
        "commission_minor": pa.array(drawn.commission, mask=outcome != "won"),
        "segment": np.full(len(opened), name, dtype=object),
    }  # fmt: skip
    whose = drawn.deal[happened]
    at = (opened[whose] + drawn.day[happened]).astype("datetime64[us]")
    made = {"deal_id": ids[whose], "at": at, "channel": drawn.channel[happened].astype(object)}
    return pa.table(deals), pa.table(made)


def coverage(worlds: int, seed: int) -> list[Line]:
    """Each company by itself, many in one query, followed for as long as their size allows."""
    lines = []
    for world, n in product(WORLDS, SIZES):
        generator = np.random.default_rng([seed, n])
        days = followable(world, n)
        pairs: list[Pair] = []
        for start in range(0, worlds, BLOCK):
            drawn = [draw(generator, world, n) for _company in range(min(BLOCK, worlds - start))]
            pairs += unpooled(*tables(drawn), Span(AS_OF, days, "segment", None)).values()
        for what, found, true in _both(pairs, true_ratios(world, days)):
            known = [one for one in found if one.value is not None and (one.k or 0) >= 10]
            about = f"{what}, {world.name}, {n} deals over {days} days"
            inside = [bool((one.lo95 or 0) <= true <= (one.hi95 or 0)) for one in known]
            lines.append(Line(f"coverage of the 95 % range, {about}", float(np.mean(inside)), 0.93, worlds=len(inside)))
            if n == max(SIZES) and worlds >= BLOCK:
                bias = float(np.mean([one.value for one in known])) / true - 1
                lines.append(Line(f"bias, {about}", bias, -0.03, 0.03))
    return lines


def _both(pairs: list[Pair], true: tuple[float, float]) -> Iterator[tuple[str, list[Estimate], float]]:
    yield "touches per sale", [pair.per_sale for pair in pairs], true[0]
    yield "money per touch", [pair.money_per_touch for pair in pairs], true[1]


def shortcuts(worlds: int, seed: int) -> list[Line]:
    """Of one company of 400 deals at a time, through the public function."""
    lines = []
    for world in WORLDS:
        generator = np.random.default_rng([seed, 1])
        corrected, to_date, won_only = [], [], []
        for _company in range(worlds):
            drawn = draw(generator, world, 400)
            found = touches(*tables([drawn]), as_of=AS_OF, horizon=HORIZON, by=())
            true = true_ratios(world, found.window_days or HORIZON)[0]
            corrected.append((found.overall.per_sale_corrected.value or 0) / true - 1)
            to_date.append((found.overall.per_sale.value or 0) / true - 1)
            won_only.append(_won_only(drawn) / true - 1)
        lines += _biases(world, corrected, to_date, won_only)
    return lines


def _biases(world: World, corrected: list[float], to_date: list[float], won_only: list[float]) -> list[Line]:
    found, plain, won = (float(np.mean(biases)) for biases in (corrected, to_date, won_only))
    luck = 3.1 * float(np.std(corrected)) / np.sqrt(len(corrected))
    lines = [
        Line(f"bias of corrected touches per sale, {world.name}", found, -0.03 - luck, 0.03 + luck),
        Line(f"bias of touches of won deals / sales, {world.name}", won, -0.5, 0.5, control=True),
    ]
    if world.grows > 1:
        lines.append(Line(f"bias of everything to date, {world.name}", plain, -0.05, 0.05, control=True))
    return lines


def _won_only(drawn: Company) -> float:
    """The naive figure: touches of the deals won so far, per deal won."""
    won = drawn.wins & (drawn.ends <= drawn.age)
    return float(np.count_nonzero(won[drawn.deal]) / max(np.count_nonzero(won), 1))


def teams(worlds: int, seed: int) -> list[Line]:
    """Twelve owners of one company who differ in how much they touch, from deals to pooled ranges."""
    generator = np.random.default_rng([seed, 2])
    world, days = WORLDS[0], 60
    sale, touch = true_ratios(world, days)
    inside: list[float] = []
    for _world in range(worlds):
        paces = generator.lognormal(0, 0.3, 12)
        sizes = np.maximum(generator.lognormal(np.log(60), 0.6, 12).astype(int), 15)
        drawn = [draw(generator, world, int(n), float(pace)) for n, pace in zip(sizes, paces, strict=True)]
        found = groups(*tables(drawn), Span(AS_OF, days, "segment", None))
        hits = [
            (estimate.lo95 or 0) <= true <= (estimate.hi95 or 0)
            for place, pace in enumerate(paces)
            for estimate, true in (
                (found[f"w{place}"].per_sale, sale * pace),
                (found[f"w{place}"].money_per_touch, touch / pace),
            )
            if estimate.known
        ]
        inside.append(float(np.mean(hits)))
    # Owners of one company share its luck: a company counts once.
    return [Line("coverage of the 95 % range, twelve owners, pooled", float(np.mean(inside)), 0.93, worlds=worlds)]


def pooling(worlds: int, seed: int) -> list[Line]:
    """Groups with a known spread: the posterior's range against a plugged-in spread (Paule and Mandel)."""
    lines = []
    for size, spread in ((5, 0.4), (12, 0.4), (40, 0.4), (12, 0.0), (12, 1.2)):
        generator = np.random.default_rng([seed, size, int(10 * spread)])
        ours, plugged = [], []
        for _world in range(worlds):
            wins = np.maximum(np.round(generator.lognormal(np.log(12), 0.7, size)), 3)
            v = 0.8 / wins
            theta = generator.normal(2, spread, size)
            y = generator.normal(theta, np.sqrt(v))
            posterior = pooled_means(y, v)
            ours.append(np.mean((posterior.quantile(0.025) <= theta) & (theta <= posterior.quantile(0.975))))
            plugged.append(np.mean(_plugged_in(y, v, theta)))
        about = f"{size} groups, spread {spread}"
        # Groups of one world share its luck: a world counts once.
        lines.append(Line(f"coverage of the 95 % range, {about}", float(np.mean(ours)), 0.93, worlds=worlds))
        if size == 12 and spread == 0:
            lines.append(
                Line(f"coverage with a plugged-in spread, {about}", float(np.mean(plugged)), 0.93, control=True)
            )
    return lines


def _plugged_in(y: Numbers, v: Numbers, theta: Numbers) -> Numbers:
    """Which ranges hold the truth when Paule and Mandel's estimate of the spread is taken for the truth."""
    low, high = 0.0, 100.0
    for _halving in range(50):
        middle = (low + high) / 2
        weight = 1 / (v + middle)
        centre = (weight * y).sum() / weight.sum()
        low, high = (middle, high) if (weight * (y - centre) ** 2).sum() > len(y) - 1 else (low, middle)
    pull = v / (v + low)
    weight = 1 / (v + low)
    centre = (weight * y).sum() / weight.sum()
    error = np.sqrt(v * (1 - pull))
    return np.abs(pull * centre + (1 - pull) * y - theta) <= 1.96 * error + 1e-12


STUDIES = (
    Study(
        "touches_coverage",
        "Two companies: one where touches come evenly and deals open evenly, and a growing team that touches early. Do "
        "the ranges of the corrected ratios hold the truth of deals followed to the end?",
        coverage,
        smoke=40,
        full=1_200,
    ),
    Study(
        "touches_shortcuts",
        "The same companies with 400 deals, through the public function: the touches of won deals alone, and in the "
        "growing team everything to date, must show their bias.",
        shortcuts,
        smoke=2,
        full=200,
    ),
    Study(
        "touches_teams",
        "Companies of twelve owners with 15 to 200 deals each, who differ in how much they touch: do the pooled ranges "
        "of each owner hold the truth?",
        teams,
        smoke=6,
        full=300,
    ),
    Study(
        "touches_pooling",
        "Logarithms of ratios of groups with known variances and spread, pooled; a plugged-in spread must fall short.",
        pooling,
        smoke=60,
        full=2_000,
    ),
)

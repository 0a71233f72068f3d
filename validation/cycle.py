"""The sales cycle in worlds whose truth is known: shares by day, days to won, and what two shortcuts would say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from rebond.numbers.cycle import LISTED, GroupCycle, cycle
from rebond.numbers.estimate import Estimate
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
AS_OF = date(2025, 6, 30)
#: Deals are opened over so many days up to ``AS_OF``, so the younger half is mostly still open.
OPENED_WITHIN, LONGEST = 240, 400
#: Sizes of the companies.
SIZES = (40, 150, 600)


def hazards() -> tuple[Numbers, Numbers]:
    """Chance of being won and lost on each day, of deals still open; wins come later than losses."""
    day = np.arange(LONGEST)
    return 0.006 * day / (day + 40), 0.004 + 0.008 * np.exp(-day / 30)


def truth() -> tuple[Numbers, Numbers]:
    """The share won, and the share still open, by each day."""
    won, lost = hazards()
    after = np.cumprod(1 - won - lost)
    before = np.concatenate([[1.0], after[:-1]])
    return np.cumsum(before * won), after


def days_to(share: Numbers, part: float, window: int) -> int:
    return int(np.argmax(share >= part * share[window]))


def company(generator: np.random.Generator, n: int) -> tuple[Numbers, Numbers, Numbers]:
    """Age, days to the end and end (0 won, 1 lost) of n deals; an end beyond the age has not happened."""
    won, lost = hazards()
    _share, after = truth()
    day = np.searchsorted(1 - after, generator.random(n), side="left")
    chance = (won / (won + lost))[np.minimum(day, LONGEST - 1)]
    return generator.integers(0, OPENED_WITHIN, n), day, (generator.random(n) > chance).astype(int)


def companies(worlds: int, n: int, seed: int) -> Iterator[tuple[GroupCycle, Numbers, Numbers, Numbers]]:
    """Each world's answer with its deals; the worlds are groups of one table, so one query asks for many."""
    import ibis
    import pyarrow as pa

    generator = np.random.default_rng([seed, n])
    while worlds > 0:
        drawn = {f"w{world}": company(generator, n) for world in range(min(worlds, LISTED))}
        worlds -= len(drawn)
        age, day, end = (np.concatenate([deals[place] for deals in drawn.values()]) for place in range(3))
        opened = np.datetime64(AS_OF) - age
        closed = day <= age
        table = {
            "opened_at": pa.array(opened), "closed_at": pa.array(opened + day, mask=~closed),
            "outcome": np.where(closed, np.where(end == 0, "won", "lost"), "open"),
            "segment": np.repeat(list(drawn), n),
        }  # fmt: skip
        for group in cycle(ibis.memtable(pa.table(table)), as_of=AS_OF).groups:
            yield group, *drawn[str(group.name)]


def coverage(worlds: int, seed: int) -> list[Line]:
    lines = []
    for n in SIZES:
        hits: dict[str, list[bool]] = {"share won by the end of the window": [], "half of the sales": []}
        bias = []
        for group, _age, _day, _end in companies(worlds, n, seed):
            for name, found, true in _asked(group):
                if found.value is not None:
                    hits[name].append(bool((found.lo95 or 0) <= true <= (found.hi95 or 0)))
            bias.append((group.shares["won"].value or 0) / truth()[0][group.window] - 1)
        # Where a figure is shown in few worlds, those are not a sample of all; half of them and more are.
        shown = {name: inside for name, inside in hits.items() if 2 * len(inside) > worlds}
        lines += [
            Line(f"coverage of the 95 % range, {name}, {n} deals", float(np.mean(inside)), 0.93, worlds=len(inside))
            for name, inside in shown.items()
        ]
    return [*lines, Line(f"bias of the share won, {max(SIZES)} deals", float(np.mean(bias)), -0.03, 0.03)]


def _asked(group: GroupCycle) -> Iterator[tuple[str, Estimate, float]]:
    """The two figures of a group with the truth for its window."""
    share, window = truth()[0], int(group.window or 0)
    yield "share won by the end of the window", group.shares["won"], share[window]
    yield "half of the sales", group.days_to_won[0.5], days_to(share, 0.5, window)


def shortcuts(worlds: int, seed: int) -> list[Line]:
    """What is said without competing risks, and from won deals alone; both must be seen to be wrong."""
    share, _after = truth()
    found, won_only, kaplan = [], [], []
    for group, age, day, end in companies(worlds, 600, seed):
        window = int(group.window or 0)
        half = days_to(share, 0.5, window)
        seen = day <= age
        found.append((group.days_to_won[0.5].value or 0) / half - 1)
        won_only.append(float(np.median(day[seen & (end == 0)])) / half - 1)
        kaplan.append(_one_minus_kaplan_meier(np.minimum(day, age), seen & (end == 0), window) / share[window] - 1)
    return [
        Line("bias of the days by which half is won", float(np.mean(found)), -0.03, 0.03),
        Line("bias of the median of deals won so far", float(np.mean(won_only)), -0.03, 0.03, control=True),
        Line("bias of 1 - Kaplan-Meier, losses as censored", float(np.mean(kaplan)), -0.03, 0.03, control=True),
    ]


def _one_minus_kaplan_meier(leaves: Numbers, won: Numbers, by: int) -> float:
    still = 1.0
    for day in np.unique(leaves[won & (leaves <= by)]):
        still *= 1 - np.count_nonzero(won & (leaves == day)) / np.count_nonzero(leaves >= day)
    return 1 - still


STUDIES = (
    Study(
        "cycle_coverage",
        "Deals opened over 240 days, wins later than losses, the younger half still open: do the ranges of the share "
        "won and of the days by which half of the sales are made hold the truth?",
        coverage,
        smoke=200,
        full=2_000,
    ),
    Study(
        "cycle_shortcuts",
        "The same world of 600 deals: the median of the deals won so far and one minus Kaplan-Meier must show their "
        "bias.",
        shortcuts,
        smoke=40,
        full=400,
    ),
)

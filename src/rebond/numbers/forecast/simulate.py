"""Draws of what the coming weeks bring: from deals that are open, and from those yet to be opened.

Each draw has its own hazards, level, monthly shocks and arrivals; only then does each deal decide for itself. Deals
that share a shock rise and fall together, which is why draws of independent deals are too sure, the more deals the
surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from rebond.numbers.forecast.hazards import BLOCK, TAUS, Hazards
from rebond.numbers.forecast.history import Floats, Ints

#: A draw's hazards may not leave less than this of a week's deals.
LEAST = 0.02


@dataclass(frozen=True)
class Step:
    """A week or what is left of one: its days, and whether its sales count."""

    days: int
    counts: bool = True


def steps(days: int, skip: int = 0) -> tuple[Step, ...]:
    """Days ahead cut into weeks; the first ``skip`` days do not count.

    >>> [(step.days, step.counts) for step in steps(16, skip=3)]
    [(3, False), (7, True), (6, True)]
    """
    found = [Step(min(7, skip - start), counts=False) for start in range(0, skip, 7)]
    return (*found, *(Step(min(7, days - start)) for start in range(skip, days, 7)))


@dataclass(frozen=True)
class Draws:
    """Chances and arrivals, drawn.

    Attributes:
        kind: for each age of open deals, its column of ``from_open``.
        from_open: chance that an open deal of each kind is sold in a counted step, shape (draws, kinds).
        from_new: the same for deals opened in each step, shape (draws, steps); ``arrive`` such deals.
        cumulated: for each step, sales so far, shape (draws, steps); empty unless asked for.
    """

    kind: Ints
    from_open: Floats
    from_new: Floats
    arrive: Ints
    cumulated: Floats

    def wins_open(self, deals: Ints, random: np.random.Generator) -> Ints:
        """Sales from open deals, ``deals`` of each age; shape (draws,)."""
        each = _by_kind(deals, self.kind, self.from_open.shape[1])
        return np.asarray(random.binomial(each, self.from_open).sum(axis=1))

    def wins_new(self, random: np.random.Generator) -> Ints:
        """Sales from deals yet to be opened; shape (draws,)."""
        return np.asarray(random.binomial(self.arrive, self.from_new).sum(axis=1))


def simulate(
    learnt: Hazards,
    ages: Ints,
    ahead: Sequence[Step],
    count: int,
    random: np.random.Generator,
    deals: Ints | None = None,
) -> Draws:
    """Draws for open deals of these ages; with ``deals`` of each age, also the path of sales step by step."""
    weeks = np.cumsum([0.0, *(step.days / 7 for step in ahead)])
    block = (weeks[:-1] // BLOCK).astype(np.int64)
    sold, ended = _hazards(learnt, count, random)
    shocks = _shocks(learnt, count, int(block[-1]) + 1, random)
    arrive = _arrivals(learnt, count, ahead, block, random)
    # Open deals first, those that pass through the same bins as one, then one cohort per step.
    kinds, kind = _kinds(learnt, ages, len(ahead))
    won, path = np.zeros((count, len(kinds) + len(ahead))), []
    alive = np.ones_like(won)
    for number, step in enumerate(ahead):
        inside = slice(0, len(kinds) + number + 1)
        where = np.r_[kinds[:, number], learnt.bin_of(np.arange(number, -1, -1))]
        sells = sold[:, where] * (shocks[:, [block[number]]] * (step.days / 7))
        leaves = ended[:, where] * (step.days / 7)
        np.minimum(sells, np.maximum(1 - LEAST - leaves, 0), out=sells)
        if step.counts:
            won[:, inside] += alive[:, inside] * sells
        alive[:, inside] *= 1 - sells - leaves
        if deals is not None:
            every = np.concatenate([np.broadcast_to(_by_kind(deals, kind, len(kinds)), (count, len(kinds))), arrive], 1)
            path.append(random.binomial(every, np.clip(won, 0, 1)).sum(axis=1))
    won = np.clip(won, 0, 1)
    cumulated = np.array(path, dtype=np.float64).T if path else np.zeros((count, 0))
    return Draws(kind, won[:, : len(kinds)], won[:, len(kinds) :], arrive, cumulated)


def _kinds(learnt: Hazards, ages: Ints, weeks: int) -> tuple[Ints, Ints]:
    """The different ways through the bins that open deals of these ages have before them, and the way of each age."""
    if len(ages) == 0:
        return np.zeros((0, weeks), dtype=np.int64), np.zeros(0, dtype=np.int64)
    ways, way = np.unique(learnt.bin_of(ages[:, None] + 1 + np.arange(weeks)), axis=0, return_inverse=True)
    return ways, way.ravel()


def _by_kind(deals: Ints, kind: Ints, kinds: int) -> Ints:
    return np.bincount(kind, deals, minlength=kinds).astype(np.int64)


def _hazards(learnt: Hazards, count: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Dirichlet draws as gammas, shape (draws, bins)."""
    size = (count, len(learnt.starts))
    sold = random.standard_gamma(learnt.sold, size)
    ended = random.standard_gamma(learnt.ended, size)
    stayed = random.standard_gamma(learnt.stayed, size)
    total = sold + ended + stayed
    return sold / total, ended / total


def _shocks(learnt: Hazards, count: int, blocks: int, random: np.random.Generator) -> Floats:
    """The level of each draw times the shock of each block ahead, shape (draws, blocks)."""
    tau = random.choice(TAUS, size=count, p=learnt.weights)
    level = np.exp(random.standard_normal(count) * tau / sqrt(learnt.blocks))
    return np.asarray(level[:, None] * _around_one(tau, blocks, random))


def _around_one(tau: Floats, blocks: int, random: np.random.Generator) -> Floats:
    shape = np.broadcast_to((tau**-2.0)[:, None], (len(tau), blocks))
    return np.asarray(random.standard_gamma(shape) / shape)


def _arrivals(
    learnt: Hazards, count: int, ahead: Sequence[Step], block: NDArray[np.int64], random: np.random.Generator
) -> Ints:
    """Deals opened in each step, shape (draws, steps)."""
    tau = random.choice(TAUS, size=count, p=learnt.arrival_weights)
    rate = random.standard_gamma(learnt.arrivals + 0.5, count) / (learnt.arrival_blocks * BLOCK)
    rate = rate * np.exp(random.standard_normal(count) * tau / sqrt(learnt.arrival_blocks))
    shocks = _around_one(tau, int(block[-1]) + 1, random)
    weeks = np.array([step.days / 7 for step in ahead])
    return np.asarray(random.poisson(rate[:, None] * shocks[:, block] * weeks))

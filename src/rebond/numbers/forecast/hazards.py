"""How often deals of each age are sold, or closed otherwise, in a week; and how much a month differs from the next.

Cause-specific discrete hazards (Tutz and Schmid, 2016, "Modeling Discrete Time-to-Event Data") by age in bins of weeks.
A four-week block shares a shock with mean 1 and standard deviation tau; tau has its posterior on a grid, from the sales
of past blocks around what the hazards expect (negative binomial, half-normal prior).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from rebond.numbers.forecast.history import Floats, History, Ints

#: First weeks of the age bins; the last one reaches to the age of the oldest deal ever won, beyond which is one more.
EDGES = (*range(13), 13, 16, 24, 40)
#: Weight of the overall rate in each bin, in deal-weeks; weeks of a block; blocks of arrivals that count.
PRIOR, BLOCK, ARRIVAL_BLOCKS = 10.0, 4, 26
#: The oldest wins, this share of them, give the rate beyond the oldest one.
TAIL = 0.1
TAUS = np.geomspace(0.004, 1.5, 61)


@dataclass(frozen=True)
class Hazards:
    """What a history says about weeks to come.

    Attributes:
        starts: first age of each bin; the last bin is older than every win.
        sold, ended, stayed: Dirichlet parameters of each bin.
        taus, weights: how much blocks differ in sales: grid and posterior.
        blocks: four-week blocks of history.
        arrival_taus, arrival_weights, arrivals, arrival_blocks: the same for deals opened; their number in the blocks.
    """

    starts: Ints
    sold: Floats
    ended: Floats
    stayed: Floats
    weights: Floats
    blocks: int
    arrival_weights: Floats
    arrivals: int
    arrival_blocks: int

    def bin_of(self, age: Ints) -> Ints:
        """The bin of each age."""
        return np.searchsorted(self.starts, age, side="right") - 1


def hazards(past: History) -> Hazards:
    """Learns from all weeks since the first close; needs at least one win."""
    since = past.logged()
    at_risk = past.at_risk[:since]
    starts = _starts(past)
    risk, sold, ended = (_binned(each.sum(axis=0), starts) for each in (at_risk, past.sold, past.ended))
    total = max(float(risk.sum()), 1.0)
    sold_prior, ended_prior = np.full(len(starts), sold.sum() / total), np.full(len(starts), ended.sum() / total)
    sold_prior[-1], ended_prior[-1] = _tail(past, at_risk)
    stayed = np.maximum(risk - sold - ended, 0) + PRIOR * np.maximum(1 - sold_prior - ended_prior, 0)
    alpha, beta = sold + PRIOR * sold_prior, ended + PRIOR * ended_prior
    rate = alpha / (alpha + beta + stayed)
    expected = (at_risk * rate[np.searchsorted(starts, np.arange(past.weeks), side="right") - 1]).sum(axis=1)
    sales, expected = _blocks(past.sold[:since].sum(axis=1)), _blocks(expected)
    arrivals = _blocks(past.arrivals())[:ARRIVAL_BLOCKS]
    return Hazards(
        starts=starts, sold=alpha, ended=beta, stayed=stayed,
        weights=_spread(sales, expected), blocks=max(len(sales), 1),
        arrival_weights=_spread(arrivals, np.full(len(arrivals), max(float(arrivals.mean()), 1e-9))),
        arrivals=int(arrivals.sum()), arrival_blocks=max(len(arrivals), 1),
    )  # fmt: skip


def _starts(past: History) -> Ints:
    oldest = past.oldest_win
    beyond = (0 if oldest is None else oldest) + 1
    return np.array([*(edge for edge in EDGES if edge < beyond), beyond], dtype=np.int64)


def _binned(by_age: Ints, starts: Ints) -> Floats:
    """Sums over each bin; a bin beyond the end of the history is 0."""
    total = np.r_[0, by_age.cumsum()]
    inner = np.minimum(starts, len(by_age))
    return np.asarray(total[np.r_[inner[1:], len(by_age)]] - total[inner], dtype=np.float64)


def _tail(past: History, at_risk: Ints) -> tuple[float, float]:
    """Sales and other ends per deal-week from the age on at which nine in ten wins had come, ages beyond included."""
    sold = past.sold.sum(axis=0)
    start = int(np.searchsorted(sold.cumsum(), (1 - TAIL) * sold.sum()))
    risk = max(float(at_risk[:, start:].sum()), 1.0)
    return float(sold[start:].sum()) / risk, float(past.ended[:, start:].sum()) / risk


def _blocks(weekly: Ints | Floats) -> Floats:
    """Sums of four weeks, the newest first; an incomplete oldest block is left out."""
    whole = len(weekly) // BLOCK
    return np.asarray(weekly[: whole * BLOCK].reshape(whole, BLOCK).sum(axis=1), dtype=np.float64)


def _spread(counts: Floats, expected: Floats) -> Floats:
    """Posterior of tau on ``TAUS``: counts ~ NegBin(mean expected, size 1 / tau^2), tau ~ half-normal(0.5)."""
    size = TAUS[:, None] ** -2.0
    mean = np.maximum(expected, 1e-9)
    fit = (
        gammaln(counts + size)
        - gammaln(size)
        + size * np.log(size / (size + mean))
        + counts * np.log(mean / (size + mean))
    )
    # The steps of the grid grow with tau: the prior of a step is its density times its width.
    log = fit.sum(axis=1) - TAUS**2 / (2 * 0.5**2) + np.log(TAUS)
    weight = np.exp(log - log.max())
    return np.asarray(weight / weight.sum(), dtype=np.float64)

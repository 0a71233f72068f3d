"""Shares of many groups at once, each pulled towards the whole as far as its few cases ask for.

A hierarchical Beta-Binomial: group r has k_r ~ Binomial(n_r, p_r) cases with p_r ~ Beta(mu kappa, (1 - mu) kappa).
``mu`` is the level of the whole, ``kappa`` how alike the groups are, in cases. Both are averaged over on a grid of
31 x 41 points and not plugged in: intervals with a plugged-in kappa cover far less than they promise (validation has
them as a negative control).

Priors: kappa = n0 B / (1 - B) with B uniform and n0 = 5 (the uniform-shrinkage prior: C. Christiansen and C. Morris,
1997, "Hierarchical Poisson regression modeling", JASA 92:618-632); mu ~ Beta(1/2, 1/2). The posterior of a group is a
mixture of Betas over the grid; its limits are the mixture's exact quantiles up to 100 groups, beyond that those of the
Beta with the mixture's mean and variance.

Refused: fewer than 4 groups or 40 cases say nothing about how alike groups are, nor do cases of which none counts, or
all; then each group stands for itself, and ``note`` says so. A group below 5 cases helps to learn about the others and
is never shown by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv, betaln, expit, gammaln, logit

from rebond.numbers.estimate import COUNTS_FROM, Estimate, too_few
from rebond.numbers.rates import METHOD as RAW_METHOD
from rebond.numbers.rates import proportion, wilson

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

METHOD = "pooled share, Beta-Binomial"
GROUPS_FROM, CASES_FROM = 4, 40
#: Above this many groups the limits are those of a Beta with the same mean and variance.
EXACT_UP_TO = 100
#: The grid, and the number of cases at which the prior thinks a group is as likely as not pulled more than half way.
LEVELS, SPREADS, PRIOR_CASES = 31, 41, 5.0
#: So much of the posterior may be left out, to save time on points that hold nothing.
NEGLIGIBLE = 1e-5
#: A step of Newton this small leaves its square.
NEAR = 1e-5
#: Probabilities of lo80, hi80, lo95, hi95.
LIMITS = (0.1, 0.9, 0.025, 0.975)
LOWER = np.array(LIMITS)[:, None] < 0.5
#: Cells of a working array (32 MB); the exact limits look at each four times at once.
CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class PooledShares:
    """The share of each group, pulled towards the whole. Arrays have one entry per group, in the order given.

    Attributes:
        k, n: the counts given.
        value: the posterior mean; ``nan`` for groups below 5 cases.
        lo80, hi80, lo95, hi95: the likely and the wide range; ``nan`` likewise.
        overall: the share of all groups together (Wilson; the spread between groups is not in its range).
        pooled: whether the groups were pooled; if not, values and ranges are each group's own (Wilson).
        kappa: posterior median of how alike the groups are, in cases: a group with that many is pulled half way.
            ``None`` when not pooled. It ends at 405, so groups that are all alike are still told apart a little.
        unit: what the cases are, a key of ``estimate.UNITS``.
        note: why not pooled; else empty.
    """

    k: Integers
    n: Integers
    value: Floats
    lo80: Floats
    hi80: Floats
    lo95: Floats
    hi95: Floats
    overall: Estimate
    pooled: bool
    kappa: float | None
    unit: str
    note: str

    def estimate(self, place: int) -> Estimate:
        """One group as an ``Estimate``; too few below 5 cases."""
        k, n = int(self.k[place]), int(self.n[place])
        if n < COUNTS_FROM:
            return too_few(need=COUNTS_FROM - n, unit=self.unit, n=n)
        lo80, hi80, lo95, hi95 = (float(ends[place]) for ends in (self.lo80, self.hi80, self.lo95, self.hi95))
        method, code = (METHOD, "") if self.pooled else (RAW_METHOD, "not_pooled")
        value = float(self.value[place])
        return Estimate(value, lo80, hi80, lo95, hi95, k=k, n=n, method=method, note=self.note, code=code)

    def __str__(self) -> str:
        groups = int((self.n > 0).sum())
        how = f"alike as {self.kappa:.0f} cases" if self.kappa is not None else self.note
        return f"{groups} groups, together {self.overall}; {how}"


def pool_shares(k: Any, n: Any, *, unit: str = "decided_deals") -> PooledShares:
    """The share of each group, pulled towards the whole.

    Args:
        k, n: integers, one entry per group: the cases that count, and the cases looked at. 0 of 0 is allowed.
        unit: what the cases are, a key of ``estimate.UNITS``.

    >>> found = pool_shares([1, 9, 10, 0], [5, 20, 50, 3])
    >>> print(found.estimate(0))
    0.2487, likely 0.0987 to 0.408 (1 of 5)
    >>> print(found.estimate(3))
    too few: 2 more decided deals
    >>> print(pool_shares([1, 9], [5, 20]))
    2 groups, together 0.4, likely 0.2844 to 0.528 (10 of 25); not pooled: fewer than 4 groups or 40 cases
    """
    good, all_ = np.asarray(k, dtype=np.int64), np.asarray(n, dtype=np.int64)
    if good.shape != all_.shape or np.any((good < 0) | (good > all_)):
        raise ValueError("k and n must be of one length, with 0 <= k <= n")
    note = _why_not(good, all_)
    kappa, found = (None, _raw(good, all_)) if note else _pooled(good, all_)
    found[:, all_ < COUNTS_FROM] = np.nan
    overall = proportion(int(good.sum()), int(all_.sum()), minimum=COUNTS_FROM, unit=unit)
    value, lo80, hi80, lo95, hi95 = found
    return PooledShares(good, all_, value, lo80, hi80, lo95, hi95, overall, not note, kappa, unit, note)


def _why_not(k: Integers, n: Integers) -> str:
    """Why nothing can be learned about how alike the groups are; empty where it can."""
    if int((n > 0).sum()) < GROUPS_FROM or int(n.sum()) < CASES_FROM:
        return f"not pooled: fewer than {GROUPS_FROM} groups or {CASES_FROM} cases"
    return "" if 0 < int(k.sum()) < int(n.sum()) else "not pooled: none of the cases counts, or all do"


def _raw(k: Integers, n: Integers) -> Floats:
    """Each group's own share and Wilson limits; (5, groups)."""
    found = np.full((1 + len(LIMITS), len(n)), np.nan)
    for place in np.flatnonzero(n >= COUNTS_FROM):
        good, all_ = int(k[place]), int(n[place])
        found[:, place] = good / all_, *wilson(good, all_, 0.80), *wilson(good, all_, 0.95)
    return found


def _pooled(k: Integers, n: Integers) -> tuple[float, Floats]:
    """The spread's posterior median, and each group's posterior mean and limits; (5, groups)."""
    mixture = _posterior(k, n)
    # Groups with the same counts have the same answer: 50,000 small groups are a few hundred different ones.
    pairs, place = np.unique(np.column_stack((k, n)), axis=0, return_inverse=True)
    exact = int((n > 0).sum()) <= EXACT_UP_TO
    size = CELLS // len(LIMITS) if exact else CELLS
    parts = []
    for some in _parts(pairs, size // mixture.weight.size):
        mean, variance = mixture.moments(some[:, 0], some[:, 1])
        limits = _beta_limits(mean, variance)
        if exact:
            limits = mixture.limits(some[:, 0], some[:, 1], start=limits)
        # Of very rare cases the mean lies beyond nine tenths of its distribution: a range still holds its value.
        limits = np.where(LOWER, np.minimum(limits, mean), np.maximum(limits, mean))
        parts.append(np.vstack((mean, limits)))
    return mixture.kappa, np.hstack(parts)[:, place.ravel()]


def _parts(pairs: Integers, size: int) -> Iterator[Integers]:
    """The rows in parts of ``size``."""
    step = max(size, 1)
    return (pairs[start : start + step] for start in range(0, len(pairs), step))


@dataclass(frozen=True, eq=False)
class _Mixture:
    """The posterior over the grid: ``weight`` of each prior Beta(``a``, ``b``); the median of ``a + b``."""

    weight: Floats
    a: Floats
    b: Floats
    kappa: float

    def moments(self, k: Integers, n: Integers) -> tuple[Floats, Floats]:
        """Posterior mean and variance of the share at k of n."""
        above, below = k[:, None] + self.a, n[:, None] + self.a + self.b
        mean = (above / below) @ self.weight
        square = (above * (above + 1) / (below * (below + 1))) @ self.weight
        return mean, square - mean**2

    def limits(self, k: Integers, n: Integers, *, start: Floats) -> Floats:
        """Quantiles of the mixture at ``LIMITS``; (4, groups). Newton's steps, halving where they leave the bracket."""
        a, b = k[:, None] + self.a, (n - k)[:, None] + self.b
        scale, target = betaln(a, b), np.array(LIMITS)[:, None]
        x, low, high = start, np.zeros_like(start), np.ones_like(start)
        for _step in range(60):
            inside = np.clip(x, 1e-300, 1 - 1e-16)[:, :, None]
            reached = betainc(a, b, inside) @ self.weight
            slope = np.exp((a - 1) * np.log(inside) + (b - 1) * np.log1p(-inside) - scale) @ self.weight
            low, high = np.where(reached < target, x, low), np.where(reached < target, high, x)
            step = x - (reached - target) / np.maximum(slope, 1e-300)
            new = np.where((step >= low) & (step <= high), step, (low + high) / 2)
            if np.max(np.abs(new - x)) < NEAR:
                return new
            x = new
        return x


def _posterior(k: Integers, n: Integers) -> _Mixture:
    """Weights of the grid of (mu, kappa), given the counts of all groups."""
    total, groups = int(n.sum()), int((n > 0).sum())
    middle = (int(k.sum()) + 0.5) / (total + 1)
    spread = np.sqrt(1 / (total * middle * (1 - middle)) + 1 / groups)
    mu = np.repeat(expit(logit(middle) + spread * np.linspace(-4, 4, LEVELS)), SPREADS)
    shrink = (np.arange(SPREADS) + 0.5) / SPREADS
    kappa = np.tile(PRIOR_CASES * shrink / (1 - shrink), LEVELS)
    a, b = mu * kappa, (1 - mu) * kappa
    # Evenly spaced logits: the prior mu^-1/2 (1-mu)^-1/2 times the step mu (1-mu) is mu^1/2 (1-mu)^1/2.
    log = _rising(k, a) + _rising(n - k, b) - _rising(n, kappa) + (np.log(mu) + np.log1p(-mu)) / 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    by_spread = weight.reshape(LEVELS, SPREADS).sum(0).cumsum()
    median = float(kappa[min(int(np.searchsorted(by_spread, 0.5)), SPREADS - 1)])
    order = np.argsort(-weight)
    kept = order[: int(np.searchsorted(weight[order].cumsum(), 1 - NEGLIGIBLE)) + 1]
    return _Mixture(weight[kept] / weight[kept].sum(), a[kept], b[kept], median)


def _rising(counts: Integers, a: Floats) -> Floats:
    """Sum over groups of log(a (a+1) ... (a + count - 1)), for each a; by distinct counts, which are few."""
    values, times = np.unique(counts, return_counts=True)
    total = np.zeros_like(a)
    for some in _parts(np.column_stack((values, times)), CELLS // a.size):
        total += some[:, 1] @ (gammaln(some[:, :1] + a) - gammaln(a))
    return total


def _beta_limits(mean: Floats, variance: Floats) -> Floats:
    """Quantiles of the Beta with this mean and variance; (4, groups)."""
    strength = np.maximum(mean * (1 - mean) / variance - 1, 1e-3)
    limits: Floats = betaincinv(mean * strength, (1 - mean) * strength, np.array(LIMITS)[:, None])
    return limits

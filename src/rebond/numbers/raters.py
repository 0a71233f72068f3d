"""How far raters agree beyond chance: Cohen's kappa, equal margins, Krippendorff's alpha. NumPy only, from counts.

Methods: Cohen's kappa with the standard error of J. Fleiss, J. Cohen and B. Everitt (1969, "Large sample standard
errors of kappa and weighted kappa", Psychological Bulletin 72:323-327), its range on Fisher's z; the test of equal
margins of A. Stuart (1955) and A. Maxwell (1970); the nominal alpha of K. Krippendorff (2011, "Computing Krippendorff's
alpha-reliability"), its range by redrawing units.

Refused: kappa and alpha below 30, and where all raters name one and the same category throughout, so that agreement
cannot be told from chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from rebond.numbers.estimate import PERCENT_FROM, Estimate, cannot, too_few
from rebond.numbers.rates import wilson

#: Redrawn sets of units for the range of alpha, and at most so many numbers drawn for them, and at a time.
REDRAWN, DRAWS, AT_ONCE = 2_000, 5_000_000, 2_000_000
KAPPA_METHOD = "Cohen's kappa, Fleiss-Cohen-Everitt on Fisher's z"
ALPHA_METHOD = "Krippendorff's alpha (nominal), units redrawn"
ONE_REASON = "only one reason is named: agreement cannot be told from chance"

Integers = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


def cohen_kappa(seller: Integers, buyer: Integers, deals: Integers) -> tuple[float, float, float] | None:
    """Cohen's kappa, its standard error, and the agreement expected by chance; ``None`` where chance explains all.

    Args:
        seller, buyer: categories of the pairs, whole numbers from 0.
        deals: how many pairs of that kind.

    >>> kappa, error, _chance = cohen_kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([20, 5, 10, 15]))
    >>> round(kappa, 6), round(error, 6)
    (0.4, 0.126996)
    """
    n, size = int(deals.sum()), int(max(seller.max(initial=0), buyer.max(initial=0))) + 1
    part = deals / max(n, 1)
    of_seller, of_buyer = np.bincount(seller, part, size), np.bincount(buyer, part, size)
    same = seller == buyer
    seen, chance = float(part[same].sum()), float(of_seller @ of_buyer)
    if n == 0 or chance > 1 - 1e-12:
        return None
    kappa = (seen - chance) / (1 - chance)
    agreed = part[same] @ (1 - (of_seller + of_buyer)[seller[same]] * (1 - kappa)) ** 2
    apart = part[~same] @ (of_buyer[seller[~same]] + of_seller[buyer[~same]]) ** 2 * (1 - kappa) ** 2
    variance = (agreed + apart - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, sqrt(max(float(variance), 0.0)), chance


def kappa_estimate(seller: Integers, buyer: Integers, deals: Integers) -> Estimate:
    """Cohen's kappa with its range on Fisher's z; from 30 pairs.

    Where all pairs agree the standard error is 0, which is no range: then Wilson's range of the agreement is carried
    over.

    >>> print(kappa_estimate(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([20, 5, 10, 15])))
    0.4, likely 0.2259 to 0.5493 (35 of 50)
    """
    n, k = int(deals.sum()), int(deals[seller == buyer].sum())
    if n < PERCENT_FROM:
        return too_few(need=PERCENT_FROM - n, unit="pairs", n=n)
    found = cohen_kappa(seller, buyer, deals)
    if found is None:
        return cannot("one_reason", ONE_REASON, n=n, k=k)
    kappa, error, chance = found

    def ends(confidence: float) -> tuple[float, float]:
        if error < 1e-9 or abs(kappa) > 1 - 1e-9:
            return _beyond_chance(wilson(k, n, confidence), chance)
        step = NormalDist().inv_cdf(0.5 + confidence / 2) * error / (1 - kappa**2)
        return tanh(atanh(kappa) - step), tanh(atanh(kappa) + step)

    (lo80, hi80), (lo95, hi95) = ends(0.80), ends(0.95)
    return Estimate(kappa, lo80, hi80, lo95, hi95, k=k, n=n, method=KAPPA_METHOD)


def _beyond_chance(ends: tuple[float, float], chance: float) -> tuple[float, float]:
    """A range of the agreement seen as one of the agreement beyond chance."""
    return max((ends[0] - chance) / (1 - chance), -1.0), min((ends[1] - chance) / (1 - chance), 1.0)


def stuart_maxwell(matrix: Floats) -> tuple[float, int] | None:
    """The statistic that both sides use each category equally often, and its degrees of freedom; ``None`` without any
    disagreement. ``matrix`` is square, counts.

    >>> statistic, freedom = stuart_maxwell(np.array([[20.0, 5.0], [10.0, 15.0]]))
    >>> round(statistic, 6), freedom
    (1.666667, 1)
    """
    apart = matrix - np.diag(np.diag(matrix))
    across = apart.sum(axis=1) - apart.sum(axis=0)
    spread = np.diag(apart.sum(axis=1) + apart.sum(axis=0)) - apart - apart.T
    # One row is the others' sum, and reasons that are never exchanged stand apart: hence the pseudo-inverse.
    freedom = int(np.linalg.matrix_rank(spread))
    return (float(across @ np.linalg.pinv(spread) @ across), freedom) if freedom else None


def nominal_alpha(ratings: Integers, deals: Integers) -> float | None:
    """Krippendorff's alpha for nominal categories; ``None`` where fewer than two categories are named.

    Args:
        ratings: (units, raters), whole numbers from 0, -1 where a rater says nothing. One rating alone says nothing.
        deals: how many units of that kind.

    >>> alike = np.array([[0, 0], [1, 1], [0, 1], [2, -1]])
    >>> round(nominal_alpha(alike, np.array([20, 15, 15, 7])), 4)
    0.4
    """
    units = _Units.of(ratings, deals)
    found = units.alpha(units.deals[None, :])[0]
    return None if np.isnan(found) else float(found)


@dataclass(frozen=True, eq=False)
class _Units:
    """Distinct kinds of units with at least two ratings.

    Attributes:
        counts: ratings per kind and category; sparse, since free text has as many categories as units.
        disagreement: per kind, the ordered pairs of different ratings, divided by the ratings less one.
        deals: how many units of each kind.
    """

    counts: Any
    disagreement: Floats
    deals: Integers

    @classmethod
    def of(cls, ratings: Integers, deals: Integers) -> _Units:
        some = ((ratings >= 0).sum(axis=1) >= 2) & (deals > 0)
        kinds, place = np.unique(np.sort(ratings[some], axis=1), axis=0, return_inverse=True)
        at, rater = np.nonzero(kinds >= 0)
        shape = (len(kinds), int(ratings.max(initial=0)) + 1)
        counts = csr_array((np.ones(len(at)), (at, kinds[at, rater])), shape=shape)
        counts.sum_duplicates()
        many = counts.sum(axis=1)
        unlike = (many**2 - counts.power(2).sum(axis=1)) / np.maximum(many - 1, 1)
        return cls(counts, unlike, np.bincount(place.ravel(), deals[some], len(kinds)).astype(np.int64))

    def alpha(self, drawn: Any) -> Floats:
        """Alpha of each row of ``drawn``, how many units of each kind; ``nan`` where one category is all."""
        margins = drawn @ self.counts
        total = margins.sum(axis=1)
        expected = total**2 - (margins**2).sum(axis=1)
        seen = drawn @ self.disagreement
        alpha: Floats = np.where(expected > 0, 1 - (total - 1) * seen / np.where(expected > 0, expected, 1), np.nan)
        return alpha


def alpha_estimate(ratings: Integers, deals: Integers, *, seed: int = 1) -> Estimate:
    """Krippendorff's alpha with its range by redrawing units (fixed seed); from 30 units with two ratings or more.

    >>> print(alpha_estimate(np.array([[0, 0], [0, 1]]), np.array([12, 9])))
    too few: 9 more deals with both voices
    """
    units = _Units.of(ratings, deals)
    n = int(units.deals.sum())
    if n < PERCENT_FROM:
        return too_few(need=PERCENT_FROM - n, unit="pairs", n=n)
    alpha = units.alpha(units.deals[None, :])[0]
    if np.isnan(alpha):
        return cannot("one_reason", ONE_REASON, n=n)
    k = int(units.deals[units.disagreement == 0].sum())
    (lo80, hi80), (lo95, hi95) = _alpha_ends(units, k, n, seed)
    return Estimate(float(alpha), lo80, hi80, lo95, hi95, k=k, n=n, method=ALPHA_METHOD)


def _alpha_ends(units: _Units, k: int, n: int, seed: int) -> list[tuple[float, float]]:
    """The likely and the wide range. Where all units agree redrawing shows nothing: Wilson's range is carried over."""
    if k == n:
        margins = units.deals @ units.counts
        chance = float((margins**2).sum() / margins.sum() ** 2)
        return [_beyond_chance(wilson(k, n, level), chance) for level in (0.80, 0.95)]
    rng = np.random.default_rng(seed)
    times = int(np.clip(DRAWS // len(units.deals), 200, REDRAWN))
    step = max(1, AT_ONCE // max(units.counts.shape))
    drawn = (
        rng.multinomial(n, units.deals / n, size=min(step, times - start))  # In parts: memory stays small.
        for start in range(0, times, step)
    )
    alphas = np.concatenate([units.alpha(part) for part in drawn])
    lo80, hi80, lo95, hi95 = np.nanquantile(alphas, (0.1, 0.9, 0.025, 0.975))
    return [(float(lo80), float(hi80)), (float(lo95), float(hi95))]

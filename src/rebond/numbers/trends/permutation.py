"""Did a share move with time? Months are shuffled: whatever else varies between them, their order is then no news.

The score is that of Cochran (1954, Biometrics 10:417-451) and Armitage (1955, Biometrics 11:375-386); their normal
distribution for it takes months as alike but for the luck of the draw, which months are not (up to 23 % false alarms),
so it is compared with the scores after shuffling whole months among those of the same place in the season. Many series
at once: Benjamini and Hochberg (1995, J. R. Statist. Soc. B 57:289-300) at q, and before it a gate: the smallest p of
all against the smallest p of each shuffling, so that in a file where nothing changes hardly any is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Numbers = np.ndarray[Any, Any]
#: Shufflings drawn where there are more than these.
SHUFFLINGS = 1_999
SEED = 1955


@dataclass(frozen=True, eq=False)
class TrendTest:
    """One entry per series.

    Attributes:
        p: share of shufflings whose score is at least as far from 0.
        q: Benjamini-Hochberg value over all series.
        gate: how often the smallest p of a shuffling is as small as the smallest found.
        sign: +1 for a share that grows, -1 for one that shrinks.
        smallest: the smallest p that could have been found.
    """

    p: Floats
    q: Floats
    gate: float
    sign: Numbers
    smallest: float


def trend_scores(k: Floats, n: Floats, x: Floats) -> Floats:
    """Cochran-Armitage z of k of n over x; ``k``, ``n`` of shape (series, months), ``x`` (months, shufflings).

    >>> k, n = np.array([[48, 38, 5, 1, 1.0]]), np.array([[17114, 14502, 793, 127, 38.0]])
    >>> round(float(trend_scores(k, n, np.array([[0], [0.5], [1.5], [4], [7]]))[0, 0] ** 2), 3)
    6.57
    """
    total = n.sum(axis=1, keepdims=True)
    share = k.sum(axis=1, keepdims=True) / np.maximum(total, 1)
    above = (k - n * share) @ x
    spread = n @ x**2 - (n @ x) ** 2 / np.maximum(total, 1)
    below = np.sqrt(np.maximum(share * (1 - share) * spread, 0))
    return np.divide(above, below, out=np.zeros_like(above), where=below > 1e-12)  # type: ignore[no-any-return]


def benjamini_hochberg(p: Floats) -> Floats:
    """The false discovery rate at which each would just be named.

    >>> [round(float(q), 4) for q in benjamini_hochberg(np.array([0.01, 0.04, 0.03]))]
    [0.03, 0.04, 0.04]
    """
    if not len(p):
        return p
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    found = np.empty(len(p))
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return found


def shuffled(strata: Numbers, most: int = SHUFFLINGS) -> tuple[Numbers, bool]:
    """Orders of the months, each only moved among those of the same stratum; shape (months, shufflings).

    All of them, the given one first, if there are at most ``most``; else so many drawn at random. Second: whether all.
    """
    places = [np.flatnonzero(strata == name) for name in np.unique(strata)]
    if prod(factorial(len(place)) for place in places) <= most:
        every = product(*(permutations(place.tolist()) for place in places))
        order = np.empty((len(strata), 0), dtype=int) if not places else _all_orders(places, every)
        return order, True
    rng = np.random.default_rng(SEED)
    drawn = np.empty((len(strata), most), dtype=int)
    for place in places:
        drawn[place] = rng.permuted(np.repeat(place[:, None], most, axis=1), axis=0)
    return drawn, False


def _all_orders(places: list[Numbers], every: Any) -> Numbers:
    found = []
    for parts in every:
        order = np.empty(sum(len(place) for place in places), dtype=int)
        for place, part in zip(places, parts, strict=True):
            order[place] = part
        found.append(order)
    return np.array(found).T


def trend_test(k: Floats, n: Floats, strata: Numbers) -> TrendTest:
    """Which of the series (rows of ``k`` of ``n``; columns are months in order) move with time, their season apart."""
    x = np.arange(k.shape[1], dtype=float)
    x -= x.mean()
    orders, every = shuffled(strata)
    found = trend_scores(k, n, x[:, None])[:, 0]
    far = np.abs(trend_scores(k, n, x[orders])) + 1e-9
    more, all_of_them = (0, orders.shape[1]) if every else (1, orders.shape[1] + 1)
    p = (more + (far >= np.abs(found)[:, None]).sum(axis=1)) / all_of_them
    if not len(p):
        return TrendTest(p, p, 1.0, np.zeros(0), 1 / all_of_them)
    gate = (more + (_ranks(far).min(axis=0) <= p.min() + 1e-12).sum()) / all_of_them
    return TrendTest(p, benjamini_hochberg(p), float(gate), np.sign(found), 1 / all_of_them)


def _ranks(far: Floats) -> Floats:
    """The p of each shuffling among all, per series; shape as ``far``."""
    ordered = np.sort(far, axis=1)
    ranks = np.empty_like(far)
    for row in range(len(far)):
        ranks[row] = far.shape[1] - np.searchsorted(ordered[row], far[row] - 2e-9, side="left")
    return ranks / far.shape[1]  # type: ignore[no-any-return]

"""Promised beside obtained: whether a ranked list says what comes.

Each promise is a forecast of its own: the mean of what was promised is held against the mean of what was obtained, for
all and by band of what was promised. Promises about one deal hang together (one sale answers all of them), so the deal
is the unit: the mean is a ratio of totals over clusters, its spread that of psi_c = y_c - mean n_c (W. Cochran, 1977,
Sampling Techniques, 3rd ed., section 9A.1, single-stage cluster sampling by the ratio to size), with a t distribution
of (sum psi^2)^2 / sum psi^4 degrees of freedom (L. Kish and F. Satterthwaite, as in ``ratios``).

What is obtained is a rare sale less the cost of the work. Its lower end is bounded by that cost and its upper is not,
so the range is laid around what came before costs, on the scale of its logarithm, and the mean cost taken off both
ends. Where nothing came from a band the chance of a sale is bounded (C. Clopper and E. Pearson, 1934, Biometrika
26:404-413) and multiplied by what sales of the others brought. Both are held against simulations with known truth in
the tests: promises that are true, and promises twice too high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, floor, log10, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from rebond.numbers.estimate import Estimate, too_few
from rebond.numbers.money import major
from rebond.numbers.ratios import shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Promises before anything is said of all of them; of a band or a month; and different deals among them.
ENOUGH, OF_A_PART, CLUSTERS = 30, 10, 5
METHOD = "mean of promises, by deal, log-t"
#: A range whose ends are further apart than this (on the log scale) says nothing.
WIDEST = 12.0


@dataclass(frozen=True)
class Compared:
    """Promised and obtained of some promises, in minor units per promise.

    Attributes:
        low, high: the band of what was promised, from and below; ``None`` for no end.
        n, deals: how many promises, about how many deals.
        sales: how many promises a sale followed.
        promised: the mean of what was promised.
        obtained: the mean of what came, with its range; refused where there are too few.
        verdict: ``right``, ``less`` or ``more`` came (19 in 20 sure), ``maybe_less`` or ``maybe_more`` (8 in 10), or
            ``open`` (cannot tell yet).
    """

    low: float | None
    high: float | None
    n: int
    deals: int
    sales: int
    promised: float
    obtained: Estimate
    verdict: str

    def as_json(self, minor_per_major: int) -> dict[str, Any]:
        """Amounts in major units."""

        def units(amount: float | None) -> float | None:
            return None if amount is None else round(amount / minor_per_major, 4)

        return {
            "from": units(self.low), "below": units(self.high), "n": self.n, "deals": self.deals, "sales": self.sales,
            "promised": units(self.promised), "obtained": major(self.obtained, minor_per_major).as_json(),
            "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class Promises:
    """Promises as columns, one place per promise; money in minor units.

    Attributes:
        promised, gained, cost: what was promised net; what sales brought; what the time cost.
        cluster: a number per deal (or person) they are about.
    """

    promised: Floats
    gained: Floats
    cost: Floats
    cluster: Ints

    def __len__(self) -> int:
        return len(self.promised)

    def only(self, which: npt.NDArray[np.bool_]) -> Promises:
        """Those of a mask."""
        return Promises(self.promised[which], self.gained[which], self.cost[which], self.cluster[which])


def compared(
    found: Promises, *, low: float | None = None, high: float | None = None, sale: float | None = None,
    need: int = OF_A_PART,
) -> Compared:  # fmt: skip
    """Promised and obtained of these promises.

    Args:
        low, high: the band they are of.
        sale: what promises that a sale followed brought on average, for a band without any.
        need: from how many promises on anything is said.

    >>> truth = Promises(*(np.array([500.0] * 40), np.array([6000.0, 0, 0, 0] * 10), np.array([1000.0] * 40)),
    ...     np.arange(40))
    >>> all_of_them = compared(truth, need=30)
    >>> all_of_them.promised, all_of_them.obtained.value, all_of_them.verdict
    (500.0, 500.0, 'right')
    """
    n, deals, sales = len(found), len(np.unique(found.cluster)), int((found.gained != 0).sum())
    promised = shown(float(found.promised.mean())) if n else 0.0
    obtained = _obtained(found, sale, need)
    return Compared(low, high, n, deals, sales, promised, obtained, _verdict(promised, obtained))


def _obtained(found: Promises, sale: float | None, need: int) -> Estimate:
    n, k = len(found), int((found.gained != 0).sum())
    if n < need:
        return too_few(need=need - n, unit="touches", k=k, n=n)
    totals, sizes = _by_cluster(found)
    if len(sizes) < CLUSTERS:
        return too_few(need=CLUSTERS - len(sizes), unit="deals", k=k, n=n)
    gained, cost = float(found.gained.sum()) / n, float(found.cost.sum()) / n
    ends = _around(totals, sizes, gained, cost, n) if k else _nothing_came(len(sizes), sale, cost)
    if ends is None:
        return Estimate(shown(gained - cost), k=k, n=n, method=METHOD, note="no range: too few sales", code="no_range")
    lo80, hi80, lo95, hi95 = (shown(end) for end in ends)
    return Estimate(shown(gained - cost), lo80, hi80, lo95, hi95, k, n, METHOD)


def _by_cluster(found: Promises) -> tuple[Floats, Floats]:
    """What was obtained of each cluster in all, and of how many promises."""
    _names, codes = np.unique(found.cluster, return_inverse=True)
    totals = np.bincount(codes, found.gained - found.cost).astype(np.float64)
    return totals, np.bincount(codes).astype(np.float64)


def _around(totals: Floats, sizes: Floats, gained: float, cost: float, n: int) -> tuple[float, ...] | None:
    """The likely and the wide range around a mean with sales in it."""
    if gained <= 0:
        return None
    psi = totals - (gained - cost) * sizes
    square = float((psi**2).sum())
    clusters = len(sizes)
    error = sqrt(square * clusters / max(clusters - 1, 1)) / n
    freedom = max(square**2 / float((psi**4).sum()), 1.0) if square else float(clusters)
    widths = [float(stdtrit(freedom, 0.5 + confidence / 2)) * error / gained for confidence in (0.80, 0.95)]
    if widths[1] > WIDEST:
        return None
    return tuple(gained * exp(sign * width) - cost for width in widths for sign in (-1, 1))


def _nothing_came(clusters: int, sale: float | None, cost: float) -> tuple[float, ...] | None:
    """Without a sale: between nothing, and the most sales that nothing so often allows."""
    if sale is None:
        return None
    most = [1 - ((1 - confidence) / 2) ** (1 / clusters) for confidence in (0.80, 0.95)]
    return (-cost, most[0] * sale - cost, -cost, most[1] * sale - cost)


def _verdict(promised: float, obtained: Estimate) -> str:
    if obtained.lo80 is None or obtained.hi80 is None or obtained.lo95 is None or obtained.hi95 is None:
        return "open"
    if obtained.lo80 <= promised <= obtained.hi80:
        return "right"
    if obtained.lo95 <= promised <= obtained.hi95:
        return "maybe_less" if promised > obtained.hi80 else "maybe_more"
    return "less" if promised > obtained.hi95 else "more"


def by_band(found: Promises, edges: Sequence[float]) -> tuple[Compared, ...]:
    """Below 0, and between the edges; bands that nothing was promised in are left out."""
    gained = found.gained[found.gained != 0]
    sale = float(gained.mean()) if len(gained) else None
    ends: list[float | None] = [None, 0.0, *edges, None]
    parts = []
    for low, high in pairwise(ends):
        inside = np.ones(len(found), dtype=bool)
        inside &= True if low is None else found.promised >= low
        inside &= True if high is None else found.promised < high
        if inside.any():
            parts.append(compared(found.only(inside), low=low, high=high, sale=sale))
    return tuple(parts)


def band_edges(promised: Floats) -> tuple[float, ...]:
    """Round amounts near the quartiles of what was promised above 0: at most three, rising.

    >>> band_edges(np.array([120.0, 900.0, 2300.0, 4100.0, 9800.0, -50.0]))
    (900.0, 2000.0, 4000.0)
    """
    above = promised[promised > 0]
    if len(above) == 0:
        return ()
    quartiles = np.quantile(above, [0.25, 0.5, 0.75])
    return tuple(sorted({rounded(float(edge)) for edge in quartiles if edge > 0}))


def rounded(amount: float) -> float:
    """The nearest amount of one leading digit.

    >>> [rounded(amount) for amount in (37.0, 1234.0, 9600.0)]
    [40.0, 1000.0, 10000.0]
    """
    power = 10.0 ** floor(log10(amount))
    return round(amount / power) * power

"""Did it change? A share before against the same share after, with the range of the difference.

Methods: Newcombe's hybrid score interval for the difference of two independent shares (R. G. Newcombe, 1998, "Interval
estimation for the difference between independent proportions: comparison of eleven methods", Statistics in Medicine
17:873-890, method 10, made of two Wilson intervals); the chance that the share rose with Jeffreys' prior Beta(1/2, 1/2)
on each; the cases needed to see a change with Fleiss' formula without continuity correction (J. L. Fleiss, 1981,
"Statistical methods for rates and proportions", 2nd edition, section 3.2). "The same" is no absence of proof: the whole
wide range lies within ``SAME_WITHIN`` of no change (an equivalence test, D. J. Schuirmann, 1987).

Graded like every share: below 10 cases on either side no difference is told, only how many more.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv

from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, cannot, too_few
from rebond.numbers.rates import proportion, wilson

METHOD = "difference of two shares, Newcombe 10"
#: A change smaller than this is called none; ten in a hundred is what a team can notice at all.
SAME_WITHIN = 0.10
POWER, CONFIDENCE = 0.80, 0.95
#: Searching beyond this many cases a period helps nobody.
FAR = 1_000_000
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


@dataclass(frozen=True)
class Change:
    """A share in two periods, and what may be said about the difference.

    Attributes:
        before, after: the two shares, each as far as its own number of cases allows.
        difference: after minus before, from -1 to 1, with its ranges; no value below ``RANGE_FROM`` cases on a side.
        chance_up: the chance that the true share rose; ``None`` where there is no difference.
        verdict: ``rose``, ``fell`` (the wide range leaves out no change), ``same`` (it lies within ``SAME_WITHIN``),
            ``undecided``, or ``too_few``.
    """

    before: Estimate
    after: Estimate
    difference: Estimate
    chance_up: float | None
    verdict: str

    @property
    def decided(self) -> bool:
        """Whether the cases settle the question, one way or the other."""
        return self.verdict in ("rose", "fell", "same")

    def as_json(self) -> dict[str, Any]:
        """For ``--json``: the three estimates, the chance and the verdict."""
        return {
            "before": self.before.as_json(), "after": self.after.as_json(), "difference": self.difference.as_json(),
            "chance_up": self.chance_up, "verdict": self.verdict,
        }  # fmt: skip


def change(before_k: int, before_n: int, after_k: int, after_n: int, *, unit: str = "deals") -> Change:
    """The share ``before_k`` of ``before_n`` against ``after_k`` of ``after_n``: two groups of different cases.

    Args:
        unit: what the cases are, a key of ``estimate.UNITS``.

    >>> found = change(48, 80, 56, 70)
    >>> print(found.difference, found.verdict)
    0.2, likely 0.1043 to 0.2897 (n 150) rose
    >>> print(change(8, 20, 1, 3).difference)
    too few: 7 more deals
    """
    before, after = _side(before_k, before_n, unit), _side(after_k, after_n, unit)
    short = max(RANGE_FROM - before_n, 0) + max(RANGE_FROM - after_n, 0)
    if short:
        missing = too_few(need=short, unit=unit, n=before_n + after_n)
        return Change(before, after, missing, None, "too_few")
    (lo80, hi80), (lo95, hi95) = (newcombe(before_k, before_n, after_k, after_n, part) for part in (0.80, 0.95))
    value = after_k / after_n - before_k / before_n
    difference = Estimate(value, lo80, hi80, lo95, hi95, n=before_n + after_n, method=METHOD)
    return Change(before, after, difference, chance_up(before_k, before_n, after_k, after_n), _verdict(lo95, hi95))


def _side(k: int, n: int, unit: str) -> Estimate:
    """One share; below 5 cases not even k is told."""
    if n == 0:
        return cannot("no_cases", "no case yet")
    if n < COUNTS_FROM:
        return too_few(need=RANGE_FROM - n, unit=unit, n=n)
    return proportion(k, n, minimum=COUNTS_FROM, unit=unit)


def _verdict(low: float, high: float) -> str:
    if low > 0:
        return "rose"
    if high < 0:
        return "fell"
    return "same" if low > -SAME_WITHIN and high < SAME_WITHIN else "undecided"


def newcombe(
    before_k: int, before_n: int, after_k: int, after_n: int, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The range of after minus before: Newcombe's method 10.

    >>> tuple(round(x, 4) for x in newcombe(48, 80, 56, 70))
    (0.0524, 0.3339)
    """
    (low0, high0), (low1, high1) = wilson(before_k, before_n, confidence), wilson(after_k, after_n, confidence)
    share0 = before_k / before_n if before_n else 0.5
    share1 = after_k / after_n if after_n else 0.5
    value = share1 - share0
    low = value - sqrt((share1 - low1) ** 2 + (high0 - share0) ** 2)
    high = value + sqrt((high1 - share1) ** 2 + (share0 - low0) ** 2)
    return max(low, -1.0), min(high, 1.0)


def chance_up(before_k: int, before_n: int, after_k: int, after_n: int) -> float:
    """The chance that the share after is truly above the one before, with Jeffreys' prior on each.

    The integral of F_before over the quantiles of after (Gauss-Legendre, 200 nodes).

    >>> chance_up(5, 10, 5, 10), round(chance_up(48, 80, 56, 70), 3)
    (0.5, 0.996)
    """
    quantiles = betaincinv(after_k + 0.5, after_n - after_k + 0.5, (_NODES + 1) / 2)
    below = betainc(before_k + 0.5, before_n - before_k + 0.5, quantiles)
    return round(float(np.sum(_WEIGHTS * below) / 2), 6)


def needed_n(p0: float, p1: float, power: float = POWER, confidence: float = CONFIDENCE) -> int:
    """Cases needed in each of two periods to see a share move from ``p0`` to ``p1``: Fleiss' formula.

    ``FAR`` stands for "no number of cases" (no change at all).

    >>> needed_n(0.2, 0.3), needed_n(0.2, 0.4)
    (294, 82)
    """
    if not (0 <= p0 <= 1 and 0 <= p1 <= 1):
        raise ValueError(f"{p0} and {p1} are not shares")
    if p0 == p1:
        return FAR
    normal, mean = NormalDist(), (p0 + p1) / 2
    alone = normal.inv_cdf(0.5 + confidence / 2) * sqrt(2 * mean * (1 - mean))
    together = normal.inv_cdf(power) * sqrt(p0 * (1 - p0) + p1 * (1 - p1))
    return min(ceil(((alone + together) / (p1 - p0)) ** 2), FAR)


def seen_from(p0: float, n: int, *, down: bool = False, power: float = POWER) -> float | None:
    """The nearest share that ``n`` cases a period would tell from ``p0``, in whole hundredths; ``None`` for none.

    >>> seen_from(0.2, 294), seen_from(0.2, 30), seen_from(0.2, 30, down=True) is None
    (0.3, 0.55, True)
    """
    start = round(100 * p0)
    for hundredths in range(start - 1, -1, -1) if down else range(start + 1, 101):
        if needed_n(p0, hundredths / 100, power) <= n:
            return hundredths / 100
    return None

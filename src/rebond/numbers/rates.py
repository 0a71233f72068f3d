"""A rate from k of n: what may be said at this n, with which range.

Methods: Wilson's score interval (E. B. Wilson, 1927, "Probable inference, the law of succession, and statistical
inference", JASA 22:209-212) for the range of a rate; the beta-geometric predictive with Jeffreys' prior Beta(1/2, 1/2)
for "how many more noes to the next yes". Graded display: below 5 nothing is said, 5 to 9 counts, 10 to 29 counts with a
range, from 30 a percentage.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, sqrt
from statistics import NormalDist

#: From these numbers of cases on, counts, a range, a percentage may be shown.
COUNTS_FROM, RANGE_FROM, PERCENT_FROM = 5, 10, 30
#: Beyond this many closes nobody plans; the search for a quantile stops here.
FAR = 2_000


@dataclass(frozen=True)
class Rate:
    """k of n, and how sure that makes us. Ranges are shares from 0 to 1.

    ``grade`` is ``too_few``, ``counts``, ``range`` or ``percent``: the most that may be shown.
    """

    k: int
    n: int
    lo80: float
    hi80: float
    lo95: float
    hi95: float
    grade: str
    need: int

    @property
    def share(self) -> float | None:
        """k / n; ``None`` without cases."""
        return self.k / self.n if self.n else None


def wilson(k: int, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval for k successes of n.

    >>> tuple(round(100 * x) for x in wilson(4, 12, 0.95))
    (14, 61)
    >>> wilson(0, 0, 0.95)
    (0.0, 1.0)
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a rate")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p, z2n = k / n, z * z / n
    middle = p + z2n / 2
    spread = z * sqrt(p * (1 - p) / n + z2n / (4 * n))
    low, high = (middle - spread) / (1 + z2n), (middle + spread) / (1 + z2n)
    return (0.0 if k == 0 else low), (1.0 if k == n else high)


def grade(n: int) -> str:
    """What may be shown at n cases.

    >>> [grade(n) for n in (4, 5, 10, 30)]
    ['too_few', 'counts', 'range', 'percent']
    """
    if n < COUNTS_FROM:
        return "too_few"
    if n < RANGE_FROM:
        return "counts"
    return "range" if n < PERCENT_FROM else "percent"


def rate(k: int, n: int) -> Rate:
    """The rate of k of n with its likely range (8 chances in 10) and its wide one (19 in 20).

    >>> rate(9, 30).grade, round(rate(9, 30).lo95, 2), round(rate(9, 30).hi95, 2)
    ('percent', 0.17, 0.48)
    """
    (lo80, hi80), (lo95, hi95) = wilson(k, n, 0.80), wilson(k, n, 0.95)
    return Rate(k, n, lo80, hi80, lo95, hi95, grade(n), max(COUNTS_FROM - n, 0))


def next_yes(k: int, n: int, chance: float = 0.8) -> tuple[int, int, int] | None:
    """How many closed deals until the next won one, that one included: (low, middle, high).

    The rate is not known, only k of n: the waiting time is geometric with a rate drawn from Beta(k+1/2, n-k+1/2), so
    the range holds both the luck of the draw and our ignorance of the rate. ``None`` below 5 cases, and when the upper
    end lies beyond any planning.

    >>> next_yes(3, 4) is None
    True
    >>> next_yes(25, 100)
    (1, 3, 9)
    """
    if n < COUNTS_FROM or not 0 <= k <= n:
        return None
    tail = (1 - chance) / 2
    found = [_waiting(k, n, part) for part in (tail, 0.5, 1 - tail)]
    return (found[0], found[1], found[2]) if found[2] < FAR else None


def _waiting(k: int, n: int, part: float) -> int:
    """The smallest m with P(a yes within m closes) at least ``part``."""
    for m in range(1, FAR):
        if 1 - _all_noes(k, n, m) >= part:
            return m
    return FAR


def _all_noes(k: int, n: int, m: int) -> float:
    """P(the next m closes are all noes): B(a, b+m) / B(a, b) of the beta posterior."""
    a, b = k + 0.5, n - k + 0.5
    return exp(lgamma(b + m) - lgamma(a + b + m) - lgamma(b) + lgamma(a + b))

"""A rate or a share from k of n: what may be said at this n, with which range.

Methods: Wilson's score interval (E. B. Wilson, 1927, "Probable inference, the law of succession, and statistical
inference", JASA 22:209-212; compared with others by Brown, Cai and DasGupta, 2001) for the range of a share; the
beta-geometric predictive with Jeffreys' prior Beta(1/2, 1/2) for "how many more noes to the next yes". Graded display:
below 5 nothing is said, 5 to 9 counts, 10 to 29 counts with a range, from 30 a percentage.
"""

from __future__ import annotations

from math import exp, lgamma, sqrt
from statistics import NormalDist

from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, too_few

#: Beyond this many closes nobody plans; the search for a quantile stops here.
FAR = 2_000
METHOD = "share, Wilson"


def wilson(k: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval for k successes of n (a sum of parts of successes: then it is wide).

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


def proportion(k: int, n: int, *, minimum: int, unit: str, note: str = "") -> Estimate:
    """k of n with its likely range (8 chances in 10) and its wide one (19 in 20); nothing below ``minimum`` cases.

    Args:
        k, n: the cases that count, and the cases looked at.
        minimum: from this n on there is a value; below it ``need`` says how many more of ``unit``.
        unit: what the cases are, a key of ``estimate.UNITS``.
        note: the caveat to carry along.

    >>> print(proportion(3, 9, minimum=10, unit="lost_deals"))
    too few: 1 more lost deal with a reason
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a rate")
    if n < max(minimum, 1):
        return too_few(need=max(minimum, 1) - n, unit=unit, k=k, n=n)
    (lo80, hi80), (lo95, hi95) = wilson(k, n, 0.80), wilson(k, n, 0.95)
    return Estimate(k / n, lo80, hi80, lo95, hi95, k=k, n=n, method=METHOD, note=note)


def rate(k: int, n: int) -> Estimate:
    """The rate of k of n decided deals; nothing below 5.

    >>> rate(9, 30).grade, round(rate(9, 30).lo95, 2), round(rate(9, 30).hi95, 2)
    ('percent', 0.17, 0.48)
    >>> print(rate(1, 3))
    too few: 2 more decided deals
    """
    return proportion(k, n, minimum=COUNTS_FROM, unit="decided_deals")


def share(k: int, n: int, *, unit: str = "lost_deals") -> Estimate:
    """The share of k in n deals; nothing below 10, where a share would be anywhere within half of all shares.

    Below 5 not even k is told: a voice is never heard alone.

    >>> print(share(4, 12))
    0.3333, likely 0.1886 to 0.5182 (4 of 12)
    >>> share(2, 4).k is None, share(2, 5).k
    (True, 2)
    """
    if n < COUNTS_FROM:
        return too_few(need=RANGE_FROM - n, unit=unit, n=n)
    return proportion(k, n, minimum=RANGE_FROM, unit=unit)


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

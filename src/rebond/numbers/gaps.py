"""Do two voices give a reason equally often, or is the gap between them probably real?

For each reason a Bayes factor weighs "both voices give it with one share" against "each has its own" (E. Gunel and
J. Dickey, 1974, "Bayes factors for independence in contingency tables", Biometrika 61:545-557), a share being a priori
one of the ``m`` parts of a whole: the margin Beta(1/2, (m - 1)/2) of Jeffreys' Dirichlet. Whoever looks at many reasons
finds gaps by luck, so the share of them that is real is not known beforehand but learnt from all of them together: it
is averaged over (J. Scott and J. Berger, 2010, "Bayes and empirical-Bayes multiplicity adjustment in the
variable-selection problem", Annals of Statistics 38:2587-2619), with the prior Beta(1, m) of I. Castillo and A. van
der Vaart (2012, Annals of Statistics 40:2069-2101): about one real gap is expected, however many reasons are looked at.
The more reasons without a gap, the more a gap must show. The difference itself has Newcombe's range (R. Newcombe,
1998, Statistics in Medicine 17:873-890, method 10).

The two voices are taken as independent. Where the same deals speak twice they agree more than that, which makes the
chances said here too small rather than too large. Refused: any gap where a voice has fewer than 10 answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv, betaln

from rebond.numbers.estimate import RANGE_FROM, Estimate, too_few
from rebond.numbers.rates import wilson

#: From this chance on a gap is called probable: 8 in 10.
PROBABLE_FROM = 0.8
#: Points on the share of real gaps that is averaged over, and of the buyer's share for the chance of the direction.
GRID, POINTS = 1_000, 400
METHOD = "difference of shares, Newcombe"

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class VoiceGap:
    """One reason as two voices give it.

    Attributes:
        code: the reason.
        difference: share of the second voice minus share of the first; ``None`` where a voice is too little heard.
        chance: that the two differ, and in this direction, having looked at all the reasons; 0 where nothing is said.
        verdict: ``probable``, ``could_be_luck`` or ``too_few``.
    """

    code: str
    difference: Estimate
    chance: float
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """The gap."""
        return {
            "reason": self.code, "difference": self.difference.as_json(), "chance": round(self.chance, 4),
            "verdict": self.verdict,
        }  # fmt: skip


@dataclass(frozen=True)
class VoiceGaps:
    """All gaps, in the order asked for.

    Attributes:
        looked_at: how many reasons; 0 where a voice is too little heard.
        by_luck: of the gaps called probable, how many are expected to be none.
    """

    rows: tuple[VoiceGap, ...]
    looked_at: int
    by_luck: float

    def __str__(self) -> str:
        lines = [f"{gap.code}: {gap.verdict}, chance {gap.chance:.2f}; {gap.difference}" for gap in self.rows]
        return "\n".join([*lines, f"{self.looked_at} looked at, {self.by_luck:.2f} by luck"])


def voice_gaps(counts: Sequence[tuple[str, int, int]], first: int, second: int) -> VoiceGaps:
    """Which reasons two voices give with probably different shares.

    Args:
        counts: per reason its code, and the answers of the first and of the second voice that give it.
        first, second: all answers of each voice.

    >>> print(voice_gaps([("price", 16, 4), ("contact", 2, 12), ("timing", 6, 4)], 51, 27))
    price: could_be_luck, chance 0.34; -0.1656, likely -0.2763 to -0.03364 (n 78)
    contact: probable, chance 1.00; 0.4052, likely 0.2784 to 0.5296 (n 78)
    timing: could_be_luck, chance 0.11; 0.0305, likely -0.06662 to 0.1476 (n 78)
    3 looked at, 0.00 by luck
    """
    if min(first, second) < RANGE_FROM:
        missing = too_few(need=RANGE_FROM - min(first, second), unit="lost_deals", n=min(first, second))
        return VoiceGaps(tuple(VoiceGap(code, missing, 0.0, "too_few") for code, _a, _b in counts), 0, 0.0)
    one, other = (np.array([row[place] for row in counts], dtype=float) for place in (1, 2))
    chances = (differing(one, first, other, second) * directed(one, first, other, second)).tolist()
    rows = tuple(
        VoiceGap(code, difference(a, first, b, second), chance, _verdict(chance))
        for (code, a, b), chance in zip(counts, chances, strict=True)
    )
    return VoiceGaps(rows, len(rows), sum(1 - gap.chance for gap in rows if gap.verdict == "probable"))


def _verdict(chance: float) -> str:
    return "probable" if chance >= PROBABLE_FROM else "could_be_luck"


def differing(one: Floats, first: int, other: Floats, second: int) -> Floats:
    """The chance of each reason that the two voices differ, averaged over how many of them do."""
    factors = _bayes_factors(one, first, other, second)
    real = (np.arange(GRID) + 0.5) / GRID
    weights = np.log1p(real[:, None] * np.expm1(factors))
    whole = weights.sum(axis=1) + (len(one) - 1) * np.log1p(-real)
    at = np.exp(whole - whole.max())
    each = np.exp(np.log(real)[:, None] + factors - weights)
    return np.asarray((at[:, None] * each).sum(axis=0) / at.sum())


def _bayes_factors(one: Floats, first: int, other: Floats, second: int) -> Floats:
    """Logarithms of "each its own share" over "one share for both"; at most 700, beyond which nothing changes."""
    a, b = 0.5, max(len(one) - 1, 1) / 2

    def log(k: Floats, n: int) -> Floats:
        return np.asarray(betaln(a + k, b + n - k) - betaln(a, b))

    return np.asarray(np.minimum(log(one, first) + log(other, second) - log(one + other, first + second), 700.0))


def directed(one: Floats, first: int, other: Floats, second: int) -> Floats:
    """The chance, if the shares differ, that they do so in the direction seen."""
    a, b = 0.5, max(len(one) - 1, 1) / 2
    places = (np.arange(POINTS) + 0.5) / POINTS
    shares = betaincinv((a + other)[:, None], (b + second - other)[:, None], places)
    above = betainc((a + one)[:, None], (b + first - one)[:, None], shares).mean(axis=1)
    return np.asarray(np.where(other * first >= one * second, above, 1 - above))


def difference(one: int, first: int, other: int, second: int) -> Estimate:
    """The share of the second voice minus that of the first, with Newcombe's range.

    >>> print(difference(56, 70, 48, 80))
    -0.2, likely -0.2897 to -0.1043 (n 150)
    """
    p, q = one / first, other / second
    ends: list[float] = []
    for confidence in (0.80, 0.95):
        (low_p, high_p), (low_q, high_q) = wilson(one, first, confidence), wilson(other, second, confidence)
        ends.append(q - p - sqrt((q - low_q) ** 2 + (high_p - p) ** 2))
        ends.append(q - p + sqrt((high_q - q) ** 2 + (p - low_p) ** 2))
    lo80, hi80, lo95, hi95 = ends
    return Estimate(q - p, lo80, hi80, lo95, hi95, n=first + second, method=METHOD)

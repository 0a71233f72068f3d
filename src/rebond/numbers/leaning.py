"""One's own few cases lean on the team's, and the team's on what is usual elsewhere.

A chance. The team's level t ~ Beta(m c, (1 - m) c), ``m`` what is usual and ``c`` its weight in cases; a person's own
chance p ~ Beta(t a, (1 - t) a), ``a`` how alike people are, in cases; own cases ~ Binomial(n, p), the others' ~
Binomial(n', t). Its mean is close to (k + a t') / (n + a) with t' = (k' + m c) / (n' + c): the team's posterior mean is
the prior of one's own. The level is not plugged in: its posterior is 16 points, how alike people are 3 (half of it,
itself, twice it), each weighed by how well it explains one's own cases; the range's ends are quantiles of the
mixture (numbers.pooling does the same for many groups). With the level plugged in a nominal 80 % covers far less where
the team is small (validation, negative control ``leaning_plugged_in``).

The others' cases are not independent, since people differ: 400 of two people say less about the level than 400 of
forty. They count as n' / (1 + (n' / people - 1) / (a + 1)) (the design effect: L. Kish, 1965, "Survey Sampling").

A mean (money, minutes). The same on the logarithm, normal on normal: a mean of n cases has the variance
log(1 + v / n), v the squared coefficient of variation of all cases at hand (four cases of variation 1 among them, so
that two equal ones are no certainty); people differ by ``APART`` on the log scale. One sale of 100 million among sales
of 5,000 makes v as large as n, and the range as wide as it should be. Where a mean is not above 0 (margins may not be)
the same is done on the plain scale.

All of this is for the worker: SciPy is loaded when it is asked.

>>> print(lean((2, 9), (9, 41), Usual(0.15, 20)).leans)
team
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt
from typing import TYPE_CHECKING, Any

from rebond.numbers.pricing import Z80, Rate

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

Counts = tuple[int, int]

#: How alike people are, in cases, until they show it; and how the alternatives to it are weighed.
ALIKE = 20.0
SPREADS, SPREAD_WEIGHTS = (0.5, 1.0, 2.0), (0.25, 0.5, 0.25)
#: Points of the team's level.
LEVELS = 16
#: How far people's means lie apart (standard deviation of the logarithm): a third more or less is ordinary.
APART = 0.3
#: Cases of variation 1 (as of an exponential) that are added to those at hand.
VARIATION_CASES, VARIATION = 4.0, 1.0
#: Rows worked on at once; halvings of 0 ... 1 (a ten-millionth).
ROWS, HALVINGS = 2_000, 23


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual elsewhere, stated beforehand.

    Attributes:
        mean: a chance (0 to 1), or a mean in minor units or minutes.
        cases: how many cases it weighs as; above 0.
        source: where it comes from, in a sentence.
    """

    mean: float
    cases: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """Cases of an amount: how many, their sum, the sum of their squares.

    >>> Sums.of([100, 300]).mean
    200.0
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, amounts: Sequence[float]) -> Sums:
        """Of amounts one by one."""
        return cls(len(amounts), float(sum(amounts)), float(sum(one * one for one in amounts)))

    @property
    def mean(self) -> float:
        """0 where there is no case."""
        return self.total / self.n if self.n else 0.0

    def with_(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    def without(self, other: Sums) -> Sums:
        """The cases that are not ``other``'s."""
        return Sums(self.n - other.n, self.total - other.total, max(self.squares - other.squares, 0.0))


def lean(own: Counts, team: Counts, usual: Usual, *, alike: float | None = None, people: int | None = None) -> Rate:
    """A person's chance.

    Args:
        own, team: (k, n) of the person and of the team, the person's cases among the team's.
        usual: the stated prior of the team's level.
        alike: how alike people are, in cases (``how_alike``); ``ALIKE`` when nobody knows.
        people: how many others the team's further cases are of; unknown: they count as if nobody differed.

    >>> newcomer = lean((0, 0), (0, 0), Usual(0.15, 20))
    >>> round(newcomer.value, 3), newcomer.leans
    (0.15, 'usual')
    >>> old_hand = lean((90, 300), (300, 2000), Usual(0.15, 20))
    >>> round(old_hand.value, 2), old_hand.leans
    (0.29, 'own')
    """
    return lean_all([own], [team], usual, alike=alike, people=people)[0]


def lean_all(
    own: Sequence[Counts], team: Sequence[Counts], usual: Usual, *, alike: float | None = None,
    people: int | None = None,
) -> list[Rate]:  # fmt: skip
    """``lean`` of many people at once; entry by entry the same."""
    import numpy as np

    mine = np.asarray(own, dtype=np.float64).reshape(-1, 2)
    others = np.asarray(team, dtype=np.float64).reshape(-1, 2) - mine
    if np.any(mine < 0) or np.any(others < 0) or np.any(np.r_[mine, others] @ [-1, 1] < 0):
        raise ValueError("each k of n needs 0 <= k <= n, and the team's cases hold the person's")
    a = alike or ALIKE
    others = others / _design_effect(others[:, 1], people, a)[:, None]
    # People with the same counts have the same answer.
    rows, place = np.unique(np.hstack([mine, others]), axis=0, return_inverse=True)
    parts = [_posterior(some[:, :2], some[:, 2:], usual, a) for some in np.split(rows, range(ROWS, len(rows), ROWS))]
    value, low, high = np.hstack(parts)[:, place.ravel()] if len(mine) else np.empty((3, 0))
    leans = _leans(mine[:, 1], others[:, 1], usual.cases, a)
    return [
        Rate(float(value[at]), float(low[at]), float(high[at]), _pair(own[at]), _pair(team[at]), leans[at])
        for at in range(len(mine))
    ]


def how_alike(by_person: Sequence[Counts]) -> float | None:
    """How alike people are, in cases, learnt from all of them; ``None`` below 4 people or 40 cases (numbers.pooling).

    >>> how_alike([(1, 5), (2, 8)]) is None
    True
    """
    from rebond.numbers.pooling import pool_shares

    found = pool_shares([k for k, _n in by_person], [n for _k, n in by_person])
    return found.kappa


def lean_mean(own: Sums, team: Sums, usual: Usual | None = None, *, people: int | None = None) -> Rate | None:
    """A person's mean of money or minutes; ``None`` where there is neither a case nor anything usual.

    Args:
        own, team: as for ``lean``: the person's cases are among the team's.
        usual: the stated prior of the team's mean; where there is none the first case says all.
        people: how many others the team's further cases are of.

    >>> found = lean_mean(Sums.of([40_000.0]), Sums.of([40_000.0, 60_000.0, 50_000.0, 55_000.0]))
    >>> round(found.value, -2), found.leans
    (48500.0, 'team')
    """
    others, everything = team.without(own), team.n + (usual.cases if usual else 0)
    if not everything:
        return None
    parts = [part for part in (own, others) if part.n]
    if any(part.total <= 0 for part in parts) or (usual and usual.mean <= 0):
        return _plain_mean(own, others, usual, people)
    variation = _variation(team)
    level = _together([
        (log(usual.mean), log1p(VARIATION / usual.cases), "usual") if usual else None,
        (log(others.mean), log1p(variation / others.n) + APART**2 / max(people or others.n, 1), "team")
        if others.n else None,
    ])  # fmt: skip
    mine = (log(own.mean), log1p(variation / own.n), "own") if own.n else None
    return _rate(*_on(level, mine), own, team, exp)


def _design_effect(n: Floats, people: int | None, alike: float) -> Floats:
    import numpy as np

    each = n / people if people else np.ones_like(n)
    return np.asarray(1 + np.maximum(each - 1, 0) / (alike + 1))


def _posterior(own: Floats, others: Floats, usual: Usual, alike: float) -> Floats:
    """Mean and the ends of the likely range; (3, rows)."""
    import numpy as np
    from scipy.special import betaincinv, betaln

    k, n = own[:, :1, None], own[:, 1:, None]
    above = usual.mean * usual.cases + others[:, :1]
    below = (1 - usual.mean) * usual.cases + others[:, 1:] - others[:, :1]
    points = betaincinv(above, below, (np.arange(LEVELS) + 0.5) / LEVELS)
    # The points leave out a little of the long tail: together they have the mean of what they stand for.
    missed = above / (above + below) - points.mean(axis=1, keepdims=True)
    level = np.clip(points + missed, 1e-9, 1 - 1e-9)[:, :, None]
    spread = alike * np.asarray(SPREADS)
    a, b = np.maximum(level * spread, 1e-9), np.maximum((1 - level) * spread, 1e-9)
    likely = betaln(k + a, n - k + b) - betaln(a, b)
    weight = np.exp(likely - likely.max(axis=(1, 2), keepdims=True)) * np.asarray(SPREAD_WEIGHTS)
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    first = (k + a) / (n + a + b)
    mean = (weight * first).sum(axis=(1, 2))
    (low, _), (_, high) = (_quantile(part, weight, k + a, n - k + b) for part in (0.1, 0.9))
    # Of very rare cases the mean lies beyond nine tenths of its distribution: a range still holds its value.
    return np.vstack([mean, np.minimum(low, mean), np.maximum(high, mean)])


def _quantile(part: float, weight: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """What the mixture of Beta(a, b) stays below with probability ``part``: from, to; arrays (rows, levels, 3)."""
    import numpy as np
    from scipy.special import betainc

    low, high = np.zeros(len(weight)), np.ones(len(weight))
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        below = (weight * betainc(a, b, middle[:, None, None])).sum(axis=(1, 2)) < part
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low, high  # a chance that may well be 1 in a billion has the lower end 0


def _leans(own: Floats, others: Floats, usual: float, alike: float) -> list[str]:
    """Which of the three weighs most in the mean: n, and a shared out by n' and c."""
    import numpy as np

    weights = np.array([own, alike * others / (others + usual), alike * usual / (others + usual)])
    return [("own", "team", "usual")[place] for place in np.argmax(weights, axis=0)]


def _pair(counts: Counts) -> Counts:
    return int(counts[0]), int(counts[1])


def _variation(cases: Sums) -> float:
    """Squared coefficient of variation, with a few cases of variation 1 among them."""
    if cases.n < 2 or cases.mean == 0:
        return VARIATION
    found = max(cases.squares / cases.n - cases.mean**2, 0.0) / cases.mean**2
    return (found * cases.n + VARIATION * VARIATION_CASES) / (cases.n - 1 + VARIATION_CASES)


_Part = tuple[float, float, str]


def _together(parts: Sequence[_Part | None]) -> tuple[float, float, list[tuple[float, str]]] | None:
    """Several views of one level by precision: middle, variance, and the weight of each."""
    known = [part for part in parts if part]
    if not known:
        return None
    total = sum(1 / variance for _middle, variance, _name in known)
    middle = sum(one / variance for one, variance, _name in known) / total
    return middle, 1 / total, [(1 / variance / total, name) for _middle, variance, name in known]


def _on(
    level: tuple[float, float, list[tuple[float, str]]] | None, mine: _Part | None, apart: float = APART
) -> tuple[float, float, str]:
    """One's own mean on the level, people lying ``apart``: middle, standard deviation, and what weighs most."""
    if level is None:
        if mine is None:
            raise ValueError("neither cases nor anything usual")
        return mine[0], sqrt(mine[1]), "own"
    middle, variance, weights = level
    variance += apart**2
    if mine is None:
        return middle, sqrt(variance), max(weights)[1]
    pull = mine[1] / (mine[1] + variance)
    shares = [(1 - pull, "own"), *((pull * weight, name) for weight, name in weights)]
    return pull * middle + (1 - pull) * mine[0], sqrt(pull * variance), max(shares)[1]


def _rate(middle: float, deviation: float, leans: str, own: Sums, team: Sums, back: Any) -> Rate:
    low, high = back(middle - Z80 * deviation), back(middle + Z80 * deviation)
    return Rate(back(middle), low, high, (own.n, own.n), (team.n, team.n), leans)


def _plain_mean(own: Sums, others: Sums, usual: Usual | None, people: int | None) -> Rate:
    """The same on the plain scale, for means that may be below 0; how far people lie apart is a part of the spread."""
    team = own.with_(others)
    size = sqrt(team.squares / team.n) if team.n else abs(usual.mean) if usual else 0.0
    variance = max(team.squares / team.n - team.mean**2, 0.0) if team.n else size**2
    variance = (variance * team.n + size**2 * VARIATION_CASES) / (team.n + VARIATION_CASES) or 1.0
    apart = APART * size
    level = _together([
        (usual.mean, variance / usual.cases, "usual") if usual else None,
        (others.mean, variance / others.n + apart**2 / max(people or others.n, 1), "team") if others.n else None,
    ])  # fmt: skip
    mine = (own.mean, variance / own.n, "own") if own.n else None
    return _rate(*_on(level, mine, apart), own, team, float)

"""Logistic regression by Firth's penalised likelihood, with the profile of that likelihood as the range.

Plain maximum likelihood has no finite answer when a level was always won (or lost), and is too sure of itself in small
files. Firth's penalty (D. Firth, 1993, "Bias reduction of maximum likelihood estimates", Biometrika 80:27-38) is half
the log determinant of the information; it removes the first-order bias and always has a finite answer. Ranges are those
effects at which the profile of the penalised likelihood falls by chi-square / 2 (Heinze and Schemper, 2002, "A solution
to the problem of separation in logistic regression", Statistics in Medicine 21:2409-2419), as R's ``logistf`` does.

Rows may stand for several equal deals: ``won`` of ``deals`` each; the answer is the same as with one row per deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import lapack
from scipy.special import expit
from scipy.stats import chi2

Floats = np.ndarray[Any, np.dtype[np.float64]]
#: Newton's method: most rounds, the longest step in any coefficient, and the change that counts as none.
ROUNDS, LONGEST, STILL = 100, 5.0, 1e-9
#: On a profile less will do: its height changes with the square of what is left.
NEARLY_STILL = 3e-6


@dataclass(frozen=True)
class Data:
    """What a model is fitted to: ``x``, rows by columns with the constant first; ``won`` and ``deals`` per row."""

    x: Floats
    won: Floats
    deals: Floats


@dataclass(frozen=True)
class Point:
    """The penalised likelihood at one place: value, score (per column) and inverse information."""

    beta: Floats
    value: float
    score: Floats
    inverse: Floats


@dataclass(frozen=True)
class Fit:
    """The highest point of a model, and whether the search settled there."""

    point: Point
    settled: bool

    @property
    def beta(self) -> Floats:
        """Coefficients in log odds."""
        return self.point.beta

    @property
    def covariance(self) -> Floats:
        """The inverse information."""
        return self.point.inverse


def firth(data: Data) -> Fit:
    """Fits all coefficients.

    Ten deals, half of the five with a feature won and none of the others: the answer is finite.

    >>> x = np.array([[1.0, 1], [1, 0]])
    >>> fit = firth(Data(x, np.array([3.0, 0]), np.array([5.0, 5])))
    >>> [round(float(b), 3) for b in fit.beta]
    [-2.398, 2.734]
    """
    point, settled = climb(data, np.zeros(data.x.shape[1]))
    return Fit(point, settled)


def at(data: Data, beta: Floats) -> Point:
    """Penalised log likelihood, its score and the inverse information at ``beta``."""
    eta = data.x @ beta
    chance = expit(eta)
    weight = np.maximum(data.deals * chance * (1 - chance), 1e-300)
    inverse, half_log = _inverse(data.x.T @ (data.x * weight[:, None]))
    hat = weight * np.einsum("ij,ij->i", data.x @ inverse, data.x)
    score = data.x.T @ (data.won - data.deals * chance + hat * (0.5 - chance))
    likelihood = data.won @ eta - data.deals @ np.logaddexp(0.0, eta)
    return Point(beta, float(likelihood + half_log), score, inverse)


def _inverse(information: Floats) -> tuple[Floats, float]:
    """The inverse of a positive definite matrix and half the log of its determinant; raises when it is not.

    By the inverse of the triangle: LAPACK's ready-made ``potri`` shares even small matrices among threads, which on a
    busy machine made a profile forty times slower.
    """
    factor, failed = lapack.dpotrf(information, lower=1, clean=1)
    if not failed:
        triangle, failed = lapack.dtrtri(factor, lower=1)
    if failed:
        raise np.linalg.LinAlgError
    return np.asarray(triangle.T @ triangle), float(np.log(factor.diagonal()).sum())


def climb(data: Data, start: Floats, held: int | None = None, still: float = STILL) -> tuple[Point, bool]:
    """The highest point, by Newton's method with halved steps, with one coefficient ``held``; and if it settled."""
    here = at(data, start)
    for _ in range(ROUNDS):
        step = _step(here, held)
        if np.abs(step).max() < still:
            return here, True
        nearer = _uphill(data, here, step)
        if nearer is None:
            return here, bool(np.abs(step).max() < NEARLY_STILL)
        here = nearer
    return here, False


def _step(here: Point, held: int | None) -> Floats:
    """Newton's step, no coefficient further than ``LONGEST``, the held one not at all.

    The inverse information of the others follows from the full one by taking away what goes through the held one.
    """
    step = here.inverse @ here.score
    if held is not None:
        through = here.inverse[:, held]
        step = step - through * (step[held] / through[held])
        step[held] = 0.0
    longest = np.abs(step).max()
    return np.asarray(step * (LONGEST / longest) if longest > LONGEST else step)


def _uphill(data: Data, here: Point, step: Floats) -> Point | None:
    """The first of the halved steps that does not go down; ``None`` when all do."""
    for _ in range(12):
        try:
            there = at(data, here.beta + step)
        except np.linalg.LinAlgError:
            step = step / 2
            continue
        if there.value >= here.value - 1e-10 * (1 + abs(here.value)):
            return there
        step = step / 2
    return None


def ratio(data: Data, fit: Fit, column: int) -> float:
    """Likelihood-ratio statistic of one coefficient being 0: twice the fall of the profile; chi-square, 1 degree."""
    return max(0.0, 2 * (fit.point.value - _held(data, fit.point, column, 0.0).value))


def profile_ranges(data: Data, fit: Fit, column: int, chances: Sequence[float]) -> list[tuple[float, float]]:
    """The profile range of one coefficient at each of the ``chances``, growing (0.80, 0.95)."""
    falls = [float(chi2.ppf(chance, 1)) for chance in chances]
    low, high = (_ends(data, fit.point, column, falls, side) for side in (-1.0, 1.0))
    return list(zip(low, high, strict=True))


def _held(data: Data, near: Point, column: int, value: float) -> Point:
    """The highest point with one coefficient held at ``value``; starts along the tangent of the profile at ``near``."""
    move = near.inverse[:, column] / near.inverse[column, column]
    start = near.beta + np.clip(move * (value - near.beta[column]), -LONGEST, LONGEST)
    start[column] = value
    return climb(data, start, column, NEARLY_STILL)[0]


def _ends(data: Data, top: Point, column: int, falls: Sequence[float], side: float) -> list[float]:
    """The ends of the profile ranges on one side, from the near one to the far one."""
    found, near = [], top
    for fall in falls:
        near = _end(data, top, near, column, float(np.sqrt(fall)), side)
        found.append(float(near.beta[column]))
    return found


def _end(data: Data, top: Point, near: Point, column: int, target: float, side: float) -> Point:
    """Where the signed root of twice the fall reaches ``target``.

    Newton's method on that root, which is nearly a straight line in the coefficient; where it would leave what is
    already known to hold the end, the middle is tried instead.
    """
    inside, outside = float(near.beta[column]), np.inf * side
    spread = np.sqrt(top.inverse[column, column])
    value = float(top.beta[column]) + side * target * spread
    value = value if side * (value - inside) > 0 else inside + side * spread / 2
    for _ in range(40):
        near = _held(data, near, column, value)
        root = float(np.sqrt(max(0.0, 2 * (top.value - near.value))))
        if abs(root - target) < 1e-7:
            break
        inside, outside = (value, outside) if root < target else (inside, value)
        slope = -float(near.score[column]) / root if root > 1e-6 else side
        value = _between(value + (target - root) / slope if slope * side > 0 else np.nan, inside, outside, side)
    return near


def _between(wanted: float, inside: float, outside: float, side: float) -> float:
    """``wanted`` when it lies between the two, else their middle, or a step further out without an outside."""
    if np.isfinite(outside):
        low, high = min(inside, outside), max(inside, outside)
        return wanted if low < wanted < high else (low + high) / 2
    further = inside + side * 10.0
    return wanted if np.isfinite(wanted) and side * (wanted - inside) > 0 and abs(wanted - inside) < 10 else further

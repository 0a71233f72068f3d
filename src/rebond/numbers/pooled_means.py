"""Estimates of many groups at once, each with its own uncertainty, pulled towards their middle.

Normal-normal: y_r ~ N(theta_r, v_r), theta_r ~ N(mu, tau^2). ``mu`` is flat; s = v0 / (v0 + tau^2) is uniform on a grid
of 60 points, v0 four times the geometric mean of v (uniform shrinkage: M. Daniels, 1999, "A prior for the variance in
hierarchical models", Canadian J. Statist. 27:567-578). Both are averaged over and not plugged in: with a plugged-in tau
(Paule and Mandel) nominal 95 % covers 62 % of 5 groups and 45 % where the groups are equal (validation, negative
control). Limits are exact quantiles of the mixture over the grid, found by bisection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

Floats = np.ndarray[Any, np.dtype[np.float64]]
#: Points of the grid, and how far the prior reaches: at s = 1/2, tau^2 is this many times the usual v.
GRID, REACH = 60, 4.0
#: Halvings of a bracket 18 standard deviations wide: 1e-11 of one.
HALVINGS = 40


@dataclass(frozen=True, eq=False)
class PooledMeans:
    """The posterior of each group: a mixture of normals over the grid.

    Attributes:
        weight: of each grid point; shape (grid,).
        mean, deviation: of each group at each grid point; shape (groups, grid).
        spread: the mean of tau over the posterior: how far groups differ beyond chance.
    """

    weight: Floats
    mean: Floats
    deviation: Floats
    spread: float

    def quantile(self, part: float) -> Floats:
        """The value each group stays below with probability ``part``; shape (groups,)."""
        low = (self.mean - 9 * self.deviation).min(axis=1)
        high = (self.mean + 9 * self.deviation).max(axis=1)
        for _halving in range(HALVINGS):
            middle = (low + high) / 2
            below = ndtr((middle[:, None] - self.mean) / self.deviation) @ self.weight < part
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


def pooled_means(y: Floats, v: Floats) -> PooledMeans:
    """Pools estimates ``y`` with variances ``v`` (both of shape (groups,), v above 0, at least one group).

    A group that is known badly moves far towards the others, one that is known well stays where it is:

    >>> found = pooled_means(np.array([0.0, 0.1, -0.1, 3.0]), np.array([0.01, 0.01, 0.01, 4.0]))
    >>> found.quantile(0.5).round(1)
    array([ 0. ,  0.1, -0.1,  0. ])
    """
    shrink = (np.arange(GRID) + 0.5) / GRID
    variance = REACH * np.exp(np.log(v).mean()) * (1 - shrink) / shrink
    precision = 1 / (v[:, None] + variance)
    total = precision.sum(axis=0)
    centre = (precision * y[:, None]).sum(axis=0) / total
    misfit = (precision * (y[:, None] - centre) ** 2).sum(axis=0)
    height = (np.log(precision).sum(axis=0) - np.log(total) - misfit) / 2
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    pull = v[:, None] * precision
    mean = pull * centre + (1 - pull) * y[:, None]
    deviation = np.sqrt(v[:, None] * (1 - pull) + pull**2 / total)
    return PooledMeans(weight, mean, deviation, float(weight @ np.sqrt(variance)))


def half_pooled(v: Floats, cases: Floats) -> Floats:
    """Variances of few cases are themselves uncertain: the average of each and of what its cases make likely.

    The pooled variance of one case is the mean of ``v * cases``, weighted by cases.
    """
    per_case = float((v * cases**2).sum() / cases.sum())
    return (v + per_case / cases) / 2

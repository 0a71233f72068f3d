"""Chances that fall or rise smoothly with a few numbers: logistic regression on counts, with a weak normal penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]
#: Standard deviations of the penalty: the intercept around the overall share, the slopes around 0.
INTERCEPT_SD, SLOPE_SD = 2.0, 0.5
STEPS = 60


@dataclass(frozen=True)
class Fit:
    """Coefficients and their covariance (Laplace's approximation at the mode)."""

    beta: Floats
    covariance: Floats

    def draws(self, count: int, random: np.random.Generator) -> Floats:
        """Coefficients that the data allow, shape (count, terms)."""
        return random.multivariate_normal(self.beta, self.covariance, size=count, method="cholesky")


def fit(
    k: Floats, n: Floats, terms: Floats, *, intercept_sd: float = INTERCEPT_SD, slope_sd: float | Floats = SLOPE_SD
) -> Fit:
    """k of n successes in each cell, ``terms`` of shape (cells, terms) with a leading column of ones.

    The penalty keeps the estimate finite when a cell, or all of them, saw no success; it moves a coefficient by less
    than its standard error as soon as there are a dozen successes.

    >>> found = fit(np.array([30.0, 10.0]), np.array([100.0, 100.0]), np.array([[1.0, 0.0], [1.0, 1.0]]), slope_sd=9.0)
    >>> [round(float(x), 2) for x in found.beta]
    [-0.85, -1.34]
    """
    middle = np.zeros(terms.shape[1])
    middle[0] = logit((k.sum() + 0.5) / (n.sum() + 1))
    precision = np.full(terms.shape[1], intercept_sd**-2.0)
    precision[1:] = np.asarray(slope_sd, dtype=np.float64) ** -2.0
    beta = middle.copy()
    for _step in range(STEPS):
        p = expit(terms @ beta)
        curvature = (terms * (n * p * (1 - p))[:, None]).T @ terms + np.diag(precision)
        move = np.linalg.solve(curvature, terms.T @ (k - n * p) - precision * (beta - middle))
        largest = float(np.abs(move).max())
        beta = beta + move * min(1.0, 1.0 / largest if largest > 0 else 1.0)
        if largest < 1e-10:
            break
    return Fit(beta, np.linalg.inv(curvature))

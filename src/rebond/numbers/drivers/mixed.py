"""Logistic regression with an intercept of its own for every seller.

Good sellers win more, and they also do more of what is asked about: without a term per seller the model credits the
habit with the seller. Each seller gets a random intercept, u ~ N(0, tau^2), and the seller's own means of all columns
enter beside them (Y. Mundlak, 1978, "On the pooling of time series and cross section data", Econometrica 46:69-85),
so that an effect is read from deals of the same seller. Fitted by penalised Newton steps with tau^2 updated after each
(Fellner-Schall: Wood and Fasiolo, 2017, Biometrics 73:1071-1081, hastened by the secant). The score carries Firth's
correction, so that a level that was never won has a finite effect. Where there are too few sellers for their means, the
intercepts are left practically free instead, which is the same model with every possible mean.

The seller blocks are never formed as columns: everything per seller is a sum over that seller's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from rebond.numbers.drivers.firth import Data, Fit, Floats, Point

#: Variance of a seller's intercept in log odds that leaves it practically free.
FREE = 25.0
#: A variance below which sellers do not differ.
LEAST = 1e-5
ROUNDS = 60


@dataclass(frozen=True)
class Sellers:
    """Rows sorted by seller: where each seller's rows start, each row's seller, the seller's means (may be none)."""

    starts: Any
    of_row: Any
    means: Floats


@dataclass(frozen=True)
class State:
    """One round: log odds, score of the fixed part, and the blocks of the inverse information."""

    score: Floats
    seller_score: Floats
    covariance: Floats
    across: Floats
    seller_information: Floats


def seller_means(data: Data, of_row: Any) -> Sellers:
    """The seller blocks with the means of all columns but the constant; columns without spread beyond others are left.

    ``of_row`` numbers the sellers from 0 without gaps and does not fall from row to row.
    """
    starts = np.flatnonzero(np.r_[True, np.diff(of_row) > 0])
    deals = np.add.reduceat(data.deals, starts)
    means = np.add.reduceat(data.x[:, 1:] * data.deals[:, None], starts, axis=0) / deals[:, None]
    within = data.x[:, 1:] - means[of_row]
    varies = (within**2 * data.deals[:, None]).sum(axis=0) > 1e-9 * data.deals.sum()
    means = means[:, varies] - np.average(means[:, varies], axis=0, weights=deals)
    means = means[:, _independent(means)]
    return Sellers(starts, of_row, means if means.shape[1] <= len(starts) / 2 else means[:, :0])


def _independent(means: Floats) -> Any:
    """Which columns are no mixture of those before them."""
    if not means.size:
        return np.zeros(means.shape[1], dtype=bool)
    norms = np.maximum(np.linalg.norm(means, axis=0), 1e-300)
    triangle: Floats = np.asarray(np.linalg.qr(means / norms, mode="r"))
    diagonal = np.zeros(means.shape[1])
    diagonal[: triangle.shape[0]] = np.abs(np.diag(triangle))
    return (diagonal > 1e-6) & (norms > 1e-9)


@dataclass(frozen=True)
class MixedFit:
    """The fit of the columns of ``data.x``, what each seller adds to the log odds (means and intercept), and tau^2."""

    fit: Fit
    seller: Floats
    tau2: float


def mixed(data: Data, sellers: Sellers) -> MixedFit:
    """Fits coefficients, sellers' intercepts and tau^2 together."""
    columns, groups = data.x.shape[1], len(sellers.starts)
    free = sellers.means.shape[1] == 0
    beta, own = np.zeros(columns + sellers.means.shape[1]), np.zeros(groups)
    tau2, settled = (FREE if free else 0.25), False
    before: tuple[float, float] | None = None
    for _ in range(ROUNDS):
        state = _state(data, sellers, beta, own, tau2)
        step, own_step = _steps(state)
        scale = min(1.0, 2.0 / max(np.abs(step).max(), np.abs(own_step).max(), 1e-12))
        beta, own = beta + scale * step, own + scale * own_step
        moved, tau_moved = float(np.abs(step).max()), 0.0
        if not free:
            pull = _pull(state, own, tau2)
            tau_moved = _tau_step(tau2, pull, before if moved < 0.1 else None)
            before, tau2 = (float(np.log(tau2)), pull), float(np.clip(tau2 * np.exp(tau_moved), LEAST, FREE))
            tau_moved = 0.0 if tau2 == LEAST and pull < 0 else tau_moved
        settled = moved < 1e-6 and abs(tau_moved) < 0.01
        if settled:
            break
    covariance = _state(data, sellers, beta, own, tau2).covariance[:columns, :columns]
    fit = Fit(Point(beta[:columns], float("nan"), np.zeros(columns), covariance), settled)
    return MixedFit(fit, sellers.means @ beta[columns:] + own, tau2)


def log_odds(data: Data, sellers: Sellers, beta: Floats, own: Floats) -> Floats:
    """Every row's log odds of winning."""
    columns = data.x.shape[1]
    return np.asarray(data.x @ beta[:columns] + (sellers.means @ beta[columns:] + own)[sellers.of_row])


def _state(data: Data, sellers: Sellers, beta: Floats, own: Floats, tau2: float) -> State:
    chance = expit(log_odds(data, sellers, beta, own))
    weight = np.maximum(data.deals * chance * (1 - chance), 1e-300)
    weighted = data.x * weight[:, None]
    by_seller = np.add.reduceat(weighted, sellers.starts, axis=0)
    total: Floats = np.add.reduceat(weight, sellers.starts).astype(np.float64)
    across: Floats = np.hstack([by_seller, sellers.means * total[:, None]]).astype(np.float64)
    information = _fixed_information(data.x.T @ weighted, by_seller, total, sellers.means)
    seller_information: Floats = np.asarray(total + 1 / tau2, dtype=np.float64)
    eliminated = across.T @ (across / seller_information[:, None])
    covariance: Floats = np.asarray(np.linalg.inv(information - eliminated), dtype=np.float64)
    hat = weight * _leverage(data.x, sellers, covariance, across, seller_information)
    rest = data.won - data.deals * chance + hat * (0.5 - chance)
    per_seller = np.add.reduceat(rest, sellers.starts)
    score = np.concatenate([data.x.T @ rest, sellers.means.T @ per_seller])
    return State(score, per_seller - own / tau2, covariance, across, seller_information)


def _fixed_information(inner: Floats, by_seller: Floats, total: Floats, means: Floats) -> Floats:
    """The information of columns and means together, from sums per seller."""
    mixed_part = by_seller.T @ means
    return np.block([[inner, mixed_part], [mixed_part.T, means.T @ (means * total[:, None])]])


def _leverage(x: Floats, sellers: Sellers, covariance: Floats, across: Floats, information: Floats) -> Floats:
    """The diagonal of z' C z for every row z = (x, means of its seller, its seller), C the joint inverse."""
    columns = x.shape[1]
    toward = across / information[:, None]
    joint = toward @ covariance
    means = sellers.means
    cross = means @ covariance[columns:, :columns] - joint[:, :columns]
    alone = np.einsum("ij,jk,ik->i", means, covariance[columns:, columns:], means)
    alone += 1 / information + np.einsum("ij,ij->i", joint, toward)
    alone -= 2 * np.einsum("ij,ij->i", joint[:, columns:], means)
    inner = x @ covariance[:columns, :columns]
    doubled = 2 * np.einsum("ij,ij->i", cross[sellers.of_row], x)
    return np.asarray(np.einsum("ij,ij->i", inner, x) + doubled + alone[sellers.of_row])


def _steps(state: State) -> tuple[Floats, Floats]:
    """Newton's steps of the fixed part and of the sellers, by eliminating the sellers."""
    eased = state.seller_score / state.seller_information
    step = state.covariance @ (state.score - state.across.T @ eased)
    return step, eased - (state.across @ step) / state.seller_information


def _pull(state: State, own: Floats, tau2: float) -> float:
    """By how much Fellner-Schall would change log tau^2: 0 where tau^2 is right."""
    toward = state.across / state.seller_information[:, None]
    trace = (1 / state.seller_information).sum() + np.einsum("ij,jk,ik->", toward, state.covariance, toward)
    worth = max(len(own) - trace / tau2, 1e-3)
    return float(np.log(max(own @ own, 1e-12) / worth / tau2))


def _tau_step(tau2: float, pull: float, before: tuple[float, float] | None) -> float:
    """The next change of log tau^2: to where the line through this pull and the one before reaches 0.

    Following the pull alone would creep when sellers hardly differ.
    """
    step = pull
    if before is not None and abs(np.log(tau2) - before[0]) > 1e-6:
        slope = (pull - before[1]) / (np.log(tau2) - before[0])
        step = -pull / slope if slope < -1e-3 else 3 * pull
    return float(np.clip(step, -2.0, 2.0))

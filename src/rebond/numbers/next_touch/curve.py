"""The chance at each touch number, and what going on is worth, with everything that the counts allow.

A chance is drawn from Beta(k + kappa p, n - k + kappa (1 - p)): its own k of n, pulled towards a smooth curve p
(logistic in the square root of the touches made) the harder the better the counts follow that curve (kappa is averaged
over its likelihood, a Beta-Binomial). Touch numbers that few deals reached lean on the curve; a file of thousands
speaks for itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit

from rebond.numbers.estimate import RANGE_FROM
from rebond.numbers.next_touch.counts import ENDED, FARTHEST, UNSEEN, WON, Ints, Tally
from rebond.numbers.next_touch.logit import Floats, fit

#: Draws of every unknown; and touches that are looked ahead, even if nobody went that far.
DRAWS, AHEAD = 2000, 30
#: Shares by which a chance may be pulled to the curve, all equally likely beforehand (Christiansen and Morris, 1997),
#: and the relative deviation from the curve at which the middle one of them stands. The weakest pull still is worth
#: half a sale, as in Jeffreys' prior: weaker ones would call a chance that was never seen to work impossible.
PULLS, DEVIATION = np.linspace(1 / 9, 0.99, 41), 0.5


@dataclass(frozen=True)
class Chances:
    """By touches made, 0 ... J - 1: counts at the next touch, and draws of shape (DRAWS, J).

    Attributes:
        tried: deals whose next touch was made; ``sold`` of them bought at it.
        horizon: touch numbers up to this one were made by 10 deals or more.
        win, end, end_at_most: chance that the next touch sells, that it brings the buyer's no, and the latter if every
            no whose author cannot be seen was the buyer's.
        level: the mean of ``win``, computed rather than drawn.
    """

    tried: Ints
    sold: Ints
    horizon: int
    win: Floats
    end: Floats
    end_at_most: Floats
    level: Floats

    def ever(self, end: Floats) -> Floats:
        """Draws of the chance that it is won at one of the touches up to ``horizon``, from each number made so far."""
        found = np.zeros_like(self.win)
        later = np.zeros(len(self.win))
        for made in range(self.horizon - 1, -1, -1):
            win = self.win[:, made]
            later = win + np.maximum(1 - win - end[:, made], 0) * later
            found[:, made] = later
        return found

    def going_on(self, cost: Floats, end: Floats) -> Floats:
        """Draws of the value of one more touch and of stopping when it no longer pays, in sales.

        Backward induction (Bellman, 1957, "Dynamic Programming"): win - cost + (1 - win - end) max(0, value after).
        """
        found = np.empty_like(self.win)
        later = np.zeros(len(self.win))
        for made in range(self.win.shape[1] - 1, -1, -1):
            win = self.win[:, made]
            found[:, made] = win - cost + np.maximum(1 - win - end[:, made], 0) * later
            later = np.maximum(found[:, made], 0)
        return found


def chances(tally: Tally, sheet: Ints, random: np.random.Generator) -> Chances:
    """From deals by fate and touches made, shape (5, FARTHEST + 1); the last column is only ever at risk."""
    tried = tally.at_risk(sheet)[1:FARTHEST]
    horizon = int(np.logical_and.accumulate(tried >= RANGE_FROM).sum())
    ahead = max(AHEAD, horizon)
    tried, sheet = tried[:ahead], sheet[:, 1 : ahead + 1]
    win, level = _drawn(sheet[WON], tried, random)
    end, _level = _drawn(sheet[ENDED], tried, random)
    most = end
    if sheet[UNSEEN].any():
        most, _level = _drawn(sheet[ENDED] + sheet[UNSEEN], tried, random)
    return Chances(tried, sheet[WON], horizon, win, end, most, level)


def terms(made: NDArray[np.int64] | Floats) -> Floats:
    """The terms of the smooth curve: 1 and the square root of the touches made."""
    return np.column_stack([np.ones(len(made)), np.sqrt(made)])


def _drawn(k: Ints, n: Ints, random: np.random.Generator) -> tuple[Floats, Floats]:
    columns = terms(np.arange(len(n)))
    smooth = fit(k.astype(float), n.astype(float), columns)
    middle = np.clip(expit(columns @ smooth.beta), 1e-9, 1 - 1e-9)
    strengths = PULLS / (1 - PULLS) * (n.sum() + 1) / (k.sum() + 0.5) / DEVIATION**2
    weights = _likelihood(k, n, middle, strengths)
    strength = random.choice(strengths, size=DRAWS, p=weights)[:, None]
    p = np.clip(expit(smooth.draws(DRAWS, random) @ columns.T), 1e-9, 1 - 1e-9)
    found = random.beta(k + strength * p, n - k + strength * (1 - p))
    level = weights @ ((k + strengths[:, None] * middle) / (n + strengths[:, None]))
    return found, level


def _likelihood(k: Ints, n: Ints, p: Floats, strengths: Floats) -> Floats:
    """How likely each strength of the pull is: Beta-Binomial likelihood of the counts around the curve."""
    a, b = strengths[:, None] * p, strengths[:, None] * (1 - p)
    likelihood = (betaln(k + a, n - k + b) - betaln(a, b)).sum(axis=1)
    weight = np.exp(likelihood - likelihood.max())
    return np.asarray(weight / weight.sum(), dtype=np.float64)

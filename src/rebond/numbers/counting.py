"""Exact counting processes on day counts: who is at risk, who left how, and what had happened by each day.

Days are whole numbers, so the counts by day say all there is to say: a million deals become a few hundred columns.
Arrays have the day as their last axis; everything before it is groups. Order within a day: touches, then closings,
then deals lost from view (censored), so that those who are censored on a day are still at risk on it.

Aalen-Johansen: Aalen and Johansen (1978), "An empirical transition matrix for non-homogeneous Markov chains based on
censored observations", Scand. J. Statist. 5:141-150; its variance: Aalen (1978), "Nonparametric estimation of partial
transition probabilities in multiple decrement models", Ann. Statist. 6:534-545, as in Pintilie (2006), "Competing
Risks", equation 4.5. Mean cumulative function in the presence of closings: Ghosh and Lin (2000), "Nonparametric
analysis of recurrent events and death", Biometrics 56:554-562.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, Any]
Floats = Numbers


@dataclass(frozen=True, eq=False)
class Leavings:
    """Deals followed until each left or was lost from view; one group, or many with leading axes.

    Attributes:
        days: whole days since opening on which at least one deal left, ascending; shape (days,).
        ends: how many left by each end on each day; shape (..., ends, days).
        censored: how many were lost from view after that day's closings; shape (..., days).
    """

    days: Numbers
    ends: Floats
    censored: Floats

    @property
    def closings(self) -> Floats:
        """How many left by any end on each day."""
        return np.asarray(self.ends.sum(axis=-2))

    @property
    def at_risk(self) -> Floats:
        """Deals still followed on each day, those who leave that day included."""
        return at_risk(self.closings + self.censored)


def leavings(day: Numbers, state: Numbers, n: Numbers, ends: int) -> Leavings:
    """Counts by (day, state) as a table; states 0 to ``ends - 1`` are ends, any other is censored.

    >>> leavings(np.array([1, 0, 1]), np.array([0, 1, 2]), np.array([3, 1, 2]), ends=2).at_risk
    array([6., 5.])
    """
    days, place = np.unique(day, return_inverse=True)
    row = np.where((state >= 0) & (state < ends), state, ends)
    cells = np.bincount(row * len(days) + place, weights=n, minlength=(ends + 1) * len(days))
    table = cells.reshape(ends + 1, len(days))
    return Leavings(days, table[:ends], table[ends])


def at_risk(leaving: Floats) -> Floats:
    """How many leave on that day or later."""
    return np.cumsum(leaving[..., ::-1], axis=-1)[..., ::-1]


def divided(above: Floats, below: Floats) -> Floats:
    """``above / below``, and 0 where there is nobody to divide by."""
    shape = np.broadcast_shapes(np.shape(above), np.shape(below))
    return np.asarray(np.divide(above, below, out=np.zeros(shape), where=np.broadcast_to(below, shape) > 0))


def staying(closings: Floats, risk: Floats) -> tuple[Floats, Floats]:
    """The Kaplan-Meier share that is still open just before each day, and after it."""
    after = np.cumprod(1 - divided(closings, risk), axis=-1)
    before = np.concatenate([np.ones_like(after[..., :1]), after[..., :-1]], axis=-1)
    return before, after


def cumulative(totals: Floats, closings: Floats, risk: Floats) -> Floats:
    """What one deal has had by each day, on average over all opened deals: the mean cumulative function.

    With the number of one end by day as ``totals`` it is the Aalen-Johansen cumulative incidence of that end; with
    touches by day, the touches an opened deal takes by then, deals that closed having no more of them.
    """
    before, _after = staying(closings, risk)
    return np.cumsum(before * divided(totals, risk), axis=-1)


@dataclass(frozen=True, eq=False)
class Incidence:
    """Aalen-Johansen cumulative incidences, with what their variances need.

    ``share`` is a step function: the value from each of ``days`` on; shape (..., ends + 1, days), the last row for all
    ends together (one minus Kaplan-Meier).
    """

    days: Numbers
    share: Floats
    _sums: tuple[Floats, ...]  # running sums, over days u, of w1, w1 F, w1 F^2, w2, w3, w3 F

    @property
    def variance(self) -> Floats:
        """Aalen's variance of ``share``."""
        return np.maximum(_covariance(self.share, self.share, self._sums), 0.0)

    def covariance(self, end: int, place: Numbers) -> Floats:
        """Of the share of one end with its value on a later day: a place on the day axis for each group."""
        share, sums = self.share[..., end, :], [part[..., min(end, part.shape[-2] - 1), :] for part in self._sums]
        return _covariance(share, np.take_along_axis(share, place[..., None], axis=-1), sums)


def _covariance(share: Floats, later: Floats, sums: Sequence[Floats]) -> Floats:
    weight, first, second, own, cross, cross_first = sums
    both = share + later
    return np.asarray(share * later * weight - both * (first + cross) + second + own + 2 * cross_first)


def incidence(group: Leavings) -> Incidence:
    """The cumulative incidence of each end, the other ends competing, and of all together."""
    risk, closings = group.at_risk, group.closings
    before, _after = staying(closings, risk)
    own = np.concatenate([group.ends, closings[..., None, :]], axis=-2)
    share = np.cumsum((before * divided(np.ones_like(risk), risk))[..., None, :] * own, axis=-1)
    # Where all who are at risk close (risk == closings) nothing comes after: the terms are 0 times something.
    w1 = divided(closings, (risk - 1) * (risk - closings))[..., None, :]
    alike = own * (risk[..., None, :] - own)
    w2 = alike * divided(before**2, risk**2 * (risk - 1))[..., None, :]
    w3 = alike * divided(before, risk * (risk - closings) * (risk - 1))[..., None, :]
    terms = (w1, w1 * share, w1 * share**2, w2, w3, w3 * share)
    return Incidence(group.days, share, tuple(np.cumsum(term, axis=-1) for term in terms))


def log_log(share: Floats, error: Floats, confidence: float, n: Floats) -> tuple[Floats, Floats]:
    """Limits of a share on the log(-log) scale: the default of R's tidycmprsk and of SAS LIFETEST."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    inner = (share > 0) & (share < 1) & (error > 0)
    safe = np.where(inner, share, 0.5)
    width = np.exp(np.minimum(z * error / (-safe * np.log(safe)), 700))
    with np.errstate(under="ignore"):
        low, high = safe**width, safe ** (1 / width)
    edge = z**2 / (np.maximum(n, 1) + z**2)  # Wilson's range of 0 of n reaches up to here
    none, every = share <= 0, share >= 1
    return (
        np.where(inner, low, np.where(every, 1 - edge, np.where(none, 0.0, share))),
        np.where(inner, high, np.where(none, edge, np.where(every, 1.0, share))),
    )


def window(leaving: Floats, censored: Floats, least: int) -> Numbers:
    """The last place (on the day axis) up to which at least ``least`` deals are followed, or nobody was lost from view.

    -1 where not even the first day qualifies.
    """
    lost_before = np.cumsum(censored, axis=-1) - censored
    fine = (at_risk(leaving) >= least) | ((lost_before == 0) & (at_risk(leaving) > 0))
    return np.asarray(np.cumprod(fine, axis=-1).sum(axis=-1) - 1)


def coded(expression: Any, *texts: str) -> tuple[dict[str, Numbers], dict[str, list[str | None]]]:
    """Runs a query: numbers as float64 (null is nan), the columns ``texts`` as codes into a list of labels.

    Faster than ``tables.rows`` where many rows share few texts: no Python object per row.
    """
    import pyarrow as pa

    table = expression.to_pyarrow()
    found: dict[str, Numbers] = {}
    labels: dict[str, list[str | None]] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name not in texts:
            found[name] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
            continue
        coding = column.cast(pa.string()).dictionary_encode(null_encoding="encode")
        found[name] = coding.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        labels[name] = coding.dictionary.to_pylist()
    return found, labels

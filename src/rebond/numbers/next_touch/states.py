"""Deals by touches made and unanswered in a row: three chances per touch, and the value of going on from each state.

The unit of risk is a touch that was made. From a state with n touches made, the last k of them silent, the next touch
sells, brings the buyer's no, is answered (k becomes 0) or is not (k + 1). Each chance is logistic in k and the square
root of n. Where the seller stopped, nothing is known of what would have come: the deal simply leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from rebond.numbers import tables
from rebond.numbers.estimate import RANGE_FROM
from rebond.numbers.next_touch.counts import (
    DAY,
    ENDED,
    FARTHEST,
    PENDING,
    PENDING_DAYS,
    WON,
    Ints,
    Tally,
    fates,
    joined,
)
from rebond.numbers.next_touch.logit import Floats, fit

#: More silence than this counts as this; touches looked ahead; draws; touches that are fetched, of the newest deals.
SILENT, AHEAD, DRAWS, BUDGET = 8, 30, 400, 300_000
#: Penalty of the slopes in silence and in the root of the touches made. A narrow one on silence would tell a team of
#: 50 deals that silence hardly matters; the other is carried to touch 30, far beyond what such a team has seen, and may
#: there move a chance by a factor of four, not of fifteen.
SLOPES = np.array([1.0, 0.25])


@dataclass(frozen=True)
class Cells:
    """Counts by touches made (0 ... FARTHEST) and silent ones among the last (0 ... SILENT).

    ``arrived`` deals were ever in the state; of them ``tried`` got one more touch whose end is known: it ``sold``,
    ``ended`` or, if neither, was ``answered`` or not.
    """

    arrived: Ints
    tried: Ints
    sold: Ints
    ended: Ints
    answered: Ints


@dataclass(frozen=True)
class Walk:
    """Every outgoing touch in the order of its deal; arrays of one length.

    Attributes:
        made, silent: the state it was made from: touches before it, and how many of the last were silent.
        answered: it was; ``last`` of its deal; ``sold``, ``ended``, ``open_end``: how it ended the deal's row.
        outcome: of its deal.
        beside: what was asked to be kept beside, by column.
    """

    made: Ints
    silent: Ints
    answered: NDArray[np.bool_]
    last: NDArray[np.bool_]
    sold: NDArray[np.bool_]
    ended: NDArray[np.bool_]
    open_end: NDArray[np.bool_]
    outcome: NDArray[Any]
    beside: Mapping[str, Ints]

    def of(self, which: NDArray[np.bool_]) -> Walk:
        """Those of its touches; whole deals, please."""
        kept = {name: values[which] for name, values in self.beside.items()}
        return Walk(
            self.made[which], self.silent[which], self.answered[which], self.last[which], self.sold[which],
            self.ended[which], self.open_end[which], self.outcome[which], kept,
        )  # fmt: skip

    def cells(self) -> Cells:
        """Counted by state."""

        def counted(which: NDArray[np.bool_], n: Ints = self.made, k: Ints = self.silent) -> Ints:
            found = np.zeros((FARTHEST + 1, SILENT + 1), dtype=np.int64)
            np.add.at(found, (n[which], k[which]), 1)
            return found

        stopped = self.last & ~self.sold & ~self.ended
        after = np.minimum(np.where(self.answered, 0, self.silent + 1), SILENT)
        tried = counted(~self.open_end)
        arrived = tried + counted(self.open_end) + counted(stopped, np.minimum(self.made + 1, FARTHEST), after)
        answered = counted(self.answered & ~self.sold & ~self.ended & ~self.open_end)
        return Cells(arrived, tried, counted(self.sold), counted(self.ended), answered)


@dataclass(frozen=True)
class Chain:
    """The three chances, drawn: shape (DRAWS, AHEAD, SILENT + 1) each; ``reply`` is among touches that end nothing."""

    win: Floats
    end: Floats
    reply: Floats

    def going_on(self, cost: Floats) -> Floats:
        """Draws of the value of one more touch, then of stopping when it no longer pays, in sales."""
        return self._backwards(cost, stopping=True)

    def ever(self, horizon: int) -> Floats:
        """Draws of the chance to sell at one of the touches up to number ``horizon``, never stopping before."""
        return self._backwards(np.zeros(len(self.win)), stopping=False, horizon=horizon)

    def _backwards(self, cost: Floats, *, stopping: bool, horizon: int | None = None) -> Floats:
        found = np.zeros_like(self.win)
        later = np.zeros(self.win[:, 0].shape)
        longer = np.minimum(np.arange(SILENT + 1) + 1, SILENT)
        for made in range((horizon or self.win.shape[1]) - 1, -1, -1):
            win, reply = self.win[:, made], self.reply[:, made]
            goes_on = np.maximum(1 - win - self.end[:, made], 0)
            later = win - cost[:, None] + goes_on * (reply * later[:, :1] + (1 - reply) * later[:, longer])
            found[:, made] = later
            later = np.maximum(later, 0) if stopping else later
        return found


def chain(cells: Cells, horizon: int, random: np.random.Generator) -> Chain:
    """Fits and draws the three chances, up to ``horizon`` touches or ``AHEAD`` if that is further."""
    made, silent = np.meshgrid(np.arange(FARTHEST + 1), np.arange(SILENT + 1), indexing="ij")
    survived = cells.tried - cells.sold - cells.ended
    ahead = max(AHEAD, horizon)
    drawn = []
    for k, n in ((cells.sold, cells.tried), (cells.ended, cells.tried - cells.sold), (cells.answered, survived)):
        seen = n > 0
        found = fit(k[seen].astype(float), n[seen].astype(float), _terms(made[seen], silent[seen]), slope_sd=SLOPES)
        columns = _terms(made[:ahead].ravel(), silent[:ahead].ravel())
        drawn.append(expit(found.draws(DRAWS, random) @ columns.T).reshape(DRAWS, ahead, SILENT + 1))
    win, end, reply = drawn
    return Chain(win, end * (1 - win), reply)


def cells(deals: tables.Table, touches: tables.Table, tally: Tally, as_of: date) -> Cells | None:
    """Counts the states of the newest deals, up to ``BUDGET`` touches; ``None`` where answers are hardly recorded."""
    if tally.answers < RANGE_FROM:
        return None
    found = walked(deals, touches, tally, as_of)
    counted = found.cells() if found is not None else None
    return counted if counted is not None and counted.answered.sum() >= RANGE_FROM else None


def walked(
    deals: tables.Table, touches: tables.Table, tally: Tally, as_of: date, *, by: Sequence[str] = ()
) -> Walk | None:
    """The contacts of the newest deals, up to ``BUDGET``, step by step; ``None`` without any.

    Args:
        by: integer columns of ``deals`` whose values are kept beside each contact (nulls as -1).
    """
    if len(tally.months) == 0:
        return None
    row = joined(deals, touches, as_of, by)
    row = row.filter(row.month >= _since(tally))
    table = row.select("deal_id", "second", "outcome", "incoming", "answering", *by).to_pyarrow()
    if table.num_rows == 0:
        return None
    deal = table.column("deal_id").combine_chunks().dictionary_encode().indices.to_numpy()
    outcome = table.column("outcome").combine_chunks().dictionary_encode()
    second = table.column("second").to_numpy().astype(np.int64)
    incoming, answering = (table.column(name).to_numpy().astype(bool) for name in ("incoming", "answering"))
    names = np.array(outcome.dictionary.to_pylist(), dtype=object)
    since = ((as_of - date(1970, 1, 1)).days - PENDING_DAYS) * DAY
    beside = {name: table.column(name).to_numpy().astype(np.int64) for name in by}
    return walk(deal, second, incoming, answering, names[outcome.indices.to_numpy()], since, beside)


def _since(tally: Tally) -> int:
    """The first month of opening such that the months from there on hold at most ``BUDGET`` touches."""
    touches = (tally.sheets.sum(axis=1) * np.arange(FARTHEST + 1)).sum(axis=1)
    fits = touches[::-1].cumsum() <= BUDGET
    fits[0] = True
    return int(tally.months[::-1][fits][-1])


def count(
    deal: NDArray[Any],
    second: Ints,
    incoming: NDArray[np.bool_],
    answering: NDArray[np.bool_],
    outcome: NDArray[Any],
    since: int | None = None,
) -> Cells:
    """States from single touches: one entry per touch, outgoing or incoming, in any order.

    The last touch of an open deal is pending, and does not count, if it was made at second ``since`` or later.
    """
    return walk(deal, second, incoming, answering, outcome, since, {}).cells()


def walk(
    deal: NDArray[Any], second: Ints, incoming: NDArray[np.bool_], answering: NDArray[np.bool_], outcome: NDArray[Any],
    since: int | None, beside: Mapping[str, Ints],
) -> Walk:  # fmt: skip
    """The outgoing ones of single touches (arguments as in ``count``), each with the state it was made from."""
    order = _order(deal, second, incoming)
    deal, incoming, answering, outcome = deal[order], incoming[order], answering[order], outcome[order]
    pending = np.zeros(len(deal), dtype=bool) if since is None else second[order] >= since
    # An incoming touch answers the outgoing one before it, if that one is of the same deal.
    place = np.flatnonzero(~incoming)
    answers = answering[place].copy()
    before = np.searchsorted(place, np.flatnonzero(incoming)) - 1
    later = np.flatnonzero(incoming)[before >= 0]
    before = before[before >= 0]
    answers[before[deal[place[before]] == deal[later]]] = True
    kept = {name: values[order][place] for name, values in beside.items()}
    return _steps(deal[place], answers, outcome[place], pending[place], kept)


def _order(deal: NDArray[Any], second: Ints, incoming: NDArray[np.bool_]) -> Ints:
    """By deal, then moment, then ours before theirs: where deals are small numbers by one key, a third of the time."""
    first, last = (int(second.min()), int(second.max())) if len(second) else (0, 0)
    bits = (last - first + 1).bit_length() + 1
    if deal.dtype.kind not in "iu" or not len(deal) or deal.min() < 0 or int(deal.max()).bit_length() + bits > 62:
        return np.lexsort((incoming, second, deal))
    key = (deal.astype(np.int64) << bits) | ((second - first) << 1) | incoming
    return np.argsort(key, kind="stable")


def _steps(
    deal: NDArray[Any], answered: NDArray[np.bool_], outcome: NDArray[Any], pending: NDArray[np.bool_],
    beside: Mapping[str, Ints],
) -> Walk:  # fmt: skip
    first = np.r_[True, deal[1:] != deal[:-1]][: len(deal)]
    last = np.r_[first[1:], True][: len(deal)]
    index = np.arange(len(deal))
    made = index - np.maximum.accumulate(np.where(first, index, 0))
    # Silent so far: touches since the last answered one of this deal, or since its first.
    restart = np.where(first, index, 0)
    restart[1:] = np.where(answered[:-1] & ~first[1:], index[1:], restart[1:])
    silent = np.minimum(index - np.maximum.accumulate(restart), SILENT)
    fate = fates(outcome, answered.astype(np.int64), pending)
    sold, ended, open_end = (last & (fate == one) for one in (WON, ENDED, PENDING))
    return Walk(np.minimum(made, FARTHEST), silent, answered, last, sold, ended, open_end, outcome, beside)


def _terms(made: Ints, silent: Ints) -> Floats:
    return np.column_stack([np.ones(len(made)), silent, np.sqrt(made)]).astype(np.float64)

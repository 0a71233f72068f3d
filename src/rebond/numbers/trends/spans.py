"""Month, quarter and year side by side: each up to ``as_of``, beside the same days of the one before (M11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from rebond.numbers.estimate import COUNTS_FROM, Estimate, cannot, too_few
from rebond.numbers.rates import proportion
from rebond.numbers.tables import DECIDED
from rebond.numbers.trends.cohorts import UNRESOLVED
from rebond.numbers.trends.history import Cells, History, first_day, month_of
from rebond.numbers.trends.result import Span

LENGTHS = {"month": 1, "quarter": 3, "year": 12}
#: Of what there are too few when there are.
UNITS = {
    "win_rate_opened": "decided_deals", "win_rate_closed": "decided_deals", "closed": "decided_deals", "won": "wins",
    "money_won": "wins", "opened": "deals", "reason_logged": "losses",
}  # fmt: skip
_EPOCH = date(1970, 1, 1)


def windows(as_of: date, length: int) -> tuple[date, date, date, date]:
    """First and last day of the running span, and the same days of the one before.

    On the last day of a span the whole one before stands beside it.

    >>> [str(day) for day in windows(date(2026, 2, 28), 1)]
    ['2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31']
    >>> [str(day) for day in windows(date(2026, 5, 10), 3)]
    ['2026-04-01', '2026-05-10', '2026-01-01', '2026-02-09']
    """
    start = month_of(as_of) // length * length
    first, before = first_day(start), first_day(start - length)
    whole = first - timedelta(days=1)
    if as_of + timedelta(days=1) == first_day(start + length):
        return first, as_of, before, whole
    return first, as_of, before, min(before + (as_of - first), whole)


def spans(history: History, name: str) -> tuple[Span, ...]:
    """The three spans of a measure."""
    found = []
    for label, length in LENGTHS.items():
        first, last, before, until = windows(history.as_of, length)
        now, open_now = _side(history, name, first, last)
        then, open_then = _side(history, name, before, until)
        found.append(Span(label, first, last, before, until, now, then, open_now, open_then))
    # A month of two sales is a fact beside a year of twenty; of two sales in all nothing is said at all.
    most = max(span.now.n + span.before.n for span in found)
    return tuple(found if most >= COUNTS_FROM else [_unsaid(span, COUNTS_FROM - most, UNITS[name]) for span in found])


def _unsaid(span: Span, need: int, unit: str) -> Span:
    """The same span without its figures."""
    now, before = (too_few(need=need, unit=unit, n=side.n) for side in (span.now, span.before))
    return replace(span, now=now, before=before)


def _side(history: History, name: str, first: date, last: date) -> tuple[Estimate, int]:
    """One side of a span, and how many deals of it are not resolved."""
    by_opening = name in ("win_rate_opened", "opened")
    if month_of(first) < (history.first_opened if by_opening else history.first_closed):
        return cannot("not_covered", "the record begins later"), 0
    cells = _within(history.openings if by_opening else history.closings, by_opening, first, last)
    won, decided, losses = _n(cells, "won"), _n(cells, *DECIDED), _n(cells, *DECIDED[1:])
    if name in ("win_rate_opened", "win_rate_closed"):
        still = _n(cells, *UNRESOLVED) if by_opening else 0
        return proportion(won, decided, minimum=5, unit="decided_deals"), still
    if name == "reason_logged":
        return proportion(_n(cells, *DECIDED[1:], of="logged"), losses, minimum=5, unit="losses"), 0
    if name == "money_won":
        return money(_n(cells, "won", of="money"), won, _n(cells, "won", of="priced")), 0
    return count({"closed": decided, "won": won, "opened": _n(cells)}[name]), 0


def count(n: int) -> Estimate:
    """A plain count: known, without a range."""
    return Estimate(float(n), k=None, n=n, method="count")


def money(total: int, won: int, priced: int) -> Estimate:
    """The sum of the sales' amounts; nothing where no sale has one."""
    if won and not priced:
        return cannot("no_amounts", "no amounts: no sale has one in the currency of the report", n=won)
    note = f"{won - priced} of the {won} sales have no amount" if priced < won else ""
    return Estimate(float(total), k=None, n=won, method="sum of amounts", note=note)


def _within(cells: Cells, by_opening: bool, first: date, last: date) -> Cells:
    days: Any = cells.opened if by_opening else cells.closed
    low, high = (first - _EPOCH).days, (last - _EPOCH).days
    return cells.where(~np.isnan(days) & (days >= low) & (days <= high))


def _n(cells: Cells, *outcomes: str, of: str = "n") -> int:
    """The sum of a column over these outcomes; over all without any."""
    mask = np.isin(cells.outcome, outcomes) if outcomes else np.ones(len(cells.n), dtype=bool)
    return round(float(getattr(cells, of)[mask].sum()))

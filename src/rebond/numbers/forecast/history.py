"""What happened week by week: deals at risk by age, sales, other ends; enough to stand on any past day and look on.

Weeks are counted back from ``as_of`` (0 is the week that ends on it), ages in weeks since the week of opening. One
count of deals by week of opening and week of closing, made by the engine, holds everything; the rest is NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebond.numbers import tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Weeks that are looked back at most; older deals count as this old.
LONGEST = 520
#: How a week ends for a deal at risk: it goes on, it is sold, it is closed otherwise, or nobody knows.
GOES_ON, SOLD, OTHERWISE, UNKNOWN = range(4)


@dataclass(frozen=True)
class History:
    """Deals by calendar week (rows, weeks ago) and age in weeks (columns); all of shape (weeks, weeks).

    Attributes:
        at_risk: deals open at some time in that week.
        sold, ended, unknown: of them, those that were won, closed otherwise, or closed with an unknown result in it.
    """

    at_risk: Ints
    sold: Ints
    ended: Ints
    unknown: Ints

    @property
    def weeks(self) -> int:
        """From the first opening to ``as_of``."""
        return len(self.at_risk)

    def before(self, back: int) -> History:
        """The same as it was ``back`` weeks ago."""
        kept = slice(back, None), slice(0, max(self.weeks - back, 0))
        return History(self.at_risk[kept], self.sold[kept], self.ended[kept], self.unknown[kept])

    def open(self) -> Ints:
        """Deals still open at the end, by age."""
        if self.weeks == 0:
            return np.zeros(0, dtype=np.int64)
        found: Ints = self.at_risk[0] - self.sold[0] - self.ended[0] - self.unknown[0]
        return found

    def arrivals(self) -> Ints:
        """Deals opened, by weeks ago."""
        return self.at_risk[:, 0] if self.weeks else np.zeros(0, dtype=np.int64)

    def came(self, weeks: int) -> int:
        """Sales in the last ``weeks`` weeks."""
        return int(self.sold[:weeks].sum())

    def logged(self) -> int:
        """Weeks since the first deal was closed: before it, closes may simply not have been written down."""
        weeks = np.flatnonzero((self.sold + self.ended).sum(axis=1))
        return int(weeks[-1]) + 1 if len(weeks) else 0

    @property
    def oldest_win(self) -> int | None:
        """Age in weeks of the oldest deal that was ever won."""
        ages = np.flatnonzero(self.sold.sum(axis=0))
        return int(ages[-1]) if len(ages) else None


def history(opened: Ints, closed: Ints, fate: Ints, deals: Ints) -> History:
    """From counts of deals: weeks ago of opening and of closing (0 for open ones, which are at risk to the end), fate.

    >>> found = history(np.array([3, 3]), np.array([1, 0]), np.array([SOLD, GOES_ON]), np.array([5, 2]))
    >>> found.arrivals().tolist(), found.open().tolist(), found.sold[1].tolist()
    ([0, 0, 0, 7], [0, 0, 0, 2], [0, 0, 5, 0])
    """
    opened, closed = np.minimum(opened, LONGEST - 1), np.minimum(closed, LONGEST - 1)
    weeks = int(opened.max()) + 1 if len(opened) else 0
    age = np.maximum(opened - closed, 0)
    last = np.zeros((weeks, weeks), dtype=np.int64)
    np.add.at(last, (opened, age), deals)
    reached = np.asarray(np.cumsum(last[:, ::-1], axis=1))[:, ::-1]
    at_risk = np.zeros_like(reached)
    week, old = np.indices((weeks, weeks))
    there = week + old < weeks
    at_risk[week[there], old[there]] = reached[(week + old)[there], old[there]]
    ends = np.zeros((4, weeks, weeks), dtype=np.int64)
    np.add.at(ends, (fate, opened - age, age), deals)
    return History(at_risk, ends[SOLD], ends[OTHERWISE], ends[UNKNOWN])


@dataclass(frozen=True)
class Book:
    """Today's open deals of one age, stage and amount (minor units; nan where it is not known), and how many."""

    age: Ints
    stage: NDArray[Any]
    amount: Floats
    deals: Ints


@dataclass(frozen=True)
class Records:
    """All that the engine is asked.

    Attributes:
        history: week by week.
        book: today's open deals.
        amounts, amount_counts: amounts of past sales, minor units, and how many sales had each.
        undated_open, undated_closed: deals left out: open without a day of opening, closed without both days.
        won_on, won_amount, won_deals: sales by day (days since 1970) for what is reached so far in a period.
    """

    history: History
    book: Book
    amounts: Floats
    amount_counts: Ints
    undated_open: int
    undated_closed: int
    won_on: Ints
    won_amount: Floats
    won_deals: Ints


def records(deals: tables.Table, as_of: date) -> Records:
    """Asks the engine: three counts and nothing else."""
    import ibis

    today = (as_of - date(1970, 1, 1)).days
    table: tables.Table = tables.counted(deals)
    later = table.closed_at.notnull() & (tables.day(table.closed_at) > today)
    # What a deal that was still open then was to become is not known: nor its last stage and amount.
    known = table.mutate(
        stage=ibis.ifelse(later, None, table.stage),
        amount_minor=ibis.ifelse(later, None, table.amount_minor),
        opened=tables.day(table.opened_at),
        closed=ibis.ifelse(later, None, tables.day(table.closed_at)),
        fate=ibis.ifelse(later, "open", table.outcome),
    )
    known = known.filter(known.opened.isnull() | (known.opened <= today))
    weekly = known.mutate(opened_ago=(today - known.opened) // 7, closed_ago=(today - known.closed) // 7)
    counts = tables.rows(weekly.group_by("opened_ago", "closed_ago", "fate").aggregate(deals=weekly.count()))
    still = weekly.filter((weekly.fate == "open") & weekly.opened.notnull())
    book = tables.rows(still.group_by("opened_ago", "stage", "amount_minor").aggregate(deals=still.count()))
    won = known.filter((known.fate == "won") & known.closed.notnull())
    sales = tables.rows(won.group_by("closed", "amount_minor").aggregate(deals=won.count()))
    return _records(counts, book, sales)


def _records(counts: tables.Columns, book: tables.Columns, sales: tables.Columns) -> Records:
    fate, number = _fates(counts["fate"]), counts["deals"].astype(np.int64)
    opened, closed = counts["opened_ago"].astype(float), counts["closed_ago"].astype(float)
    is_open = fate == GOES_ON
    dated = ~np.isnan(opened) & (is_open | ~np.isnan(closed))
    amount = sales["amount_minor"].astype(float)
    paid = ~np.isnan(amount) & (amount > 0)
    return Records(
        history=history(
            opened[dated].astype(np.int64),
            np.where(is_open, 0, closed)[dated].astype(np.int64),
            fate[dated],
            number[dated],
        ),
        book=_book(book),
        amounts=amount[paid],
        amount_counts=sales["deals"][paid].astype(np.int64),
        undated_open=int(number[is_open & ~dated].sum()),
        undated_closed=int(number[~is_open & ~dated].sum()),
        won_on=sales["closed"].astype(np.int64),
        won_amount=np.where(paid, amount, 0.0),
        won_deals=sales["deals"].astype(np.int64),
    )


def _book(found: tables.Columns) -> Book:
    """Sorted, so that the order of rows in the engine cannot matter; amounts of nothing are not known."""
    amount = found["amount_minor"].astype(float)
    amount = np.where(amount > 0, amount, np.nan)
    stage = np.array(["" if name is None else str(name) for name in found["stage"]], dtype=object)
    age = np.minimum(found["opened_ago"].astype(np.int64), LONGEST - 1)
    order = np.lexsort((amount, np.unique(stage, return_inverse=True)[1] if len(stage) else stage, age))
    return Book(age[order], stage[order], amount[order], found["deals"].astype(np.int64)[order])


def _fates(outcome: NDArray[Any]) -> Ints:
    fate = np.full(len(outcome), OTHERWISE, dtype=np.int64)
    fate[outcome == "open"] = GOES_ON
    fate[outcome == "won"] = SOLD
    fate[outcome == "unknown"] = UNKNOWN
    return fate

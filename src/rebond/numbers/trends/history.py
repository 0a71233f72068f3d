"""Two grouped queries, and the record by month that every measure is read from.

Months are whole numbers here: 12 * year + month - 1. Days are whole days since 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from rebond.numbers.outcomes import known_on
from rebond.numbers.tables import DECIDED, Columns, Table, day, rows

Numbers = np.ndarray[Any, Any]
NEVER, NOT_YET = -1, 10**6
#: Share of deals that may be dated before the record begins, and the longest time to close, in months, that counts.
STRAY, LONGEST_LAG = 0.01, 120
#: The months that are shown: the last five years.
SHOWN = 60
#: Share of closed deals whose time to close tells how long the record needs to run in.
RUN_IN = 0.9
_EPOCH = date(1970, 1, 1)


def month_of(when: date) -> int:
    """A date as a month number.

    >>> month_of(date(1970, 3, 9)) - 12 * 1970
    2
    """
    return 12 * when.year + when.month - 1


def first_day(month: int) -> date:
    """The first day of a month number."""
    return date(month // 12, month % 12 + 1, 1)


def months_of(days: Numbers) -> Numbers:
    """Days since 1970 as month numbers; missing (nan) as ``NEVER``."""
    known = ~np.isnan(days.astype(float))
    found = np.where(known, days, 0).astype("int64").astype("datetime64[D]").astype("datetime64[M]").astype("int64")
    return np.where(known, found + 12 * 1970, NEVER)


@dataclass(frozen=True, eq=False)
class Cells:
    """What the engine counted. Each array has one entry per group that occurs.

    Attributes:
        opened, closed: day numbers, nan where missing (or later than ``as_of``); ``opened`` is exact to the month only
            in ``closings``.
        outcome: of ``OUTCOMES``; a deal closed after ``as_of`` is ``open``.
        n: deals; ``priced``: those with an amount; ``money``: their sum in minor units; ``logged``: with a reason.
    """

    opened: Numbers
    closed: Numbers
    outcome: Numbers
    n: Numbers
    priced: Numbers
    money: Numbers
    logged: Numbers

    def where(self, mask: Numbers) -> Cells:
        """The cells that the mask names."""
        return Cells(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    @staticmethod
    def of(columns: Columns) -> Cells:
        """From a query's columns."""
        number = {name: columns[name].astype(float) for name in ("opened", "closed", "n", "priced", "money", "logged")}
        number["money"] = np.nan_to_num(number["money"])
        return Cells(outcome=columns["outcome"], **number)


@dataclass(frozen=True, eq=False)
class LostFor:
    """Lost deals with a reason: month of closing, segment (``None`` where missing), the reasons as written, deals."""

    month: Numbers
    segment: Numbers
    reasons: Numbers
    n: Numbers


@dataclass(frozen=True, eq=False)
class History:
    """The record, by day where spans need it and by month for everything else.

    Attributes:
        closings: closed deals by (month of opening, day of closing, outcome).
        openings: all deals by (day of opening, outcome); their other columns are sums of these.
        lost_for: losses by month and reason.
        last: the last month that is over and that the record reaches; ``last_closed``: the same for closings, which may
            stop being entered before.
        first_opened, first_closed: the months the record begins in.
        run_in: so many months after its first opening, the record holds 9 in 10 of the closings it should.
    """

    as_of: date
    closings: Cells
    openings: Cells
    lost_for: LostFor
    last: int = field(init=False)
    last_closed: int = field(init=False)
    first_opened: int = field(init=False)
    first_closed: int = field(init=False)
    run_in: int = field(init=False)

    def __post_init__(self) -> None:
        opened, closed = months_of(self.openings.opened), months_of(self.closings.closed)
        put = object.__setattr__
        put(self, "first_opened", _begins(opened, self.openings.n))
        put(self, "first_closed", _begins(closed, self.closings.n))
        put(self, "last", _last_whole(self.as_of, np.concatenate([opened, closed])))
        put(self, "last_closed", min(self.last, _last_whole(self.as_of, closed)))
        put(self, "run_in", _run_in(self.lags()))

    def lags(self) -> Numbers:
        """Share of decided deals that close so many months after their month of opening; index 0 is the same month."""
        opened, closed = months_of(self.closings.opened), months_of(self.closings.closed)
        both = (
            (opened != NEVER)
            & (closed >= opened)
            & (closed - opened <= LONGEST_LAG)
            & np.isin(self.closings.outcome, DECIDED)
        )
        if not both.any():
            return np.zeros(0)
        counts = np.bincount((closed - opened)[both], weights=self.closings.n[both])
        return counts / max(counts.sum(), 1)  # type: ignore[no-any-return]

    def months(self, first: int) -> Numbers:
        """The months from ``first`` to the one that runs, at most the last ``SHOWN``."""
        now = month_of(self.as_of)
        return np.arange(max(first, now - SHOWN + 1), now + 1)

    def per_month(
        self, cells: Cells, by: str, months: Numbers, *, of: str = "n", outcomes: tuple[str, ...] = ()
    ) -> Numbers:
        """Sums of the column ``of`` by the month of ``by``; shape of ``months``."""
        month = months_of(getattr(cells, by))
        mask = np.isin(month, months)
        if outcomes:
            mask &= np.isin(cells.outcome, outcomes)
        if not len(months):
            return np.zeros(0)
        return np.bincount(month[mask] - months[0], weights=getattr(cells, of)[mask], minlength=len(months))


def _begins(months: Numbers, n: Numbers) -> int:
    """The month the record begins in; at most 1 deal in 100 is dated before (as 1900-01-01). ``NOT_YET``: never."""
    known = months != NEVER
    if not known.any():
        return NOT_YET
    order = np.argsort(months[known])
    counted = np.cumsum(n[known][order])
    return int(months[known][order][np.searchsorted(counted, STRAY * counted[-1], side="right")])


def _last_whole(as_of: date, months: Numbers) -> int:
    """The last month that is over; where the record stops a month or more before, the last one it certainly covers."""
    tomorrow = as_of + timedelta(days=1)
    over = month_of(tomorrow) - 1
    latest = int(months.max(initial=NEVER))
    return over if latest >= over else latest - 1


def _run_in(lags: Numbers) -> int:
    """So many months after its first opening, the record holds 9 in 10 of the closings it should."""
    return int(np.searchsorted(np.cumsum(lags), RUN_IN - 1e-9)) if len(lags) else 0


def read(deals: Table, as_of: date) -> History:
    """Runs the two counting queries and the one of reasons."""
    import ibis

    seen = _seen(deals, as_of)
    sums = {
        "n": ibis._.count(), "priced": ibis._.amount_minor.count(), "money": ibis._.amount_minor.cast("float64").sum(),
        "logged": ibis._.count(where=ibis._.logged),
    }  # fmt: skip
    closings = rows(seen.filter(seen.closed.notnull()).group_by("opened_month", "closed", "outcome").agg(**sums))
    openings = rows(seen.group_by("opened", "outcome").agg(**sums))
    closings["opened"] = _days_of(closings["opened_month"].astype(float))
    openings["closed"] = np.full(len(openings["n"]), np.nan)
    return History(as_of, Cells.of(closings), Cells.of(openings), _lost_for(seen))


def _days_of(months: Numbers) -> Numbers:
    """Month numbers as the day number of their first day; nan stays."""
    known = ~np.isnan(months)
    starts = np.where(known, months - 12 * 1970, 0).astype("int64").astype("datetime64[M]").astype("datetime64[D]")
    return np.where(known, starts.astype("int64"), np.nan)


def _seen(deals: Table, as_of: date) -> Any:
    """Deals as they were known on the day ``as_of``; what is dated later has not happened."""
    import ibis

    known = known_on(deals, as_of)
    table = known.filter(known.outcome != "duplicate")
    reasons = table.reasons.strip()
    return table.select(
        opened=day(table.opened_at),
        opened_month=_month(table.opened_at),
        closed=ibis.ifelse(table.outcome == "open", ibis.null("int64"), day(table.closed_at)),
        closed_month=_month(table.closed_at),
        outcome=table.outcome,
        amount_minor=table.amount_minor,
        segment=table.segment,
        reasons=reasons,
        logged=reasons.notnull() & (reasons != ""),
    )


def _month(column: Any) -> Any:
    return (column.year().cast("int64") * 12 + column.month().cast("int64") - 1).cast("int64")


def _lost_for(seen: Any) -> LostFor:
    """Losses with a reason by month of close, segment and the reasons as written."""
    import ibis

    lost = seen.filter(seen.outcome.isin(DECIDED[1:]) & seen.logged & seen.closed.notnull())
    found = rows(lost.group_by("closed_month", "segment", "reasons").agg(n=ibis._.count()))
    return LostFor(found["closed_month"].astype("int64"), found["segment"], found["reasons"], found["n"].astype(float))

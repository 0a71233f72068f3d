"""Does a sale take longer than it did? The last twelve months of openings beside the twelve before, seen alike.

Both sides are seen on the day their twelve months end, so that each deal has been followed for as long as its twin of
the other side; comparing all of last year with a year half of whose deals are still open would find that sales have
become quicker, every time. The verdict is the cautious one: the days by which half of the sales are made are called
different only where the two wide ranges (19 in 20) do not touch, which happens far less often than once in 20 where
nothing changed (N. Schenker and J. F. Gentleman, 2001, "On judging the significance of differences by examining the
overlap between confidence intervals", The American Statistician 55:182-186).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rebond.numbers.cycle import cycle
from rebond.numbers.estimate import Estimate
from rebond.numbers.tables import Table

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class CycleChange:
    """Days by which half of the sales are made, in two years of openings.

    ``verdict`` is ``rise`` (it takes longer), ``drop`` (it takes less), ``noise`` or ``too_few``.
    """

    before: Estimate
    after: Estimate
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """Both sides, in days."""
        return {"before": self.before.as_json(), "after": self.after.as_json(), "verdict": self.verdict}


def cycle_change(deals: Table, *, as_of: date) -> CycleChange:
    """The change, from one row per deal (``tables.DEALS``).

    >>> import ibis, pyarrow
    >>> opened = [date(2025, 1, 1) + timedelta(days=n) for n in range(0, 700, 7)]
    >>> closed = [day + timedelta(days=20 if day < date(2026, 1, 1) else 60) for day in opened]
    >>> table = pyarrow.table({"opened_at": opened, "closed_at": closed, "outcome": ["won"] * len(opened)})
    >>> cycle_change(ibis.memtable(table), as_of=date(2026, 12, 31)).verdict
    'rise'
    """
    before, after = _half(deals, as_of - YEAR), _half(deals, as_of)
    return CycleChange(before, after, _verdict(before, after))


def _half(deals: Table, day: date) -> Estimate:
    import ibis

    first = ibis.date((day - YEAR).isoformat())
    opened = deals.opened_at.cast("date")
    some = deals.filter((opened > first) & (opened <= ibis.date(day.isoformat())))
    return cycle(some, as_of=day, by=None).overall.days_to_won[0.5]


def _verdict(before: Estimate, after: Estimate) -> str:
    if before.lo95 is None or before.hi95 is None or after.lo95 is None or after.hi95 is None:
        return "too_few"
    if after.lo95 > before.hi95:
        return "rise"
    return "drop" if after.hi95 < before.lo95 else "noise"

"""Deals counted by how many outgoing touches they had and how they ended: all that the curve needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebond.numbers import tables

Ints = NDArray[np.int64]
#: Touch numbers beyond this one are counted at this one.
FARTHEST = 60
DAY = 86_400
#: How a deal's row of touches ended. ``ENDED``: the buyer's no; ``GAVE_UP``: no more touches were made, for whatever
#: other reason, so that nobody knows what more would have brought; ``UNSEEN``: closed without a sale, by either;
#: ``PENDING``: still open, and what its last touch brings is not known yet, so that this touch does not count.
WON, ENDED, GAVE_UP, UNSEEN, PENDING = FATES = range(5)
#: The last touch of an open deal is pending for so many days.
PENDING_DAYS = 30
#: Results of an outgoing touch that are an answer.
ANSWERS = ("reached", "replied")


@dataclass(frozen=True)
class Tally:
    """Deals by touches made (columns 1 ... ``FARTHEST``; 0 stays empty) and fate (rows), one such sheet per month.

    Attributes:
        months: months of opening, as year x 12 + month - 1, sorted; -1 for no day of opening.
        sheets: deals, shape (months, 5, FARTHEST + 1).
        closed: closed deals with touches.
        touches: outgoing touches of all deals.
        minutes, timed: minutes of the touches that say how long they took, and how many say so.
        answers: touches that were answered, or came from the buyer; 0 where nothing of the kind is recorded.
    """

    months: Ints
    sheets: Ints
    closed: int
    touches: int
    minutes: float = 0.0
    timed: int = 0
    answers: int = 0

    @property
    def wins(self) -> int:
        """Sales made at a touch."""
        return int(self.sheets[:, WON].sum())

    def at_risk(self, sheet: Ints) -> Ints:
        """For touch number j: the deals whose touch j was made, and is known to have sold or not."""
        return np.asarray(sheet.sum(axis=0)[::-1].cumsum()[::-1] - sheet[PENDING], dtype=np.int64)

    def arrived(self, sheet: Ints) -> Ints:
        """Deals that got to 0, 1, 2 ... touches without a sale; at 0, those that got any touch."""
        return np.asarray(sheet.sum(axis=0)[::-1].cumsum()[::-1] - sheet[WON], dtype=np.int64)

    def total(self) -> Ints:
        """All months together, shape (5, FARTHEST + 1)."""
        return np.asarray(self.sheets.sum(axis=0), dtype=np.int64)


def from_counts(deals: tables.Table, as_of: date) -> Tally:
    """Where touches are only counted: ``touch_count`` of each deal; whose no it was cannot be seen."""
    known = _known(deals, as_of)
    known = known.filter(known.touch_count > 0)
    per_deal = known.select(
        "month", "outcome", n=known.touch_count, answered=known.touch_count * 0 - 1, pending=known.touch_count * 0 + 1
    )
    return _tally(per_deal)


def from_touches(deals: tables.Table, touches: tables.Table, as_of: date) -> Tally:
    """From dated touches: each deal's outgoing touches up to its close, and whether the last one was answered."""
    import ibis

    since = ((as_of - date(1970, 1, 1)).days - PENDING_DAYS) * DAY
    row = joined(deals, touches, as_of)
    answer = row.incoming | row.answering
    per_deal = row.group_by("deal_id", "month", "outcome").aggregate(
        n=row.count(where=~row.incoming),
        last_out=row.second.max(where=~row.incoming),
        last_answer=row.second.max(where=answer),
        answers=row.count(where=answer),
        long=row.minutes.sum(where=~row.incoming),
        timed=row.count(where=~row.incoming & row.minutes.notnull()),
    )
    per_deal = per_deal.filter(per_deal.n > 0)
    told = per_deal.last_answer.notnull() & (per_deal.last_answer >= per_deal.last_out)
    fresh = per_deal.last_out >= since
    return _tally(per_deal.mutate(answered=ibis.ifelse(told, 1, 0), pending=ibis.ifelse(fresh, 1, 0)))


def joined(deals: tables.Table, touches: tables.Table, as_of: date, by: Sequence[str] = ()) -> tables.Table:
    """Touches up to each deal's close (or ``as_of``) with the deal's month and outcome, and the kind of touch.

    Those that are not about the deal (``tables.BESIDE``) are left out from the day of its close on.

    ``by``: integer columns of ``deals`` to keep beside; nulls become -1.
    """
    known = _known(deals, as_of)
    known = known.select("id", "month", "outcome", "until", **{name: known[name].fill_null(-1) for name in by})
    marked = [tables.BESIDE] if tables.BESIDE in touches.columns else []
    made = touches.select("deal_id", "at", "direction", "result", "minutes", *marked)
    row = made.join(known, made.deal_id == known.id)
    if marked:
        row = row.filter((row[tables.BESIDE] == 0) | (row.outcome == "open") | (tables.day(row["at"]) < row.until))
    row = row.filter(row["at"].notnull() & (tables.day(row["at"]) <= row.until))
    return row.select(
        "deal_id", "month", "outcome", "minutes", *by,
        second=row["at"].truncate("s").epoch_seconds(),
        incoming=row.direction.fill_null("out") == "in",
        answering=row.result.fill_null("").isin(ANSWERS),
    )  # fmt: skip


def _known(deals: tables.Table, as_of: date) -> tables.Table:
    """Deals as of that day: month of opening, the last day that counts, and the outcome as it was known then."""
    import ibis

    today = (as_of - date(1970, 1, 1)).days
    table: tables.Table = tables.counted(deals)
    table = table.filter(table.opened_at.isnull() | (tables.day(table.opened_at) <= today))
    later = table.closed_at.notnull() & (tables.day(table.closed_at) > today)
    month = table.opened_at.year() * 12 + table.opened_at.month() - 1
    return table.mutate(
        month=month.cast("int64").fill_null(-1),
        until=ibis.ifelse(later, today, tables.day(table.closed_at)).fill_null(today).cast("int64"),
        outcome=ibis.ifelse(later, "open", table.outcome),
    )


def _tally(per_deal: tables.Table) -> Tally:
    sums = {name: per_deal[name].sum() for name in ("long", "timed", "answers") if name in per_deal.columns}
    grouped = per_deal.group_by("n", "month", "outcome", "answered", "pending").aggregate(
        deals=per_deal.count(), **sums
    )
    found = tables.rows(grouped)
    number, deals = found["n"].astype(np.int64), found["deals"].astype(np.int64)
    months, sheet = np.unique(found["month"].astype(np.int64), return_inverse=True)
    sheets = np.zeros((len(months), len(FATES), FARTHEST + 1), dtype=np.int64)
    answers = int(np.nansum(found["answers"])) if "answers" in found else 0
    answered = found["answered"].astype(np.int64) if answers else np.full(len(deals), -1)
    fate = fates(found["outcome"], answered, found["pending"].astype(bool))
    np.add.at(sheets, (sheet, fate, np.minimum(number, FARTHEST)), deals)
    return Tally(
        months=months,
        sheets=sheets,
        closed=int(deals[found["outcome"] != "open"].sum()),
        touches=int((number * deals).sum()),
        minutes=float(np.nansum(found["long"])) if "long" in found else 0.0,
        timed=int(np.nansum(found["timed"])) if "timed" in found else 0,
        answers=answers,
    )


def fates(outcome: NDArray[Any], answered: Ints, pending: NDArray[np.bool_]) -> Ints:
    """How each row of touches ended; ``answered`` is 1, 0, or -1 where nobody knows; ``pending`` matters to open deals.

    A deal closed as lost after an answer is the buyer's no; after silence it is the seller's giving up.
    """
    closed_no = np.isin(outcome, ("lost", "no_decision"))
    fate = np.full(len(outcome), GAVE_UP, dtype=np.int64)
    fate[outcome == "won"] = WON
    fate[(outcome == "open") & pending] = PENDING
    fate[closed_no & (answered == 1)] = ENDED
    fate[closed_no & (answered == -1)] = UNSEEN
    return fate

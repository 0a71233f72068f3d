"""What can be made of the table of touches: those close together as one, and one row per deal and month.

Expressions only: they run where the table is, on any engine.
"""

from __future__ import annotations

from rebond.facts.model import Table
from rebond.numbers.touches_queries import monthly


def merged(touches: Table, minutes: int) -> Table:
    """Without the touches that count as one with the one before: of the same deal and channel, at most so late.

    A chain counts as one touch: three calls at 9:00, 9:04 and 9:08 are one within 5 minutes.

    >>> from tests.numbers.made import touches
    >>> from datetime import datetime
    >>> calls = [{"deal_id": "a", "channel": "call", "at": datetime(2026, 1, 5, 9, minute)} for minute in (0, 4, 8, 30)]
    >>> merged(touches(calls), 5).count().execute()
    2
    """
    import ibis

    before = ibis.window(group_by=["deal_id", "channel"], order_by=["at", "direction", "owner", "result", "minutes"])
    second = touches.at.epoch_seconds()
    since = touches.mutate(since=second - second.lag(1).over(before))
    return since.filter(since.since.isnull() | (since.since > 60 * minutes)).drop("since")


def rollup(touches: Table) -> Table:
    """One row per deal and month that it was touched in: counts by channel, and minutes.

    Columns as ``numbers.touches_queries.monthly`` says. Questions that need counts only read this instead of every
    touch (``numbers.touches.touches(rollup=...)``): a tenth of the bytes. A channel of another name, or none, counts as
    ``other``.

    >>> from tests.numbers.made import touches
    >>> rows = [{"deal_id": "a", "channel": channel} for channel in ("call", "email", "call")]
    >>> found = rollup(touches(rows)).to_pyarrow().to_pylist()[0]
    >>> found["touches"], found["call"], found["other"]
    (3, 2, 0)
    """
    return monthly(touches)

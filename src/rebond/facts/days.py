"""Columns of days and times, read by the rule of ``files.values``, in bulk where a cell has the usual shape.

Half a million times are nearly all different, yet stand on a few thousand days: the rule reads the day, arithmetic adds
the clock. What has another shape, or lies on a day on which the clocks change, is read by the rule as a whole. Both
give the same moment (tests/facts/test_days.py compares them on random texts and zones).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from rebond.facts.cells import Cells, from_arrow
from rebond.files.values import DayRule, Unreadable

Moments = np.ndarray[Any, np.dtype[np.datetime64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
NOTHING = np.datetime64("NaT", "us")
#: From so many distinct cells on, arithmetic is worth its start.
MANY = 2_000
_SHAPE = (
    r"^(?P<day>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:\.\d+)?(?P<offset>Z|[+-]\d{2}:?\d{2})?$"
)
#: Clocks change on full or half hours of UTC, nowhere else.
_STEP = np.timedelta64(30, "m")


@dataclass(frozen=True)
class Days:
    """Moments of a column in the file's zone, one per row; ``bad`` marks rows whose cell is no day."""

    at: Moments
    bad: np.ndarray[Any, np.dtype[np.bool_]]


def read_days(cells: Cells, rule: DayRule, *, many: int = MANY) -> Days:
    """Reads a column.

    Args:
        rule: how the column writes days.
        many: from how many distinct cells on the quick way is taken.
    """
    at = np.full(len(cells.values), NOTHING)
    bad = np.zeros(len(cells.values), dtype=bool)
    done = _quickly(cells.values, rule, at) if len(cells.values) >= many else bad.copy()
    for place in np.flatnonzero(~done):
        try:
            at[place] = _local(rule.read(cells.values[place]), rule.zone)
        except Unreadable:
            bad[place] = True
    return Days(cells.spread(at), cells.spread(bad))


def _local(moment: datetime | None, zone: str) -> np.datetime64:
    if moment is None:
        return NOTHING
    return np.datetime64(moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None), "us")


def _quickly(values: Sequence[Any], rule: DayRule, at: Moments) -> Mask:
    """Fills ``at`` where the shape is usual; says where."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array([value if isinstance(value, str) else None for value in values], pa.string())
    parts = pc.extract_regex(texts, _SHAPE)
    day = _days_alone(parts.field("day"), rule)
    hour, minute, second = (_number(parts.field(name)) for name in ("hour", "minute", "second"))
    usual: Mask = parts.is_valid().to_numpy(zero_copy_only=False) & ~np.isnat(day) & (hour < 24) & (minute < 60)
    usual &= second < 60
    clock = day + ((hour * 60 + minute) * 60 + second).astype("timedelta64[s]")
    offsets = parts.field("offset").fill_null("")
    placed = pc.not_equal(offsets, "").to_numpy(zero_copy_only=False)
    usual &= placed | ~_turns(day, usual & ~placed, rule.zone)
    if placed.any():
        clock = np.where(placed, _in_zone(clock - _shifts(offsets), usual & placed, rule.zone), clock)
    at[usual] = clock[usual]
    return usual


def _days_alone(column: Any, rule: DayRule) -> Moments:
    """The midnight of each day in a column of texts such as 25/03/2026; nothing where the rule reads none."""
    cells = _encoded(column)
    found = np.full(len(cells.values), NOTHING)
    for place, text in enumerate(cells.values):
        if text:
            try:
                found[place] = _local(rule.read(text), rule.zone).astype("datetime64[D]")
            except Unreadable:
                continue
    return cells.spread(found)


def _encoded(column: Any) -> Cells:
    import pyarrow as pa

    return from_arrow(pa.chunked_array([column]))


def _number(column: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    cells = _encoded(column)
    return cells.spread(np.array([int(text or 0) for text in cells.values], dtype=np.int64))


def _shifts(offsets: Any) -> np.ndarray[Any, np.dtype[np.timedelta64]]:
    """``+02:00`` as two hours; nothing and ``Z`` as none."""
    cells = _encoded(offsets)
    return cells.spread(np.array([_shift(text) for text in cells.values], dtype="timedelta64[s]"))


def _shift(text: str) -> int:
    if text in ("", "Z"):
        return 0
    seconds = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return seconds if text[0] == "+" else -seconds


def _turns(day: Moments, asked: np.ndarray[Any, Any], zone: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where the zone's clocks change on that day: an hour is missing or comes twice."""
    turning = np.zeros(len(day), dtype=bool)
    if zone == "UTC" or not asked.any():
        return turning
    days, back = np.unique(day[asked].astype("datetime64[D]"), return_inverse=True)
    where = ZoneInfo(zone)
    middays = [datetime.combine(one, datetime.min.time()) for one in days.tolist()]
    changes = [
        midnight.replace(tzinfo=where).utcoffset() != (midnight + timedelta(days=1)).replace(tzinfo=where).utcoffset()
        for midnight in middays
    ]
    turning[asked] = np.array(changes, dtype=bool)[back]
    return turning


def _in_zone(moments: Moments, asked: np.ndarray[Any, Any], zone: str) -> Moments:
    """Moments of UTC as the clocks of the zone show them."""
    if zone == "UTC" or not asked.any():
        return moments
    steps, back = np.unique(((moments[asked] - np.datetime64(0, "us")) // _STEP), return_inverse=True)
    where = ZoneInfo(zone)
    starts = (datetime.fromtimestamp(int(step) * 1800, UTC) for step in steps)
    shifts = [start.astimezone(where).utcoffset() or timedelta(0) for start in starts]
    found = moments.copy()
    found[asked] += np.array(shifts, dtype="timedelta64[us]")[back]
    return found

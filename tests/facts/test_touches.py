# ruff: noqa: DTZ001 - clocks of a file have no zone
from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.facts.touches import merged, rollup
from rebond.numbers.tables import CHANNELS
from rebond.numbers.touches_queries import added
from tests.numbers.made import touches

START = datetime(2026, 1, 5, 9)
contacts = st.lists(
    st.builds(
        lambda deal, channel, minute: {"deal_id": deal, "channel": channel, "at": START + timedelta(minutes=minute)},
        st.sampled_from("abc"), st.sampled_from(CHANNELS), st.integers(0, 60),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


def chained(rows: list[dict[str, Any]], minutes: int) -> Counter[tuple[str, str]]:
    """How many are left, one touch after the other."""
    left: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], datetime] = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        key = row["deal_id"], row["channel"]
        if key not in last or row["at"] - last[key] > timedelta(minutes=minutes):
            left[key] += 1
        last[key] = row["at"]
    return left


@settings(deadline=None, max_examples=30)
@given(contacts, st.integers(1, 20))
def test_touches_close_together_are_one(rows: list[dict[str, Any]], minutes: int) -> None:
    found = merged(touches(rows), minutes).to_pyarrow().to_pylist()
    assert Counter((row["deal_id"], row["channel"]) for row in found) == chained(rows, minutes)
    assert all(row["at"] in {r["at"] for r in rows} for row in found)


counted = st.lists(
    st.builds(
        lambda deal, channel, day, minutes: {
            "deal_id": deal, "channel": channel, "at": START + timedelta(days=day), "minutes": minutes
        },
        st.sampled_from("abc"), st.sampled_from([*CHANNELS[:-1], "fax", None]), st.integers(0, 70),
        st.none() | st.integers(0, 90).map(float),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


def _by_hand(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What one row of the roll-up must say."""
    found: dict[str, Any] = {"touches": len(rows), "minutes": sum(row["minutes"] or 0 for row in rows)}
    for channel in CHANNELS:
        its = [row for row in rows if (row["channel"] if row["channel"] in CHANNELS else "other") == channel]
        told = [row["minutes"] for row in its if row["minutes"] is not None]
        found |= {channel: len(its), f"timed_{channel}": len(told), f"minutes_{channel}": sum(told)}
    return found


def _rows(table: Any) -> dict[tuple[str, date], dict[str, Any]]:
    rows = table.to_pyarrow().to_pylist()
    return {(row.pop("deal_id"), row.pop("month")): row for row in rows}


@settings(deadline=None, max_examples=30)
@given(counted)
def test_the_roll_up_is_a_row_per_deal_and_month_with_what_a_count_by_hand_gives(rows: list[dict[str, Any]]) -> None:
    by_hand: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in rows:
        by_hand.setdefault((row["deal_id"], row["at"].date().replace(day=1)), []).append(row)
    assert _rows(rollup(touches(rows))) == {key: _by_hand(its) for key, its in by_hand.items()}


@settings(deadline=None, max_examples=15)
@given(counted, counted)
def test_two_roll_ups_added_are_that_of_both(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    parts = [rollup(touches(rows)).to_pyarrow() for rows in (some, others)]
    both = ibis.memtable(pa.concat_tables(parts))
    assert _rows(added(both)) == _rows(rollup(touches(some + others)))

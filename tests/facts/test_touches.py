# ruff: noqa: DTZ001 - clocks of a file have no zone
from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.facts.touches import merged, rollup
from rebond.numbers.tables import CHANNELS
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


@settings(deadline=None, max_examples=30)
@given(contacts)
def test_the_roll_up_is_a_row_per_deal_with_what_a_count_by_hand_gives(rows: list[dict[str, Any]]) -> None:
    found = {row["deal_id"]: row for row in rollup(touches(rows)).to_pyarrow().to_pylist()}
    for deal in {row["deal_id"] for row in rows}:
        its = [row for row in rows if row["deal_id"] == deal]
        counts = Counter(row["channel"] for row in its)
        assert {name: found[deal][name] for name in CHANNELS} == {name: counts[name] for name in CHANNELS}
        assert found[deal]["touches"] == len(its)
        assert (found[deal]["first_at"], found[deal]["last_at"]) == (
            min(row["at"] for row in its), max(row["at"] for row in its),
        )  # fmt: skip
    assert sum(row["touches"] for row in found.values()) == len(rows)

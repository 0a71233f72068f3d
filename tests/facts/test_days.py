# ruff: noqa: DTZ001 - clocks of a file have no zone
from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.facts.cells import Cells
from rebond.facts.days import NOTHING, read_days
from rebond.files.values import DayRule

moments = st.datetimes(min_value=datetime(1989, 1, 1), max_value=datetime(2101, 12, 31))
layouts = st.sampled_from(
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d", "%d.%m.%Y  %H:%M",
     "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.000+0200", "%Y-%m-%d %H:%M-03:30", "%d-%m/%Y %H:%M", "%I:%M %p"]
)  # fmt: skip
texts = st.one_of(
    st.builds(lambda moment, layout: moment.strftime(layout), moments, layouts),
    st.sampled_from(["", "-", "0000-00-00 00:00:00", "0000-00-00 10:30", "45000", "45000.5", "2026-02-31 10:00",
                     "2026-01-05 24:00", "2026-01-05 10:60", "5 March 2026", "٢٠٢٦-01-05 10:00", "1/2-2026 10:00"]),
    st.text(max_size=12),
)  # fmt: skip
zones = st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"])


def column(values: list[object]) -> Cells:
    return Cells(np.arange(len(values)), list(values))


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=12), zones, st.sampled_from(["dmy", "mdy"]))
def test_the_quick_way_reads_every_cell_as_the_rule_does(cells: list[str], zone: str, order: str) -> None:
    rule = DayRule(order=order, zone=zone)
    quick, slow = read_days(column([*cells]), rule, many=1), read_days(column([*cells]), rule, many=99)
    assert quick.bad.tolist() == slow.bad.tolist()
    np.testing.assert_array_equal(quick.at, slow.at)


def _around(turn: datetime) -> list[str]:
    return [(turn + timedelta(minutes=15 * step)).strftime("%Y-%m-%d %H:%M") for step in range(-12, 13)]


@pytest.mark.parametrize(
    ("zone", "turn"),
    [("Europe/Paris", datetime(2026, 3, 29, 2)), ("Europe/Paris", datetime(2026, 10, 25, 3)),
     ("Australia/Lord_Howe", datetime(2026, 4, 5, 2)), ("Australia/Lord_Howe", datetime(2026, 10, 4, 2))],
)  # fmt: skip
def test_hours_that_are_missing_or_come_twice_are_read_as_the_rule_reads_them(zone: str, turn: datetime) -> None:
    cells = [text + suffix for text in _around(turn) for suffix in ("", "Z", "+01:00")]
    rule = DayRule(order="dmy", zone=zone)
    quick, slow = read_days(column([*cells]), rule, many=1), read_days(column([*cells]), rule, many=999)
    np.testing.assert_array_equal(quick.at, slow.at)
    assert not np.isnat(quick.at).any()


def test_times_are_those_of_the_clock_in_the_files_zone() -> None:
    at = read_days(column(["2026-01-05T23:30:00Z", "2026-07-01 10:00"]), DayRule(zone="Europe/Paris"), many=1).at
    assert at.tolist() == [datetime(2026, 1, 6, 0, 30), datetime(2026, 7, 1, 10, 0)]


def test_typed_cells_are_read_too() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("UTC"))
    found = read_days(column([noon, 46027, "", "soon"]), DayRule(), many=1)
    assert found.at[0] == found.at[1] == np.datetime64("2026-01-05T12:00")
    assert np.isnat(found.at[2])
    assert found.bad.tolist() == [False, False, False, True]
    assert np.isnat(NOTHING)

"""The invented company as files: the same every time, and in the shape that is documented."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rebond.demo import files

NOW = datetime(2026, 6, 9, 18, tzinfo=ZoneInfo("Europe/Paris"))


def test_the_demo_files_are_the_same_every_time(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    first, second = (files.write(folder, now=NOW) for folder in folders)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_every_touch_is_of_a_deal_and_before_the_day(tmp_path: Path) -> None:
    deals, touches = files.write(tmp_path, now=NOW)
    with deals.open(newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    with touches.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(ids) > 900
    assert {row["deal_id"] for row in rows} <= ids
    assert all(row["at"] < "2026-06-09T18:00" for row in rows)


def test_only_won_deals_carry_a_commission(tmp_path: Path) -> None:
    deals, _touches = files.write(tmp_path, now=NOW)
    with deals.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["outcome"] for row in rows if row["commission"]} == {"won"}
    assert any("buyer:" in row["reasons"] for row in rows)

"""A report on a file and an import of the same file must speak of the same deals."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.base.errors import RebondError
from rebond.connect.csv.plan import Good, read_rows
from rebond.deals.records import DealRecord, TouchRecord
from rebond.facts.from_files import read
from rebond.facts.model import Options
from rebond.files.reading import Choices, inspect

PARIS = ZoneInfo("Europe/Paris")
FAR = date(2200, 1, 1)
DEALS = {
    "Deal ID": ["1", "2", "3", "4", "5.0", " 6", "6"],
    "Deal Name": ["Lifts", "Audit"],
    "Stage": ["Won", "Lost", "Proposal", "Closed Won - invoiced", "Perdue", ""],
    "Status": ["", "won", "Closed", "false", "maybe", "no decision", "Lost in house"],
    "Active": ["True", "False", ""],
    "Amount": ["12.50", "1,200.00", "", "12k", "€5"],
    "Created": ["2026-01-05", "05/01/2026", "2026-03-29 02:30", "", "soon", "2026-01-05T23:30:00Z"],
    "Won time": ["", "2026-02-01", "2025-12-31 10:00", "31/02/2026"],
    "Lost time": ["", "2026-04-01"],
    "Close Date": ["", "2026-05-01", "2026-01-01"],
    "Lost reason": ["", "Price", "No budget; Timing"],
    "Won reason": ["", "Service"],
}
TOUCHES = {
    "Activity id": ["1", "2", "3", "4", ""],
    "Deal ID": ["1", "2", "", "5.0"],
    "Date": ["2026-01-05 09:00", "05/01/2026", "", "soon", "2026-10-25 02:30"],
    "Type": ["Call", "Courriel", "smoke", ""],
    "Direction": ["in", "Sent", ""],
    "Minutes": ["5", "1.5", "x", "99999", ""],
}


def tables(columns: dict[str, list[str]]) -> Any:
    row = st.tuples(*(st.sampled_from(cells) for cells in columns.values()))
    return st.tuples(st.sets(st.sampled_from(list(columns)), min_size=4), st.lists(row, min_size=1, max_size=12))


def written(path: Path, columns: dict[str, list[str]], kept: set[str], rows: list[tuple[str, ...]]) -> Path:
    places = [place for place, header in enumerate(columns) if header in kept]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([list(columns)[place] for place in places])
        writer.writerows([[row[place] for place in places] for row in rows])
    return path


def local(moment: Any) -> Any:
    return moment.astimezone(PARIS) if moment else None


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(DEALS))
def test_the_same_deals_say_the_same(tmp_path: Path, table: tuple[set[str], list[tuple[str, ...]]]) -> None:
    kept, rows = table
    path = written(tmp_path / "deals.csv", DEALS, kept | {"Deal ID", "Deal Name", "Stage"}, rows)
    imported = list(read_rows(inspect(path, "deals", Choices(zone="Europe/Paris", currency="EUR"))))
    good = [(row.record, row.reasons) for row in imported if isinstance(row, Good)]
    options = Options(as_of=FAR, zone="Europe/Paris", currency="EUR")
    if not good:
        with pytest.raises(RebondError, match="No deal can be used"):
            read(path, today=FAR, options=options)
        return
    found = read(path, today=FAR, options=options)
    expected = [_deal(record, reasons) for record, reasons in good if isinstance(record, DealRecord)]
    seen = [
        (r["id"], r["outcome"], r["amount_minor"], r["opened_at"], r["closed_at"], r["reasons"])
        for r in found.deals.to_pyarrow().to_pylist()
    ]
    assert sorted(seen, key=str) == sorted(expected, key=str)
    assert found.rows_read == len(rows)
    assert found.rows_read - found.rows_used == len(imported) - len(good)


def _deal(record: DealRecord, reasons: str) -> tuple[Any, ...]:
    opened, closed = local(record.opened_at), local(record.closed_at)
    return (
        record.external_id, "lost" if record.outcome == "lost_in_house" else record.outcome, record.amount_minor,
        opened and opened.date(), closed and closed.date(),
        ";".join(part.strip() for part in reasons.split(";")) or None,
    )  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(TOUCHES))
def test_the_same_touches_say_the_same(tmp_path: Path, table: tuple[set[str], list[tuple[str, ...]]]) -> None:
    kept, rows = table
    path = written(tmp_path / "touches.csv", TOUCHES, kept | {"Deal ID", "Date"}, rows)
    deals = tmp_path / "deals.csv"
    deals.write_text("id,outcome\n1,won\n2,lost\n5.0,lost\n")
    imported = list(read_rows(inspect(path, "touches", Choices(zone="Europe/Paris"))))
    good = [row.record for row in imported if isinstance(row, Good)]
    found = read(deals, path, today=FAR, options=Options(as_of=FAR, zone="Europe/Paris"))
    assert found.touches is not None
    seen = [
        (r["deal_id"], r["at"], r["channel"], r["direction"], r["minutes"] and int(r["minutes"]))
        for r in found.touches.to_pyarrow().to_pylist()
    ]
    expected = [
        (r.deal, local(r.at).replace(tzinfo=None), str(r.channel), r.direction, r.minutes)
        for r in good if isinstance(r, TouchRecord)
    ]  # fmt: skip
    assert sorted(seen, key=str) == sorted(expected, key=str)
    assert (found.touches_read, found.touches_used) == (len(rows), len(good))

from __future__ import annotations

from pathlib import Path

import pytest

from rebond.connect.csv.plan import Good, read_rows
from rebond.deals.records import DealRecord
from rebond.files.reading import Choices, inspect
from tests.connect.shapes import EXPECTED, SHAPES, Shape

PARIS = Choices(zone="Europe/Paris")


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_systems_export_is_read_as_it_comes(shape: Shape, tmp_path: Path) -> None:
    reading = inspect(shape.write(tmp_path), "deals", PARIS)
    rows = list(read_rows(reading))
    assert all(isinstance(row, Good) for row in rows), rows
    deals = [row.record for row in rows if isinstance(row, Good) and isinstance(row.record, DealRecord)]
    read = [(d.outcome, d.amount_minor, d.closed_at.date().isoformat() if d.closed_at else None) for d in deals]
    assert read == [(outcome, amount, closed) for outcome, amount, closed, _reason in EXPECTED]
    assert [row.reasons for row in rows if isinstance(row, Good)] == [reason for *_others, reason in EXPECTED]
    assert [(deal.name, deal.company) for deal in deals] == [
        (name, company if "company" in {c.ours for c in reading.columns} else "")
        for name, company in (("Lifts", "Valmy"), ("Audit", "Bois"), ("Boiler", "Sow"))
    ]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_column_is_recognised(shape: Shape, tmp_path: Path) -> None:
    reading = inspect(shape.write(tmp_path), "deals", PARIS)
    found = {column.header: column.ours for column in reading.columns}
    assert {header: found[header] for header in shape.known} == shape.known


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_what_was_understood_is_shown_with_examples(shape: Shape, tmp_path: Path) -> None:
    described = inspect(shape.write(tmp_path), "deals", PARIS).described()
    assert described["total"] == 3
    assert not described["asks_day_order"]
    amount = next(column for column in described["columns"] if column["ours"] == "amount")
    assert amount["examples"]
    if shape.kind == "csv":
        assert amount["read"][0][1].startswith("12500.5")


def test_a_forecast_becomes_the_closing_day_only_once_closed(tmp_path: Path) -> None:
    rows = list(read_rows(inspect(SHAPES[0].write(tmp_path), "deals", PARIS)))
    won, _lost, still_open = (row.record for row in rows if isinstance(row, Good))
    assert isinstance(won, DealRecord)
    assert isinstance(still_open, DealRecord)
    assert (won.declared, won.expected_close) == (True, None)
    assert (still_open.declared, str(still_open.expected_close)) == (False, "2026-12-01")

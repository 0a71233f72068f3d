# ruff: noqa: DTZ001 - clocks of a file have no zone
"""Tables with FORMATS' columns, in Parquet or in an engine: read where they are, and the same as their CSV."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rebond.base.errors import RebondError
from rebond.facts.from_connection import from_connection
from rebond.facts.from_files import read
from rebond.facts.model import Facts, Options
from rebond.numbers.tables import DEALS, TOUCHES

TODAY = date(2026, 6, 9)
Row = dict[str, Any]
ROWS: list[Row] = [
    {"id": "a", "outcome": "won", "opened_at": date(2026, 1, 5), "closed_at": date(2026, 3, 1), "amount": "1000.50",
     "currency": "EUR", "owner": "Camille", "score": 7.0, "size": "big"},
    {"id": "b", "outcome": "Perdue", "opened_at": date(2026, 1, 6), "closed_at": date(2026, 3, 2), "amount": "20.01",
     "currency": "EUR", "owner": None, "score": None, "size": None},
    {"id": "c", "outcome": "open", "opened_at": date(2026, 1, 7), "closed_at": date(2026, 5, 2), "amount": None,
     "currency": None, "owner": "Yanis", "score": 1.5, "size": "small"},
    {"id": "d", "outcome": "lost", "opened_at": None, "closed_at": date(2026, 3, 4), "amount": "-5",
     "currency": "EUR", "owner": "Yanis", "score": 0.0, "size": "small"},
    {"id": "e", "outcome": "lost in house", "opened_at": date(2026, 2, 1), "closed_at": None, "amount": "7",
     "currency": "USD", "owner": "Yanis", "score": 2.0, "size": "small"},
    {"id": "f", "outcome": "who knows", "opened_at": date(2026, 2, 1), "closed_at": None, "amount": "7",
     "currency": "USD", "owner": "Yanis", "score": 2.0, "size": "small"},
    {"id": "g", "outcome": "won", "opened_at": date(2026, 2, 1), "closed_at": date(2026, 1, 1), "amount": "7",
     "currency": "USD", "owner": "Yanis", "score": 2.0, "size": "small"},
    {"id": "h", "outcome": "lost", "opened_at": date(2026, 4, 1), "closed_at": date(2026, 4, 2), "amount": "7",
     "currency": "EUR", "owner": "Yanis", "score": 2.0, "size": "small"},
]  # fmt: skip
CALLS: list[Row] = [
    {"deal_id": "a", "at": datetime(2026, 1, 5, 9), "channel": "call", "direction": None, "minutes": 5},
    {"deal_id": "a", "at": datetime(2026, 1, 5, 10), "channel": "Courriel", "direction": "in", "minutes": None},
    {"deal_id": "b", "at": datetime(2026, 1, 5, 11), "channel": None, "direction": "out", "minutes": 1},
    {"deal_id": "zz", "at": datetime(2026, 1, 5, 12), "channel": "call", "direction": "out", "minutes": 1},
    {"deal_id": "b", "at": None, "channel": "call", "direction": "out", "minutes": 1},
    {"deal_id": "b", "at": datetime(2026, 4, 5, 12), "channel": "call", "direction": "out", "minutes": 1},
]


def deals_table(rows: list[Row]) -> pa.Table:
    kinds = {
        "id": pa.string(), "outcome": pa.string(), "opened_at": pa.date32(), "closed_at": pa.timestamp("us"),
        "amount": pa.decimal128(18, 3), "currency": pa.string(), "owner": pa.string(), "score": pa.float64(),
        "size": pa.string(),
    }  # fmt: skip
    amounts = [None if row["amount"] is None else Decimal(row["amount"]) for row in rows]
    closed = [row["closed_at"] and datetime.combine(row["closed_at"], datetime.min.time()) for row in rows]
    made = {name: [row[name] for row in rows] for name in kinds} | {"amount": amounts, "closed_at": closed}
    return pa.table({name: pa.array(made[name], kind) for name, kind in kinds.items()})


def touches_table(rows: list[Row]) -> pa.Table:
    kinds = {
        "deal_id": pa.string(), "at": pa.timestamp("us"), "channel": pa.string(), "direction": pa.string(),
        "minutes": pa.int64(),
    }  # fmt: skip
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})


def from_parquet(folder: Path, rows: list[Row], calls: list[Row] | None = None, **options: Any) -> Facts:
    pq.write_table(deals_table(rows), folder / "deals.parquet")
    if calls is not None:
        pq.write_table(touches_table(calls), folder / "touches.parquet")
    contacts = folder / "touches.parquet" if calls is not None else None
    return read(folder / "deals.parquet", contacts, today=TODAY, options=Options(**options))


def from_csv(folder: Path, rows: list[Row], calls: list[Row], **options: Any) -> Facts:
    """The same rows as text."""
    for name, table in (("deals", rows), ("touches", calls)):
        lines = [",".join(table[0])]
        lines += [",".join("" if value is None else str(value) for value in row.values()) for row in table]
        (folder / f"{name}.csv").write_text("\n".join(lines))
    return read(folder / "deals.csv", folder / "touches.csv", today=TODAY, options=Options(**options))


def rows_of(table: Any, columns: list[str]) -> list[tuple[Any, ...]]:
    found = table.select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row[name] for name in columns) for row in found), key=str)


@pytest.mark.parametrize("as_of", [None, date(2026, 3, 1), date(2026, 3, 31)])
def test_parquet_says_what_the_same_rows_say_as_text(as_of: date | None, tmp_path: Path) -> None:
    found = from_parquet(tmp_path, ROWS, CALLS, as_of=as_of)
    text = from_csv(tmp_path, ROWS, CALLS, as_of=as_of)
    assert rows_of(found.deals, list(DEALS)) == rows_of(text.deals, list(DEALS))
    assert rows_of(found.deals, ["id", "score", "size"]) == rows_of(text.deals, ["id", "score", "size"])
    assert found.touches is not None
    assert text.touches is not None
    assert rows_of(found.touches, list(TOUCHES)) == rows_of(text.touches, list(TOUCHES))
    assert (found.rows_read, found.rows_used) == (text.rows_read, text.rows_used)
    assert (found.touches_read, found.touches_used) == (text.touches_read, text.touches_used)
    assert (found.as_of, found.currency) == (text.as_of, text.currency)
    assert {(r.table, r.code, r.count) for r in found.left_out} == {(r.table, r.code, r.count) for r in text.left_out}
    assert {(r.code, r.count) for r in found.blanked} == {(r.code, r.count) for r in text.blanked}


def test_every_column_has_its_type(tmp_path: Path) -> None:
    found = from_parquet(tmp_path, ROWS[:1], CALLS[:1])
    kinds = {name: str(kind).lower() for name, kind in found.deals.schema().items()}
    assert kinds == {**DEALS, "score": "float64", "size": "string"}
    assert found.touches is not None
    assert list(found.touches.columns) == list(TOUCHES)


def test_a_clean_table_is_read_as_it_is(tmp_path: Path) -> None:
    """No condition is put before every question when no row needs one."""
    found = from_parquet(tmp_path, ROWS[:1], CALLS[:1])
    assert found.touches is not None
    assert "WHERE" not in ibis.to_sql(found.deals, dialect="duckdb").upper()
    assert "JOIN" not in ibis.to_sql(found.touches, dialect="duckdb").upper()


def test_an_id_twice_is_refused_with_the_id(tmp_path: Path) -> None:
    with pytest.raises(RebondError) as raised:
        from_parquet(tmp_path, [*ROWS[:2], ROWS[0] | {"outcome": "lost"}])
    assert (raised.value.code, raised.value.detail["value"]) == ("duplicate_id", "a")


@pytest.mark.parametrize(
    ("code", "rows"),
    [("empty_file", []), ("unreadable", [ROWS[5]]), ("no_usable_row", [ROWS[6]])],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused(code: str, rows: list[Row], tmp_path: Path) -> None:
    with pytest.raises(RebondError) as raised:
        from_parquet(tmp_path, rows)
    assert raised.value.code == code


def test_commissions_by_rule_and_money_already_in_minor_units(tmp_path: Path) -> None:
    found = from_parquet(tmp_path, ROWS[:2], commission="10%")
    assert rows_of(found.deals, ["id", "commission_minor"]) == [("a", 10005), ("b", 200)]
    table = pa.table({"id": ["a"], "outcome": ["won"], "amount_minor": [12345], "currency": ["EUR"]})
    pq.write_table(table, tmp_path / "minor.parquet")
    minor = read(tmp_path / "minor.parquet", today=TODAY)
    assert rows_of(minor.deals, ["amount_minor", "currency"]) == [(12345, "EUR")]
    assert "amount" not in minor.missing


def test_columns_of_a_table_can_be_named(tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "outcome": ["won"], "rep": ["Camille"], "secret": ["x"]})
    pq.write_table(table, tmp_path / "named.parquet")
    found = read(tmp_path / "named.parquet", today=TODAY, options=Options(mapping={"rep": "owner", "secret": ""}))
    assert rows_of(found.deals, ["owner"]) == [("Camille",)]
    assert "secret" not in found.deals.columns


def test_a_warehouse_is_read_where_it_is() -> None:
    connection = ibis.duckdb.connect()
    connection.create_table("deals", deals_table(ROWS))
    connection.create_table("calls", touches_table(CALLS))
    found = from_connection(connection, touches="calls", today=TODAY)
    assert found.connection is connection
    assert found.rows_used == 6
    assert found.touches_used == 4
    assert from_connection(connection, touches="nothing", today=TODAY).touches is None
    with pytest.raises(RebondError) as raised:
        from_connection(connection, deals="nothing", today=TODAY)
    assert raised.value.code == "no_table"


def test_a_warehouses_tables_may_live_in_a_schema() -> None:
    connection = ibis.duckdb.connect()
    connection.raw_sql("CREATE SCHEMA sales")
    connection.create_table("deals", deals_table(ROWS[:1]), database="sales")
    assert from_connection(connection, deals="sales.deals", touches="sales.touches", today=TODAY).rows_used == 1


def test_days_and_amounts_kept_as_text_are_read_by_rule(tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"], "outcome": ["won", "lost"], "closed_at": ["25/03/2026", "26/03/2026"],
                      "amount": ["1.000,50", "2,00"]})  # fmt: skip
    pq.write_table(table, tmp_path / "texts.parquet")
    found = read(tmp_path / "texts.parquet", today=TODAY)
    assert rows_of(found.deals, ["closed_at", "amount_minor"]) == [
        (date(2026, 3, 25), 100050), (date(2026, 3, 26), 200),
    ]  # fmt: skip
    connection = ibis.duckdb.connect()
    connection.create_table("deals", table)
    with pytest.raises(RebondError) as raised:
        from_connection(connection, today=TODAY)
    assert (raised.value.code, raised.value.detail["column"]) == ("column_type", "closed_at")


def test_numbers_that_no_amount_can_be_are_nothing(tmp_path: Path) -> None:
    amounts = [1e300, float("nan"), float("inf"), -1e300, 12.5, None]
    table = pa.table({"id": list("abcdef"), "outcome": [True] * 6, "amount": pa.array(amounts, pa.float64())})
    pq.write_table(table, tmp_path / "odd.parquet")
    found = read(tmp_path / "odd.parquet", today=TODAY)
    assert rows_of(found.deals, ["id", "outcome", "amount_minor"]) == [
        (name, "won", 1250 if name == "e" else None) for name in "abcdef"
    ]


def test_ids_may_be_numbers() -> None:
    connection = ibis.duckdb.connect()
    connection.create_table("deals", pa.table({"id": [1, 2], "outcome": ["won", "lost"]}))
    calls = pa.table({"deal_id": [1, 1, 3], "at": pa.array([datetime(2026, 1, 5)] * 3, pa.timestamp("us"))})
    connection.create_table("touches", calls)
    found = from_connection(connection, today=TODAY)
    assert (found.rows_used, found.touches_used) == (2, 2)


@pytest.mark.parametrize("cut", [40, 400, -40])
def test_a_damaged_parquet_file_is_refused_in_words(cut: int, tmp_path: Path) -> None:
    pq.write_table(deals_table(ROWS * 1), tmp_path / "whole.parquet")
    content = (tmp_path / "whole.parquet").read_bytes()
    damaged = content[:cut] if cut > 0 else content[:60] + bytes(200) + content[260:]
    (tmp_path / "damaged.parquet").write_bytes(damaged)
    with pytest.raises(RebondError) as raised:
        read(tmp_path / "damaged.parquet", today=TODAY)
    assert raised.value.code == "not_a_table"
    assert "damaged.parquet" in str(raised.value)

"""Small tables for tests: lists of dicts in, Ibis tables on DuckDB out, with the columns of ``rebond.numbers.tables``.

Columns that a row leaves out are null; columns that are none of ours stay, as factors (text, or numbers as float64).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rebond.numbers.tables import DEALS, TOUCHES

if TYPE_CHECKING:
    import ibis.expr.types as ir

Row = dict[str, Any]
ARROW = {
    "string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}  # fmt: skip


def deals(rows: Sequence[Row]) -> ir.Table:
    """A ``deals`` table; rows without ``id`` are numbered ``d0``, ``d1`` ... by their place."""
    return _table([{"id": f"d{place}"} | row for place, row in enumerate(rows)], DEALS)


def touches(rows: Sequence[Row]) -> ir.Table:
    """A ``touches`` table."""
    return _table(rows, TOUCHES)


@cache
def connection() -> Any:
    """One embedded engine for all tests of a process."""
    import ibis

    return ibis.duckdb.connect()


def _table(rows: Sequence[Row], columns: dict[str, str]) -> ir.Table:
    extra = dict.fromkeys(name for row in rows for name in row if name not in columns)
    found = {name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in columns.items()}
    found |= {name: _factor([row.get(name) for row in rows]) for name in extra}
    return connection().create_table(_fresh(), pa.table(found), temp=True)


def _factor(values: list[Any]) -> pa.Array:
    """Numbers stay numbers; anything else is text."""
    numbers = all(value is None or isinstance(value, int | float) for value in values)
    kind = pa.float64() if numbers else pa.string()
    return pa.array([None if v is None else (float(v) if numbers else str(v)) for v in values], kind)


def _fresh() -> str:
    import ibis.util

    return str(ibis.util.gen_name("made"))


def numbers_of(found: Any) -> list[float]:
    """Every number in a JSON-like structure."""
    if isinstance(found, dict):
        return [number for value in found.values() for number in numbers_of(value)]
    if isinstance(found, list | tuple):
        return [number for value in found for number in numbers_of(value)]
    return [float(found)] if isinstance(found, int | float) and not isinstance(found, bool) else []

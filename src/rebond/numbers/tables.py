"""The two tables every question is asked of, and how counts come out of an engine.

``deals`` has one row per deal, ``touches`` one per contact, both Ibis tables on any engine. ``facts`` makes them from
files, from Rebond's own records or from a warehouse. Questions group and count in the engine (``rows``) and do their
statistics on the counts in NumPy: what crosses the border is small, whatever the number of deals.

Portable expressions only (tried on DuckDB, PostgreSQL, Spark, ClickHouse): ``count(where=...)`` and sums, never a cast
of a condition; ``ratio`` for a division; no window, no quantile. Results come in any order: sort in NumPy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import ibis.expr.types as ir

Table: TypeAlias = "ir.Table"
#: Columns of ``deals`` and their Ibis types. Any further column is a factor for the drivers (text or number).
#: All but ``id`` and ``outcome`` may be null. Days are days in the time zone of the file or of the company.
DEALS = {
    "id": "string", "opened_at": "date", "closed_at": "date", "outcome": "string",
    "amount_minor": "int64", "currency": "string", "commission_minor": "int64",
    "owner": "string", "team": "string", "segment": "string", "source": "string", "stage": "string",
    "competitor": "string", "name": "string", "company": "string",
    "reasons": "string", "touch_count": "int64",
}  # fmt: skip
#: Columns of ``touches``. ``facts`` has dropped bounced duplicates and touches of unknown deals.
TOUCHES = {
    "deal_id": "string", "at": "timestamp", "channel": "string", "direction": "string", "owner": "string",
    "minutes": "float64", "result": "string",
}  # fmt: skip
#: A column that ``touches`` may have besides: 1 where a contact with somebody was not said to be about the deal, but
#: counts for it (its time, its money). From the day the deal closed it is no step on the deal's way.
BESIDE = "beside"
OUTCOMES = ("won", "lost", "no_decision", "disqualified", "duplicate", "unknown", "open")
#: The ends that are news about selling; ``unknown`` and ``open`` are censored, ``duplicate`` leaves every rate.
DECIDED = ("won", "lost", "no_decision")
CHANNELS = ("call", "email", "meeting", "message", "other")

Columns = dict[str, np.ndarray[Any, Any]]


def factors(deals: Table) -> list[str]:
    """The columns of ``deals`` that are none of ours: candidates for the drivers."""
    return [name for name in deals.columns if name not in DEALS]


def counted(deals: Table) -> Table:
    """Without duplicates: what every rate is about."""
    return deals.filter(deals.outcome != "duplicate")


def day(column: Any) -> Any:
    """A date column as whole days since 1970-01-01, the same number on every engine."""
    import ibis

    return column.cast("date").delta(ibis.date("1970-01-01"), unit="day").cast("int64")


def ratio(above: Any, below: Any) -> Any:
    """``above / below`` as a float on every engine; null where ``below`` is 0 (PostgreSQL would cut to an integer)."""
    return above.cast("float64") / below.nullif(0)


def rows(expression: Any) -> Columns:
    """Runs a query; each column as a NumPy array: int64, float64 (null is nan), or object (text; null is None).

    Integers with nulls come as float64. Unsigned and decimal numbers of other engines are cast, so that arithmetic on
    them is ordinary.
    """
    table = expression.to_pyarrow()
    return {name: _array(table.column(name)) for name in table.column_names}


def _array(column: Any) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_integer(kind) and column.null_count == 0:
        return column.to_numpy().astype(np.int64)  # type: ignore[no-any-return]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False).to_numpy()  # type: ignore[no-any-return]
    if pa.types.is_boolean(kind) and column.null_count == 0:
        return column.to_numpy()  # type: ignore[no-any-return]
    found = np.empty(len(column), dtype=object)
    found[:] = column.to_pylist()
    return found

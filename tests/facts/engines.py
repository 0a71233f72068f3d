"""Engines that hold the two tables of ``tests.facts.history``, each behind an Ibis connection."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.facts import history


@dataclass(frozen=True)
class Engine:
    """An engine's two tables."""

    name: str
    connection: Any
    deals: Any
    touches: Any


def _files(folder: Path) -> dict[str, str]:
    """The two tables as Parquet, which every engine reads."""
    found = {}
    for name, table in (("deals", history.deals()), ("touches", history.touches())):
        found[name] = str(folder / f"{name}.parquet")
        pq.write_table(table, found[name])
    return found


@contextmanager
def duckdb(folder: Path) -> Iterator[Engine]:
    """The embedded engine."""
    files, connection = _files(folder), ibis.duckdb.connect()
    yield Engine("DuckDB", connection, *(connection.read_parquet(files[n], table_name=n) for n in ("deals", "touches")))


@contextmanager
def postgresql(folder: Path) -> Iterator[Engine]:
    """The server whose address the test command gives; skipped without one."""
    url = os.environ.get("REBOND_DATABASE_URL", "")
    if not url.startswith("postgres"):
        pytest.skip("no PostgreSQL in this run: ./rebond test --only postgresql")
    connection = ibis.connect(url.replace("postgresql://", "postgres://", 1))
    schema = f"facts_{uuid.uuid4().hex[:12]}"
    connection.raw_sql(f"CREATE SCHEMA {schema}").close()
    try:
        for name, table in (("deals", history.deals()), ("touches", history.touches())):
            made = connection.create_table(name, schema=ibis.Schema.from_pyarrow(table.schema), database=schema)
            _copy(connection, f"{schema}.{name}", made, table)
        yield Engine("PostgreSQL", connection, *(connection.table(n, database=schema) for n in ("deals", "touches")))
    finally:
        connection.con.rollback()
        connection.raw_sql(f"DROP SCHEMA {schema} CASCADE").close()
        connection.con.commit()
        connection.disconnect()


def _copy(connection: Any, name: str, made: Any, table: pa.Table) -> None:
    columns = ", ".join(f'"{column}"' for column in made.columns)
    with connection.con.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in table.to_pylist():
            copy.write_row(tuple(row.values()))
    connection.con.commit()


@contextmanager
def spark(folder: Path) -> Iterator[Engine]:
    """Spark in this process."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    files, connection = _files(folder), ibis.pyspark.connect(session)
    try:
        yield Engine(
            "Spark", connection, *(connection.read_parquet(files[n], table_name=n) for n in ("deals", "touches"))
        )
    finally:
        session.stop()


@contextmanager
def embedded_clickhouse(folder: Path) -> Iterator[Engine]:
    """ClickHouse as a library: it has no server, so Ibis writes the query and the library answers in Parquet."""
    from chdb.session import Session
    from ibis.backends.clickhouse import Backend
    from ibis.expr import operations as ops

    class Embedded(Backend):  # type: ignore[misc]
        """Ibis's ClickHouse, asked in this process."""

        def do_connect(self, session: Any) -> None:
            self.session = session

        def keep(self, name: str, table: pa.Table) -> None:
            path = folder / f"{name}.parquet"
            pq.write_table(table, path)
            self.session.query(f"CREATE OR REPLACE VIEW `{name}` AS SELECT * FROM file('{path}', Parquet)")

        def named(self, name: str, table: pa.Table) -> Any:
            self.keep(name, table)
            schema = ibis.Schema.from_pyarrow(table.schema)
            return ops.DatabaseTable(name, schema=schema, source=self, namespace=ops.Namespace()).to_expr()

        def to_pyarrow(self, expr: Any, /, *, params: Any = None, limit: Any = None, **_options: Any) -> Any:
            for table in expr.op().find(ops.InMemoryTable):
                self.keep(table.name, table.data.to_pyarrow(table.schema))
            asked = expr.as_table()
            sql = self.compile(asked, params=params, limit=limit)
            # As any client sets for these: a join without a partner gives null, and a sum of nothing too.
            answer = self.session.query(
                f"{sql} SETTINGS join_use_nulls = 1, aggregate_functions_null_for_empty = 0", "Parquet"
            )
            found = pq.read_table(io.BytesIO(answer.bytes()))
            return expr.__pyarrow_result__(found.cast(asked.schema().to_pyarrow(), safe=False))

    session = Session()
    connection = Embedded()
    connection.do_connect(session)
    try:
        yield Engine(
            "ClickHouse", connection, connection.named("deals", history.deals()),
            connection.named("touches", history.touches()),
        )  # fmt: skip
    finally:
        session.close()

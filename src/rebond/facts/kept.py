"""The facts of the records kept in memory, for pages: one small table, opened once per state and asked many times.

Patterns and other screens count deals, not touches, so only the deals are here (a hundred thousand are some tens of
megabytes): those of everybody, with their team and owner, since whose deals are asked for is one more condition.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import Any

from rebond.base.errors import RebondError
from rebond.facts.from_records import BESIDE, deals_kept
from rebond.facts.model import Facts, Table
from rebond.facts.store import State, Store
from rebond.numbers.tables import DEALS

#: What the columns beside those of ``numbers.tables`` hold.
_BESIDE = {
    "owner_id": "int64", "team_id": "int64", "in_bulk": "int64", "debriefed": "int64", "could_act": "string",
    "answers": "string",
}  # fmt: skip
NAME = "kept_deals"


class Kept:
    """The deals of one state as of one day, in memory; may be asked by several threads at once.

    A connection of DuckDB serves one thread at a time, so each thread gets one of its own to the same memory.
    """

    def __init__(self, store: Store, state: State, *, today: date, zone: str, currency: str) -> None:
        self._facts = _facts(store, state, today=today, zone=zone, currency=currency)
        self._main = self._facts.connection
        self._own = threading.local()

    def facts(self) -> Facts:
        """Facts of every deal, with the columns ``BESIDE``; without touches. For the thread that asks."""
        if not hasattr(self._own, "connection"):
            self._own.connection = _cursor(self._main)
        connection = self._own.connection
        return replace(self._facts, connection=connection, deals=connection.table(NAME))


def _cursor(connection: Any) -> Any:
    import ibis

    return ibis.duckdb.from_connection(connection.con.cursor())


def _facts(store: Store, state: State, *, today: date, zone: str, currency: str) -> Facts:
    """Everybody's deals as a table in memory; an empty one where there is no deal yet."""
    try:
        facts = deals_kept(store, state, today=today, zone=zone, currency=currency)
    except RebondError as error:
        if error.code not in ("empty_file", "no_usable_row"):
            raise
        return _nothing(today, currency)
    deals = facts.deals
    absent = {name: _null(kind) for name, kind in _BESIDE.items() if name not in deals.columns}
    deals = deals.mutate(**absent)
    deals = deals.mutate(**{name: deals[name].cast(kind) for name, kind in _BESIDE.items()})
    facts.connection.create_table(NAME, deals.select(*DEALS, *BESIDE))
    return replace(facts, deals=facts.connection.table(NAME), touches=None)


def _null(kind: str) -> Any:
    import ibis

    return ibis.null(kind)


def _nothing(today: date, currency: str) -> Facts:
    import ibis

    connection = ibis.duckdb.connect()
    table: Table = connection.create_table(NAME, schema=ibis.schema(DEALS | _BESIDE))
    return Facts(connection, table, None, today, currency, 100, 0, 0)

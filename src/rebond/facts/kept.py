"""The facts of the records kept in memory, for pages: opened once per state and asked many times.

In memory are the deals, the roll-up of their touches by month, and the touches (a hundred thousand deals with a million
touches are some two hundred megabytes): those of everybody, with their team and owner, since whose deals are asked for
is one more condition. Whoever asks much of the same deals has them laid out (``Kept.laid_out``): a seller's questions
are then asked of thousands of rows, not of a million.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rebond.base.errors import RebondError
from rebond.facts import contacts
from rebond.facts.from_records import BESIDE, deals_kept, owner_names
from rebond.facts.model import Facts, Table
from rebond.facts.store import State, Store
from rebond.numbers import tables
from rebond.numbers.tables import DEALS, TOUCHES
from rebond.numbers.touches_queries import SUMMED_COUNTS, SUMMED_MINUTES

#: What the columns beside those of ``numbers.tables`` hold.
_BESIDE = {
    "owner_id": "int64", "team_id": "int64", "in_bulk": "int64", "debriefed": "int64", "could_act": "string",
    "answers": "string",
}  # fmt: skip
#: Columns of the roll-up as it is kept (counts of one month are small numbers), and of the touches.
ROLL = (
    {"deal_id": "string", "month": "date"} | dict.fromkeys(SUMMED_COUNTS, "int32")
    | dict.fromkeys(SUMMED_MINUTES, "float64")
)  # fmt: skip
DATED = TOUCHES | {tables.BESIDE: "int64"}
NAME, ROLLED, TOUCHED, OWNERS = "kept_deals", "kept_roll", "kept_touches", "kept_owners"
#: What is laid out has the same names whatever it is of, so that its SQL is written once (``facts.quick``).
LAID_DEALS, LAID_ROLL, LAID_TOUCHES = "laid_deals", "laid_roll", "laid_touches"
#: So much is kept laid out (a seller's takes some five megabytes); what was asked in the last seconds stays.
LAID, IN_USE = 24, 300.0


@dataclass
class _Laid:
    """Deals that were laid out: the number in the names of their tables, whether these are all deals, last asked."""

    number: int
    whole: bool
    asked: float


class Kept:
    """The facts of one state as of one day, in memory; may be asked by several threads at once.

    A connection of DuckDB serves one thread at a time, so each thread gets one of its own to the same memory.

    Args:
        before: one with the same deals: they are taken from its memory, a third of what reading them takes.
    """

    def __init__(
        self, store: Store, state: State, *, today: date, zone: str, currency: str, before: Kept | None = None
    ) -> None:
        self._store, self._state = store, state
        self._facts = before._copy() if before else _facts(store, state, today=today, zone=zone, currency=currency)
        self._main = self._facts.connection
        self._own, self._opening, self._opened = threading.local(), threading.Lock(), set[str]()
        self._laid: OrderedDict[Hashable, _Laid] = OrderedDict()
        self._laying, self._numbers = threading.Lock(), 0

    def facts(self, *, deals_only: bool = False, dated: bool = True) -> Facts:
        """Facts of every deal, for the thread that asks.

        ``deals`` with the columns ``BESIDE``; ``roll`` as ``facts.touches.rollup`` has it; ``touches`` with their
        sellers' names and ``numbers.tables.BESIDE``.

        Args:
            deals_only: without ``roll`` and ``touches``, which are opened for whoever wants them first.
            dated: with ``touches``; whoever counts by months alone needs none.
        """
        if not hasattr(self._own, "connection"):
            self._own.connection = _cursor(self._main)
        if deals_only:
            return replace(self._facts, connection=self._own.connection, deals=self._own.connection.table(NAME))
        name = "dated" if dated else "facts"
        if not hasattr(self._own, name):
            setattr(self._own, name, self._whole(self._own.connection, dated=dated))
        found: Facts = getattr(self._own, name)
        return found

    def _whole(self, connection: Any, *, dated: bool) -> Facts:
        with self._opening:
            if ROLLED not in self._opened:
                _keep_roll(connection, self._store, self._state)
                self._opened.add(ROLLED)
            if dated and TOUCHED not in self._opened:
                _keep_touches(connection, self._store, self._state)
                self._opened.add(TOUCHED)
        deals, roll = (connection.table(name) for name in (NAME, ROLLED))
        touches = connection.table(TOUCHED) if dated else None
        return replace(self._facts, connection=connection, deals=deals, roll=roll, touches=touches)

    def laid_out(
        self, key: Hashable, deals: Callable[[Table], Table], *, whole: bool, dated: bool = True
    ) -> Facts:  # fmt: skip
        """Facts of some of the deals as tables of their own, made once, for the thread that asks.

        Args:
            key: what these deals are told apart by, and everything that ``deals`` depends on.
            deals: makes them of everybody's.
            whole: these are all deals, so that there is nothing to leave out of ``roll`` and ``touches``.
            dated: with ``touches``.
        """
        facts, key = self.facts(dated=dated), (key, dated)
        with self._laying:
            laid = self._laid.get(key) or self._lay_out(key, facts, deals, whole=whole)
            laid.asked = time.monotonic()
            self._laid.move_to_end(key)
        if not hasattr(self._own, "laid"):
            self._own.laid = OrderedDict()
        seen: OrderedDict[int, Facts] = self._own.laid
        if laid.number not in seen:
            seen[laid.number] = _seen(_cursor(self._main), laid, facts)
            while len(seen) > LAID:
                seen.popitem(last=False)
        return seen[laid.number]

    def _lay_out(self, key: Hashable, facts: Facts, deals: Callable[[Table], Table], *, whole: bool) -> _Laid:
        self._numbers += 1
        laid = _Laid(self._numbers, whole, time.monotonic())
        chosen = f"{LAID_DEALS}_{laid.number}"
        some = facts.connection.create_table(chosen, deals(facts.deals))
        if not whole:
            for name, kept in ((LAID_ROLL, facts.roll), (LAID_TOUCHES, facts.touches)):
                if kept is not None:
                    of_these = kept.semi_join(some, kept.deal_id == some["id"])
                    facts.connection.create_table(f"{name}_{laid.number}", of_these)
        self._laid[key] = laid
        self._clear(facts.connection)
        return laid

    def _clear(self, connection: Any) -> None:
        """Lets go what was laid out longest ago, but nothing that may be in the middle of an answer."""
        while len(self._laid) > LAID:
            key, oldest = next(iter(self._laid.items()))
            if time.monotonic() - oldest.asked < IN_USE:
                return
            del self._laid[key]
            for name in (LAID_DEALS, LAID_ROLL, LAID_TOUCHES):
                connection.drop_table(f"{name}_{oldest.number}", force=True)

    def _copy(self) -> Facts:
        """The deals once more, in a memory of their own: whoever keeps something beside them starts anew."""
        connection = _engine()
        connection.create_table(NAME, _cursor(self._main).table(NAME).to_pyarrow())
        return replace(self._facts, connection=connection, deals=connection.table(NAME))


def _engine() -> Any:
    import ibis

    return ibis.duckdb.connect()


def _cursor(connection: Any) -> Any:
    from rebond.facts.quick import Quick

    return Quick.from_connection(connection.con.cursor())


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


def _keep_roll(connection: Any, store: Store, state: State) -> None:
    """The roll-up as a table in memory."""
    import ibis

    roll = contacts.roll(connection, store, state)
    if roll is None:
        connection.create_table(ROLLED, schema=ibis.schema(ROLL))
    else:
        connection.create_table(ROLLED, roll.select(**{name: roll[name].cast(kind) for name, kind in ROLL.items()}))


def _keep_touches(connection: Any, store: Store, state: State) -> None:
    """The touches as a table in memory, with the names of their sellers."""
    import ibis

    touches = contacts.touches(connection, store, state)
    if touches is None:
        connection.create_table(TOUCHED, schema=ibis.schema(DATED))
        return
    owners = connection.create_table(OWNERS, owner_names(_engine()).to_pyarrow())
    named = touches.left_join(owners, touches.owner_id == owners.of).drop("of", "owner_id")
    connection.create_table(TOUCHED, named.select(**{name: named[name].cast(kind) for name, kind in DATED.items()}))


def _seen(connection: Any, laid: _Laid, facts: Facts) -> Facts:
    """What is laid out by the names that it always has, on a connection of its own."""
    of = {LAID_DEALS: NAME, LAID_ROLL: ROLLED} | ({} if facts.touches is None else {LAID_TOUCHES: TOUCHED})
    for name, kept in of.items():
        own = name == LAID_DEALS or not laid.whole
        table = f"{name}_{laid.number}" if own else kept
        connection.raw_sql(f"CREATE TEMP VIEW {name} AS SELECT * FROM {table}")  # noqa: S608 (names of ours)
    touches = connection.table(LAID_TOUCHES) if LAID_TOUCHES in of else None
    deals, roll = connection.table(LAID_DEALS), connection.table(LAID_ROLL)
    return replace(facts, connection=connection, deals=deals, roll=roll, touches=touches)


def _null(kind: str) -> Any:
    import ibis

    return ibis.null(kind)


def _nothing(today: date, currency: str) -> Facts:
    import ibis

    connection = _engine()
    table: Table = connection.create_table(NAME, schema=ibis.schema(DEALS | _BESIDE))
    return Facts(connection, table, None, today, currency, 100, 0, 0)

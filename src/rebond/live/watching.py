"""How a process hears of events that another one committed: SQLite is asked, PostgreSQL tells.

SQLite: one connection of our own asks ``PRAGMA data_version`` (a counter that changes whenever another connection
committed; it reads no table) and looks for new rows only then. PostgreSQL: ``NOTIFY`` in the transaction that wrote the
event, ``LISTEN`` here; ids may be committed out of order, so what is named is read by its id, and after a lost
connection a little is read again (the hub tells nothing twice).

Whoever watches says from where on, so that nothing falls between two connections.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import connection

from rebond.live.actions import CHANNEL
from rebond.live.hub import Told

log = logging.getLogger("rebond.live")
#: Seconds between two looks at SQLite; until a lost PostgreSQL connection is tried again.
LOOK, AGAIN = 0.025, 1.0
#: Events in a handful; read again around a PostgreSQL id, since ids commit out of order.
AT_ONCE, OVERLAP = 200, 50
#: Seconds after which PostgreSQL is asked although it told nothing: a line may be dead and not say so.
ASKED = 20.0
#: The same for the system below, which otherwise believes in a dead line for hours (libpq's parameters).
ALIVE = {
    "connect_timeout": "5", "keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}  # fmt: skip
_COLUMNS = "SELECT id, kind, audience, data FROM live_liveevent"
_NEWEST = f"SELECT id FROM live_liveevent ORDER BY id DESC LIMIT {OVERLAP}"  # noqa: S608 (a number of ours)


class Watch(ABC):
    """Where events come from."""

    #: How far before an id those may lie that were committed after it.
    overlap = 0

    @abstractmethod
    async def newest(self) -> list[int]:
        """The ids of the newest events there are, the newest first; what is not among them is news."""

    @abstractmethod
    async def _some(self, pk: int) -> list[Told]:
        """Up to ``AT_ONCE`` events after that one, oldest first."""

    @abstractmethod
    def coming(self, pk: int) -> AsyncIterator[Sequence[Told]]:
        """What is told after that one, in handfuls; never ends by itself, and may say something twice."""

    async def after(self, pk: int) -> AsyncIterator[Sequence[Told]]:
        """Everything told after that one until now, oldest first, in handfuls; what is a little older may be there."""
        pk -= self.overlap
        while events := await self._some(pk):
            yield events
            pk = events[-1].pk
            if len(events) < AT_ONCE:
                return


def told(row: Sequence[Any]) -> Told:
    """A row of the table; JSON comes as text from SQLite, as it is from PostgreSQL."""
    pk, kind, audience, data = row
    return Told.of(pk, kind, _json(audience), _json(data))


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


class SqliteWatch(Watch):
    """Asks forty times a second whether anybody wrote anything; costs about a hundredth of a core."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.own: sqlite3.Connection | None = None

    def _connection(self) -> sqlite3.Connection:
        if self.own is None:
            self.own = sqlite3.connect(self.path, isolation_level=None, timeout=0.5)
        return self.own

    async def newest(self) -> list[int]:
        return [int(row[0]) for row in self._connection().execute(_NEWEST)]

    async def _some(self, pk: int) -> list[Told]:
        rows = self._connection().execute(f"{_COLUMNS} WHERE id > ? ORDER BY id LIMIT ?", [pk, AT_ONCE])
        return [told(row) for row in rows]

    async def coming(self, pk: int) -> AsyncIterator[Sequence[Told]]:
        version = None
        while True:
            # The counter first: what is committed after it is read changes it once more.
            before, version = version, self._version()
            if version != before:
                async for events in self.after(pk):
                    pk = events[-1].pk
                    yield events
            await asyncio.sleep(LOOK)

    def _version(self) -> int:
        return int(self._connection().execute("PRAGMA data_version").fetchone()[0])


class PostgresWatch(Watch):
    """Two connections of its own: one listens, one reads."""

    overlap = OVERLAP

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = parameters
        self.reader: Any = None
        self.reading = asyncio.Lock()

    async def _open(self) -> Any:
        import psycopg

        return await psycopg.AsyncConnection.connect(**self.parameters, autocommit=True)

    async def _rows(self, query: str, values: list[Any]) -> list[Any]:
        async with self.reading:
            if self.reader is None or self.reader.closed:
                self.reader = await self._open()
            cursor = await self.reader.execute(query, values)
            rows: list[Any] = await cursor.fetchall()
            return rows

    async def newest(self) -> list[int]:
        return [int(row[0]) for row in await self._rows(_NEWEST, [])]

    async def _some(self, pk: int) -> list[Told]:
        rows = await self._rows(f"{_COLUMNS} WHERE id > %s ORDER BY id LIMIT %s", [pk, AT_ONCE])
        return [told(row) for row in rows]

    async def coming(self, pk: int) -> AsyncIterator[Sequence[Told]]:
        listening = await self._open()
        try:
            await listening.execute(f"LISTEN {CHANNEL}")
            while True:
                async for events in self.after(pk):
                    pk = max(pk, events[-1].pk)
                    yield events
                async for notice in listening.notifies(timeout=ASKED):
                    named = await self._rows(f"{_COLUMNS} WHERE id = %s", [int(notice.payload)])
                    pk = max(pk, *(row[0] for row in named), 0)
                    yield [told(row) for row in named]
        finally:
            with suppress(Exception):
                await listening.close()


def watch() -> Watch:
    """The one of the installation's database."""
    if connection.vendor == "postgresql":
        return PostgresWatch(_parameters())
    return SqliteWatch(str(settings.DATABASES["default"]["NAME"]))


def _parameters() -> dict[str, Any]:
    """How Django reaches PostgreSQL, without what only its own pool knows."""
    from psycopg import conninfo

    parameters = dict(connection.get_connection_params())
    for name in ("cursor_factory", "context", "prepare_threshold", "autocommit", "server_side_binding"):
        parameters.pop(name, None)
    return ALIVE | conninfo.conninfo_to_dict(**parameters)

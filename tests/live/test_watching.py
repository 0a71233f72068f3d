"""A process hears of every event once: however many it missed, whatever happens to its line to the database."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from rebond.live import stream, watching
from rebond.live.actions import tell
from rebond.live.hub import Told
from rebond.live.models import LiveEvent
from rebond.live.stream import Streams
from rebond.live.tickets import ticket
from rebond.live.watching import AT_ONCE, OVERLAP, Watch
from tests.loops import in_a_loop

MANY = 2 * AT_ONCE + 50
NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)


def rows(count: int, start: int = 0) -> list[int]:
    """So many events in the table; their ids."""
    made = [
        LiveEvent(key=f"k{number}", kind="bell", audience=["everyone"], data={"number": number}, at=NOON)
        for number in range(start, start + count)
    ]
    LiveEvent.objects.bulk_create(made)
    return sorted(LiveEvent.objects.filter(key__in=[one.key for one in made]).values_list("pk", flat=True))


async def next_ids(coming: AsyncIterator[Sequence[Told]], count: int) -> list[int]:
    """The ids of what comes next, until there are so many different ones."""
    found: list[int] = []
    async with asyncio.timeout(20):
        while len(set(found)) < count:
            found += [event.pk for event in await anext(coming)]
    return found


# ---- either database


@pytest.mark.django_db(transaction=True)
def test_whoever_missed_more_than_a_handful_is_told_all_of_it() -> None:
    """A screen that slept over a weekend of a large company."""
    pks = rows(MANY)

    async def missed() -> list[int]:
        return [event.pk async for events in watching.watch().after(pks[0] - 1) for event in events]

    assert in_a_loop(missed()) == pks


@pytest.mark.django_db(transaction=True)
def test_what_was_told_while_nobody_listened_comes_first_and_then_what_is_told() -> None:
    """A line that was lost and is there again: from where it was, not from now."""
    pks = rows(MANY)

    async def heard() -> tuple[list[int], list[int]]:
        coming = watching.watch().coming(pks[9])
        before = await next_ids(coming, MANY - 10)
        told = asyncio.create_task(asyncio.to_thread(_tell))
        after = await next_ids(coming, 1)
        await told
        return before, after

    before, after = in_a_loop(heard())
    overlap = OVERLAP if connection.vendor == "postgresql" else 0
    assert sorted(set(before) - {*pks[: 10 if overlap else 0]}) == pks[10:]
    assert after == [LiveEvent.objects.get(key="while listening").pk]


def _tell() -> None:
    try:
        tell(key="while listening", kind="bell", audience=["everyone"], data={}, now=timezone.now())
    finally:
        connection.close()
        close_old_connections()


@pytest.mark.django_db(transaction=True)
def test_the_newest_are_known_and_not_told_again() -> None:
    pks = rows(OVERLAP + 5)

    async def newest() -> list[int]:
        return await watching.watch().newest()

    assert in_a_loop(newest()) == pks[: -OVERLAP - 1 : -1]


# ---- the process, with a database that does as it is told


class Table(Watch):
    """Events in a list; ``lost`` is how often the line is lost before it holds, ``torn`` from where nothing is read."""

    def __init__(self, *pks: int, lost: int = 0) -> None:
        self.pks = list(pks)
        self.lost = lost
        self.torn = -1
        self.asked = 0

    async def newest(self) -> list[int]:
        self._ask()
        return self.pks[::-1]

    async def _some(self, pk: int) -> list[Told]:
        self._ask()
        if pk == self.torn:
            raise ConnectionError
        return [bell(one) for one in self.pks if one > pk][:AT_ONCE]

    def _ask(self) -> None:
        self.asked += 1
        if self.lost:
            self.lost -= 1
            raise ConnectionError

    async def coming(self, pk: int) -> AsyncIterator[Sequence[Told]]:
        while True:
            async for events in self.after(pk):
                pk = events[-1].pk
                yield events
            await asyncio.sleep(0)


def bell(pk: int) -> Told:
    return Told.of(pk, "bell", ["everyone"], {"number": pk})


class Screen:
    """One open stream, by the server's own interface (ASGI)."""

    def __init__(self, streams: Streams, *, method: str = "GET", holder: str = "user:1", **query: str) -> None:
        given = {"ticket": ticket(holder=holder, topics=["everyone"], now=timezone.now()), **query}
        scope = {"method": method, "query_string": urlencode(given).encode(), "headers": []}
        self.status, self.text, self.gone = 0, b"", asyncio.Event()
        self.task = asyncio.create_task(streams(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"")
        await asyncio.sleep(0)

    @property
    def heard(self) -> list[int]:
        return [json.loads(line[6:])["number"] for line in self.text.splitlines() if line.startswith(b"data: {")]

    async def hears(self, *pks: int) -> None:
        async with asyncio.timeout(5):
            while not {*pks} <= {*self.heard}:
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AGAIN", 0.001)


def in_a_process(table: Table, monkeypatch: pytest.MonkeyPatch) -> Streams:
    monkeypatch.setattr(watching, "watch", lambda: table)
    return Streams()


def test_what_is_told_while_the_line_is_lost_is_told_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(1, 2)

    async def lived() -> list[int]:
        screen = Screen(in_a_process(table, monkeypatch), after="2")
        await until(lambda: table.asked > 3)
        table.lost = 3
        table.pks += [3, 4]
        await screen.hears(3, 4)
        return screen.heard

    assert in_a_loop(lived()) == [3, 4]


def test_nothing_else_is_begun_until_every_screen_that_keeps_up_was_sent_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that is made beside would take its turns between the screens."""
    table, sent_inside = Table(1), []

    async def lived() -> None:
        screens: list[Screen] = []

        @contextmanager
        def alone() -> Iterator[None]:
            yield
            sent_inside.append([screen.heard for screen in screens])

        monkeypatch.setattr(watching, "watch", lambda: table)
        streams = Streams(alone)
        screens += [Screen(streams, holder=f"user:{number}", after="1") for number in range(30)]
        await until(lambda: len(streams.hub) == len(screens) and table.asked > 40)
        sent_inside.clear()
        table.pks += [2]
        for screen in screens:
            await screen.hears(2)

    in_a_loop(lived())
    assert [[2]] * 30 in sent_inside


def test_a_process_that_never_told_anything_catches_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table()

    async def lived() -> list[int]:
        screen = Screen(in_a_process(table, monkeypatch), after="0")
        await until(lambda: table.asked > 3)
        table.lost, table.pks = 2, [1]
        await screen.hears(1)
        return screen.heard

    assert in_a_loop(lived()) == [1]


def test_a_first_screen_is_not_answered_before_its_process_knows_where_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is committed between its page and the process's first look would be told by neither."""
    table = Table(1, lost=3)

    async def lived() -> tuple[int, list[int], list[int]]:
        streams = in_a_process(table, monkeypatch)
        first = Screen(streams, after="1")
        await asyncio.sleep(0)
        before = first.status
        table.pks.append(2)
        second = Screen(streams, after="1", holder="user:2")
        await asyncio.gather(first.hears(2), second.hears(2))
        return before, first.heard, second.heard

    assert in_a_loop(lived()) == (0, [2], [2])


def test_without_a_database_a_screen_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PATIENCE", 0.02)

    async def lived() -> int:
        screen = Screen(in_a_process(Table(lost=10**9), monkeypatch), after="0")
        await screen.task
        return screen.status

    assert in_a_loop(lived()) == 503


def test_a_screen_whose_past_cannot_be_read_ends_and_the_others_hear_on(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(1)
    table.torn = 0

    async def lived() -> tuple[list[int], list[int]]:
        streams = in_a_process(table, monkeypatch)
        good = Screen(streams, after="1")
        await until(lambda: good.status == 200)
        bad = Screen(streams, after="0", holder="user:2")
        await bad.task  # its browser comes back
        table.pks.append(2)
        await good.hears(2)
        return bad.heard, good.heard

    assert in_a_loop(lived()) == ([], [2])


def test_there_is_a_last_stream_and_pages_are_still_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stream is an open file: who comes when few are left is asked to come again, and finds a way as others go."""
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (stream.KEPT_FREE + 2, 4096))

    async def lived() -> tuple[list[int], int]:
        streams = in_a_process(Table(), monkeypatch)
        screens = []
        for number in range(3):
            screens.append(Screen(streams, holder=f"user:{number}"))
            await until(lambda: screens[-1].status > 0)
        screens[0].gone.set()
        await screens[0].task
        later = Screen(streams, holder="user:9")
        await until(lambda: later.status > 0)
        return [screen.status for screen in screens], later.status

    assert in_a_loop(lived()) == ([200, 200, 503], 200)


@pytest.mark.parametrize(
    ("limit", "most"), [((resource.RLIM_INFINITY,) * 2, 10**6), ((100, 100), 1), ((1128, 9), 1000)]
)
def test_how_many_streams_a_process_takes(limit: tuple[int, int], most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _what: limit)
    assert min(stream.most(), 10**6) == most


def test_a_stream_is_read_by_get_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lived() -> list[int]:
        screens = [Screen(in_a_process(Table(), monkeypatch), method=method) for method in ("POST", "HEAD", "DELETE")]
        await asyncio.gather(*(screen.task for screen in screens))
        return [screen.status for screen in screens]

    assert in_a_loop(lived()) == [405, 405, 405]


async def until(true: Any) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)

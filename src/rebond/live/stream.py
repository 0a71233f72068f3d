"""``/live/stream``: server-sent events, on their own small ASGI path (no middleware: compression would hold them back).

One task per open screen that waits for its queue; a hundred screens cost as much as their buffers. Events are told by
the hub of the process; each browser comes back by itself, with the id of the last event it saw (``Last-Event-ID``).
"""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from rebond.live import watching
from rebond.live.hub import Hub, Stream, Told
from rebond.live.tickets import Ticket, read

log = logging.getLogger("rebond.live")
PATH = "/live/stream"
#: Seconds between two pings; milliseconds until a browser comes back.
PING_EVERY, RETRY = 15.0, 2000
#: Seconds that a stream waits for the database; longer than that its browser asks again.
PATIENCE = 10.0
#: Turns of the loop after which a screen that keeps up has been sent what was put in its queue.
STEPS = 3
#: Open files that are never given to streams, but to pages, the database and whatever else a process needs.
KEPT_FREE = 128
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
]  # fmt: skip


class Streams:
    """The ASGI application: opens streams, and keeps one hub and its watch for the process.

    Args:
        alone: for as long as it is held, the process begins nothing else.
    """

    def __init__(self, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.hub = Hub()
        self.alone = alone
        self.watch: watching.Watch | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        #: The process knows from which event on it tells: a stream that opened before could miss what came between.
        self.ready = asyncio.Event()
        self.stopping = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        ticket = _ticket(scope)
        if scope["method"] != "GET" or ticket is None:
            await _refuse(send, 401 if scope["method"] == "GET" else 405)
            return
        watch = None if self.stopping or len(self.hub) >= most() else self._begin()
        if watch is None or not await self._is_ready():
            await _refuse(send, 503)
            return
        stream = self.hub.open(ticket)
        gone = asyncio.ensure_future(_disconnected(receive, stream))
        try:
            await self._serve(stream, send, watch, _last_seen(scope))
        finally:
            gone.cancel()
            self.hub.close(stream)

    async def _serve(self, stream: Stream, send: Any, watch: watching.Watch, seen: int | None) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _send(send, f"retry: {RETRY}\n\n".encode())
        if seen is None or await _missed(stream, send, watch, seen):
            while (message := await stream.queue.get()) is not None:
                await _send(send, message)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _begin(self) -> watching.Watch:
        """The first stream of a process starts its watch."""
        if self.watch is None:
            self.loop = asyncio.get_running_loop()
            self.watch = watching.watch()
            self.tasks = [asyncio.create_task(self._listen(self.watch)), asyncio.create_task(self._ping())]
        return self.watch

    async def _is_ready(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ready.wait(), PATIENCE)
        return self.ready.is_set()

    async def _listen(self, watch: watching.Watch) -> None:
        """Passes on what comes, for as long as the process lives; after a lost connection, from where it was."""
        while True:
            try:
                if not self.ready.is_set():
                    self.hub.know(await watch.newest())
                    self.ready.set()
                async for events in watch.coming(self.hub.last):
                    await self._tell(events)
            except Exception as error:  # noqa: BLE001 (the process's edge: whatever it says, it is asked again)
                log.warning("live events: no connection (%s), trying again", type(error).__name__)
            await asyncio.sleep(watching.AGAIN)

    async def _tell(self, events: Sequence[Told]) -> None:
        """To all screens before the next page is begun, since each page would take its turns between them."""
        with self.alone():
            self.hub.tell(events)
            for _step in range(STEPS):
                await asyncio.sleep(0)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            self.hub.ping(datetime.now(UTC).timestamp())

    def stop_soon(self) -> None:
        """From a signal's handler: at the loop's next turn."""
        self.stopping = True
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.stop)

    def stop(self) -> None:
        """Ends every stream, so that the process can stop at once."""
        self.stopping = True
        self.hub.end_all()
        for task in self.tasks:
            task.cancel()


async def _disconnected(receive: Any, stream: Stream) -> None:
    """Ends the stream when its browser is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _missed(stream: Stream, send: Any, watch: watching.Watch, seen: int) -> bool:
    """Tells what came after the last event that a screen saw; ``False``: not all of it, so it is to ask again."""
    try:
        async for events in watch.after(seen):
            for event in events:
                if not stream.ticket.topics.isdisjoint(event.audience):
                    await _send(send, event.message)
    except Exception as error:  # noqa: BLE001 (the process's edge: its browser comes back in two seconds)
        log.warning("live events: a screen could not be told what it missed (%s)", type(error).__name__)
        return False
    return True


def most() -> int:
    """How many streams a process takes: each is an open file, and without any left no page is answered."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if files == resource.RLIM_INFINITY else max(files - KEPT_FREE, 1)


async def _send(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _refuse(send: Any, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _ticket(scope: Any) -> Ticket | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return read(query.get("ticket", [""])[0], datetime.now(UTC))


def _last_seen(scope: Any) -> int | None:
    """The header of a browser that comes back, else what the page was made with (``?after=``)."""
    headers = dict(scope["headers"])
    query = parse_qs(scope["query_string"].decode("latin-1"))
    text = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("after", [""])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

"""One hub per server process: every open stream of it, and what is told to them. Runs in the event loop alone."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rebond.live.tickets import Ticket

#: Streams of one holder in one process (a browser has one, however many tabs; somebody may have several browsers).
STREAMS_EACH = 12
#: Events that wait for one slow screen; with more its stream ends, and it asks again from where it was.
WAITING = 64
#: Ids told lately, so that what is read twice is told once.
REMEMBERED = 5_000
#: An event, which scripts see, unlike a comment: a screen whose network went without a word notices the silence.
PING = b"event: ping\ndata: 1\n\n"


@dataclass(frozen=True)
class Told:
    """One event as the hub passes it on."""

    pk: int
    audience: frozenset[str]
    message: bytes

    @classmethod
    def of(cls, pk: int, kind: str, audience: Iterable[str], data: Any) -> Told:
        """An event in the form of the standard (HTML, 9.2.6): an id, a name, one line of JSON.

        >>> Told.of(7, "bell", ["everyone"], {"who": "Camille"}).message
        b'id: 7\\nevent: bell\\ndata: {"who": "Camille"}\\n\\n'
        """
        text = json.dumps(data, ensure_ascii=False)
        return cls(pk, frozenset(audience), f"id: {pk}\nevent: {kind}\ndata: {text}\n\n".encode())


@dataclass(eq=False)
class Stream:
    """One open screen: what it listens to, and what waits for it. ``None`` in the queue ends it."""

    ticket: Ticket
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(WAITING))

    def offer(self, message: bytes) -> bool:
        """Whether there was room."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            return False
        return True

    def end(self) -> None:
        """Its sender stops at the next turn; what waited is asked for again."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """Every open stream of one process."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Stream]] = defaultdict(list)
        self.last = 0
        self._seen: deque[int] = deque(maxlen=REMEMBERED)
        self._seen_set: set[int] = set()

    def open(self, ticket: Ticket) -> Stream:
        """A stream more; the oldest of a holder with too many ends."""
        stream = Stream(ticket)
        mine = self.streams[ticket.holder]
        mine.append(stream)
        if len(mine) > STREAMS_EACH:
            mine.pop(0).end()
        return stream

    def close(self, stream: Stream) -> None:
        """It is gone."""
        mine = self.streams.get(stream.ticket.holder, [])
        if stream in mine:
            mine.remove(stream)
        if not mine:
            self.streams.pop(stream.ticket.holder, None)

    def tell(self, events: Iterable[Told]) -> None:
        """Passes each on to whom it concerns, once."""
        for event in events:
            if event.pk in self._seen_set:
                continue
            self._remember(event.pk)
            for stream in self._all():
                if not stream.ticket.topics.isdisjoint(event.audience) and not stream.offer(event.message):
                    stream.end()

    def know(self, pks: Iterable[int]) -> None:
        """What was told before this process began is told by nobody again."""
        for pk in sorted(pks):
            self._remember(pk)

    def ping(self, now: float) -> None:
        """Keeps proxies from closing quiet streams, and ends those whose ticket ran out."""
        for stream in self._all():
            if stream.ticket.until <= now:
                stream.end()
            else:
                stream.offer(PING)

    def end_all(self) -> None:
        """The process stops: screens come back to another one."""
        for stream in self._all():
            stream.end()

    def __len__(self) -> int:
        return sum(map(len, self.streams.values()))

    def _all(self) -> list[Stream]:
        return [stream for mine in self.streams.values() for stream in mine]

    def _remember(self, pk: int) -> None:
        if len(self._seen) == REMEMBERED:
            self._seen_set.discard(self._seen[0])
        self._seen.append(pk)
        self._seen_set.add(pk)
        self.last = max(self.last, pk)

"""Whose page is made next: in the order of asking, but what many wait for goes first, and alone.

Threads of one process share one interpreter: a page that is made beside another takes twice as long, and each of its
queries waits for the other's turn to end. That is fair among pages; the form that wins a deal rings on every screen of
the company, so while it is made nothing else is begun. It takes some hundredths of a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Turns:
    """So many places; everything happens in the event loop, so nothing is locked.

    What was begun is never interrupted: the first in a hurry waits for one place to be free, not for all.
    """

    def __init__(self, places: int) -> None:
        self.free = places
        self.hurried = 0
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, first: bool = False) -> AsyncIterator[None]:
        """One place, for as long as the block takes.

        Args:
            first: goes before everybody who waits; nobody else begins while it lasts.
        """
        await self._enter(first)
        try:
            yield
        finally:
            self._leave(first)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No page is begun while the block lasts: the loop itself has something in a hurry to do."""
        self.hurried += 1
        try:
            yield
        finally:
            self.hurried -= 1
            self._call()

    async def _enter(self, first: bool) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._first if first else self._others).append(mine)
        self._call()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._leave(first)  # called and gone at the same moment: the place is another's
            raise

    def _leave(self, first: bool) -> None:
        self.free += 1
        self.hurried -= first
        self._call()

    def _call(self) -> None:
        """Calls in whoever may begin now; who hung up meanwhile is passed over."""
        for line, hurry in ((self._first, True), (self._others, False)):
            while line and self.free and (hurry or not self.hurried):
                one = line.popleft()
                if not one.done():
                    self.free -= 1
                    self.hurried += hurry
                    one.set_result(None)

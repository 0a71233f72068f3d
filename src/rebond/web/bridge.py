"""From the server's event loop to Django's WSGI side and back, in one step of a worker thread per request.

A general adapter (a2wsgi) hands each piece of an answer from thread to loop and waits for it. Our pages are one piece,
and small forms are read before a thread is taken, so the thread is free again as soon as Django is done. What is large
goes the general way: an upload is read while it comes, an export is written while it is made.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from a2wsgi.wsgi import Body, WSGIMiddleware, build_environ

from rebond.web.turns import Turns

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: A page or a form up to this many bytes goes in one piece.
IN_ONE_PIECE = 1024 * 1024


class Bridge:
    """An ASGI application around a WSGI one, with a fixed number of threads (each keeps its database connection).

    Args:
        first: whether a request (its ASGI scope) goes before all that wait, see ``web.turns``.
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], *, threads: int, first: Callable[[Any], bool] = lambda _scope: False
    ) -> None:
        self.app, self.first = app, first
        self.turns = Turns(threads)
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")
        self.general = WSGIMiddleware(cast(Any, app), workers=threads)
        self.general.executor = self.threads

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        length = _length(scope["headers"])
        if length is None or length > IN_ONE_PIECE:
            async with self.turns.turn():
                await self.general(scope, cast(Any, receive), cast(Any, send))
            return
        body = await _read(receive) if length else b""
        if body is None:
            return
        environ = build_environ(scope, cast(Body, io.BytesIO(body)))
        environ["wsgi.errors"] = sys.stderr
        loop = asyncio.get_running_loop()
        answer = _Answer(self.app, environ, loop, send)
        async with self.turns.turn(first=self.first(scope)):
            await loop.run_in_executor(self.threads, answer.make)
        for message in answer.messages:
            await send(message)


class _Answer:
    """One answer in the making. Runs in a worker thread; what fits in one piece is left in ``messages``."""

    def __init__(self, app: Any, environ: Any, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self.app, self.environ, self.loop, self.send = app, environ, loop, send
        self.messages: list[Message] = []

    def make(self) -> None:
        pieces = self.app(self.environ, self._start)
        try:
            if self._in_one_piece(pieces):
                self.messages.append({"type": "http.response.body", "body": b"".join(pieces)})
            else:
                self._stream(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:  # noqa: ARG002
        raw = [(name.strip().lower().encode("latin1"), value.strip().encode("latin1")) for name, value in headers]
        self.messages = [{"type": "http.response.start", "status": int(status[:3]), "headers": raw}]

    def _in_one_piece(self, pieces: Iterable[bytes]) -> bool:
        if not getattr(pieces, "streaming", False):
            return True
        length = _length(self.messages[0]["headers"], missing=IN_ONE_PIECE + 1)
        return length is not None and length <= IN_ONE_PIECE

    def _stream(self, pieces: Iterable[bytes]) -> None:
        """Hands each piece on and waits until the loop took it, so that a slow reader slows the making."""
        self._hand_on(self.messages.pop())
        for piece in pieces:
            self._hand_on({"type": "http.response.body", "body": piece, "more_body": True})
        self.messages = [{"type": "http.response.body", "body": b""}]

    def _hand_on(self, message: Message) -> None:
        async def handed_on() -> None:
            await self.send(message)

        asyncio.run_coroutine_threadsafe(handed_on(), self.loop).result()


def _length(headers: Iterable[tuple[bytes, bytes]], missing: int = 0) -> int | None:
    """What content-length says; ``missing`` without one; ``None`` when it is no number."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return missing


async def _read(receive: Receive) -> bytes | None:
    """The whole body; ``None`` when the sender hung up in the middle, so that half a form is never acted on."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)

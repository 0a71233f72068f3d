"""``/live/sound``: recorded sound, on its own small ASGI path, in parts, so that a player begins and seeks at once.

It takes none of the threads that make pages: files are read by two threads of its own, a piece at a time and only as
fast as the player takes them. Each piece is opened by its name again: sound that was removed stops in the middle.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from rebond.celebrate.sound.folder import path_of
from rebond.celebrate.sound.kinds import TYPES
from rebond.celebrate.sound.ranges import Part, part_of
from rebond.celebrate.sound.tickets import PATH, SoundTicket, read

__all__ = ["PATH", "Sounds"]
#: Bytes read and handed on at once.
PIECE = 256 * 1024
Headers = list[tuple[bytes, bytes]]
#: Of every answer: never kept by anybody on the way, never taken for something else.
ALWAYS: Headers = [
    (b"cache-control", b"private, no-store"), (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'"),
]  # fmt: skip


class Sounds:
    """The ASGI application."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="sounds")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await _refuse(send, 405, [(b"allow", b"GET, HEAD")])
            return
        ticket = _ticket(scope)
        if ticket is None:
            await _refuse(send, 401)
            return
        size = await self._run(_size, path_of(ticket.stored))
        if not size:
            await _refuse(send, 404)
            return
        await self._answer(scope, receive, send, ticket, size)

    async def _answer(self, scope: Any, receive: Any, send: Any, ticket: SoundTicket, size: int) -> None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        mark = f'"{ticket.stored[:16]}"'
        asked = scope["method"] == "GET" and headers.get(b"if-range", mark) == mark  # RFC 9110, 14.2: of GET alone
        wanted = headers.get(b"range", "") if asked else ""
        part = part_of(wanted, size)
        if part is None:
            await _refuse(send, 416, [(b"content-range", f"bytes */{size}".encode())])
            return
        await send({"type": "http.response.start", "status": 200 if part.whole else 206,
                    "headers": _headers(ticket, part, mark)})  # fmt: skip
        if scope["method"] == "HEAD" or await self._send(receive, send, path_of(ticket.stored), part):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, receive: Any, send: Any, path: Path, part: Part) -> bool:
        """Whether all of it was handed on: not when the player is gone, or the sound (the server then hangs up)."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            at = part.first
            while at <= part.last and not gone.done():
                piece = await self._run(_piece, path, at, min(PIECE, part.last + 1 - at))
                if not piece:
                    return False
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                at += len(piece)
            return at > part.last
        finally:
            gone.cancel()

    async def _run(self, work: Any, *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.threads, work, *args)


def _headers(ticket: SoundTicket, part: Part, mark: str) -> Headers:
    found = [
        (b"content-type", TYPES.get(ticket.kind, "application/octet-stream").encode()), (b"accept-ranges", b"bytes"),
        (b"content-length", str(part.length).encode()), (b"etag", mark.encode()),
    ]  # fmt: skip
    return [*found, *ALWAYS] if part.whole else [*found, (b"content-range", part.header.encode()), *ALWAYS]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _piece(path: Path, at: int, length: int) -> bytes:
    """That part of the file; nothing, when it is gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(at)
        return file.read(length)
    return b""


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Any, status: int, more: Headers | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"0"), *ALWAYS, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _ticket(scope: Any) -> SoundTicket | None:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    sent = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie")
    session = parse_cookie(sent).get(settings.SESSION_COOKIE_NAME, "")
    return read(query.get("ticket", [""])[0], session, datetime.now(UTC))

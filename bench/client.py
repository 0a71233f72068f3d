"""Many keep-alive clients in one cheap process: raw sockets, so that the load generator leaves the cores to the server.

Reads one JSON document on standard input (port, seconds, one request head and body per client), writes one on standard
output: each answer's status and how long it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

NOT_ANSWERED = 0


async def answer(reader: asyncio.StreamReader) -> int:
    """Reads one whole HTTP/1.1 answer; its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if b"transfer-encoding: chunked" in head:
        while (size := int(await reader.readuntil(b"\r\n"), 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    elif b"content-length:" in head:
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
    return status


async def client(port: int, request: bytes, until: float) -> list[tuple[int, float]]:
    """Sends ``request`` again and again on one connection; (status, seconds) of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seen = []
    while time.perf_counter() < until:
        started = time.perf_counter()
        writer.write(request)
        try:
            status = await answer(reader)
        except (OSError, EOFError, ValueError):
            status = NOT_ANSWERED
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seen.append((status, time.perf_counter() - started))
    writer.close()
    return seen


async def load(plan: dict[str, Any]) -> dict[str, Any]:
    """All clients at once; ``seconds`` is until the last one has its last answer."""
    started = time.perf_counter()
    until = started + plan["seconds"]
    seen = await asyncio.gather(*(client(plan["port"], text.encode(), until) for text in plan["requests"]))
    return {"seconds": time.perf_counter() - started, "answers": [one for clients in seen for one in clients]}


if __name__ == "__main__":
    json.dump(asyncio.run(load(json.load(sys.stdin))), sys.stdout)

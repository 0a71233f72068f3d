"""Many keep-alive clients in one cheap process: raw sockets, so that the load generator leaves the cores to the server.

Reads one JSON document on standard input (port, seconds, per client one request with head and body, or several to be
sent in turn; "every", the seconds from one request of a client to its next, nothing for as fast as it is answered),
writes one on standard output: each answer's status and how long it took.
"""

from __future__ import annotations

import asyncio
import json
import random
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


async def client(port: int, requests: list[bytes], until: float, every: float) -> list[tuple[int, float]]:
    """Sends ``requests`` in turn, again and again, on one connection; (status, seconds) of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seen: list[tuple[int, float]] = []
    begun = time.perf_counter() + random.random() * every
    while time.perf_counter() < until:
        await asyncio.sleep(max(0.0, begun + len(seen) * every - time.perf_counter()) if every else 0)
        started = time.perf_counter()
        writer.write(requests[len(seen) % len(requests)])
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
    turns = [[texts] if isinstance(texts, str) else texts for texts in plan["requests"]]
    clients = [client(plan["port"], [text.encode() for text in t], until, plan.get("every", 0)) for t in turns]
    seen = await asyncio.gather(*clients)
    return {"seconds": time.perf_counter() - started, "answers": [one for clients in seen for one in clients]}


if __name__ == "__main__":
    json.dump(asyncio.run(load(json.load(sys.stdin))), sys.stdout)

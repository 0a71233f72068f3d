"""Hundreds of open screens in one cheap process, and the one who closes a deal: both read the same clock.

Reads one JSON document on standard input (port, tickets, the requests that win a deal each, seconds between two of
them), writes one on standard output: per request the milliseconds until its answer, until the first and the last screen
was told, and how many screens were not.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from typing import Any
from urllib.parse import quote

from bench.client import answer

#: How long a screen is waited for.
PATIENCE = 5.0
#: Connections opened in one go.
AT_ONCE = 40


class Screen(asyncio.Protocol):
    """One open stream, read as cheaply as can be: the load must not take the cores from the server."""

    def __init__(self, screens: Screens, ticket: str) -> None:
        self.screens, self.rest = screens, b""
        self.ask = f"GET /live/stream?ticket={quote(ticket)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    def connection_made(self, transport: Any) -> None:
        transport.write(self.ask)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        text = self.rest + data
        whole, _end, self.rest = text.rpartition(b"\n")
        for line in whole.split(b"\n"):
            if line.startswith(b"retry: "):
                self.screens.open += 1
            elif line.startswith(b"id: "):
                self.screens.told[int(line[4:])].append(at)


class Screens:
    """Every open stream, and when each was told of each event."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.open = 0
        self.told: dict[int, list[float]] = defaultdict(list)

    async def listen(self, ticket: str) -> asyncio.Transport:
        """One screen, for as long as the process lives."""
        loop = asyncio.get_running_loop()
        made, _protocol = await loop.create_connection(lambda: Screen(self, ticket), "127.0.0.1", self.port)
        return made

    async def all_open(self, tickets: list[str]) -> int:
        """Opens them, some at a time; how many, once each is listened to."""
        for start in range(0, len(tickets), AT_ONCE):
            wanted = tickets[start : start + AT_ONCE]
            await asyncio.gather(*map(self.listen, wanted))
            while self.open < start + len(wanted):
                await asyncio.sleep(0.01)
        return len(tickets)


async def win(port: int, request: str) -> tuple[float, float, int]:
    """Sends one form; when it was sent, when it was answered, and with what."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = time.perf_counter()
    writer.write(request.encode())
    status = await answer(reader)
    done = time.perf_counter()
    writer.close()
    return sent, done, status


async def hear(plan: dict[str, Any]) -> list[dict[str, float]]:
    """Every win in turn; what the screens heard of each."""
    screens = Screens(plan["port"])
    screens_open = await screens.all_open(plan["tickets"])
    found = []
    for request in plan["requests"]:
        before = set(screens.told)
        sent, done, status = await win(plan["port"], request)
        heard = await _heard(screens, before, screens_open)
        found.append(
            {
                "status": status, "answered": (done - sent) * 1000, "missed": screens_open - len(heard),
                "first": (heard[0] - sent) * 1000 if heard else 0.0,
                "last": (heard[-1] - sent) * 1000 if heard else 0.0,
            }
        )  # fmt: skip
        await asyncio.sleep(plan["every"])
    return found


async def _heard(screens: Screens, before: set[int], wanted: int) -> list[float]:
    """When each screen was told of the event that is new, in order."""
    until = time.perf_counter() + PATIENCE
    while time.perf_counter() < until:
        new = [pk for pk in screens.told if pk not in before]
        if new and len(screens.told[new[0]]) >= wanted:
            return sorted(screens.told[new[0]])
        await asyncio.sleep(0.005)
    new = [pk for pk in screens.told if pk not in before]
    return sorted(screens.told[new[0]]) if new else []


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    json.dump(asyncio.run(hear(json.load(sys.stdin))), sys.stdout)

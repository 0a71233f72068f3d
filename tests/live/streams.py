"""A browser's stream, as bytes: opened with a ticket, read event by event."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.factories import PASSWORD


class Browser:
    """Somebody signed in, by plain HTTP."""

    def __init__(self, url: str, email: str, password: str = PASSWORD) -> None:
        self.url = url
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.open(f"{url}/account/login/", timeout=20).read()
        self.post("/account/login/", login=email, password=password)

    def post(self, path: str, **fields: str) -> str:
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        body = urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        request = urllib.request.Request(self.url + path, body, {"Referer": self.url})
        return str(self.opener.open(request, timeout=20).read().decode())

    def get(self, path: str) -> str:
        return str(self.opener.open(self.url + path, timeout=20).read().decode())

    def ticket(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/live/ticket"))
        return found

    def stream(self, **more: str) -> Stream:
        given = self.ticket()
        return Stream(self.url, {"ticket": given["ticket"], "after": str(given["after"]), **more})


class Stream:
    """One open ``/live/stream``."""

    def __init__(self, url: str, query: dict[str, str], *, last_event_id: str = "") -> None:
        place = urlsplit(url)
        self.socket = socket.create_connection((place.hostname or "", place.port or 80), timeout=20)
        seen = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
        self.socket.sendall(
            f"GET /live/stream?{urlencode(query)} HTTP/1.1\r\nHost: {place.netloc}\r\n{seen}\r\n".encode()
        )
        self.buffer = b""
        # As live.js: PostgreSQL reads a little again, what was there before and what is known is dropped.
        self.first, self.seen = int(last_event_id or query.get("after", "0")), set[int]()
        self.status = int(self._until(b"\r\n\r\n").split()[1])

    def _until(self, end: bytes, seconds: float = 20) -> bytes:
        stop = time.monotonic() + seconds
        while end not in self.buffer:
            self.socket.settimeout(max(stop - time.monotonic(), 0.01))
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(self.buffer)
            self.buffer += more
        found, self.buffer = self.buffer.split(end, 1)
        return found

    def opened(self) -> Stream:
        """Once the server listens for it."""
        self._until(b"retry: ")
        return self

    def event(self, seconds: float = 20) -> dict[str, Any]:
        """The next event: its id, kind and data."""
        while True:
            said = self._until(b"\n\n", seconds)
            lines = dict(
                line.split(b": ", 1) for line in said.splitlines() if line.startswith((b"id: ", b"event: ", b"data: "))
            )
            number = int(lines.get(b"id", b"0"))
            if number > self.first and number not in self.seen:
                self.seen.add(number)
                return {"id": number, "kind": lines[b"event"].decode(), "data": json.loads(lines[b"data"])}

    def nothing(self, seconds: float) -> bool:
        """Whether no event comes for so long."""
        try:
            self.event(seconds)
        except (TimeoutError, EOFError):
            return True
        return False

    def ended(self, seconds: float) -> bool:
        """Whether the server ends it within so long."""
        try:
            while True:
                self._until(b"\n\n", seconds)
        except EOFError:
            return True
        except TimeoutError:
            return False

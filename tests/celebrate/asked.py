"""What the path of recorded sound answers, asked by its own interface (ASGI), as the server hands a request on."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from rebond.celebrate.sound.playing import Sounds
from tests.loops import in_a_loop

SESSION = "the-session-of-a-browser"


class Heard:
    """What the sound's path answered."""

    def __init__(self) -> None:
        self.status, self.body, self.ended = 0, b"", False
        self.headers: dict[str, str] = {}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.ended = not message.get("more_body", False)


def ask(
    address: str, *, method: str = "GET", hang_up: bool = False, of: Client | str = SESSION, **headers: str
) -> Heard:  # fmt: skip
    """One request to the sound's path, as the server hands it on from the browser of that session."""
    heard, place = Heard(), urlsplit(address)
    session = of if isinstance(of, str) else of.cookies["sessionid"].value
    sent = headers | ({"cookie": f"theme=dark; sessionid={session}"} if session else {})
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0 if hang_up else 30)
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "path": place.path, "query_string": place.query.encode(), "headers": raw}
    in_a_loop(Sounds()(scope, receive, heard.send))
    return heard

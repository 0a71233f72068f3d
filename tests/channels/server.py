"""A chat service on loopback: answers as it is told to, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Sent:
    """One request as it arrived."""

    path: str
    host: str
    kind: str
    said: dict[str, Any]


@dataclass
class ChatServer:
    """The service.

    Attributes:
        port: where it listens on 127.0.0.1.
        status, more: what it answers with; ``more`` are headers; ``raw`` instead of the text.
        before: called before it answers, e.g. to hang up.
    """

    port: int = 0
    status: int = 200
    more: dict[str, str] = field(default_factory=dict)
    text: str = "ok"
    raw: bytes = b""
    before: Callable[[BaseHTTPRequestHandler], None] | None = None
    sent: list[Sent] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        kind, host = handler.headers.get("Content-Type", ""), handler.headers.get("Host", "")
        self.sent.append(Sent(handler.path, host, kind, json.loads(body)))
        if self.before is not None:
            self.before(handler)
        handler.send_response(self.status)
        for name, value in self.more.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.raw or self.text.encode())


@contextmanager
def serving() -> Iterator[ChatServer]:
    chat = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.answer(self)

        do_GET = do_POST

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    class Quiet(ThreadingHTTPServer):
        request_queue_size = 128  # several workers call at the same moment; the default of five lets some knock in vain

        def handle_error(self, *_args: object) -> None:
            """Callers that hang up are part of the tests."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    chat.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()

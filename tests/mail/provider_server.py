"""An HTTP server on loopback that answers as Postmark's sending interface does, and can be told to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Postmark's own words, which its clients have to read.
WORDS = {
    0: "OK",
    300: "Invalid 'To' address: 'helene@valmy.example'.",
    406: "You tried to send to a recipient that has been marked as inactive.\n Found inactive addresses: "
    "helene@valmy.example.\n Inactive recipients are ones that have generated a hard bounce or a spam complaint. ",
}


class ProviderServer(ThreadingHTTPServer):
    """``taken`` is what it has; ``status`` and ``code`` how it answers (Postmark's ErrorCode, 0 for well).

    ``manner``: "" to answer; ``hang`` to take the mail and say nothing; ``die`` to take it and cut the line in the
    middle of the answer; ``refuse`` to cut the line before reading.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.status, self.code, self.manner = 200, 0, ""
        self.go_on = threading.Event()

    @property
    def url(self) -> str:
        return f"provider+postmark://token%2F1@?api_url=http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: ProviderServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.append(self.headers["X-Postmark-Server-Token"])
        if self.server.status == 200:
            self.server.taken.append(given | {"path": self.path})
        if self.server.manner == "hang":
            self.server.go_on.wait(20)
        number = f"b7bc2f4a-{len(self.server.taken):04d}"
        said = {"ErrorCode": self.server.code, "Message": WORDS.get(self.server.code, "No.")}
        if not self.server.code:
            said |= {"To": given["To"], "MessageID": number, "SubmittedAt": "2026-06-09T08:00:00Z"}
        body = json.dumps(said).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:20] if self.server.manner == "die" else body)
        self.close_connection = bool(self.server.manner)

    def log_message(self, *_what: object) -> None:
        """Says nothing."""


@contextmanager
def providing() -> Iterator[ProviderServer]:
    server = ProviderServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join(10)

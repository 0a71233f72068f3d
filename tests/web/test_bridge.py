"""From the server's loop to Django and back: pages in one piece, exports as they are made, half a form never."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rebond.web.bridge import IN_ONE_PIECE, Bridge
from tests.loops import in_a_loop

Made = tuple[list[dict[str, Any]], list[bytes]]


class Exported:
    """An answer that is made while it is sent, as Django's streaming answers are."""

    streaming = True
    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"one;"
        yield b"two;"

    def close(self) -> None:
        self.closed = True


def ask(answer: Callable[[bytes], Iterable[bytes]], parts: list[dict[str, Any]], *, length: int = 0) -> Made:
    """What the server would send for a POST in ``parts``, and the bodies Django saw."""
    seen: list[bytes] = []
    sent: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"].read(length))
        start("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", " a=b")])
        return answer(seen[-1])

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(length).encode()), (b"cookie", b"a=b")]
    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "http_version": "1.1", "headers": headers,
    }  # fmt: skip
    in_a_loop(Bridge(app, threads=1)(scope, receive, send))
    return sent, seen


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def body_of(sent: list[dict[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


def test_a_form_arrives_whole_and_its_answer_is_one_piece() -> None:
    sent, seen = ask(lambda body: [b"got ", body], [part(b"chan", more=True), part(b"nel")], length=7)
    assert seen == [b"channel"]
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert body_of(sent) == b"got channel"


def test_headers_are_as_http_wants_them() -> None:
    sent, _seen = ask(lambda _body: [b""], [part(b"")])
    assert sent[0]["status"] == 200
    assert sent[0]["headers"] == [(b"content-type", b"text/plain"), (b"set-cookie", b"a=b")]


def test_half_a_form_is_never_acted_on() -> None:
    sent, seen = ask(lambda _body: [b""], [part(b"chan", more=True), {"type": "http.disconnect"}], length=7)
    assert (sent, seen) == ([], [])


def test_an_export_is_sent_while_it_is_made_and_closed_after() -> None:
    exported = Exported()
    sent, _seen = ask(lambda _body: exported, [part(b"")])
    assert [message.get("body") for message in sent] == [None, b"one;", b"two;", b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, False]
    assert exported.closed


def test_a_large_upload_is_read_while_it_comes() -> None:
    length = IN_ONE_PIECE + 1
    parts = [part(b"x" * (length - 1), more=True), part(b"y")]
    sent, seen = ask(lambda body: [str(len(body)).encode()], parts, length=length)
    assert len(seen[0]) == length
    assert body_of(sent) == str(length).encode()

"""A mail taken apart within limits: its words, and the parts that machines wrote. Attachments are never opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser

from rebond.mail.reading import headers
from rebond.mail.reading.hypertext import text_of_html

#: Bytes looked at; words come first in a mail, attachments after.
READ_AT_MOST = 1 << 20
#: Parts opened, and boundaries a mail may name: deep nests are no mail of a person.
PARTS_AT_MOST = 60
BOUNDARIES_AT_MOST = 24
#: Lines looked at: the parser asks every open boundary about each.
LINES_AT_MOST = 30_000
#: Characters of text taken from a mail before anything is cut.
TEXT_AT_MOST = 60_000

_ENDLESS_HEADER = re.compile(rb"^content-[a-z-]{3,30}:(?:[^\r\n]|\r?\n[ \t]){4000}", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    """``message`` as the standard library parsed it; no ``parts`` when only its headers were (too deep, too broken)."""

    message: Message
    parts: tuple[Message, ...]
    text: str

    def header(self, name: str) -> str:
        """One header, decoded."""
        return headers.header(self.message, name)

    def first(self, *types: str) -> Message | None:
        """The first part of one of these content types."""
        return next((part for part in self.parts if part.get_content_type() in types), None)


def take_apart(raw: bytes) -> Mail:
    """The mail and its text. Malformed ones give what can be had."""
    raw = b"\n".join(raw[:READ_AT_MOST].split(b"\n", LINES_AT_MOST)[:LINES_AT_MOST])
    if raw.lower().count(b"boundary=") > BOUNDARIES_AT_MOST or _ENDLESS_HEADER.search(raw):
        return _only_headers(raw)
    try:
        message = message_from_bytes(raw)
        parts = tuple(_walk(message))
        return Mail(message, parts, _text(parts))
    except headers.UNREADABLE:
        return _only_headers(raw)


def _only_headers(raw: bytes) -> Mail:
    head, _blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    try:
        message = BytesHeaderParser().parsebytes(head[: 1 << 16] + b"\n\n")
    except headers.UNREADABLE:
        message = Message()
    return Mail(message, (), headers.decoded(body[:TEXT_AT_MOST], "utf-8"))


def _walk(message: Message) -> Iterator[Message]:
    """Parts in order, in breadth of ``PARTS_AT_MOST``; what a mail carries inside (message/rfc822) is left closed."""
    waiting = [message]
    seen = 0
    while waiting and seen < PARTS_AT_MOST:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting = [*(inner for inner in part.get_payload() if isinstance(inner, Message)), *waiting]


def _text(parts: tuple[Message, ...]) -> str:
    """The plain parts one after the other; where they say nothing, the first HTML part."""
    plain: list[str] = []
    hypertext = ""
    for part in parts:
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in {"text/plain", "text/html"}:
            continue
        if kind == "text/html":
            hypertext = hypertext or content(part)
        elif sum(map(len, plain)) < TEXT_AT_MOST:
            plain.append(content(part))
    text = "\n".join(piece for piece in plain if piece.strip())
    if "<html" in text[:600].lower() and not hypertext:
        hypertext, text = text, ""  # HTML that calls itself plain
    return (text if text.strip() else text_of_html(hypertext))[:TEXT_AT_MOST]


def content(part: Message) -> str:
    """The decoded text of one part, at most four times ``TEXT_AT_MOST``."""
    try:
        data = part.get_payload(decode=True)
        charset = part.get_content_charset("")
    except headers.UNREADABLE:
        data, charset = None, ""
    if not isinstance(data, bytes):
        payload = part.get_payload()
        data = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
    text = headers.decoded(data[: 4 * TEXT_AT_MOST], str(charset or ""))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")

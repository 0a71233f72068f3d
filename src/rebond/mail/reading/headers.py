"""Headers as strangers write them: folded, encoded, broken. Every reader here answers, whatever it is given."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from rebond.base.text import clean

#: What the standard library raises on malformed mail; caught wherever its parsers are called.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError, MessageError)

#: Longest part of a header that is looked at.
_AT_MOST = 8_000
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'@]{1,64}@[^\s<>()\[\],;:\"'@]{1,190}")
_ID = re.compile(r"<([^<>\s]{1,250})>")
#: Names under which programs send Windows-1252.
_LATIN = dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "iso_8859-1"), "cp1252")
_ANGLE = re.compile(r"<[^<>]{0,300}>")


def raw_header(message: Message, name: str) -> str:
    """One header as it stands, on one line; empty when absent or unreadable."""
    try:
        value = message.get(name, "")
    except UNREADABLE:
        return ""
    return " ".join(str(value)[:_AT_MOST].split())


def every(message: Message, *names: str) -> list[str]:
    """Every occurrence of these headers: Delivered-To often stands there twice. At most 60 of each."""
    try:
        values = [value for name in names for value in message.get_all(name, [])[:60]]
    except UNREADABLE:
        return []
    return [" ".join(str(value)[:_AT_MOST].split()) for value in values]


def header(message: Message, name: str) -> str:
    """One header, its encoded words decoded (RFC 2047), without control characters."""
    value = raw_header(message, name)
    if "=?" not in value and value.isascii():
        return clean(value, _AT_MOST)
    try:
        pieces = decode_header(value)
    except (HeaderParseError, *UNREADABLE):
        return clean(value.encode("utf-8", "replace").decode("utf-8", "replace"), _AT_MOST)
    return clean("".join(_decoded(piece, charset) for piece, charset in pieces), _AT_MOST)


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return _surrogates(piece)
    return decoded(piece, charset or "")


def _surrogates(text: str) -> str:
    """Bytes that came in without an encoding, read as UTF-8 or else Windows-1252."""
    try:
        return decoded(text.encode("ascii", "surrogateescape"), "")
    except UnicodeError:
        return text


def decoded(data: bytes, charset: str) -> str:
    """Bytes as text: by the named charset when it fits, else UTF-8, else Windows-1252 (no byte is ever refused)."""
    named = charset.strip("\"' ").lower()
    for name in (_LATIN.get(named, named), "utf-8"):
        if not name or (name in {"us-ascii", "ascii"} and not data.isascii()):
            continue
        try:
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def addresses(value: str) -> tuple[str, ...]:
    """Every address in a header, lower case, in order, each once."""
    found = (match.strip(".").lower() for match in _ADDRESS.findall(value[:_AT_MOST]))
    return tuple(dict.fromkeys(address for address in found if len(address) <= 254))


def ids(value: str) -> tuple[str, ...]:
    """Message ids without their brackets, in order, each once.

    >>> ids("<a@b.example> (comment) <c@d.example>")
    ('a@b.example', 'c@d.example')
    """
    return tuple(dict.fromkeys(_ID.findall(value[:_AT_MOST])))


def one_id(value: str) -> str:
    """A Message-ID: in brackets, or as some systems write it, bare."""
    found = ids(value)
    bare = value.strip()[:250]
    return found[0] if found else (bare if "@" in bare and " " not in bare and "<" not in bare else "")


def sender(message: Message) -> tuple[str, str]:
    """Address (lower case) and name of the From header, or of Sender; empty where there is none."""
    for name in ("From", "Sender"):
        value = header(message, name)
        found = addresses(value)
        if found:
            words = _ANGLE.sub("", value).replace(found[0], "").strip(" \"'<>()")
            return found[0], ("" if "@" in words else words)[:200]
    return "", ""


def sent_at(message: Message, received_at: datetime) -> datetime:
    """The Date header, aware; ``received_at`` when it is missing, unreadable, or later than that."""
    try:
        found = parsedate_to_datetime(raw_header(message, "Date"))
    except (OverflowError, *UNREADABLE):
        return received_at
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    try:
        return min(found, received_at) if found.year >= 1990 else received_at
    except OverflowError:
        return received_at

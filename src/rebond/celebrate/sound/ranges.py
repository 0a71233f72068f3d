"""Which part of a file a player wants (RFC 9110, 14): one range is served, of several none, so the whole file is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


@dataclass(frozen=True)
class Part:
    """From ``first`` to ``last`` inclusive, of ``size`` bytes; ``whole``: no range was asked for."""

    first: int
    last: int
    size: int
    whole: bool = False

    @property
    def length(self) -> int:
        """In bytes."""
        return self.last - self.first + 1

    @property
    def header(self) -> str:
        """Of ``Content-Range``."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def part_of(wanted: str, size: int) -> Part | None:
    """The part a ``Range`` header asks for; ``None`` when nothing of the file lies in it (416).

    >>> part_of("bytes=0-99", 1000), part_of("bytes=-10", 1000).header, part_of("bytes=1000-", 1000)
    (Part(first=0, last=99, size=1000, whole=False), 'bytes 990-999/1000', None)
    >>> part_of("", 10).whole, part_of("bytes=0-1,4-5", 10).whole, part_of("lines=1-2", 10).whole
    (True, True, True)
    """
    found = _ONE.match(wanted.strip())
    if found is None or found.group(0) == "bytes=-" or _backwards(*found.groups()):
        return Part(0, size - 1, size, whole=True)
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
        return Part(start, end, size) if int(last) and size else None
    if int(first) >= size:
        return None
    return Part(int(first), min(int(last), size - 1) if last else size - 1, size)


def _backwards(first: str, last: str) -> bool:
    """An end before its beginning is no range at all."""
    return bool(first and last) and int(last) < int(first)

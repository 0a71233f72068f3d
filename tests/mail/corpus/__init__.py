"""Mail written for this project: people, firms and servers are invented (*.example). A file per language and group.

    === kind style key=value ...     one mail; styles: see ``build``; at=2026-12-20 is when it came (else 1 June 2026)
    Subject: ...                     its headers, as far as they matter
                                     a blank line
    the text; a line "~~" ends what they wrote themselves (a signature follows)

``back`` is the first day they are there again, ``succ`` and ``mail`` who took over, ``code`` what a report must be read
as. Files ending in ``_held`` were written after the reader worked and without looking at its rules, ``_second`` after
the mistakes in those were mended. ``first_look.txt`` keeps what was misread the first time those two were read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from tests.mail.corpus import build

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "fr", "de", "es")
GROUPS = ("automatic", "bounce", "human")


@dataclass(frozen=True)
class Case:
    """One mail with what a careful person reads in it."""

    name: str
    language: str
    group: str
    when: str
    kind: str
    raw: bytes
    received_at: datetime
    back: date | None
    successor: str
    address: str
    status: str
    text: str | None
    failed: str | None
    original: str


@cache
def cases() -> tuple[Case, ...]:
    """All of them, in the order of the files."""
    return tuple(case for path in sorted(FOLDER.glob("??_*.txt")) for case in _of_file(path))


def _of_file(path: Path) -> Iterator[Case]:
    language, group, *held = path.stem.split("_")
    for number, chunk in enumerate(path.read_text(encoding="utf-8").split("\n=== ")[1:], 1):
        line, _newline, rest = chunk.partition("\n")
        kind, style, *pairs = line.split()
        keys = dict(pair.split("=", 1) for pair in pairs)
        name = f"{path.stem}-{number:02}"
        at = datetime.fromisoformat(keys.get("at", "2026-06-01")).replace(hour=9, tzinfo=UTC)
        raw, text = build.mail(name, language, group, style, keys, rest.strip("\n"), at)
        yield Case(
            name, language, group, held[0] if held else "seen", kind, raw, at,
            date.fromisoformat(keys["back"]) if "back" in keys else None,
            keys.get("succ", "").replace("_", " "), keys.get("mail", ""), keys.get("code", ""), text,
            _failed(language, kind, keys), build.ID.format(name) if build.ID.format(name).encode() in raw else "",
        )  # fmt: skip


def _failed(language: str, kind: str, keys: dict[str, str]) -> str | None:
    """Which address a report is about: none in a redacted one; ``None`` where that is not asked."""
    if not kind.startswith(("bounce", "complaint")):
        return None
    address = keys.get("to", build.THEM[language])
    return "" if address.startswith("redacted") else address


@cache
def first_look() -> dict[str, list[str]]:
    """What was misread when the held-out mails were read for the first time: name to the mistakes."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / "first_look.txt").read_text(encoding="utf-8").splitlines():
        name, _space, mistake = line.partition(" ")
        found.setdefault(name, []).append(mistake)
    return found


@dataclass(frozen=True)
class Sentence:
    """One line of ``misleading.txt``: a reply without any header that helps."""

    batch: str
    kind: str
    at_first: str
    text: str

    @property
    def raw(self) -> bytes:
        """As a mail of Helen's."""
        return f"From: Helen Marsh <helen@valmy.example>\r\nSubject: Re: Hello\r\n\r\n{self.text}".encode()


@cache
def misleading() -> tuple[Sentence, ...]:
    """Sentences meant to mislead, in the order of the file."""
    lines = (FOLDER / "misleading.txt").read_text(encoding="utf-8").splitlines()
    return tuple(Sentence(*line.split("|", 3)) for line in lines if line and not line.startswith("#"))

"""Message files: finds every translatable text of each room, keeps ``locale/fr`` complete, compiles it.

    python tools/messages.py [ROOM ...]     extract and compile (all rooms, or those named: connect/csv ...)
    python tools/messages.py --check        change nothing; exit 1 when French misses a message

English is the source text itself; French lives in ``src/rebond/<room>/locale/fr/LC_MESSAGES/django.po``.
Needs no gettext binaries: Django turns templates into something Babel reads as Python.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "rebond"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None, "_l": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
# Dates and empty names would change the file on every run and say nothing.
_IDLE_HEADER = re.compile(
    rb'"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version|Report-Msgid|Last-Translator|Language-Team|Generated-By)'
)
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]|\{(\w*)\}")


def rooms() -> list[Path]:
    """Folders with Python code: one message file each; ``connect/<kind>`` is a room of its own."""
    found = [path for path in SOURCE.iterdir() if (path / "__init__.py").exists()]
    kinds = [path for path in (SOURCE / "connect").iterdir() if (path / "__init__.py").exists()]
    return sorted([path for path in found if path.name != "connect"] + kinds)


def texts(room: Path) -> Iterator[tuple[str, int, object, list[str], str | None]]:
    """Every message of a room: (file, line, singular or (singular, plural), comments, context)."""
    for path in sorted([*room.rglob("*.py"), *room.rglob("templates/**/*.html"), *room.rglob("templates/**/*.txt")]):
        if "migrations" in path.parts:
            continue
        code = path.read_text()
        if path.suffix != ".py":
            # A template's indentation is not Python's: the reader of Python below would stumble on it.
            code = "\n".join(line.strip() for line in templatize(code, origin=str(path)).splitlines())
        for line, message, comments, context in extract(
            "python", io.BytesIO(code.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            yield path.relative_to(ROOT).as_posix(), line, message, comments, context


def fresh_catalog(room: Path) -> Catalog:
    """What the code asks for today, without translations."""
    catalog = Catalog(
        locale="fr", fuzzy=False, charset="utf-8", header_comment="# French of Rebond. See CONTRIBUTING.md."
    )
    for file, _line, message, comments, context in texts(room):
        if message and (not isinstance(message, tuple) or message[0]):
            catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return catalog


def po_path(room: Path) -> Path:
    return room / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def current_catalog(room: Path) -> Catalog:
    path = po_path(room)
    if not path.exists():
        return Catalog(locale="fr", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="fr")


def merged(room: Path) -> Catalog:
    """Today's messages with the translations there are; never a guess (fuzzy) for a new one."""
    fresh, known = fresh_catalog(room), current_catalog(room)
    for message in fresh:
        old = known.get(message.id, message.context) if message.id else None
        if old is not None and old.string:
            message.string = old.string
    return fresh


def as_po(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)
    kept = [line for line in out.getvalue().split(b"\n") if not _IDLE_HEADER.match(line)]
    return b"\n".join(kept)


def disagreements() -> Iterator[str]:
    """Django reads all rooms as one catalogue: the same English must have the same French everywhere."""
    said: dict[tuple[object, str | None], tuple[str, object]] = {}
    for room in rooms():
        for message in merged(room):
            if not message.id or not all(_strings(message)):
                continue
            first_room, first = said.setdefault((message.id, message.context), (room.name, message.string))
            if first != message.string:
                yield f"{message.id!r} is {first!r} in {first_room} and {message.string!r} in {room.name}"


def as_mo(catalog: Catalog) -> bytes:
    """The compiled file; the same messages always give the same bytes, so that a diff shows real changes only."""
    catalog.project, catalog.version, catalog.creation_date = "Rebond", "", datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def problems(room: Path) -> Iterator[str]:
    """What a French reader would stumble on: a missing message, a lost placeholder, a stale file."""
    catalog = merged(room)
    for message in catalog:
        if message.id and not all(_strings(message)):
            yield f"{room.name}: no French for {message.id!r}"
        elif message.id and (lost := _lost(message)):
            yield f"{room.name}: {lost} is lost in the French of {message.id!r}"
    if not any(message.id for message in catalog):
        return
    path = po_path(room)
    if not path.exists() or path.read_bytes() != as_po(catalog):
        yield f"{room.name}: django.po is not what the code asks for; run tools/messages.py"
    elif not path.with_suffix(".mo").exists() or path.with_suffix(".mo").read_bytes() != as_mo(catalog):
        yield f"{room.name}: django.mo is stale; run tools/messages.py"


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string or ""]


def _lost(message: Message) -> set[str]:
    source = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
    wanted = {match.group(0) for match in _PLACEHOLDER.finditer(source)}
    return wanted - {match.group(0) for match in _PLACEHOLDER.finditer(_strings(message)[-1])}


def refresh(room: Path) -> None:
    catalog = merged(room)
    if not any(message.id for message in catalog):
        return
    path = po_path(room)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_po(catalog))
    path.with_suffix(".mo").write_bytes(as_mo(catalog))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", help="rooms to refresh; all when none is named")
    parser.add_argument("--check", action="store_true", help="change nothing, complain")
    options = parser.parse_args()
    settings.configure(USE_I18N=True)
    chosen = [SOURCE / name for name in options.rooms] or rooms()
    if not options.check:
        for room in chosen:
            refresh(room)
    found = [problem for room in chosen for problem in problems(room)] + list(disagreements())
    for problem in found:
        sys.stdout.write(problem + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

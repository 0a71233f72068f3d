"""The library: what may be sent, what is missing, and a new piece with an address or a text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from datetime import datetime

    from rebond.accounts.models import User


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    listed = words.add_parser("list", help="the shelf, with what followed each piece")
    listed.add_argument("--state", default="", choices=["", "live", "waiting", "retired"], help="only those")
    listed.add_argument("--language", default="", metavar="CODE", help="only those for readers of it")
    listed.add_argument("--reason", default="", metavar="CODE", help="only those that answer it")
    missing = words.add_parser("gaps", help="reasons people gave for which there is nothing in their language")
    added = words.add_parser("add", help="put a piece on the shelf")
    added.add_argument("title", metavar="TITLE", help="what it is called")
    added.add_argument("--summary", required=True, metavar="SENTENCE", help="what it helps with; notes carry it")
    added.add_argument("--kind", default="article", choices=["article", "case", "template", "video", "event"])
    added.add_argument("--language", required=True, metavar="CODE", help="en, fr ...")
    added.add_argument("--url", default="", help="where it is")
    added.add_argument("--text", default="", metavar="FILE", help="a file with the text to paste, UTF-8")
    added.add_argument("--reason", action="append", default=[], metavar="CODE", help="a no it answers; may be repeated")
    added.add_argument("--topic", action="append", default=[], metavar="KEY", help="what it is about; may be repeated")
    for one in (listed, missing, added):
        plain.add_person(one)
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Prints the shelf or the gaps, or adds a piece."""
    from django.utils import timezone

    from rebond.commands import shared

    now, user = timezone.now(), shared.person(options)
    {"list": _list, "gaps": _gaps, "add": _add}[options.what](options, user, now)
    return 0


def _list(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001 (everybody reads all)
    from django.utils.translation import gettext as _

    from rebond.nurture.queries import library as queries

    found = queries.pieces(state=options.state, language=options.language, reason=options.reason, now=now)
    rows = queries.rows(list(found[:1000]), now=now)
    if options.json:
        plain.print_json([_as_json(row) for row in rows])
        return
    if not rows:
        said = _("No such piece. “rebond library add” puts one on the shelf.")
        sys.stdout.write(f"{said}\n")
    for row in rows:
        sys.stdout.write(f"{row.piece.pk}  {row.piece.title}  ({row.language}, {row.standing_words})\n")
        sys.stdout.write(f"   {row.results.sent_words} {row.results.replied_words if row.results.sent else ''}\n")


def _as_json(row: Any) -> dict[str, Any]:
    piece = row.piece
    return {
        "id": piece.pk, "title": piece.title, "kind": piece.kind, "language": piece.language, "url": piece.url,
        "standing": row.standing, "answers": list(row.answers), "about": list(row.about),
        "review_on": piece.review_on, "results": row.results.as_json(),
    }  # fmt: skip


def _gaps(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from django.utils.translation import gettext as _

    from rebond.nurture.library.gaps import gaps_for, headline

    found = gaps_for(user, now=now)
    if options.json:
        plain.print_json([gap.as_json() for gap in found])
        return
    for gap in found:
        sys.stdout.write(f"{headline(gap)}\n")
    if not found:
        said = _("Nothing is missing: for every reason people gave there is a piece in their language.")
        sys.stdout.write(f"{said}\n")


def _add(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.nurture.actions.library import PieceFields, add_piece
    from rebond.nurture.library import reasons

    names = reasons.current()
    said = PieceFields(
        title=options.title, kind=options.kind, language=options.language, summary=options.summary,
        url=_address(options.url), text=_text(options.text), topics=options.topic, owner=user,
        reasons=[names.check(code) for code in options.reason],
    )  # fmt: skip
    made = add_piece(said=said, actor=user, now=now)
    if options.json:
        plain.print_json({"id": made.pk, "title": made.title})
        return
    sys.stdout.write(f"{made.pk}  {made.title}\n")


def _address(text: str) -> str:
    """The address as typed; ``RebondError`` ``bad_address`` for anything a browser would not open."""
    from django.core.exceptions import ValidationError
    from django.core.validators import URLValidator
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    try:
        if text:
            URLValidator(schemes=["http", "https"])(text)
    except ValidationError as error:
        raise RebondError(
            _("This is not an address. Nothing was added. Write https:// and the rest."), code="bad_address"
        ) from error
    return text


def _text(name: str) -> str:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    try:
        return Path(name).read_text("utf-8") if name else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RebondError(
            _("The file %(name)s cannot be read as text. Nothing was added.") % {"name": name}, code="bad_file"
        ) from error

"""Somebody's cheat sheet: six lines with their own numbers and one next step each; as text, JSON or a page of PDF."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.loop.cheatsheet.sheet import Line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pdf", default="", metavar="FILE", help="write the printable page to this file")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """In the person's own language."""
    from django.utils import timezone, translation
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.commands import shared
    from rebond.loop.cheatsheet.sheet import compose

    user = shared.person(options)
    if user is None:
        raise RebondError(_("Whose sheet? Name somebody with --as EMAIL."), code="person_missing")
    with translation.override(user.language):
        sheet = compose(user, now=timezone.now())
        if options.pdf:
            _write_pdf(options.pdf, sheet)
    lines = [_line(line) for line in sheet.lines]
    if options.json:
        plain.print_json({"as": user.email, "name": user.name, "date": sheet.day, "lines": lines})
        return 0
    for number, line in enumerate(lines, start=1):
        more = f"\n   {line['more']}" if line["more"] else ""
        sys.stdout.write(f"{number}. {line['title']}\n   {line['says']}{more}\n   → {line['next']}\n")
    return 0


def _write_pdf(path: str, sheet: Any) -> None:
    from pathlib import Path

    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.loop.cheatsheet.paper import as_pdf

    try:
        Path(path).write_bytes(as_pdf(sheet))
    except OSError as error:
        raise RebondError(
            _("The page could not be written to %(path)s. Nothing was changed. Choose another file.") % {"path": path},
            code="cannot_write",
        ) from error


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key, "title": line.title, "says": line.says, "more": line.more or None, "next": line.step.text,
        "url": line.step.url, "figures": line.figures,
    }  # fmt: skip

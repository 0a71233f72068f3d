"""Whether this installation is well: folder, database, worker, books, and whether its mail will arrive."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rebond.commands import plain

if TYPE_CHECKING:
    from datetime import datetime

    from rebond.accounts.models import User
    from rebond.mail.doctor.finding import Finding
    from rebond.mail.models import Mailbox

SOMETHING_IS_WRONG = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mailbox", default="", metavar="ADDRESS", help="a colleague's mailbox; else the installation's"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="have the mailbox write to itself, to see how it comes back")
    what.add_argument("--raw", default="", metavar="FILE", help="the source of that mail, where no inbox is read")
    what.add_argument(
        "--sign-off", default="", metavar="WORDS", help="let notes leave without a signed mail, and say why"
    )
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Exit code 1 when something is wrong, 2 when there is no such mailbox or file."""
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.mail import actions, doctor
    from rebond.mail.boxes import checking

    now, actor = timezone.now(), shared.person(options)
    mailbox = _mailbox(options, actor, now)
    if options.raw:
        checking.conclude(mailbox, _read(options.raw), actor=actor, now=now)
    elif options.sign_off:
        actions.sign_off(mailbox=mailbox, words=options.sign_off, actor=actor, now=now)
    found = checking.examine(mailbox, actor=actor, now=now)
    if not mailbox.is_house:
        found = [*doctor.examine_house(now), *found]
    if any(one.code == "database_ok" for one in found):  # else the books may have another shape
        found = [_books(), *found]
    if options.check:
        actions.check_mailbox(mailbox=mailbox, actor=actor, now=now)
    if options.json:
        print_json({"mailbox": mailbox.address, "checking": options.check, "findings": [_line(one) for one in found]})
    else:
        sys.stdout.write("\n".join(_said(one) for one in found) + "\n")
        if options.check:
            sys.stdout.write("\nA check mail is on its way. Look again in a few minutes.\n")
    return SOMETHING_IS_WRONG if any(one.level is doctor.Level.WRONG for one in found) else 0


def _books() -> Finding:
    """Whether what is owed in rewards adds up; said here only, since it is no matter of a mailbox."""
    from rebond.ledger.queries import check
    from rebond.mail.doctor.finding import ok, wrong

    found = check()
    return wrong("ledger", "ledger_off", first=found[0], count=str(len(found))) if found else ok("ledger", "ledger_ok")


def _mailbox(options: argparse.Namespace, actor: User | None, now: datetime) -> Mailbox:
    from rebond.mail.access import get_mailbox, get_mailbox_at
    from rebond.mail.boxes.mailbox import house

    mine = house(now=now)
    if options.mailbox:
        return get_mailbox_at(actor, options.mailbox)
    return mine if actor is None else get_mailbox(actor, mine.pk)


def _read(path: str) -> bytes:
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.mail.boxes.checking import LARGEST

    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise RebondError(
            _("%(path)s cannot be read. Nothing was changed. Check the name of the file.") % {"path": path},
            code="file_unreadable",
        ) from error


def _line(finding: Finding) -> dict[str, object]:
    from rebond.mail.doctor import words

    said = {"found": words.found_of(finding), "todo": words.todo_of(finding)}
    return finding.as_json() | said


def _said(finding: Finding) -> str:
    from rebond.mail.doctor import words

    lines = [f"{words.level_of(finding)}: {words.title_of(finding)}", f"  {words.found_of(finding)}"]
    if todo := words.todo_of(finding):
        lines.append(f"  {todo}")
    if finding.record:
        lines.append(f"  Publish: {finding.record}")
    return "\n".join(lines)

"""What came in: reads the mailboxes now, lists what was kept, shows one mail; settles what nobody knows by the Sent
folder."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.mail.models import Received

AT_MOST = 10_000
KINDS = (
    "human", "stop", "out_of_office", "left", "auto_reply", "bounce_hard", "bounce_soft", "bounce_policy", "complaint",
    "other",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    read = words.add_parser("read", help="read every mailbox now, once, and stop")
    listed = words.add_parser("list", help="what came in, newest first")
    listed.add_argument("--kind", choices=KINDS, default="")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help=f"1 to {AT_MOST}; 50 when missing")
    show = words.add_parser("show", help="one mail: what it says, how it was understood, what followed")
    show.add_argument("id", type=int, metavar="ID")
    resolve = words.add_parser(
        "resolve", help="look in the Sent folders for mails of which nobody knows whether they left"
    )
    for one in (listed, show):
        plain.add_person(one)
    for one in (read, listed, show, resolve):
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 where there is no such mail, or where a mailbox could not be read."""
    return {"read": _read, "list": _list, "show": _show, "resolve": _read}[options.what](options)


def _read(options: argparse.Namespace) -> int:
    """``resolve`` is a reading too: the Sent folder is asked in each."""
    from django.utils import timezone

    from rebond.commands.plain import print_json
    from rebond.mail import actions
    from rebond.mail.inbox.sent import unknown_of
    from rebond.mail.work.inbox import read, readable

    told: list[dict[str, Any]] = []
    actions.follow_again(now=timezone.now())
    for box in readable(now=timezone.now()):
        done = read(box, clock=timezone.now)
        told.append(
            {"mailbox": box.address, "seen": done.seen, "kept": done.kept, "found_in_sent": done.left,
             "unknown": len(unknown_of(box)), "problem": done.problem or None}
        )  # fmt: skip
    if options.json:
        print_json({"mailboxes": told})
    else:
        for one in told:
            line = f"{one['seen']} looked at, {one['kept']} kept, {one['found_in_sent']} found in Sent"
            sys.stdout.write(f"{one['mailbox']}: {one['problem'] or line}; {one['unknown']} still unknown\n")
        if not told:
            sys.stdout.write("no mailbox is read here; set REBOND_INBOX_URL\n")
    return 2 if any(one["problem"] for one in told) else 0


def _list(options: argparse.Namespace) -> int:
    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.mail.queries import inbox as queries_inbox

    actor = shared.person(options)
    found = queries_inbox.received_for(actor, options.kind)
    shown = found.select_related(*queries_inbox.WITH, "answers")[: max(1, min(options.limit, AT_MOST))]
    if options.json:
        print_json(
            {"received": [_line(one, queries_inbox.may_read(actor, one)) for one in shown], "total": found.count()}
        )
        return 0
    for one in shown:
        subject = one.subject if queries_inbox.may_read(actor, one) else "-"
        sys.stdout.write(
            f"{one.pk:8}  {one.meant:13}  {one.received_at:%Y-%m-%d %H:%M}  {one.from_address}  {subject}\n"
        )
    return 0


def _line(one: Received, readable: bool) -> dict[str, Any]:
    """As JSON; without its words where they are somebody else's."""
    private = ("subject", "text") if readable else ()
    fields = ("message_id", "from_address", "from_name", "sent_at", "received_at", "kind", "matched_by", "followed_at")
    line = {"id": one.pk} | {name: getattr(one, name) for name in (*fields, *private)}
    kept = ("rule", "return_on", "successor_name", "status", "language")
    return line | {
        "meant": one.meant,
        "corrected_kind": one.corrected_kind or None,
        "reading": {name: one.reading.get(name) or None for name in kept},
        "answers": one.answers.key if one.answers else None,
        "person": one.person.name if one.person else None,
        "mailbox": one.mailbox.address,
    }


def _show(options: argparse.Namespace) -> int:
    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.mail.access import get_received
    from rebond.mail.inbox import words
    from rebond.mail.queries import inbox as queries_inbox

    actor = shared.person(options)
    found = get_received(actor, options.id)
    readable = queries_inbox.may_read(actor, found)
    if options.json:
        print_json(_line(found, readable) | {"because": words.because(found), "followed": words.followed(found)})
        return 0
    sys.stdout.write(f"{found.from_name} {found.from_address}  {found.received_at:%Y-%m-%d %H:%M}\n")
    sys.stdout.write(f"{found.meant}. {words.because(found)}\n{words.followed(found)}\n")
    if readable:
        sys.stdout.write(f"\n{found.subject}\n\n{found.text}\n")
    return 0

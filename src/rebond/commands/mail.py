"""The outbox: what waits, what left, and what nobody knows; decides about the latter; sends what is due."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.mail.models import Message

AT_MOST = 10_000
STATUSES = (
    "planned", "claimed", "data_started", "accepted", "deferred", "rejected", "unknown", "assumed_sent", "skipped",
    "cancelled",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    status = words.add_parser("status", help="how many mails have each status, and what is due next")
    listed = words.add_parser("list", help="mails, newest first")
    listed.add_argument("--status", choices=STATUSES, default="")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help=f"1 to {AT_MOST}; 50 when missing")
    resolve = words.add_parser("resolve", help="decide about a mail that may have arrived or not")
    resolve.add_argument("id", type=int, metavar="ID")
    decision = resolve.add_mutually_exclusive_group(required=True)
    decision.add_argument("--delivered", action="store_true", help="take it as sent")
    decision.add_argument("--again", action="store_true", help="send it again; it may arrive twice")
    plain.add_person(resolve)
    send = words.add_parser("send", help="send what is due now, once, and stop")
    for one in (status, listed, resolve, send):
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 where there is no such mail, nothing to decide, or the server's address cannot be used."""
    return {"status": _status, "list": _list, "resolve": _resolve, "send": _send}[options.what](options)


def _status(options: argparse.Namespace) -> int:
    from rebond.commands.plain import print_json
    from rebond.mail import queries

    counts, (ready, problem), due = queries.counts(), queries.way_out(), queries.next_due()
    if options.json:
        print_json({"counts": counts, "next_due": due, "server": ready, "problem": problem or None})
        return 0
    sys.stdout.write("".join(f"{count:8}  {status}\n" for status, count in counts.items() if count))
    sys.stdout.write(f"next due: {due.isoformat() if due else 'nothing waits'}\n")
    sys.stdout.write("a mail server is set\n" if ready else f"{problem or 'no mail server is set: nothing is sent'}\n")
    return 0


def _list(options: argparse.Namespace) -> int:
    from rebond.commands.plain import print_json
    from rebond.mail import queries

    found = queries.messages(options.status)
    shown = found[: max(1, min(options.limit, AT_MOST))]
    if options.json:
        print_json({"messages": [_line(message) for message in shown], "total": found.count()})
        return 0
    for one in shown:
        sys.stdout.write(f"{one.pk:8}  {one.status:12}  {one.send_at:%Y-%m-%d %H:%M}  {one.recipient}  {one.key}\n")
    return 0


def _line(message: Message) -> dict[str, Any]:
    fields = (
        "key", "purpose", "status", "recipient", "language", "planned_at", "send_at", "attempts", "subject", "answer",
        "reason", "message_id", "finished_at",
    )  # fmt: skip
    return {"id": message.pk} | {name: getattr(message, name) for name in fields}


def _resolve(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.mail import actions
    from rebond.mail.access import get_message

    actor = shared.person(options)
    message = get_message(actor, options.id)
    actions.resolve_unknown(message=message, delivered=options.delivered, actor=actor, now=timezone.now())
    if options.json:
        print_json(_line(message))
    else:
        sys.stdout.write(f"{message.key}: {message.get_status_display()}\n")
    return 0


def _send(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.commands.plain import print_json
    from rebond.mail import queries
    from rebond.mail.work import send

    done = send(clock=timezone.now)
    if options.json:
        print_json({"server": queries.way_out()[0], "done": dict(done)})
    else:
        told = ", ".join(f"{count} {fate}" for fate, count in done.items())
        sys.stdout.write(f"{told or 'nothing was sent'}\n")
    return 0

"""The outbox: what waits, what left, and what nobody knows; decides about it, sends what is due, stops all of it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.accounts.models import User
    from rebond.mail.models import Halt, Message

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
    halt = words.add_parser("halt", help="stop mail until somebody lets it leave again")
    what = halt.add_mutually_exclusive_group(required=True)
    what.add_argument("--everything", action="store_const", const="everything", dest="covers", help="all mail")
    what.add_argument("--cadence", action="store_const", const="cadence", dest="covers", help="notes only")
    halt.add_argument("--because", default="", metavar="TEXT", help="in words, for the outbox")
    lift = words.add_parser("lift", help="let mail leave again, whatever stopped it")
    for one in (halt, lift):
        plain.add_person(one)
    for one in (status, listed, resolve, send, halt, lift):
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 where there is no such mail, nothing to decide, or the server's address cannot be used."""
    does = {"status": _status, "list": _list, "resolve": _resolve, "send": _send, "halt": _halt, "lift": _lift}
    return does[options.what](options)


def _status(options: argparse.Namespace) -> int:
    from rebond.commands.plain import print_json
    from rebond.mail import queries

    counts, (ready, problem), due = queries.counts(), queries.way_out(), queries.next_due()
    halts = [_halt_line(one) for one in queries.halts()]
    if options.json:
        print_json({"counts": counts, "next_due": due, "server": ready, "problem": problem or None, "halts": halts})
        return 0
    sys.stdout.write("".join(f"{count:8}  {status}\n" for status, count in counts.items() if count))
    sys.stdout.write(f"next due: {due.isoformat() if due else 'nothing waits'}\n")
    sys.stdout.write("".join(f"STOPPED: {one['covers']}, {one['because']} {one['note']}\n" for one in halts))
    sys.stdout.write("a mail server is set\n" if ready else f"{problem or 'no mail server is set: nothing is sent'}\n")
    return 0


def _list(options: argparse.Namespace) -> int:
    from rebond.commands.plain import print_json
    from rebond.mail import queries

    found = queries.messages(options.status).select_related("mailbox")
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
        "reason", "message_id", "finished_at", "aftermath", "provider_id",
    )  # fmt: skip
    box = message.mailbox.address if message.mailbox else None
    return {"id": message.pk, "mailbox": box} | {name: getattr(message, name) for name in fields}


def _halt_line(halt: Halt) -> dict[str, Any]:
    fields = ("covers", "because", "note", "since", "at", "lifted_at")
    return {"id": halt.pk} | {name: getattr(halt, name) for name in fields}


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
    from rebond.mail.work.sending import send

    done = send(clock=timezone.now)
    if options.json:
        print_json({"server": queries.way_out()[0], "done": dict(done)})
    else:
        told = ", ".join(f"{count} {fate}" for fate, count in done.items())
        sys.stdout.write(f"{told or 'nothing was sent'}\n")
    return 0


def _halt(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.commands.plain import print_json
    from rebond.mail import actions

    actor = _administrator(options)
    made = actions.halt(
        covers=options.covers, because="operator", note=options.because, actor=actor, now=timezone.now()
    )  # fmt: skip
    if options.json:
        print_json(_halt_line(made))
    else:
        sys.stdout.write(f"stopped: {made.get_covers_display()}\n")
    return 0


def _lift(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.commands.plain import print_json
    from rebond.mail import actions, queries

    actor, standing = _administrator(options), queries.halts()
    for one in standing:
        actions.lift_halt(halt=one, actor=actor, now=timezone.now())
    unknown = queries.counts()["unknown"]
    if options.json:
        print_json({"lifted": [_halt_line(one) for one in standing], "unknown": unknown})
    else:
        sys.stdout.write(f"{len(standing)} lifted\n" if standing else "nothing was stopped\n")
        sys.stdout.write(f"{unknown} may have been sent or not: rebond mail list --status unknown\n" if unknown else "")
    return 0


def _administrator(options: argparse.Namespace) -> User | None:
    """Whoever ``--as`` names, an administrator; or the program itself."""
    from rebond.accounts.access import require_admin
    from rebond.commands import shared

    actor = shared.person(options)
    if actor is not None:
        require_admin(actor)
    return actor

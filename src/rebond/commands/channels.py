"""Chat channels: which there are and how they stand; one is tried, and says what became of it."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.accounts.models import User
    from rebond.channels.models import ChatChannel, Delivery

#: Longer than any service is waited for.
PATIENCE = timedelta(seconds=10)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    listed = words.add_parser("list", help="every channel: its service, whose wins, what was told there last")
    tried = words.add_parser("try", help="send a message that says it is a try, and wait for its fate")
    tried.add_argument("id", type=int, metavar="ID")
    for one in (listed, tried):
        plain.add_person(one)
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Exit code 2 where there is no such channel, 1 where a try did not arrive."""
    return {"list": _list, "try": _try}[options.what](options)


def _list(options: argparse.Namespace) -> int:
    from rebond.channels.queries import last_deliveries
    from rebond.commands import shared

    kept = list(_kept(shared.person(options)))
    last = last_deliveries(kept)
    lines = [_line(one, last.get(one.pk)) for one in kept]
    if options.json:
        plain.print_json({"channels": lines})
    else:
        sys.stdout.writelines(f"{one['id']:5} {one['service']:10} {one['state']:8} {one['name']}\n" for one in lines)
    return 0


def _kept(user: User | None) -> Any:
    """A person's; the program itself sees all."""
    from rebond.channels.models import ChatChannel
    from rebond.channels.queries import kept_by

    return kept_by(user) if user else ChatChannel.objects.select_related("team").order_by("name", "pk")


def _line(channel: ChatChannel, last: Delivery | None) -> dict[str, Any]:
    from rebond.channels.words import state_of

    return {
        "id": channel.pk, "name": channel.name, "service": channel.kind, "state": state_of(channel, last)[0],
        "team": channel.team.name if channel.team else None, "once_a_day": channel.is_digest,
        "last": {"key": last.key, "status": last.status, "planned_at": last.planned_at} if last else None,
    }  # fmt: skip


def _try(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from rebond.base.errors import NotFound
    from rebond.channels import actions, words
    from rebond.channels.outgoing import send
    from rebond.channels.queries import is_trying
    from rebond.commands import shared

    user = shared.person(options)
    channel = _kept(user).filter(pk=options.id).first()
    if channel is None:
        raise NotFound
    one = actions.try_channel(channel=channel, actor=user, now=timezone.now())
    until = timezone.now() + PATIENCE
    send(clock=timezone.now, until=until)
    while is_trying(channel) and timezone.now() < until:  # a worker was quicker, and has it in hand
        time.sleep(0.1)
    one.refresh_from_db()
    if options.json:
        plain.print_json({"key": one.key, "status": one.status, "answer": one.answer})
    else:
        sys.stdout.write(
            " ".join(part for part in (f"{one.get_status_display()}.", words.reason_of(one)) if part) + "\n"
        )
    return 0 if one.status == "accepted" else 1

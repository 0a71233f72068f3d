"""Somebody's Today list: what is worth the next minutes, and why now."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.base.play import Play


def add_arguments(parser: argparse.ArgumentParser) -> None:
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the list in the person's own language."""
    from django.utils import timezone, translation
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError
    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.loop.queries import today_for

    user = shared.person(options)
    if user is None:
        raise RebondError(_("Whose list? Name somebody with --as EMAIL."), code="person_missing")
    with translation.override(user.language):
        today = today_for(user, now=timezone.now())
        items = [_line(item, item in today.ranked.fitting) for item in today.items]
    if options.json:
        print_json(
            {"as": user.email, "name": user.name, "date": today.day.today, "minutes": today.day.minutes, "items": items}
        )
        return 0
    for item in items:
        mark = " " if item["within_minutes"] else "·"
        sys.stdout.write(f"{mark} {item['minutes']:3} min  {item['who']}  {item['verb']}, {item['why']}\n")
    return 0


def _line(item: Play, within: bool) -> dict[str, Any]:
    return {
        "key": item.key,
        "kind": item.key.partition(":")[0],
        "who": item.who,
        "company": item.company or None,
        "verb": str(item.verb),
        "why": str(item.why),
        "minutes": item.minutes,
        "since": item.since,
        "deal_id": item.deal_id,
        "url": item.main.url,
        "within_minutes": within,
    }

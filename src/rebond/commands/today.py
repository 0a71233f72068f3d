"""Somebody's Today list: what is worth the next minutes, and why now."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.base.money import to_major
from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.base.play import Play
    from rebond.loop.queries import Today


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
        items = [_line(item, today) for item in today.items]
    if options.json:
        day = {"as": user.email, "name": user.name, "date": today.day.today, "minutes": today.day.minutes}
        print_json(day | {"more": today.more, "items": items})
        return 0
    with translation.override(user.language):
        for item in items:
            sys.stdout.write(_text(item))
    return 0


def _text(item: dict[str, Any]) -> str:
    """One line: a dot before what is below the day's minutes, then minutes, worth, who and why."""
    mark = " " if item["within_minutes"] else "·"
    said = f"{item['who']}  {item['verb']}, {item['why']}"
    return f"{mark} {item['minutes']:3} min  {item['worth_text']:>10}  {said}\n"


def _line(item: Play, today: Today) -> dict[str, Any]:
    from django.utils.translation import gettext as _

    from rebond.findings.worth import amount

    priced = item.worth and amount(item.worth.value_minor, item.worth.currency)
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
        "within_minutes": item in today.fitting,
        "to_learn": item.worth is None,
        "explored": item.explored,
        "worth": _worth(item, today),
        "worth_text": priced or _("to learn"),
    }


def _worth(item: Play, today: Today) -> dict[str, Any] | None:
    """The worth in major units, with its sum."""
    from rebond.loop.queries import with_sum

    whole = with_sum(item, today.listed)
    if whole.worth is None:
        return None
    worth = whole.worth
    ends = {"value": worth.value_minor, "lo80": worth.lo80_minor, "hi80": worth.hi80_minor}
    return {
        **{name: float(to_major(minor, worth.currency)) for name, minor in ends.items()},
        "currency": worth.currency,
        "leans": worth.leans,
        "terms": [{"figure": term.figure, "label": str(term.label), "kind": term.kind} for term in worth.terms],
        "cases": str(worth.cases),
    }

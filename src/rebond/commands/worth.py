"""What a contact and an hour are worth, of whose, where the time goes, when to stop: the figures of Value of time."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.accounts.models import User
    from rebond.worth.view import View


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", default="", metavar="PERIOD", help="3m, 12m (when missing) or all")
    parser.add_argument("--team", default="", metavar="NAME", help="one team")
    parser.add_argument("--seller", default="", metavar="EMAIL", help="one seller, by address or name")
    parser.add_argument("--segment", default="", help="deals of one segment only")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """The same functions as the screen, after bringing the facts up to date."""
    from django.utils import translation

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.facts import warm
    from rebond.worth.queries.answers import BLOCKS, changes_of

    user = shared.person(options)
    with translation.override(user.language if user else translation.get_language()):
        view = _view(options, user)
        warm.refresh()
        found = {name: answer(view).as_json() for name, answer in BLOCKS.items()}
        said = _asked(view) | found | {"changes": changes_of(view)}
        if not options.json:
            sys.stdout.write(_lines(view))
    if options.json:
        print_json(said)
    return 0


def _view(options: argparse.Namespace, user: User | None) -> View:
    from django.utils import timezone

    from rebond.worth.view import View

    params = {"period": options.period, "segment": options.segment, "whose": _whose(options, user)}
    return View.of(user, params, timezone.localdate())


def _whose(options: argparse.Namespace, user: User | None) -> str:
    from rebond.accounts.queries import acting_user
    from rebond.base.errors import NotFound
    from rebond.commands import shared

    if options.seller:
        seller = acting_user(options.seller)
        if seller is None:
            raise NotFound
        return "own" if user is not None and user.pk == seller.pk else f"seller-{seller.pk}"
    return f"team-{shared.team_named(options.team, user).pk}" if options.team else ""


def _asked(view: View) -> dict[str, Any]:
    team = view.team if view.whose.kind == "team" else None
    return {
        "as": view.user.email if view.user else None, "whose": view.whose.kind, "team": team.name if team else None,
        "seller": view.seller.name if view.seller else None, "period": view.period, "from": view.starts,
        "to": view.until, "segment": view.segment or None,
    }  # fmt: skip


def _lines(view: View) -> str:
    """The page in a few lines of text."""
    from django.utils import timezone

    from rebond.worth.time.lines import lines

    return "\n".join(lines(view, timezone.now())) + "\n"

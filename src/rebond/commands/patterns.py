"""Why deals are lost, by voice; what could be changed; what really moved: the figures of the Patterns screen."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.accounts.models import User
    from rebond.learn.patterns.view import View


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--period", default="", metavar="PERIOD", help="3m, 6m (when missing), 12m or all")
    parser.add_argument("--from", dest="since", default="", metavar="DATE", help="with --to, instead of --period")
    parser.add_argument("--to", dest="until", default="", metavar="DATE", help="the last day that counts")
    parser.add_argument("--team", default="", metavar="NAME", help="one team; else all that may be seen")
    parser.add_argument("--segment", default="", help="deals of one segment only")
    parser.add_argument("--taxonomy", default="", metavar="N", help="redrawn with the list of reasons of that version")
    parser.add_argument("--without-bulk", action="store_true", help="without deals that were closed several at once")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """The same functions as the screen, after bringing the facts up to date."""
    from django.utils import translation

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.facts import warm
    from rebond.learn.patterns.answers import BLOCKS

    user = shared.person(options)
    with translation.override(user.language if user else translation.get_language()):
        view = _view(options, user)
        warm.refresh()
        found = {name: answer(view).as_json() for name, answer in BLOCKS.items()}
    if options.json:
        print_json(_asked(view) | found)
    else:
        sys.stdout.write(_lines(found))
    return 0


def _view(options: argparse.Namespace, user: User | None) -> View:
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.learn.patterns.view import View

    params = {
        "period": options.period, "from": options.since, "to": options.until, "segment": options.segment,
        "taxonomy": options.taxonomy, "bulk": "without" if options.without_bulk else "",
        "team": str(shared.team_named(options.team, user).pk) if options.team else "",
    }  # fmt: skip
    return View.of(user, params, timezone.localdate())


def _asked(view: View) -> dict[str, Any]:
    from rebond.accounts.models import Team

    team = None if view.team_id is None else Team.objects.filter(pk=view.team_id).first()
    return {
        "as": view.user.email if view.user else None, "team": team.name if team else None,
        "period": view.period or None, "from": view.since, "to": view.until, "segment": view.segment or None,
        "taxonomy": view.names.version, "bulk": view.bulk,
    }  # fmt: skip


def _lines(found: dict[str, Any]) -> str:
    """The page in a few lines of text."""
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext

    heads, rows = found["headcount"], found["voices"]["rows"]
    n = heads["losses"]
    lines = [ngettext("%(count)d loss", "%(count)d losses", n) % {"count": n}]
    lines.append(_("Debriefed: %(k)d. Explained by buyers: %(buyers)d. Silent: %(silent)d.") % {
        "k": heads["debriefed"]["k"], "buyers": heads["buyer_answers"], "silent": heads["silent"]["k"],
    })  # fmt: skip
    lines.append(_("Main reason, buyers and sellers:"))
    lines += [f"  {_of(row['buyer']):>10} {_of(row['seller']):>10}  {row['label']}" for row in rows]
    return "\n".join(lines) + "\n"


def _of(estimate: dict[str, Any]) -> str:
    from django.utils.translation import gettext as _

    if estimate["k"] is None:
        return "–"
    return _("%(k)d of %(n)d") % {"k": estimate["k"], "n": estimate["n"]}

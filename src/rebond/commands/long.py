"""The long view: month, quarter and year side by side, real change against noise, the way to each goal."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.accounts.models import User
    from rebond.findings.finding import Finding
    from rebond.horizon.view import View


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--team", nargs="?", const="", default=None, metavar="NAME", help="the team's whole; else one's own"
    )
    parser.add_argument("--seller", default="", metavar="EMAIL", help="one seller of a team one leads")
    parser.add_argument("--segment", default="", help="deals of one segment only")
    parser.add_argument("--measure", default="", metavar="NAME", help="sales (when missing), rate or money")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """The same functions as the screen, after bringing the facts up to date."""
    from django.utils import translation

    from rebond.commands import shared
    from rebond.facts import warm
    from rebond.horizon import documents

    user = shared.person(options)
    with translation.override(user.language if user else translation.get_language()):
        view = _view(options, user)
        warm.refresh()
        if options.json:
            plain.print_json(documents.long_view(view))
        else:
            sys.stdout.write(_lines(view))
    return 0


def _view(options: argparse.Namespace, user: User | None) -> View:
    from django.utils import timezone

    from rebond.horizon.view import View

    params = {"whose": whose(options, user), "segment": options.segment, "measure": options.measure}
    return View.of(user, params, timezone.localdate())


def whose(options: argparse.Namespace, user: User | None) -> str:
    """Whose, as the screen's address has it."""
    from rebond.accounts.queries import acting_user
    from rebond.commands import shared

    if options.seller:
        seller = acting_user(options.seller)
        return f"seller-{seller.pk}" if seller else ""
    if options.team is None:
        return ""
    if not options.team:
        return "team"
    team = shared.team_named(options.team, user)
    return f"team-{team.pk}"


def _lines(view: View) -> str:
    """The page in a few lines of text: every headline, and what it rests on."""
    from rebond.horizon import blocks
    from rebond.horizon.blocks import lines

    found: list[str] = []
    for name in blocks.titles():
        for finding in blocks.build(name, view).findings:
            found += _of(finding)
    found += [f"{line.day.isoformat()}  {line.text}" for line in lines(view)]
    return "\n".join(found) + "\n"


def _of(finding: Finding) -> list[str]:
    said = [finding.headline, *(f"   {text}" for text in (finding.measure, finding.sure, finding.caveat) if text)]
    return [re.sub(r"<[^>]+>", "", one) for one in said]

"""Was the list right? What it promised when items were done, beside what came of them within 90 days."""

from __future__ import annotations

import argparse
import sys

from rebond.commands import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--whose", default="", choices=["", "own", "team", "all"], help="own, team or all")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """The same answer as the screen, after bringing the facts up to date."""
    from django.utils import timezone, translation

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.facts import warm
    from rebond.loop.right.answer import right
    from rebond.loop.right.looked import Looked
    from rebond.loop.right.words import findings

    user = shared.person(options)
    looked = Looked.of(user, options.whose, timezone.localdate())
    warm.refresh()
    found = right(looked)
    if options.json:
        print_json({"as": user.email if user else None, "whose": looked.whose, **found.as_json()})
        return 0
    with translation.override(user.language if user else translation.get_language()):
        for finding in findings(found):
            sys.stdout.write(f"{finding.headline}\n  {finding.measure}\n  {finding.sure}\n")
    return 0

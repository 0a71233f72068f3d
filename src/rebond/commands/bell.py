"""The bell: rung once to try it, on the screens of one person or of everybody."""

from __future__ import annotations

import argparse
import sys

from rebond.commands import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    tried = words.add_parser("test", help="ring it once, to hear whether it is heard; no win is recorded")
    tried.add_argument("--everybody", action="store_true", help="on every open screen, not only one’s own (--as)")
    plain.add_person(tried)
    plain.add_json(tried)


def run(options: argparse.Namespace) -> int:
    """Rings, and says to whom."""
    from django.utils import timezone

    from rebond.celebrate.actions.wins import ring_to_try
    from rebond.commands import shared

    user = shared.person(options)
    told = ring_to_try(user=user, everybody=options.everybody, now=timezone.now())
    if options.json:
        plain.print_json({"event": told.pk if told else None, "audience": told.audience if told else []})
    else:
        sys.stdout.write(f"{_said(told is not None)}\n")
    return 0


def _said(rung: bool) -> str:
    from django.utils.translation import gettext as _

    if rung:
        return _("The bell was rung, to try it. Screens with sound on hear it; others see a card.")
    return _("Nobody to ring for. Name somebody with --as, or say --everybody.")

"""Closes a deal, with its reason; the debrief goes on somebody's Today list."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.learn.actions import ReasonGiven


def add_arguments(parser: argparse.ArgumentParser) -> None:
    plain.add_deal(parser)
    parser.add_argument("outcome", metavar="OUTCOME", help=", ".join(plain.OUTCOMES))
    parser.add_argument("--reason", default="", metavar="CODE", help="the main reason, or not_known_yet")
    parser.add_argument("--also", action="append", default=[], metavar="CODE", help="one that also played a part")
    parser.add_argument("--words", default="", help="the reason in somebody's words; needed with --reason other")
    parser.add_argument("--competitor", default="", metavar="NAME", help="who won; “none” for nobody")
    parser.add_argument("--note", default="")
    parser.add_argument("--closed-at", default="", metavar="DATE", help="when it was decided; now when missing")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Closes through ``loop.close``, like every screen."""
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.loop.close import close

    now, user = timezone.now(), shared.person(options)
    deal = shared.the_deal(options, user)
    close(
        deal=deal, outcome=options.outcome, reasons=_reasons(options), competitor=options.competitor, note=options.note,
        closed_at=shared.moment(options.closed_at, now), actor=user, source="command", now=now,
    )  # fmt: skip
    if options.json:
        print_json(
            shared.deal_line(deal) | {"close_events": shared.close_events(deal, user), "planned": shared.planned(deal)}
        )
    else:
        sys.stdout.write(f"{deal.name}: {deal.get_outcome_display()}\n")
    return 0


def _reasons(options: argparse.Namespace) -> list[ReasonGiven]:
    from rebond.learn.actions import ReasonGiven
    from rebond.learn.models import Weight

    main = [ReasonGiven(options.reason, verbatim=options.words)] if options.reason else []
    return [*main, *(ReasonGiven(code, role=Weight.CONTRIBUTING) for code in options.also)]

"""Takes a deal's last close back; the close event and its reasons stay."""

from __future__ import annotations

import argparse
import sys

from rebond.commands import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    plain.add_deal(parser)
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Reopens through ``loop.close``, like every screen."""
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.loop.close import reopen

    user = shared.person(options)
    deal = shared.the_deal(options, user)
    reopen(deal=deal, actor=user, now=timezone.now())
    if options.json:
        print_json(
            shared.deal_line(deal) | {"close_events": shared.close_events(deal, user), "planned": shared.planned(deal)}
        )
    else:
        sys.stdout.write(f"{deal.name}: {deal.get_outcome_display()}\n")
    return 0

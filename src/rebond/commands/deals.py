"""Lists deals, newest first."""

from __future__ import annotations

import argparse
import sys

from rebond.commands import plain

AT_MOST = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--outcome", choices=["open", *plain.OUTCOMES], default="")
    parser.add_argument("--owner", default="", metavar="EMAIL", help="address or name")
    parser.add_argument("--text", default="", help="words in the name, company or id; accents and case do not matter")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help=f"1 to {AT_MOST}; 50 when missing")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Prints what ``--as`` may see."""
    from rebond.accounts.queries import acting_user
    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.deals.queries import deals_for
    from rebond.deals.search import matching

    found = deals_for(shared.person(options)).select_related("company", "owner", "team", "stage").order_by("-pk")
    if options.outcome:
        found = found.filter(outcome=options.outcome)
    if options.owner:
        found = found.filter(owner=acting_user(options.owner))
    if options.text:
        found = found.filter(pk__in=matching("deal", options.text))
    shown = found[: max(1, min(options.limit, AT_MOST))]
    if options.json:
        print_json({"deals": [shared.deal_line(deal) for deal in shown], "total": found.count()})
        return 0
    for deal in shown:
        company = deal.company.name if deal.company else ""
        sys.stdout.write(f"{deal.pk:8}  {deal.get_outcome_display():12}  {deal.name}  {company}\n")
    return 0

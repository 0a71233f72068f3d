"""One deal: its people, its close events with their reasons, and what is planned."""

from __future__ import annotations

import argparse
import sys

from rebond.commands import plain


def add_arguments(parser: argparse.ArgumentParser) -> None:
    plain.add_deal(parser)
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the deal, as text or JSON."""
    from rebond.commands import shared
    from rebond.commands.plain import print_json

    user = shared.person(options)
    deal = shared.the_deal(options, user)
    people = [
        {"id": part.person.pk, "name": part.person.name, "email": part.person.email or None, "role": part.role}
        for part in deal.deal_people.select_related("person").order_by("pk")
    ]
    document = shared.deal_line(deal) | {
        "people": people,
        "close_events": shared.close_events(deal, user),
        "planned": shared.planned(deal),
    }
    if options.json:
        print_json(document)
        return 0
    sys.stdout.write(f"{deal.pk}  {deal.name}  {document['company'] or ''}  {deal.get_outcome_display()}\n")
    for event in document["close_events"]:
        said = "; ".join(f"{reason['source']}: {reason['label']}" for reason in event["reasons"])
        sys.stdout.write(f"   {event['closed_at']}  {event['outcome']}  {said}\n")
    for plan in document["planned"]:
        sys.stdout.write(f"   {plan['kind']} {plan['due_on']} {plan['who'] or ''}\n")
    return 0

"""What the records keep of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from rebond.deals.models import Deal, Person

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person, deals: QuerySet[Deal]) -> dict[str, Rows]:
    """Record, parts in deals and contacts, as plain values; two queries.

    Args:
        deals: those that whoever asks may see; the rest is left out.
    """
    parts = person.deal_people.filter(deal__in=deals).select_related("deal").order_by("pk")
    touches = person.touches.filter(deal__in=deals).order_by("at") | person.touches.filter(deal=None).order_by("at")
    return {
        "record": [_record(person)],
        "deals": [
            {"deal": part.deal.name, "part": part.role, "outcome": part.deal.outcome, "first_met": part.met_at}
            for part in parts
        ],
        "contacts": list(
            touches.values("at", "channel", "direction", "minutes", "result", "note", "material_name", "source")
        ),
    }


def _record(person: Person) -> dict[str, Any]:
    return {
        "name": person.name, "email": person.email, "phone": person.phone, "title": person.title,
        "language": person.language, "company": person.company.name if person.company else "",
        "source": person.source, "external_id": person.external_id, "created_at": person.created_at,
    }  # fmt: skip

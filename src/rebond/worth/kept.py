"""What practice 5 keeps of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from rebond.deals.models import Deal, Person
from rebond.worth.models import Goodbye

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person, deals: QuerySet[Deal]) -> dict[str, Rows]:
    """Goodbyes written or said to them about ``deals``; one query."""
    goodbyes = Goodbye.objects.filter(person=person, deal__in=deals).order_by("at", "pk")
    return {"goodbyes": list(goodbyes.values("deal__name", "at", "subject", "body", "language", "undone_at"))}


def message_keys(person: Person) -> list[str]:
    """The keys of every goodbye to a person in the outbox, whatever their address was then."""
    written = Goodbye.objects.filter(person=person).exclude(message_key="")
    return list(written.order_by("pk").values_list("message_key", flat=True))

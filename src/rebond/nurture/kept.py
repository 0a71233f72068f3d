"""What practice 4 keeps of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rebond.deals.models import Person
from rebond.nurture.models import Enrolment, Given, NamedDate, Signal, Step

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person) -> dict[str, Rows]:
    """Keeping in touch, dates they gave, signs of theirs and what they were given; four queries."""
    enrolments = Enrolment.objects.filter(person=person).order_by("started_at")
    return {
        "in_touch": list(
            enrolments.values("cadence", "reason", "status", "started_at", "ended_at", "ended_because", "due_on",
                              "paused_until", "paused_because", "waits_for", "zone")
        ),
        "dates": list(
            NamedDate.objects.filter(person=person).order_by("on").values("kind", "on", "words", "source", "said_at")
        ),
        "signals": list(
            Signal.objects.filter(person=person).order_by("at").values("kind", "words", "at")
        ),
        "given": list(
            Given.objects.filter(person=person).order_by("at").values("piece__title", "at", "sent_at", "replied_at")
        ),
    }  # fmt: skip


def message_keys(person: Person) -> list[str]:
    """The keys of every note to a person in the outbox, whatever their address was then."""
    steps = Step.objects.filter(enrolment__person=person).exclude(message_key="")
    return list(steps.values_list("message_key", flat=True))

"""A person leaves what keeps us in touch: nothing of it is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.erasing import Erasing
from rebond.nurture.models import Enrolment, Given, NamedDate, Signal, SignalKind


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Removes the enrolments with their steps, dates they gave, signs of theirs and what they were given."""
    for rows in (Signal, NamedDate, Given, Enrolment):
        rows._default_manager.filter(person=of.person).delete()
    _forget_as_successor(of)
    record(verb="nurture.erase_person", subject=of.person, actor=actor, at=now)


def _forget_as_successor(of: Erasing) -> None:
    """Signs that named them as the one who follows somebody."""
    named = Q(words__icontains=of.person.name) if of.person.name else Q(pk=None)
    named |= Q(words__icontains=of.address) if of.address else Q(pk=None)
    for signal in Signal.objects.filter(named, kind=SignalKind.SUCCESSOR):
        signal.words = of.without_name(signal.words)[:300]
        signal.save(update_fields=["words"])

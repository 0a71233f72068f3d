"""A person leaves the ends of conversations: the note to them goes, that there was one stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.erasing import Erasing
from rebond.worth.actions.conversations import LONGEST_BECAUSE, LONGEST_SUBJECT
from rebond.worth.models import Goodbye, Objection


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Empties the goodbyes written to them, and takes their name out of what was said about their deals."""
    Goodbye.objects.filter(person=of.person).update(subject="", body="", language="")
    _without_name(of)
    record(verb="worth.erase_person", subject=of.person, actor=actor, at=now)


def _without_name(of: Erasing) -> None:
    """Goodbyes to their colleagues, and why a seller went on."""
    for goodbye in Goodbye.objects.filter(deal__in=of.deals).exclude(body=""):
        subject, body = of.without_name(goodbye.subject)[:LONGEST_SUBJECT], of.without_name(goodbye.body)
        if (subject, body) != (goodbye.subject, goodbye.body):
            goodbye.subject, goodbye.body = subject, body
            goodbye.save(update_fields=["subject", "body"])
    for objection in Objection.objects.filter(deal__in=of.deals):
        because = of.without_name(objection.because)[:LONGEST_BECAUSE]
        if because != objection.because:
            objection.because = because
            objection.save(update_fields=["because"])

"""A person leaves the records; deals, touches and their counts stay, without saying whose they were."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.deals.actions.indexing import forget_old_words, index_deals, index_people
from rebond.deals.erasing import ERASED, Erasing, mark_of
from rebond.deals.models import Deal, Touch

#: Free texts of a deal that may name somebody.
TEXTS = ("name", "notes", "next_step", "problem")


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Empties the record and what their touches say; takes their name out of the free texts of their deals.

    Close events, changes of fields and reasons are history that the database refuses to change; see docs/law.md.

    Of where the record came from a keyed mark stays, so that an import leaves the row out (L16).
    """
    _clean_deals(of, now)
    _clean_touches(of)
    person, mark = of.person, mark_of(of.person.source, of.person.external_id)
    person.name, person.email, person.phone, person.title, person.language = of.instead, "", "", "", ""
    person.company, person.source, person.external_id, person.updated_at = None, ERASED, mark, now
    person.save()
    index_people([person])
    forget_old_words()
    record(verb="deals.erase_person", subject=person, actor=actor, at=now)


def _clean_deals(of: Erasing, now: datetime) -> None:
    named = Q(pk__in=of.deals)
    if of.person.company_id:
        named |= Q(company_id=of.person.company_id)
    changed = []
    for deal in Deal.objects.filter(named).select_related("company"):
        texts = {name: of.without_name(getattr(deal, name))[: _longest(name)] for name in TEXTS}
        if any(getattr(deal, name) != text for name, text in texts.items()):
            for name, text in texts.items():
                setattr(deal, name, text)
            deal.updated_at = now
            changed.append(deal)
    Deal.objects.bulk_update(changed, [*TEXTS, "updated_at"], batch_size=200)
    index_deals(changed)


def _longest(name: str) -> int | None:
    return getattr(Deal._meta.get_field(name), "max_length", None)


def _clean_touches(of: Erasing) -> None:
    """Theirs say nothing any more; others on their deals, or with their colleagues, say it without the name."""
    Touch.objects.filter(person=of.person).update(note="")
    near = Q(deal__in=of.deals)
    if of.person.company_id:
        near |= Q(deal=None, person__company=of.person.company_id)
    others = Touch.objects.filter(near).exclude(note="").exclude(person=of.person)
    changed = []
    for touch in others.only("pk", "note"):
        text = of.without_name(touch.note)
        if text != touch.note:
            touch.note = text
            changed.append(touch)
    Touch.objects.bulk_update(changed, ["note"], batch_size=200)

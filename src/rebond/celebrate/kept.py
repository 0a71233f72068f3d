"""What practice 6 keeps of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from rebond.base.text import fold
from rebond.celebrate.models import Consent, Voice
from rebond.deals.models import Person

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person) -> dict[str, Rows]:
    """Calls they are heard in, and what they agreed to; three queries. The sound itself is handed over by hand: others
    are heard in it too."""
    voices = voices_of(person).order_by("pk")
    consents = Consent.objects.filter(voice__in=voices).order_by("at", "pk")
    return {
        "heard_in": list(
            voices.values("recording__called_on", "recording__place", "recording__status", "recording__duration_ms",
                          "recording__removed_at", "recording__transcript")
        ),
        "agreed_to": list(consents.values("purpose", "proof", "place", "given_on", "withdrawn_at")),
    }  # fmt: skip


def voices_of(person: Person, *, by_name_anywhere: bool = False) -> QuerySet[Voice]:
    """Where they are heard: named as a record of ours, or by their name alone in a call about a deal of theirs.

    Args:
        by_name_anywhere: also by their name in a call about no deal. To be forgotten that is enough, since their name
            is taken out of everything anyway; for a copy of one's data it is not, since it may be a namesake.
    """
    return Voice.objects.filter(Q(person=person) | Q(pk__in=_alike(person, by_name_anywhere)))


def _alike(person: Person, by_name_anywhere: bool) -> list[int]:
    """Voices that are known by a name alone, which is theirs however it is spelt."""
    about = Q(recording__deal__in=person.deal_people.values("deal"))
    if by_name_anywhere:
        about |= Q(recording__deal=None)
    known = Voice.objects.filter(about, person=None, user=None).exclude(name="").order_by("pk")
    wanted = fold(person.name)
    return [pk for pk, name in known.values_list("pk", "name") if wanted and fold(name) == wanted]

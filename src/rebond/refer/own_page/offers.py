"""Which rewards an advocate may choose among."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from rebond.refer.models import Advocate, Programme, RewardRule
from rebond.refer.queries.programme import in_force, rules_of


def programme_of(advocate: Advocate, now: datetime) -> Programme | None:
    """The version whose terms they read: the one they agreed to last, else the one in force."""
    pinned = (
        advocate.referrals.exclude(programme=None)
        .select_related("programme")
        .order_by("-programme__version", "-pk")
        .first()
    )
    return pinned.programme if pinned else in_force(timezone.localdate(now))


def others_of(advocate: Advocate, shown: Programme | None, now: datetime) -> list[Programme]:
    """Every other version that matters to them, the newest first: those they agreed to, and the one in force, which
    holds for what they introduce from now on."""
    pinned = Programme.objects.filter(pk__in=advocate.referrals.exclude(programme=None).values("programme"))
    current = in_force(timezone.localdate(now))
    found = {one.pk: one for one in (*pinned, *([current] if current else []))}
    return sorted((one for pk, one in found.items() if shown and pk != shown.pk), key=lambda one: -one.version)


def offered(advocate: Advocate, now: datetime) -> list[RewardRule]:
    """The rewards they may choose among: those of the version they read first, and kinds that only another one has."""
    programme = programme_of(advocate, now)
    found: dict[str, RewardRule] = {}
    for one in (programme, *others_of(advocate, programme, now)):
        for rule in rules_of(one):
            found.setdefault(str(rule.kind), rule)
    return list(found.values())

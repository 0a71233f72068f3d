"""Who listened, one row a day: this is itself the log, so no other is kept of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.celebrate.models import Access, Recording


@transaction.atomic
def note_access(*, recording: Recording, actor: User, again: bool = False, now: datetime) -> None:
    """Somebody opened the sound; ``again``: a player that goes on, counted only where that day has nothing yet."""
    access, made = Access.objects.get_or_create(recording=recording, by=actor, day=local_day(now))
    if not made and not again:
        Access.objects.filter(pk=access.pk).update(times=F("times") + 1)

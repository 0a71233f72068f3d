"""The background side of live events: each night what no screen needs any more is forgotten."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.live.actions import KEPT, forget


@task()
def tidy() -> int:
    """Forgets events older than a screen may sleep; how many."""
    return forget(before=timezone.now() - KEPT)

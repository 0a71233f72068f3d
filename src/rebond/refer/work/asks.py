"""The background side of asking: every hour, what time and other rooms have changed about planned asks."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.refer.actions import planning


@task()
def look_again() -> int:
    """One round; run twice at once, or again at once, it does nothing more. How many asks changed."""
    return planning.look_again(now=timezone.now())

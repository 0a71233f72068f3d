"""The queue's own background work."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from rebond.jobs.actions import forget_ended

#: How long it can be seen that a job ended well.
KEPT = timedelta(days=14)


@task()
def tidy() -> int:
    """Forgets jobs that ended well two weeks ago; how many."""
    return forget_ended(before=timezone.now() - KEPT)

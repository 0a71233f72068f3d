"""The background side of contests: what is due closes by itself."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.celebrate.actions.contests import close_due


@task()
def close_contests() -> int:
    """How many nominations or votes closed; run twice it does nothing more."""
    return close_due(now=timezone.now())

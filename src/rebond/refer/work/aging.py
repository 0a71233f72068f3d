"""The background side of waiting: every hour, what time alone brings about."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.refer.actions import aging


@task()
def age_referrals() -> int:
    """How many asks stayed without an answer, and promises without an introduction; run twice it does nothing more."""
    return aging.sweep(now=timezone.now())

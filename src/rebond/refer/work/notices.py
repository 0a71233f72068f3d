"""The background side of notices: once a day, whose reward runs out soon."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.refer.letters import notices


@task()
def warn_of_forfeits() -> int:
    """Plans one mail to each advocate whose reward is forfeited soon; how many are told or were told before."""
    return notices.warn(timezone.now())

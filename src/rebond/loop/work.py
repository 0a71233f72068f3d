"""The background side of the loop: signs of readiness from other rooms, looked for every five minutes."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.loop import readiness


@task()
def look_for_signs() -> int:
    """Notes each new sign once, however often it runs; how many."""
    return readiness.look_for_signs(now=timezone.now())

"""The background side of the digest: on the first working day of a month one mail is planned for everybody."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from rebond.learn.actions.digests import plan_digests


@task()
def send_digests() -> int:
    """Writes and plans this month's digests once its first working day has come; how many.

    Run again in the same month it plans only those that had nothing to say before.
    """
    return plan_digests(now=timezone.now())

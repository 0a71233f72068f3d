"""The background side of the figures, and whether anybody is at it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from rebond.facts.freshness import waiting_since

#: A queued refresh that waits longer than this has no worker.
PATIENCE = timedelta(seconds=30)


@task(priority=5)
def refresh_facts() -> None:
    """Brings the facts up to what the records say; run again it finds nothing to do."""
    from rebond.facts import warm  # whoever only queues this needs no engine

    warm.refresh()


def nobody_works() -> bool:
    """Whether a refresh waits and no worker takes it (or ends it): then a page brings the facts up to date itself."""
    since = waiting_since()
    return since is not None and timezone.now() - since > PATIENCE

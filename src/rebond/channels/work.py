"""The background side of chat: each minute, and as soon as something is due, it is told."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from rebond.channels.actions import forget_texts
from rebond.channels.outgoing import send
from rebond.jobs.actions import enqueue
from rebond.jobs.queries import current_job

__all__ = ["RUN", "send", "send_due", "tidy"]

#: No claim is made after it; a slow service keeps the last one for seven seconds more (``channels.handing.WHOLE``),
#: and a worker that is told to stop lets its job go on for ten (``jobs.worker.GRACE``).
RUN = timedelta(seconds=3)
#: How long it is kept what a message said, names and all; screens show none of it.
KEPT = timedelta(days=30)


@task()
def send_due() -> dict[str, int]:
    """Tells for a few seconds; what is left then is a job of its own. Two at once are harmless."""
    told = send(clock=timezone.now, until=timezone.now() + RUN)
    if told.pop("more", 0):
        # Never under its own key, which is taken while it runs.
        job = current_job()
        key = "channels.send_due:b" if job and job.unique_key == "channels.send_due:a" else "channels.send_due:a"
        enqueue(task=send_due, kwargs={}, now=timezone.now(), unique_key=key)
    return dict(told)


@task()
def tidy() -> int:
    """Forgets what messages said that ended long ago; how many."""
    return forget_texts(before=timezone.now() - KEPT)

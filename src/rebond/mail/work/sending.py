"""The background side of the outbox: each minute, and as soon as something is due, what is due is sent."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from rebond.jobs.actions import enqueue
from rebond.jobs.queries import current_job
from rebond.mail import queries
from rebond.mail.outgoing.engine import send

__all__ = ["RUN", "send", "send_due"]

log = logging.getLogger("rebond.mail")
#: A worker that is told to stop lets its job go on for ten seconds (``jobs.worker.GRACE``): we end well before.
RUN = timedelta(seconds=5)


@task()
def send_due() -> dict[str, int]:
    """Sends for a few seconds; what is left then is a job of its own. Two at once are harmless."""
    begun, (_ready, problem) = timezone.now(), queries.way_out()
    if problem:
        log.warning("no mail is sent: %s", problem)
        return {}
    sent = send(clock=timezone.now, until=begun + RUN)
    if sent.pop("more", 0):
        # Never under its own key, which is taken while it runs.
        job = current_job()
        key = "mail.send_due:b" if job and job.unique_key == "mail.send_due:a" else "mail.send_due:a"
        enqueue(task=send_due, kwargs={}, now=timezone.now(), unique_key=key)
    return dict(sent)

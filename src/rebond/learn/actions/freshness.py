"""Asking for fresh facts: in the transaction of every write that Patterns counts, so that none is missed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.module_loading import import_string

from rebond.jobs.actions import enqueue
from rebond.jobs.models import Job, JobStatus

TASK = "rebond.learn.work.facts.refresh_facts"
#: One may run while the next waits; a third for a second worker.
KEYS = ("learn.facts", "learn.facts.next", "learn.facts.third")


@transaction.atomic
def want_fresh_facts(*, now: datetime) -> None:
    """Queues one refresh of the facts; none where one waits already.

    One that is running may have read before this was written, so then another is queued behind it. A waiting one is
    locked until the end of this transaction: a worker cannot begin it before what it should see is there.
    """
    mine = Job.objects.filter(unique_key__in=KEYS)
    if mine.select_for_update().filter(status=JobStatus.READY).first():
        return
    running = set(mine.filter(status=JobStatus.RUNNING).values_list("unique_key", flat=True))
    key = next((key for key in KEYS if key not in running), "")
    enqueue(task=import_string(TASK), kwargs={}, now=now, unique_key=key)


def waiting_since() -> datetime | None:
    """Since when the oldest unfinished refresh waits to begin or to end; ``None`` where nothing waits."""
    waiting = Job.objects.filter(unique_key__in=KEYS, status__in=[JobStatus.READY, JobStatus.RUNNING])
    first: datetime | None = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return first

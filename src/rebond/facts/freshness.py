"""Asking for fresh facts: in the transaction of every write that the figures count, so that none is missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from django.db import connection, transaction
from django.utils.module_loading import import_string

from rebond.facts import store
from rebond.jobs.actions import enqueue
from rebond.jobs.models import Job, JobStatus

TASK = "rebond.facts.work.refresh_facts"
#: One may run while the next waits; a third for a second worker.
KEYS = ("facts", "facts.next", "facts.third")
#: So long a refresh for contacts waits for more of them.
TOGETHER = timedelta(seconds=1)
#: So long after one the next begins, however much is written: the pages need the cores then.
REST = timedelta(seconds=2)


@transaction.atomic(savepoint=False)
def want_fresh_facts(*, now: datetime, after: timedelta = timedelta()) -> None:
    """Queues one refresh of the facts; none where one waits already, which costs one query.

    One that is running may have read before this was written, so then another is queued behind it. A waiting one is
    held until the end of this transaction: a worker cannot begin it before what it should see is there. Others who
    write at the same time hold it too, and none waits for another.

    Args:
        after: how long it waits for more, where much may be written at once.
    """
    if _held():
        return
    mine = Job.objects.filter(unique_key__in=KEYS)
    running = set(mine.filter(status=JobStatus.RUNNING).values_list("unique_key", flat=True))
    key = next((key for key in KEYS if key not in running), "")
    enqueue(task=import_string(TASK), kwargs={}, now=now, unique_key=key, run_at=max(now + after, _rested(now)))


def contacts_written(now: datetime) -> None:
    """For ``deals.heard``: contacts come in handfuls, so the refresh waits for a second."""
    want_fresh_facts(now=now, after=TOGETHER)


def _rested(now: datetime) -> datetime:
    """From when on the next may begin: a while after the last one wrote the facts, however much is written."""
    try:
        last = datetime.fromtimestamp((store.folder() / store.STATE).stat().st_mtime, UTC)
    except OSError:
        return now
    return last + REST if last <= now else now


def _held() -> bool:
    """Whether a refresh waits; where the database can, it is locked in a way that others may share.

    Django knows no shared lock (``FOR SHARE``): with ``select_for_update`` fifty writers would stand in line.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_waiting(connection.vendor))
        return cursor.fetchone() is not None


@cache
def _waiting(vendor: str) -> tuple[str, tuple[str, ...]]:
    """The query of ``_held``, put together once: it is asked at every contact."""
    waiting = Job.objects.filter(unique_key__in=KEYS, status=JobStatus.READY).order_by().values("pk")
    sql, values = waiting.query.sql_with_params()
    return f"{sql} LIMIT 1{' FOR SHARE' if vendor == 'postgresql' else ''}", values


def waiting_since() -> datetime | None:
    """Since when the oldest unfinished refresh waits to begin or to end; ``None`` where nothing waits."""
    waiting = Job.objects.filter(unique_key__in=KEYS, status__in=[JobStatus.READY, JobStatus.RUNNING])
    first: datetime | None = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    return first

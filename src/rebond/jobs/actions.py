"""Every move of a job: queued, claimed under a lease, renewed, finished, failed, cancelled.

A worker that dies simply stops renewing; when its lease has run out another worker claims the job. A worker that was
only slow cannot finish what somebody else took over: each move is fenced by (worker, attempts). So a job may *start*
twice but *finishes* once. These rows are the audit of themselves; no audit entry is written.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django_tasks.base import Task

from rebond.jobs.models import Job, JobStatus

LEASE = timedelta(seconds=30)
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_ERROR = 4000


@transaction.atomic
def enqueue(
    *,
    task: Task[Any, Any],
    kwargs: Mapping[str, Any],
    now: datetime,
    args: list[Any] | None = None,
    unique_key: str = "",
    run_at: datetime | None = None,
    max_attempts: int = 4,
) -> Job:
    """Queues ``task``, inside the caller's transaction: if that is rolled back, nothing was queued.

    Args:
        kwargs, args: JSON-able.
        unique_key: while an unfinished job has this key, that job is returned instead of a second one.
    """
    if waiting := _unfinished(unique_key):
        return waiting
    job = Job(
        id=uuid.uuid4(), name=task.module_path, args=args or [], kwargs=dict(kwargs), queue=task.queue_name,
        priority=task.priority, run_at=run_at or task.run_after or now, max_attempts=max_attempts,
        unique_key=unique_key, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if waiting := _unfinished(unique_key):  # another process queued it since we looked
            return waiting
        raise
    return job


def _unfinished(unique_key: str) -> Job | None:
    if not unique_key:
        return None
    waiting = Job.objects.filter(unique_key=unique_key, status__in=[JobStatus.READY, JobStatus.RUNNING])
    return waiting.first()


@transaction.atomic
def claim(*, worker: str, now: datetime, lease: timedelta = LEASE) -> Job | None:
    """The next job for ``worker``: ready and due, or running under a lease that has run out; ``None`` when idle.

    A job whose worker died on its last attempt is declared dead here, visibly.
    """
    due = Q(status=JobStatus.READY, run_at__lte=now) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
    waiting = Job.objects.filter(due).order_by("-priority", "run_at", "created_at")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    while (job := waiting.first()) is not None:
        if job.attempts < job.max_attempts:
            return _take(job, worker, now, lease)
        _bury(job, "the worker died on the last attempt", now)
    return None


def _take(job: Job, worker: str, now: datetime, lease: timedelta) -> Job:
    job.status, job.worker, job.attempts = JobStatus.RUNNING, worker, job.attempts + 1
    job.started_at, job.lease_until = now, now + lease
    job.save(update_fields=["status", "worker", "attempts", "started_at", "lease_until"])
    return job


def _bury(job: Job, why: str, now: datetime) -> None:
    job.status, job.error, job.finished_at, job.lease_until = JobStatus.DEAD, why, now, None
    job.save(update_fields=["status", "error", "finished_at", "lease_until"])


def _mine(job: Job) -> Any:
    """The row, if it is still this worker's and this attempt's."""
    return Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, worker=job.worker, attempts=job.attempts)


def renew(*, job: Job, now: datetime, lease: timedelta = LEASE) -> bool:
    """Keeps the lease; ``False`` when the job is no longer ours (cancelled, or taken over)."""
    return bool(_mine(job).update(lease_until=now + lease))


def finish(*, job: Job, result: Any, now: datetime) -> bool:
    """Ends a job well; ``False`` when it was no longer ours, and then nothing is written."""
    return bool(_mine(job).update(status=JobStatus.DONE, result=result, finished_at=now, error="", lease_until=None))


def fail(*, job: Job, error: str, now: datetime, jitter: float | None = None) -> bool:
    """Ends an attempt badly: another later, twice as long each time, or ``dead`` after the last.

    Args:
        jitter: 0 to 1, spreads retries so that they do not come in step; random when missing.
    """
    said = _shortened(error)
    if job.attempts >= job.max_attempts:
        return bool(_mine(job).update(status=JobStatus.DEAD, error=said, finished_at=now, lease_until=None))
    again = now + pause(job.attempts, jitter)
    return bool(_mine(job).update(status=JobStatus.READY, error=said, lease_until=None, run_at=again))


def _shortened(error: str) -> str:
    """Both ends of a long traceback (its end names the error), without the NUL that PostgreSQL refuses."""
    clean = error.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return clean if len(clean) <= LONGEST_ERROR else f"{clean[:1000]}\n[...]\n{clean[-(LONGEST_ERROR - 1007) :]}"


def pause(attempts: int, jitter: float | None = None) -> timedelta:
    """How long to wait after ``attempts`` failures: 2 s, 4 s, 8 s ... at most an hour, plus up to a quarter.

    >>> pause(1, 0.0), pause(3, 0.0), pause(40, 0.0)
    (datetime.timedelta(seconds=2), datetime.timedelta(seconds=8), datetime.timedelta(seconds=3600))
    """
    base: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    spread = random.random() if jitter is None else jitter  # noqa: S311 (no secret, only spreading)
    return base + base * spread / 4


def give_back(*, job: Job, now: datetime) -> bool:
    """A worker that is told to stop returns what it holds; one more attempt is granted.

    (Taking the attempt back instead would let the same worker hold the same fence twice.)
    """
    more = job.max_attempts + 1
    return bool(_mine(job).update(status=JobStatus.READY, lease_until=None, run_at=now, max_attempts=more))


@transaction.atomic
def cancel(*, job_id: uuid.UUID, now: datetime) -> bool:
    """Stops a job that has not ended; a running one sees it at its next look. ``False`` when it had ended."""
    live = Job.objects.filter(pk=job_id, status__in=[JobStatus.READY, JobStatus.RUNNING])
    return bool(live.update(status=JobStatus.CANCELLED, finished_at=now, lease_until=None))


def forget_ended(*, before: datetime) -> int:
    """Removes jobs that ended well, or were cancelled, before then; dead ones stay. Schedules leave many a day."""
    ended = Job.objects.filter(status__in=[JobStatus.DONE, JobStatus.CANCELLED], finished_at__lt=before)
    return ended.delete()[0]

"""Reads of the queue."""

from __future__ import annotations

import uuid
from contextvars import ContextVar

from rebond.jobs.models import Job, JobStatus

_current: ContextVar[Job | None] = ContextVar("rebond_current_job", default=None)


def current_job() -> Job | None:
    """Inside a task: the job that runs it."""
    return _current.get()


def is_cancelled(job_id: uuid.UUID) -> bool:
    """Whether a long task should stop at its next safe place."""
    return not Job.objects.filter(pk=job_id, status=JobStatus.RUNNING).exists()


def held_by(worker: str) -> list[Job]:
    """What a worker is running: one job, or none."""
    return list(Job.objects.filter(worker=worker, status=JobStatus.RUNNING))

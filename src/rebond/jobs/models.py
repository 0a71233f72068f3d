"""The durable queue: what is to be done, by whom it is being done, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class JobStatus(models.TextChoices):
    READY = "ready", "ready"
    RUNNING = "running", "running"
    DONE = "done", "done"
    DEAD = "dead", "dead"
    CANCELLED = "cancelled", "cancelled"


class Job(models.Model):
    """One call of a task. Claimed with a lease: when the worker dies, the lease runs out and another takes over."""

    id = models.UUIDField(primary_key=True, editable=False)
    name = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    queue = models.CharField(max_length=32, default="default")
    priority = models.SmallIntegerField(default=0)
    status = models.CharField(max_length=9, choices=JobStatus.choices, default=JobStatus.READY)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=4)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True, default="")
    unique_key = models.CharField(max_length=200, blank=True, default="")
    result = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["status", "run_at"], name="job_due")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=~Q(unique_key="") & Q(status__in=["ready", "running"]),
                name="job_unique_while_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.status}"


class Schedule(models.Model):
    """A task that comes round: a cron line and the next time it is due, in its own time zone."""

    name = models.CharField(max_length=80, unique=True)
    task = models.CharField(max_length=200)
    cron = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64, default="UTC")
    next_run_at = models.DateTimeField()
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name} {self.cron}"

"""The installation: its folder, its database, its background worker."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from rebond.jobs.models import Job, JobStatus
from rebond.mail.doctor.finding import Finding, look, ok, wrong

#: Less is soon none: a database grows while it is tidied.
LEAST_FREE = 500 * 1024 * 1024
#: The outbox is looked at each minute: a worker that is quiet for so long is gone.
QUIET = timedelta(minutes=5)


def examine(now: datetime) -> list[Finding]:
    """Data folder, database, worker."""
    return [check_folder(), check_database(), check_worker(now)]


def check_folder() -> Finding:
    """Whether the one folder that everything is kept in can be written, and has room."""
    folder = settings.CONFIG.data
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return wrong("data", "data_closed", folder=str(folder))
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        return wrong("data", "data_full", folder=str(folder), free=_megabytes(free))
    return ok("data", "data_ok", folder=str(folder), free=_megabytes(free))


def _megabytes(count: int) -> str:
    return f"{count // (1024 * 1024):,} MB".replace(",", "\u202f")


def check_database() -> Finding:
    """Whether it answers, and has the shape that this version of the program expects."""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return wrong("database", "database_down")
    if behind:
        return wrong("database", "database_behind", count=str(len(behind)))
    kinds = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    return ok("database", "database_ok", kind=kinds.get(connection.vendor, connection.vendor))


def check_worker(now: datetime) -> Finding:
    """Whether somebody does what comes round each minute."""
    since = now - QUIET
    alive = Job.objects.filter(status=JobStatus.RUNNING, lease_until__gt=now)
    if alive.exists() or Job.objects.filter(finished_at__gt=since).exists():
        return ok("worker", "worker_ok")
    if Job.objects.filter(status=JobStatus.READY, run_at__lt=since).exists():
        return wrong("worker", "worker_gone")
    return look("worker", "worker_quiet")

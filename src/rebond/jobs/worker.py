"""``rebond work``: claims jobs one at a time and runs them, renewing the lease while they run."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task
from django_tasks.utils import normalize_json

from rebond.jobs import actions
from rebond.jobs.models import Job
from rebond.jobs.queries import _current
from rebond.jobs.schedules import enqueue_due

log = logging.getLogger("rebond.jobs")
IDLE_PAUSE = 0.15
#: Schedules are minutes apart; looking this often is enough.
SCHEDULE_PAUSE = 5.0
Clock = Callable[[], datetime]


def main(*, once: bool = False, parent: int = 0) -> int:
    """Works until SIGTERM or Ctrl+C, until ``parent`` is gone, or (``once``) until nothing is due."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    if parent:
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    run(stop=stop, name=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}", once=once)
    return 0


def _watch(parent: int, stop: threading.Event) -> None:
    """An orphan stops: when the server that started it dies, so does the worker."""
    while not stop.wait(1.0):
        if os.getppid() != parent:
            stop.set()


def run(
    *,
    stop: threading.Event,
    name: str,
    once: bool = False,
    clock: Clock = timezone.now,
    lease: timedelta = actions.LEASE,
) -> int:
    """The loop; returns how many jobs it ran."""
    done, next_look = 0, 0.0
    while not stop.is_set():
        if time.monotonic() >= next_look:
            enqueue_due(now=clock())
            next_look = time.monotonic() + SCHEDULE_PAUSE
        job = actions.claim(worker=name, now=clock(), lease=lease)
        if job is not None:
            perform(job, clock=clock, lease=lease)
            done += 1
        elif once:
            break
        else:
            close_old_connections()
            stop.wait(IDLE_PAUSE)
    return done


def perform(job: Job, *, clock: Clock = timezone.now, lease: timedelta = actions.LEASE) -> None:
    """Runs one claimed job to its end, good or bad."""
    token = _current.set(job)
    try:
        with _renewing(job, clock, lease):
            task: Task[..., object] = import_string(job.name)
            result = normalize_json(task.call(*job.args, **job.kwargs))
    except Exception:  # noqa: BLE001 (a task's edge: whatever it raises is kept with the job and retried)
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        actions.fail(job=job, error=traceback.format_exc(limit=8), now=clock())
        log.warning("job %s %s failed, attempt %d of %d", job.name, job.pk, job.attempts, job.max_attempts)
    else:
        actions.finish(job=job, result=result, now=clock())
    finally:
        _current.reset(token)


@contextmanager
def _renewing(job: Job, clock: Clock, lease: timedelta) -> Iterator[None]:
    """Renews the lease each third of its length, from a thread with a connection of its own."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(lease.total_seconds() / 3):
            try:
                actions.renew(job=job, now=clock(), lease=lease)
            except Exception:  # noqa: BLE001 (a thread's edge: the next beat tries again, the lease outlives two)
                log.warning("lease of %s not renewed", job.pk)
        connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

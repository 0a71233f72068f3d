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

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task
from django_tasks.utils import normalize_json

from rebond.jobs import actions
from rebond.jobs.models import Job
from rebond.jobs.queries import _current, held_by
from rebond.jobs.schedules import enqueue_due

log = logging.getLogger("rebond.jobs")
IDLE_PAUSE = 0.15
DATABASE_PAUSE = 1.0
#: Schedules are minutes apart; looking this often is enough.
SCHEDULE_PAUSE = 5.0
#: How long a worker that is told to stop lets its job go on, in seconds.
GRACE = 10.0
Clock = Callable[[], datetime]


def main(*, once: bool = False, parent: int = 0) -> int:
    """Works until SIGTERM or Ctrl+C, until ``parent`` is gone, or (``once``) until nothing is due."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    if parent:
        threading.Thread(target=_watch, args=(parent, stop), daemon=True).start()
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
    threading.Thread(target=_leave, args=(stop, name), daemon=True).start()
    run(stop=stop, name=name, once=once)
    return 0


def _leave(stop: threading.Event, name: str) -> None:
    """A long job does not hold up the end: it is given back, and its process ends in the middle, as in a crash."""
    stop.wait()
    time.sleep(GRACE)
    try:
        for job in held_by(name):
            actions.give_back(job=job, now=timezone.now())
    finally:
        os._exit(0)  # when giving back failed, the lease runs out instead


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
    """The loop; returns how many jobs it ran. A database that is away for a while is waited for."""
    done, next_look = 0, 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= next_look:
                enqueue_due(now=clock())
                next_look = time.monotonic() + SCHEDULE_PAUSE
            ran = _one(name, clock, lease)
        except (InterfaceError, OperationalError) as error:
            log.warning("the database does not answer, trying again: %s", error)
            connection.close()
            stop.wait(DATABASE_PAUSE)
            continue
        done += ran
        if once and not ran:
            break
        if not ran:
            close_old_connections()
            stop.wait(IDLE_PAUSE)
    return done


def _one(name: str, clock: Clock, lease: timedelta) -> bool:
    """Runs the next job; ``False`` when there is none."""
    job = actions.claim(worker=name, now=clock(), lease=lease)
    if job is not None:
        perform(job, clock=clock, lease=lease)
    return job is not None


def perform(job: Job, *, clock: Clock = timezone.now, lease: timedelta = actions.LEASE) -> None:
    """Runs one claimed job to its end, good or bad."""
    token = _current.set(job)
    try:
        with _renewing(job, clock, lease):
            task: Task[..., object] = import_string(job.name)
            result = normalize_json(task.call(*job.args, **job.kwargs))
        actions.finish(job=job, result=result, now=clock())
    except Exception:  # noqa: BLE001 (a task's edge: whatever it raises is kept with the job and retried)
        actions.fail(job=job, error=traceback.format_exc(limit=8), now=clock())
        log.warning("job %s %s failed, attempt %d of %d", job.name, job.pk, job.attempts, job.max_attempts)
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

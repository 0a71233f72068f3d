"""Before any command: Django is set up, the data folder is there, the schema is the code's."""

from __future__ import annotations

import fcntl
import io
from collections.abc import Iterator
from contextlib import contextmanager

import django

#: Any number; PostgreSQL's advisory locks are told apart by it.
MIGRATING = 7_236_663


def set_up() -> None:
    """Sets Django up, for words that touch no database (``NEEDS_DATABASE = False``)."""
    django.setup()


def make_ready() -> None:
    """Sets Django up and brings the database up to date; quick when there is nothing to do."""
    set_up()
    from django.conf import settings

    settings.CONFIG.data.mkdir(parents=True, exist_ok=True)
    if _behind():
        with _alone():
            if _behind():
                _migrate()
    _schedule()


def _behind() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0, stdout=io.StringIO())
    call_command("createcachetable", verbosity=0, stdout=io.StringIO())


def _schedule() -> None:
    from django.utils import timezone

    from rebond.loop.schedules import install

    install(now=timezone.now())


@contextmanager
def _alone() -> Iterator[None]:
    """Of all processes on this folder or this PostgreSQL database, one migrates; the others wait for it."""
    from django.conf import settings
    from django.db import connection

    with (settings.CONFIG.data / "migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])

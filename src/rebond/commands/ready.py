"""Before any command: Django is set up, the data folder is there, the schema is the code's."""

from __future__ import annotations

import io

import django


def make_ready() -> None:
    """Sets Django up and brings the database up to date; quick when there is nothing to do."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    settings.CONFIG.data.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0, stdout=io.StringIO())
        call_command("createcachetable", verbosity=0, stdout=io.StringIO())

"""Triggers that keep the books, in each database's own SQL (``ledger/sql``).

A later migration that makes one of these tables anew on SQLite (most changes of a field do) loses its triggers and must run
``run`` again. ``ledger.queries.check`` notices, and so does ``rebond doctor``.
"""

import sqlite3
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


def run(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    text = (SQL / f"books.{vendor}.sql").read_text()
    if vendor == "sqlite":
        for statement in _statements(text):
            schema_editor.execute(statement, params=None)
    else:
        # No parameters at all: a "%" in a trigger's sentence is not a placeholder.
        schema_editor.execute(text, params=None)


def _statements(text):
    """A trigger's body holds semicolons: SQLite knows where a statement ends."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_first")]
    operations = [migrations.RunPython(run, migrations.RunPython.noop)]

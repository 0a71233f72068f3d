"""How tests empty tables that the product's database refuses to empty.

Tests that commit end with a flush. On SQLite that is a DELETE, which triggers of the product refuse; on PostgreSQL a
TRUNCATE, which the ledger refuses. What refuses is lifted for the flush, and put back in the same transaction. Nothing
of the product does this: ``rebond manage flush`` is refused where there is history or something was ever booked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError

# The base of both databases' own: either of those may not be imported before Django has chosen.
from django.db.backends.base.operations import BaseDatabaseOperations

flush = BaseDatabaseOperations.execute_sql_flush


def let_tests_flush() -> None:
    """From now on, what empties all tables between tests may empty those that are kept, too."""
    BaseDatabaseOperations.execute_sql_flush = _flush_all  # type: ignore[method-assign]


def _flush_all(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
    statements = [*sql_list]
    try:
        flush(self, statements)
    except IntegrityError:
        off, on = _guards(self.connection)
        flush(self, [*off, *statements, *on])


def _guards(connection: Any) -> tuple[list[str], list[str]]:
    """The statements that lift what refuses a deletion, and those that put it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # 32: BEFORE TRUNCATE
            cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgtype & 32 <> 0")
            found = [f"ALTER TABLE {table} %s TRIGGER {name}" for table, name in cursor.fetchall()]
            return [one % "DISABLE" for one in found], [one % "ENABLE" for one in found]
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'")
        triggers = cursor.fetchall()
    return [f"DROP TRIGGER {name}" for name, _sql in triggers], [sql for _name, sql in triggers]

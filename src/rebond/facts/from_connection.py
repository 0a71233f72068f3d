"""Facts from a warehouse: tables with FORMATS' columns, read where they are, through any engine that Ibis speaks."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from rebond.base.errors import NotFound
from rebond.facts import native
from rebond.facts.gather import gather
from rebond.facts.model import Facts, Options, Table

_DEFAULTS = Options()


def from_connection(
    connection: Any, deals: str = "deals", touches: str = "touches", *, today: date, options: Options = _DEFAULTS
) -> Facts:
    """The two tables as expressions on a warehouse's own.

    Amounts are major units there (``amount``, decimal) or minor ones (``amount_minor``). Days are days as the engine
    counts them. Without a table of that name there are no touches.

    Args:
        connection: an Ibis connection (``ibis.postgres.connect(...)``, ``ibis.clickhouse.connect(...)`` ...).
        deals, touches: names of tables or views, with their schema in front where they need one (``sales.deals``).

    Raises:
        RebondError: ``no_table``, ``column_missing``, ``column_type``, ``empty_file``, ``duplicate_id``,
            ``unreadable``, ``no_usable_row``.
    """
    options.require_usable()
    table = _table(connection, deals)
    if table is None:
        raise NotFound(
            _("There is no table %(table)s there. Nothing was read. Check the name.") % {"table": deals},
            code="no_table",
        )
    contacts = _table(connection, touches)
    found = native.deals_of(table, options)
    return gather(connection, found, None if contacts is None else native.touches_of(contacts, options), options, today)


def _table(connection: Any, name: str) -> Table | None:
    from ibis.common.exceptions import TableNotFound

    schema, _dot, bare = name.rpartition(".")
    try:
        return connection.table(bare, database=schema) if schema else connection.table(bare)
    except TableNotFound:
        return None

"""The last step, whatever the tables come from: as of which day they speak, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.facts.model import Facts, LeftOut, Note, Options, Table
from rebond.facts.native import MONEY, NativeDeals, NativeTouches
from rebond.facts.sheet_deals import DealsOfSheet
from rebond.facts.sheet_touches import TouchesOfSheet
from rebond.facts.touches import merged
from rebond.numbers.tables import DEALS

Deals = DealsOfSheet | NativeDeals
Touches = TouchesOfSheet | NativeTouches


def gather(connection: Any, deals: Deals, touches: Touches | None, options: Options, today: date) -> Facts:
    """Facts as of one day.

    Raises:
        RebondError: ``no_usable_row`` when no deal is left; it says what is wrong with the first.
    """
    as_of, dated = _as_of(deals, touches, options, today)
    table = deals.table(as_of)
    missing = _missing(deals, table)
    if isinstance(deals, DealsOfSheet):
        ids, table = table.column("id"), connection.create_table("deals", table)
    left = list(deals.left_out)
    used = deals.rows_read - sum(row.count for row in left)
    if not used:
        raise _nothing(left)
    facts = Facts(
        connection=connection, deals=table, touches=None, as_of=as_of, currency=deals.currency,
        minor_per_major=10 ** get_currency_precision(deals.currency), rows_read=deals.rows_read, rows_used=used,
        left_out=tuple(left), blanked=tuple(deals.blanked), columns=deals.recognised, missing=missing,
        notes=(*dated, *deals.all_notes, *_rule(options, deals)),
    )  # fmt: skip
    if touches is None:
        return facts
    if isinstance(touches, TouchesOfSheet):
        if isinstance(deals, NativeDeals):
            ids = table.select("id").to_pyarrow().column("id")
        contacts = connection.create_table("touches", touches.table(as_of, ids))
    else:
        contacts = touches.table(as_of, table)
    return _with_touches(facts, contacts, touches, options)


def _with_touches(facts: Facts, contacts: Table, touches: Touches, options: Options) -> Facts:
    left = list(touches.left_out)
    used = touches.rows_read - sum(row.count for row in left)
    if options.merge_touches and used:
        contacts = merged(contacts, options.merge_touches)
        if isinstance(touches, TouchesOfSheet):
            contacts = facts.connection.create_table("touches_merged", contacts)
        kept = int(contacts.count().to_pyarrow().as_py())
        if kept < used:
            left.append(LeftOut("touches", "merged", used - kept))
        used = kept
    return replace(
        facts, touches=contacts, touches_read=touches.rows_read, touches_used=used,
        left_out=(*facts.left_out, *left), columns=(*facts.columns, *touches.recognised),
        notes=(*facts.notes, *touches.all_notes),
    )  # fmt: skip


def _as_of(deals: Deals, touches: Touches | None, options: Options, today: date) -> tuple[date, list[Note]]:
    """The day given, else the latest in the files, never one that is still to come."""
    if options.as_of:
        return options.as_of, []
    latest = max(filter(None, (deals.latest, touches.latest if touches else None)), default=None)
    if latest is None:
        return today, [Note("as_of_today", {"day": today.isoformat()})]
    as_of = min(latest, today)
    return as_of, [Note("as_of_latest", {"day": as_of.isoformat()})]


def _missing(deals: Deals, table: Any) -> tuple[str, ...]:
    """FORMATS' columns without any value."""
    names = {ours: theirs for theirs, ours in MONEY.items()}
    if isinstance(deals, DealsOfSheet):
        absent = [name for name in DEALS if table.column(name).null_count == table.num_rows]
    else:
        absent = [name for name in DEALS if {name, names.get(name, name)}.isdisjoint(deals.names)]
    return tuple(names.get(name, name) for name in absent)


def _rule(options: Options, deals: Deals) -> Iterable[Note]:
    if options.commission and not any(column.ours.startswith("commission") for column in deals.recognised):
        yield Note("commission_rule", {"rule": options.commission})


def _nothing(left: list[LeftOut]) -> RebondError:
    """No deal can be used: what is wrong with the first that could not."""
    first = max(left, key=lambda row: row.count, default=None)
    example = first.example if first else None
    if first is None or example is None or not example.column:
        reason = first.says if first else ""
        return RebondError(
            _("No deal can be used: %(reason)s. Nothing was read. Check the file and the day of the report.")
            % {"reason": reason},
            code="no_usable_row",
        )
    return RebondError(
        _(
            "No deal can be used. Line %(row)d, column “%(column)s”: “%(value)s” stands where %(expected)s should. "
            "Nothing was read. Correct the column, or say what it is with --map."
        )
        % {
            "row": example.row, "column": example.column, "value": example.value[:80],
            "expected": example.expected or first.says,
        },
        code="no_usable_row", row=example.row, column=example.column, value=example.value,
        expected=str(example.expected),
    )  # fmt: skip

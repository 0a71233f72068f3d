"""What kind of contact each was, by deal and month, kept in memory beside the facts: contacts are numbered once.

Numbering the contacts of a deal takes the engine a second or two for a million of them, so it is done when facts are
opened, and then only for deals of which something changed: their contacts, their end, or a no of their company.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min

from rebond.deals.models import NOES, CloseEvent
from rebond.facts import store, warm
from rebond.facts.model import Facts, Table
from rebond.numbers.kinds_queries import UNTIMED, said_no, steps

NAME, REOPENED = "worth_steps", "worth_reopened"
COLUMNS = {
    "deal_id": "string", "month": "date", "kind": "string", "contacts": "int64", "recorded": "float64",
    **dict.fromkeys(UNTIMED, "int64"),
}  # fmt: skip
_making = threading.Lock()


@dataclass(frozen=True)
class _Known:
    """The last steps made here, and what each deal looked like then."""

    looked: Any
    steps: Any


_known: dict[str, _Known] = {}


def forget() -> None:
    """Empties this process's memory; for tests and benchmarks."""
    with _making:
        _known.clear()


def steps_for(today: date, connection: Any = None) -> Table:
    """``kinds_queries.steps`` of everybody's deals, on a ``connection`` to the facts in force."""
    facts = warm.current(today).facts()
    with _making:
        if not _there(facts.connection):
            _make(facts)
    return (connection or facts.connection).table(NAME)


def _there(connection: Any) -> bool:
    found = connection.con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [NAME])
    return bool(found.fetchall()[0][0])


def _make(facts: Facts) -> None:
    connection = facts.connection
    if facts.touches is None or facts.roll is None:
        import ibis

        connection.create_table(NAME, schema=ibis.schema(COLUMNS))
        return
    reopened = connection.create_table(REOPENED, _reopened(), overwrite=True)
    looks = _looks(facts, reopened).to_pyarrow()
    where = str(store.folder())
    made = _brought_up(facts, reopened, looks, _known.get(where))
    _known[where] = _Known(looks, made)
    connection.create_table(NAME, made)


def _brought_up(facts: Facts, reopened: Table, looks: Any, before: _Known | None) -> Any:
    """The steps of all deals: those of unchanged ones as they were."""
    columns, deals, touches = [*COLUMNS], facts.deals, facts.touches
    assert touches is not None
    if before is None:
        return _typed(steps(deals, touches, reopened)).select(columns).to_pyarrow()
    connection = facts.connection
    now = connection.create_table("worth_looks", looks, overwrite=True)
    then = connection.create_table("worth_looked", before.looked, overwrite=True)
    kept = connection.create_table("worth_steps_before", before.steps, overwrite=True)
    changed = connection.create_table("worth_changed", now.difference(then).select("of").to_pyarrow(), overwrite=True)
    some = touches.semi_join(changed, touches.deal_id == changed["of"])
    new = _typed(steps(deals, some, reopened)).select(columns)
    still = kept.semi_join(now, kept.deal_id == now["of"])
    still = still.anti_join(changed, still.deal_id == changed["of"]).select(columns)
    found = still.union(new).to_pyarrow()
    for name in ("worth_looks", "worth_looked", "worth_steps_before", "worth_changed"):
        connection.drop_table(name)
    return found


def _typed(table: Table) -> Table:
    return table.mutate(**{name: table[name].cast(kind) for name, kind in COLUMNS.items()})


def _looks(facts: Facts, reopened: Table) -> Table:
    """What the steps of a deal hang on, one row per touched deal: its ends, and its contacts by month."""
    roll = facts.roll
    assert roll is not None
    month = roll.month.year().cast("int64") * 12 + roll.month.month()
    counts = roll.group_by("deal_id").aggregate(
        touched=roll.touches.sum().cast("int64"), spread=(roll.touches * month * month).sum().cast("int64"),
        calls=roll.call.sum().cast("int64"), emails=roll.email.sum().cast("int64"),
        meetings=roll.meeting.sum().cast("int64"), minutes=roll.minutes.sum().cast("float64"),
    )  # fmt: skip
    known = said_no(facts.deals, reopened)
    row = counts.join(known, counts.deal_id == known["id"])
    return row.select(
        "touched", "spread", "calls", "emails", "meetings", "minutes", of="deal_id",
        ends=row.ends.fill_null(-1).cast("int64"), won=row.won.fill_null(False),
        no_from=row.no_from.fill_null(-1).cast("int64"), back=row.back.fill_null(False),
    )  # fmt: skip


def _reopened() -> Any:
    """The first no of every deal whose no was taken back."""
    import pyarrow as pa

    taken_back = CloseEvent.objects.filter(outcome__in=NOES, reopening__isnull=False, closed_at__isnull=False)
    found = list(taken_back.order_by().values_list("deal_id").annotate(first=Min("closed_at")))
    zone = ZoneInfo(settings.TIME_ZONE)
    return pa.table({
        "deal_id": pa.array([str(pk) for pk, _at in found], pa.string()),
        "no_day": pa.array([at.astimezone(zone).date() for _pk, at in found], pa.date32()),
    })  # fmt: skip

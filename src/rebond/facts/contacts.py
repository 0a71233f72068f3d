"""Touches of the records as files: parts that are only added to, their roll-up, and contacts that name no deal.

Touches are only ever added, so a refresh reads the new ones and keeps them as a further part, with a part of the
roll-up (one row per deal and month, ``numbers.touches_queries.monthly``) beside it: what was there is not read again.
Small parts are made one from time to time; the large first one only when the others have grown to half of it.

A contact with a person that names no deal (staying in touch) counts for that person's last deal opened by then, else
for the first one after it, so that its time is not forgotten. Which deal that is changes with the deals and with who
takes part in them, so these contacts are placed anew whenever one of these changed (``beside``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Sum

from rebond.deals.models import DealPerson, Touch
from rebond.facts.model import Table
from rebond.facts.store import State, Store
from rebond.facts.touches import rollup
from rebond.numbers.touches_queries import added

#: So many of the last touches are looked at again: writes that were begun before others may end after them.
TOUCHES_AGAIN = 5_000
ROWS = 10_000
#: So many parts of touches are made one.
PARTS = 24
_TOUCH = ("id", "deal_id", "person_id", "at", "channel", "direction", "owner_id", "minutes", "result")
#: Columns of a touch that say which it is and whose; the others are those of ``numbers.tables``.
_OURS = ("deal_id", "at", "channel", "direction", "owner_id", "minutes", "result")


def chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in handfuls of ``ROWS``."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, ROWS)):
        yield chunk


def with_touches(connection: Any, store: Store, state: State) -> State:
    """A further part with the touches that are new; all of them anew when some are gone."""
    last = Touch.objects.aggregate(last=Max("pk"))["last"] or 0
    again = max(state.last_touch - TOUCHES_AGAIN, 0)
    known = _known(connection, store, state, again)
    if known is None:
        state, again, known = replace(state, touches=[], rolls=[], beside="", last_touch=0), 0, set()
    found = Touch.objects.filter(pk__gt=again).order_by("pk").values_list(*_TOUCH).iterator(chunk_size=ROWS)
    part = _part(store, (row for row in found if row[0] not in known), ZoneInfo(state.zone))
    if not part:
        return state
    rolled = _write(store, "roll", rollup(_with_deal(connection.read_parquet(store.path(part)))))
    state = replace(state, touches=[*state.touches, part], rolls=[*state.rolls, rolled], last_touch=last)
    return state if len(state.touches) <= PARTS else _tidied(connection, store, state)


def _known(connection: Any, store: Store, state: State, again: int) -> set[int] | None:
    """Ids after ``again`` that are kept already; ``None`` when a kept touch is gone."""
    if not state.touches:
        return set()
    kept = _parts(connection, store, state)
    known = set(kept.filter(kept.id > again).select("id").to_pyarrow().column("id").to_pylist())
    before = kept.filter(kept.id <= again).count().to_pyarrow().as_py()
    if before != Touch.objects.filter(pk__lte=again).count():
        return None
    return known if known <= set(Touch.objects.filter(pk__gt=again).values_list("pk", flat=True)) else None


def _parts(connection: Any, store: Store, state: State) -> Table:
    return connection.read_parquet([store.path(name) for name in state.touches])


def _with_deal(touches: Table) -> Table:
    return touches.filter(touches.deal_id.notnull())


def _part(store: Store, rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> str:
    """Keeps these touches as a file; nothing for none."""
    import pyarrow as pa

    schema = pa.schema(
        [("id", pa.int64()), ("deal_id", pa.string()), ("person_id", pa.int64()), ("at", pa.timestamp("us")),
         ("channel", pa.string()), ("direction", pa.string()), ("owner_id", pa.int64()), ("minutes", pa.float64()),
         ("result", pa.string())]
    )  # fmt: skip
    some = chunks(rows)
    first = next(some, None)
    if first is None:
        return ""
    return store.write("touches", schema, (_batch(chunk, zone, schema) for chunk in chain([first], some)))


def _batch(chunk: Sequence[tuple[Any, ...]], zone: ZoneInfo, schema: Any) -> Any:
    """One handful; who was met is only kept where no deal is named."""
    import pyarrow as pa

    columns = dict(zip(schema.names, zip(*chunk, strict=True), strict=True))
    deals = columns["deal_id"]
    columns["person_id"] = tuple(
        person if deal is None else None for deal, person in zip(deals, columns["person_id"], strict=True)
    )
    columns["deal_id"] = tuple(None if deal is None else str(deal) for deal in deals)
    columns["at"] = tuple(at.astimezone(zone).replace(tzinfo=None) for at in columns["at"])
    columns["result"] = tuple(text or None for text in columns["result"])
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _write(store: Store, kind: str, found: Table) -> str:
    """Sorted by deal, which halves what adding up by deal takes."""
    table = found.order_by("deal_id", "month").to_pyarrow()
    return store.write(kind, table.schema, table.to_batches())


def _tidied(connection: Any, store: Store, state: State) -> State:
    """The small parts as one; all of them where the small ones are not small any more."""
    first, *rest = state.touches
    large = 2 * sum(store.size(name) for name in rest) < store.size(first)
    kept, some = ([first], rest) if large else ([], state.touches)
    rolls = state.rolls[len(kept) :]
    rolled = _write(store, "roll", added(connection.read_parquet([store.path(name) for name in rolls])))
    return replace(state, touches=[*kept, _joined(store, some)], rolls=[*state.rolls[: len(kept)], rolled])


def _joined(store: Store, names: Sequence[str]) -> str:
    """Parts of touches as one file, batch by batch."""
    import pyarrow.parquet as pq

    parts = [pq.ParquetFile(store.path(name)) for name in names]
    batches = chain.from_iterable(part.iter_batches() for part in parts)
    return store.write("touches", parts[0].schema_arrow, batches)


def with_beside(connection: Any, store: Store, state: State, before: State) -> State:
    """Contacts that name no deal, each with the deal it counts for; nothing is done where nothing of it changed."""
    if not state.touches:
        return replace(state, beside="", beside_roll="", unplaced=0)
    state = _with_people(store, state)
    known = len(before.touches) if state.touches[: len(before.touches)] == before.touches else 0
    same = known > 0 and (state.beside_of, state.people) == (state.deals, before.people)
    if same and not _met(connection, store, state.touches[known:])[1]:
        return state
    met, all_ = _met(connection, store, state.touches)
    state = replace(state, beside="", beside_roll="", unplaced=all_, beside_of=state.deals)
    if met is None or not all_ or not state.people:
        return state
    placed = _placed(connection, store, state, met).order_by("id").to_pyarrow()
    if not placed.num_rows:
        return state
    written = store.write("beside", placed.schema, placed.to_batches())
    rolled = _write(store, "roll", rollup(connection.read_parquet(store.path(written))))
    return replace(state, beside=written, beside_roll=rolled, unplaced=all_ - placed.num_rows)


def _met(connection: Any, store: Store, parts: Sequence[str]) -> tuple[Table | None, int]:
    """Contacts of these parts that name no deal, and how many."""
    if not parts:
        return None, 0
    touches = connection.read_parquet([store.path(name) for name in parts])
    met = touches.filter(touches.deal_id.isnull() & touches.person_id.notnull())
    return met, int(met.count().to_pyarrow().as_py())


def _with_people(store: Store, state: State) -> State:
    """Who takes part in which deal, read again when that changed."""
    import pyarrow as pa

    counted = DealPerson.objects.aggregate(n=Count("pk"), last=Max("pk"), all=Sum("pk"))
    seen = "/".join(str(value or 0) for value in counted.values())
    if seen == state.people_seen and (state.people or seen.startswith("0/")):
        return state
    rows = list(DealPerson.objects.order_by("pk").values_list("person_id", "deal_id").iterator(chunk_size=ROWS))
    if not rows:
        return replace(state, people="", people_seen=seen)
    people, deals = zip(*rows, strict=True)
    table = pa.table({"of_person": pa.array(people, pa.int64()), "of_deal": pa.array(map(str, deals), pa.string())})
    return replace(state, people=store.write("people", table.schema, table.to_batches()), people_seen=seen)


def _placed(connection: Any, store: Store, state: State, met: Table) -> Table:
    """Each of these contacts with its deal; one with somebody who takes part in none is not there.

    The last deal opened by that day; else the first one opened later. A deal without a day was there from the start.
    """
    import ibis

    deals, people = (connection.read_parquet(store.path(name)) for name in (state.deals, state.people))
    deals = deals.filter(deals.outcome != "duplicate")
    deals = deals.select(of_id=deals["id"], opened=deals.opened_at.fill_null(ibis.date("0001-01-01")))
    theirs = people.inner_join(deals, people.of_deal == deals.of_id).select("of_person", "of_deal", "opened")
    pairs = met.inner_join(theirs, met.person_id == theirs.of_person)
    by_then = pairs.opened <= pairs["at"].cast("date")
    gap = ibis.ifelse(by_then, pairs["at"].cast("date").delta(pairs.opened, unit="day"), 0)
    wait = ibis.ifelse(by_then, 0, pairs.opened.delta(pairs["at"].cast("date"), unit="day"))
    order = [ibis.ifelse(by_then, 0, 1), gap, wait, pairs.of_deal.cast("int64").desc()]
    ranked = pairs.mutate(place=ibis.row_number().over(group_by="id", order_by=order))
    chosen = ranked.filter(ranked.place == 0)
    return chosen.select("id", **{n: chosen.of_deal if n == "deal_id" else chosen[n] for n in _OURS})


def touches(connection: Any, store: Store, state: State) -> Table | None:
    """Every touch that counts for a deal, with ``beside`` (1: it names none); ``None`` where there is none."""
    if not state.touches:
        return None
    named = _with_deal(_parts(connection, store, state)).select(*_OURS)
    named = named.mutate(beside=_number(0))
    if not state.beside:
        return named
    others = connection.read_parquet(store.path(state.beside)).select(*_OURS).mutate(beside=_number(1))
    return named.union(others)


def _number(value: int) -> Any:
    import ibis

    return ibis.literal(value, "int64")


def roll(connection: Any, store: Store, state: State) -> Table | None:
    """One row per deal and month, those contacts included; ``None`` where there is none.

    Only where a later part has something of a deal and month is anything added up.
    """
    names = [*state.rolls, *([state.beside_roll] if state.beside_roll else [])]
    if len(names) < 2:
        return connection.read_parquet(store.path(names[0])) if names else None
    first = connection.read_parquet(store.path(names[0]))
    later = connection.read_parquet([store.path(name) for name in names[1:]]).select(*first.columns)
    key = ["deal_id", "month"]
    touched = added(first.semi_join(later, key).union(later)).select(*first.columns)
    return first.anti_join(later, key).union(touched)

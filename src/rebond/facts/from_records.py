"""Facts from Rebond's own records: Parquet files beside the database, brought up to date by what changed.

A deal is read again when it, or its company, was written since the last time; one that is gone leaves. Touches are
only ever added to (``contacts``). Names of owners, teams and stages are joined when the facts are read, so that
renaming one changes no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from rebond.accounts.models import Team, User
from rebond.deals.models import Deal, Stage
from rebond.facts import contacts, native
from rebond.facts.contacts import ROWS, chunks
from rebond.facts.gather import gather
from rebond.facts.model import Facts, LeftOut, Options, Table
from rebond.facts.store import State, Store
from rebond.facts.written import OVERLAP, seen_since, written


class Said(NamedTuple):
    """What is known about a deal's last close that was not taken back, beyond what the deal itself says.

    Attributes:
        reasons: as ``numbers.voices.parse_reasons`` reads them; empty for none.
        in_bulk: whether it was closed together with others.
        debriefed: whether its debrief is finished.
        could_act: what the seller says to "could you have acted?" of the main reason; empty for nothing.
        answers: one letter per debrief question, ``y`` yes, ``p`` partly, ``n`` no, ``d`` do not know, ``-`` none.
        at: the latest moment any of this was written.
    """

    deal_id: int
    reasons: str = ""
    in_bulk: bool = False
    debriefed: bool = False
    could_act: str = ""
    answers: str = ""
    at: datetime | None = None


#: What was said of the deals of whose closes something was written since that moment; of all deals for ``None``. What
#: this is belongs to a practice above this room, which passes it in.
ReasonsSince = Callable[[datetime | None], Iterable[Said]]
#: Tells apart what was said since a moment: the same text, nothing new.
SeenSince = Callable[[datetime], str]
_DEAL = (
    "id", "opened_at", "closed_at", "outcome", "amount_minor", "commission_minor", "currency", "segment",
    "lead_source", "competitor", "name", "company__name", "owner_id", "team_id", "stage_id", "updated_at",
)  # fmt: skip
#: Columns that are kept beside those of ``numbers.tables``, for whoever counts debriefs and teams (``facts.kept``).
BESIDE = ("owner_id", "team_id", "in_bulk", "debriefed", "could_act", "answers")


def from_records(
    folder: Path,
    *,
    user: User | None,
    now: datetime,
    zone: str,
    currency: str = "",
    reasons: ReasonsSince | None = None,
) -> Facts:
    """Brings the facts up to date and gives those of the deals that ``user`` may open.

    Args:
        folder: ``REBOND_DATA/facts``; made when it is not there.
        user: whose view; ``None`` is the program itself and sees all.
        now: the facts are as of its day in ``zone``.
        zone: in which days are counted.
        currency: of the report, when no deal names one.
        reasons: see ``ReasonsSince``.

    Raises:
        RebondError: ``empty_file`` without any deal that ``user`` may open.
    """
    store = Store(folder)
    state = refresh(store, zone=zone, reasons=reasons)
    return opened(store, state, user=user, now=now, zone=zone, currency=currency)


def opened(store: Store, state: State, *, user: User | None, now: datetime, zone: str, currency: str = "") -> Facts:
    """The facts of a state as they are on disk, without looking whether the records have changed since.

    Arguments and errors are those of ``from_records``.
    """
    connection = _engine()
    deals = _deals_seen(connection, store, state, user)
    deals = deals.drop(*[name for name in BESIDE if name in deals.columns])
    today = now.astimezone(ZoneInfo(zone)).date()
    options = Options(as_of=today, zone=zone, currency=currency)
    found, touches = native.deals_of(deals, options), None
    if state.touches:
        touches = native.touches_of(_touches_seen(connection, store, state, deals), options)
    facts = _without_deal(gather(connection, found, touches, options, today), state, user)
    roll = contacts.roll(connection, store, state)
    if roll is None:
        return facts
    return replace(facts, roll=roll.semi_join(facts.deals, roll.deal_id == facts.deals["id"]))


def _without_deal(facts: Facts, state: State, user: User | None) -> Facts:
    """Says how many contacts are with people who take part in no deal; to those who see everybody's."""
    if not state.unplaced or not (user is None or user.is_admin):
        return facts
    left = LeftOut("touches", "no_deal", state.unplaced)
    return replace(facts, touches_read=facts.touches_read + state.unplaced, left_out=(*facts.left_out, left))


def deals_kept(store: Store, state: State, *, today: date, zone: str, currency: str = "") -> Facts:
    """The deals of a state, everybody's and without touches, with the columns ``BESIDE`` (see ``facts.kept``)."""
    connection = _engine()
    options = Options(as_of=today, zone=zone, currency=currency)
    found = native.deals_of(_deals_seen(connection, store, state, None), options)
    return gather(connection, found, None, options, today)


def _engine() -> Any:
    import ibis

    return ibis.duckdb.connect()


def refresh(
    store: Store, *, zone: str, reasons: ReasonsSince | None = None, said_since: SeenSince | None = None
) -> State:
    """Brings the files up to what the records say; returns the state that counts now."""
    with store.alone():
        before = store.state()
        state = before if before.zone == zone else State(zone=zone)
        connection = _engine()
        state = _with_deals(connection, store, state)
        state = contacts.with_touches(connection, store, state)
        state = contacts.with_beside(connection, store, state, before)
        if reasons is not None:
            state = _with_said(connection, store, state, reasons, said_since)
        if state != before:
            store.replace(state)
        return state


def _with_deals(connection: Any, store: Store, state: State) -> State:
    """Deals written since, over those kept; without those that are gone."""
    last = datetime.fromisoformat(state.latest) if state.latest else None
    seen, there = seen_since(last), Deal.objects.count()  # before anything is read: what comes later is not seen yet
    state, before = replace(state, seen=seen), state
    asked = written(last, seen, before.seen) if last and state.deals else Q()
    if asked is None and there == _rows(store, state.deals):
        return state
    rows = Deal.objects.none() if asked is None else Deal.objects.filter(asked)
    found = rows.order_by("pk").values_list(*_DEAL).iterator(chunk_size=ROWS)
    table = _deals_table(found, ZoneInfo(state.zone))
    latest = _latest(table, state.latest)
    if state.deals:
        kept = connection.read_parquet(store.path(state.deals))
        new = connection.create_table("written_deals", table, overwrite=True)
        both = new.union(kept.anti_join(new, kept.id == new.id))
        total = _count(both)
        if total == there and not _count(new.difference(kept)):
            return state
        table = (both if total <= there else _still_there(connection, both)).order_by("id").to_pyarrow()
    return replace(state, deals=store.write("deals", table.schema, table.to_batches()), latest=latest)


def _rows(store: Store, name: str) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(store.path(name)).num_rows)


def _count(table: Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _still_there(connection: Any, deals: Table) -> Table:
    import pyarrow as pa

    ids = pa.table({"id": pa.array([str(pk) for pk in Deal.objects.values_list("pk", flat=True)], pa.string())})
    return deals.semi_join(connection.create_table("deals_there", ids, overwrite=True), "id")


def _latest(deals: Any, before: str) -> str:
    import pyarrow.compute as pc

    last = pc.max(deals.column("updated_at")).as_py()
    return max(last.isoformat() if last else "", before)


def _deals_table(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> Any:
    import pyarrow as pa

    text, number, day = pa.string(), pa.int64(), pa.date32()
    kinds = (
        text, day, day, text, number, number, text, text, text, text, text, text, number, number, number,
        pa.timestamp("us", "UTC"),
    )  # fmt: skip
    schema = pa.schema([(name.replace("__", "_"), kind) for name, kind in zip(_DEAL, kinds, strict=True)])
    return pa.Table.from_batches([_deals_batch(chunk, zone, schema) for chunk in chunks(rows)], schema)


def _deals_batch(chunk: Sequence[tuple[Any, ...]], zone: ZoneInfo, schema: Any) -> Any:
    import pyarrow as pa

    columns = dict(zip(schema.names, zip(*chunk, strict=True), strict=True))
    columns["id"] = tuple(map(str, columns["id"]))
    for name in ("opened_at", "closed_at"):
        columns[name] = tuple(at and at.astimezone(zone).date() for at in columns[name])
    arrays = [
        pa.array([None if value == "" else value for value in columns[field.name]], field.type) for field in schema
    ]
    return pa.record_batch(arrays, schema=schema)


def _with_said(
    connection: Any, store: Store, state: State, reasons: ReasonsSince, said_since: SeenSince | None
) -> State:
    """What was said since, over what is kept."""
    since = datetime.fromisoformat(state.said_until) - OVERLAP if state.said and state.said_until else None
    if since is not None and said_since is not None:
        seen = f"{since.isoformat()} {said_since(since)}"
        if seen == state.said_seen:
            return state
        state = replace(state, said_seen=seen)
    found = list(reasons(since))
    if since is not None and not found:
        return state
    latest = max((one.at.isoformat() for one in found if one.at), default="")
    table = _said_table(found)
    if since is not None:
        kept = connection.read_parquet(store.path(state.said))
        new = connection.create_table("written_said", table, overwrite=True)
        if not _count(new.difference(kept)):
            return state
        table = new.union(kept.anti_join(new, kept.deal_id == new.deal_id)).order_by("deal_id").to_pyarrow()
    written = store.write("said", table.schema, table.to_batches())
    return replace(state, said=written, said_until=max(latest, state.said_until))


def _said_table(found: Sequence[Said]) -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.int8()
    kinds = {"reasons": text, "in_bulk": number, "debriefed": number, "could_act": text, "answers": text}
    columns = {"deal_id": pa.array([str(one.deal_id) for one in found], text)}
    for name, kind in kinds.items():
        columns[name] = pa.array([getattr(one, name) or None for one in found]).cast(kind)
    return pa.table(columns)


def _seen_by(user: User | None, deals: Table) -> Table:
    """The same deals as ``deals.queries.deals_for`` gives."""
    if user is None or user.is_admin:
        return deals
    return deals.filter(deals.team_id == user.team_id) if user.team_id else deals.filter(deals.owner_id == user.pk)


def _names(connection: Any, name: str, rows: Iterable[tuple[int, str]]) -> Table:
    import pyarrow as pa

    pairs = list(rows)
    table = {"of": pa.array([pk for pk, _text in pairs], pa.int64()), name: pa.array([text for _pk, text in pairs])}
    named = pa.table(table | {name: table[name].cast(pa.string())})
    return connection.create_table(f"{name}_names", named, overwrite=True)


def owner_names(connection: Any) -> Table:
    """``of`` (a person's number) and ``owner`` (the name), as a table of this connection."""
    return _names(connection, "owner", User.objects.order_by("pk").values_list("pk", "name"))


def _deals_seen(connection: Any, store: Store, state: State, user: User | None) -> Table:
    """Deals with the names of what they belong to, in FORMATS' columns."""
    deals = _seen_by(user, connection.read_parquet(store.path(state.deals)))
    owners = owner_names(connection)
    teams = _names(connection, "team", Team.objects.values_list("pk", "name"))
    stages = _names(connection, "stage", Stage.objects.values_list("pk", "name"))
    for column, names in (("owner_id", owners), ("team_id", teams), ("stage_id", stages)):
        deals = deals.left_join(names, deals[column] == names.of).drop("of")
    if state.said:
        said = connection.read_parquet(store.path(state.said))
        deals = deals.left_join(said, deals["id"] == said.deal_id).drop("deal_id")
    deals = deals.rename(source="lead_source", company="company_name")
    return deals.drop("stage_id", "updated_at")


def _touches_seen(connection: Any, store: Store, state: State, deals: Table) -> Table:
    """Touches of these deals, with their sellers' names."""
    touches = contacts.touches(connection, store, state)
    assert touches is not None
    touches = touches.semi_join(deals, touches.deal_id == deals["id"])
    owners = connection.table("owner_names")
    return touches.left_join(owners, touches.owner_id == owners.of).drop("of", "owner_id")

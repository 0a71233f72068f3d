"""Facts from Rebond's own records: Parquet files beside the database, brought up to date by what changed.

A deal is read again when it, or its company, was written since the last time; one that is gone leaves. Touches are
only ever added, so a refresh reads the new ones and keeps them as a further part. The roll-up (one row per touched
deal) is brought up by adding, since its columns are counts, a first and a last. Names of owners, teams and stages are
joined when the facts are read, so that renaming one changes no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, Q

from rebond.accounts.models import Team, User
from rebond.deals.models import Deal, Stage, Touch
from rebond.facts import native
from rebond.facts.gather import gather
from rebond.facts.model import Facts, Options, Table
from rebond.facts.store import State, Store
from rebond.facts.touches import rollup
from rebond.numbers.touches_queries import MEASURES


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
#: Writes that were begun before the last refresh may have been finished after it.
OVERLAP = timedelta(minutes=15)
TOUCHES_AGAIN = 5_000
ROWS = 10_000
#: So many parts of touches are made one.
PARTS = 24
_DEAL = (
    "id", "opened_at", "closed_at", "outcome", "amount_minor", "currency", "segment", "lead_source", "competitor",
    "name", "company__name", "owner_id", "team_id", "stage_id", "updated_at",
)  # fmt: skip
#: Columns that are kept beside those of ``numbers.tables``, for whoever counts debriefs and teams (``facts.kept``).
BESIDE = ("owner_id", "team_id", "in_bulk", "debriefed", "could_act", "answers")
_TOUCH = ("id", "deal_id", "at", "channel", "direction", "owner_id", "minutes", "result")


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
    facts = gather(connection, found, touches, options, today)
    if not state.roll:
        return facts
    roll = connection.read_parquet(store.path(state.roll))
    return replace(facts, roll=roll.semi_join(facts.deals, roll.deal_id == facts.deals["id"]))


def deals_kept(store: Store, state: State, *, today: date, zone: str, currency: str = "") -> Facts:
    """The deals of a state, everybody's and without touches, with the columns ``BESIDE`` (see ``facts.kept``)."""
    connection = _engine()
    options = Options(as_of=today, zone=zone, currency=currency)
    found = native.deals_of(_deals_seen(connection, store, state, None), options)
    return gather(connection, found, None, options, today)


def _engine() -> Any:
    import ibis

    return ibis.duckdb.connect()


def refresh(store: Store, *, zone: str, reasons: ReasonsSince | None = None) -> State:
    """Brings the files up to what the records say; returns the state that counts now."""
    with store.alone():
        before = store.state()
        state = before if before.zone == zone else State(zone=zone)
        connection = _engine()
        state = _with_deals(connection, store, state)
        state = _with_touches(connection, store, state)
        if reasons is not None:
            state = _with_said(connection, store, state, reasons)
        if state != before:
            store.replace(state)
        return state


def _with_deals(connection: Any, store: Store, state: State) -> State:
    """Deals written since, over those kept; without those that are gone."""
    since = datetime.fromisoformat(state.latest) - OVERLAP if state.latest else None
    written = Q(updated_at__gte=since) | Q(company__updated_at__gte=since) if since else Q()
    found = Deal.objects.filter(written).order_by("pk").values_list(*_DEAL).iterator(chunk_size=ROWS)
    table = _deals_table(found, ZoneInfo(state.zone))
    latest = _latest(table, state.latest)
    if state.deals:
        kept = connection.read_parquet(store.path(state.deals))
        new = connection.create_table("written_deals", table, overwrite=True)
        both = new.union(kept.anti_join(new, kept.id == new.id))
        total, there = _count(both), Deal.objects.count()
        if total == there and not _count(new.difference(kept)):
            return state
        table = (both if total <= there else _still_there(connection, both)).order_by("id").to_pyarrow()
    return replace(state, deals=store.write("deals", table.schema, table.to_batches()), latest=latest)


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
        text, day, day, text, number, text, text, text, text, text, text, number, number, number,
        pa.timestamp("us", "UTC"),
    )  # fmt: skip
    schema = pa.schema([(name.replace("__", "_"), kind) for name, kind in zip(_DEAL, kinds, strict=True)])
    return pa.Table.from_batches([_deals_batch(chunk, zone, schema) for chunk in _chunks(rows)], schema)


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


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, ROWS)):
        yield chunk


def _with_touches(connection: Any, store: Store, state: State) -> State:
    """A further part with the touches that are new; all of them anew when some are gone."""
    last = Touch.objects.aggregate(last=Max("pk"))["last"] or 0
    again = max(state.last_touch - TOUCHES_AGAIN, 0)
    known = _known_touches(connection, store, state, again)
    if known is None:
        state, again, known = replace(state, touches=[], roll="", last_touch=0), 0, set()
    found = Touch.objects.filter(deal__isnull=False, pk__gt=again).order_by("pk")
    rows = found.values_list(*_TOUCH).iterator(chunk_size=ROWS)
    part = _touches_part(store, (row for row in rows if row[0] not in known), ZoneInfo(state.zone))
    if not part:
        return state
    state = replace(state, touches=[*state.touches, part], last_touch=last)
    state = replace(state, roll=_rolled(connection, store, state, part))
    return state if len(state.touches) <= PARTS else replace(state, touches=[_joined(store, state)])


def _known_touches(connection: Any, store: Store, state: State, again: int) -> set[int] | None:
    """Ids after ``again`` that are kept already; ``None`` when a kept touch is gone."""
    if not state.touches:
        return set()
    kept = connection.read_parquet([store.path(name) for name in state.touches])
    there = Touch.objects.filter(deal__isnull=False)
    known = set(kept.filter(kept.id > again).select("id").to_pyarrow().column("id").to_pylist())
    if _count(kept.filter(kept.id <= again)) != there.filter(pk__lte=again).count():
        return None
    return known if known <= set(there.filter(pk__gt=again).values_list("pk", flat=True)) else None


def _touches_part(store: Store, rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> str:
    """Keeps these touches as a file; nothing for none."""
    import pyarrow as pa

    schema = pa.schema(
        [("id", pa.int64()), ("deal_id", pa.string()), ("at", pa.timestamp("us")), ("channel", pa.string()),
         ("direction", pa.string()), ("owner_id", pa.int64()), ("minutes", pa.float64()), ("result", pa.string())]
    )  # fmt: skip
    chunks = _chunks(rows)
    first = next(chunks, None)
    if first is None:
        return ""
    batches = (_touches_batch(chunk, zone, schema) for chunk in chain([first], chunks))
    return store.write("touches", schema, batches)


def _touches_batch(chunk: Sequence[tuple[Any, ...]], zone: ZoneInfo, schema: Any) -> Any:
    import pyarrow as pa

    columns = dict(zip(schema.names, zip(*chunk, strict=True), strict=True))
    columns["deal_id"] = tuple(map(str, columns["deal_id"]))
    columns["at"] = tuple(at.astimezone(zone).replace(tzinfo=None) for at in columns["at"])
    columns["result"] = tuple(text or None for text in columns["result"])
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in schema], schema=schema)


def _rolled(connection: Any, store: Store, state: State, part: str) -> str:
    """The roll-up with a further part in it."""
    new = rollup(connection.read_parquet(store.path(part)))
    if state.roll:
        both = connection.read_parquet(store.path(state.roll)).union(new)
        counts = {name: both[name].sum().cast("int64") for name in MEASURES}
        new = both.group_by("deal_id").agg(first_at=both.first_at.min(), last_at=both.last_at.max(), **counts)
    table = new.order_by("deal_id").to_pyarrow()
    return store.write("roll", table.schema, table.to_batches())


def _joined(store: Store, state: State) -> str:
    """All parts of touches as one file, batch by batch."""
    import pyarrow.parquet as pq

    parts = [pq.ParquetFile(store.path(name)) for name in state.touches]
    batches = chain.from_iterable(part.iter_batches() for part in parts)
    return store.write("touches", parts[0].schema_arrow, batches)


def _with_said(connection: Any, store: Store, state: State, reasons: ReasonsSince) -> State:
    """What was said since, over what is kept."""
    since = datetime.fromisoformat(state.said_until) - OVERLAP if state.said and state.said_until else None
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
    return connection.create_table(f"{name}_names", pa.table(table | {name: table[name].cast(pa.string())}))


def _deals_seen(connection: Any, store: Store, state: State, user: User | None) -> Table:
    """Deals with the names of what they belong to, in FORMATS' columns."""
    deals = _seen_by(user, connection.read_parquet(store.path(state.deals)))
    owners = _names(connection, "owner", User.objects.values_list("pk", "name"))
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
    touches = connection.read_parquet([store.path(name) for name in state.touches])
    touches = touches.semi_join(deals, touches.deal_id == deals["id"])
    owners = connection.table("owner_names")
    return touches.left_join(owners, touches.owner_id == owners.of).drop("of", "owner_id", "id")

"""What is asked of the engine about touches: counts and sums, never rows.

Touches come in one of five shapes, all brought to one: per deal its touches by channel (``per_deal``).

* ``touches``: one row per contact, as in ``tables.TOUCHES``;
* a long roll-up: ``deal_id``, ``channel``, ``n``, and ``at`` where the day is kept;
* a wide roll-up, one row per deal: what ``per_deal`` returns;
* a monthly one, one row per deal and ``month``: what ``monthly`` returns, with the minutes;
* ``touch_count`` of the deals, where touches are only counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from rebond.numbers.tables import BESIDE, CHANNELS, Table, counted, day

#: What is counted: all touches, then each channel.
MEASURES = ("touches", *CHANNELS)
#: The same in minutes.
MINUTES = ("minutes", *[f"minutes_{channel}" for channel in CHANNELS])
#: Columns of a monthly roll-up that are added up: whole numbers, and minutes.
SUMMED_COUNTS = (*MEASURES, *[f"timed_{channel}" for channel in CHANNELS])
SUMMED_MINUTES = MINUTES
#: Sums of powers c^p a^q that the fourth power of an influence value needs.
POWERS = tuple((p, q) for p, q in product(range(5), range(5)) if 1 <= p + q <= 4)
#: Those that a variance needs.
SQUARES = tuple((p, q) for p, q in POWERS if p + q <= 2)


@dataclass(frozen=True)
class Commission:
    """What the seller earns from a sale whose commission is not recorded.

    Attributes:
        share: of the amount, from 0 to 1.
        flat_minor: a sum per sale, in minor units; where ``share`` is ``None`` or the amount is missing.
    """

    share: float | None = None
    flat_minor: int | None = None


@dataclass(frozen=True)
class Source:
    """Where touches come from: its ``kind``, the table, and whether each touch has a day and a channel.

    ``undated``: a period was asked for, and nobody knows when the touches were.
    """

    kind: str
    table: Table | None
    dated: bool
    by_channel: bool
    left_out: dict[str, int]


def source(deals: Table, touches: Table | None, rollup: Table | None, as_of: date, since: date | None = None) -> Source:
    """The best of what is there; touches after ``as_of``, or before ``since``, are not looked at.

    A monthly roll-up counts whole months: from the month of ``since`` to that of ``as_of``.
    """
    if rollup is not None:
        if "month" in rollup.columns:
            return Source("rollup", per_deal(within(rollup, as_of, since)), False, True, {})
        dated, long = "at" in rollup.columns, "n" in rollup.columns
        found = Source("rollup", rollup, dated, True, {})
        if dated and long:
            return _from(_until(found, as_of), since)
        return found if since is None else Source("undated", None, False, False, {})
    if touches is not None:
        found = _until(Source("touches", touches, True, True, {}), as_of)
        if found.kind != "none":
            return _from(found, since)
    if since is not None:
        return Source("none" if touches is not None else "undated", None, False, False, {})
    counts = counted(deals).touch_count.count().to_pyarrow().as_py() if "touch_count" in deals.columns else 0
    return Source("touch_count" if counts else "none", None, False, False, {})


def within(roll: Table, as_of: date, since: date | None) -> Table:
    """The months of a monthly roll-up that are looked at."""
    import ibis

    roll = roll.filter(roll.month <= ibis.literal(as_of))
    return roll if since is None else roll.filter(roll.month >= ibis.literal(since.replace(day=1)))


def _from(found: Source, since: date | None) -> Source:
    """Without the touches before a day, and those without one."""
    import ibis

    if since is None or found.table is None:
        return found
    table = found.table
    return replace(found, table=table.filter(table.at >= ibis.literal(since).cast(table.at.type())))


def _until(found: Source, as_of: date) -> Source:
    """Without touches of the future; ``none`` where no touch is left."""
    import ibis

    table = found.table
    assert table is not None
    end = ibis.literal(as_of + timedelta(days=1)).cast(table.at.type())
    # Asked for as a filter: an engine that knows the least and the greatest day of a block need not read it.
    odd = table.filter(table.at.isnull() | (table.at >= end))
    asked = odd.aggregate(undated=odd.count(where=odd.at.isnull()), later=odd.count(where=odd.at >= end))
    undated, later = (int(value or 0) for value in asked.to_pyarrow().to_pylist()[0].values())
    n = int(table.count().to_pyarrow().as_py())
    if n == later:
        return Source("none", None, False, False, {"touches_later": later})
    if later:
        table = table.filter(table.at.isnull() | (table.at < end))
    left_out = {"touches_undated": undated, "touches_later": later}
    return Source(found.kind, table, undated < n - later, True, left_out)


def per_deal(touches: Table) -> Table:
    """One row per deal: its touches in all and by channel.

    From raw touches, from the long roll-up, or from the monthly one. A channel of another name, or none, counts as
    ``other``.
    """
    if "month" in touches.columns:
        return touches.group_by("deal_id").aggregate(**{name: touches[name].sum() for name in MEASURES})
    total, named = ("n" in touches.columns), CHANNELS[:-1]
    every = touches.n.sum() if total else touches.count()
    parts = {c: _where(touches, touches.channel == c, total) for c in named}
    wide = touches.group_by("deal_id").aggregate(touches=every, **parts)
    if total:
        wide = wide.mutate(**{c: wide[c].fill_null(0) for c in named})
    others = wide["touches"]
    for name in named:
        others = others - wide[name]
    return wide.mutate(other=others)


def monthly(touches: Table) -> Table:
    """The roll-up that is worth keeping: one row per deal and month that it was touched in.

    Columns: ``deal_id``, ``month`` (its first day), the counts of ``MEASURES``, ``minutes`` (the sum of those
    recorded), and per channel ``timed_call`` ... (touches whose minutes are recorded) and ``minutes_call`` ... (their
    sum). Adding two such tables by deal and month gives that of both.
    """
    placed = touches.mutate(month=touches.at.truncate("month").cast("date"))
    return placed.group_by("deal_id", "month").aggregate(**_monthly_sums(placed))


def _monthly_sums(touches: Table) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for name in MEASURES:
        where = _of_channel(touches.channel, name)
        sums[name] = touches.count(where=where)
        if name != MEASURES[0]:
            timed = touches.minutes.notnull()
            sums[f"timed_{name}"] = touches.count(where=where & timed)
            sums[f"minutes_{name}"] = touches.minutes.sum(where=where & timed).fill_null(0.0)
    return sums | {"minutes": touches.minutes.sum().fill_null(0.0)}


def added(roll: Table) -> Table:
    """Several monthly roll-ups in one table, added up to one row per deal and month."""
    sums = {name: roll[name].sum() for name in (*SUMMED_COUNTS, *SUMMED_MINUTES)}
    whole = {name: total.cast("int64") if name in SUMMED_COUNTS else total for name, total in sums.items()}
    return roll.group_by("deal_id", "month").aggregate(**whole)


def with_minutes(roll: Table, minutes: Mapping[str, float]) -> Table:
    """Of a monthly roll-up one row per deal: its touches as ``per_deal``, ``MINUTES``, and ``timed`` touches.

    A touch whose minutes are not recorded took as many as are usual for its channel.
    """
    kept = (*SUMMED_COUNTS, *[f"minutes_{channel}" for channel in CHANNELS])
    by_deal = roll.group_by("deal_id").aggregate(**{name: roll[name].sum().cast("float64") for name in kept})
    taken = {
        f"minutes_{c}": by_deal[f"minutes_{c}"] + (by_deal[c] - by_deal[f"timed_{c}"]) * float(minutes.get(c, 0.0))
        for c in CHANNELS
    }
    timed = _added_up([by_deal[f"timed_{c}"] for c in CHANNELS])
    return by_deal.select("deal_id", *MEASURES, timed=timed, minutes=_added_up(list(taken.values())), **taken)


def _added_up(columns: list[Any]) -> Any:
    whole = columns[0]
    for column in columns[1:]:
        whole = whole + column
    return whole


def _where(touches: Table, condition: Any, total: bool) -> Any:
    return touches.n.sum(where=condition) if total else touches.count(where=condition)


def plain_sums(
    deals: Table, found: Source, as_of: date, by: list[str], commission: Commission | None, since: date | None = None
) -> Table:
    """By group: deals, sales, and the sums that the plain ratios and their ranges need, per measure.

    Columns: the group's, ``deals``, ``sales``, ``paid`` (sales whose commission is known), ``losses`` (those that cost
    money), ``uncounted`` (deals whose touches are not known: in none of the sums); ``moved``, ``biggest``,
    ``big_earned``, ``big_touches``: the sum of what sales brought without its sign, the largest, its sign and its
    touches; then per measure ``t`` touches, ``tt`` squares, ``tw`` touches of won deals, ``c`` commission, ``cc``,
    ``ct``, as ``t_touches``, ``t_call`` ... Where the source has minutes (``with_minutes``), the same of ``MINUTES``,
    and ``timed``.

    With ``since``, deals that were neither touched nor closed from then on do not count, and sales closed earlier are
    none.
    """
    joined = _with_touches(_ended(deals, as_of, by, commission, since), found)
    if since is not None:
        joined = joined.filter(joined.touched | joined.closed)
    measures = MEASURES if found.by_channel else MEASURES[:1]
    families = [measures, MINUTES] if "minutes" in joined.columns else [measures]
    counts = joined["touches"].notnull()
    moved = joined.earned.abs()
    sums: dict[str, Any] = {
        "deals": joined.count(where=counts), "sales": joined.count(where=joined.won & counts),
        "paid": joined.count(where=joined.earned.notnull() & counts), "losses": joined.count(where=joined.earned < 0),
        "uncounted": joined.count(where=~counts), "moved": moved.sum(), "biggest": moved.max(),
        "big_earned": joined.earned.argmax(moved),
    }  # fmt: skip
    for family in families:
        sums[f"big_{family[0]}"] = joined[family[0]].argmax(moved)
        sums |= _sums_of(joined, family)
    if len(families) > 1:
        sums["timed"] = joined.timed.sum()
    return joined.group_by(by).aggregate(**sums) if by else joined.aggregate(**sums)


def _sums_of(joined: Table, family: tuple[str, ...]) -> dict[str, Any]:
    """The sums of each measure of a family; its first is the whole of the others."""
    sums: dict[str, Any] = {}
    for name in family:
        t = joined[name]
        c = joined.earned if name == family[0] else joined.earned * t / joined[family[0]].nullif(0)
        sums |= {
            f"t_{name}": t.sum(), f"tt_{name}": (t * t).sum(), f"tw_{name}": t.sum(where=joined.won),
            f"c_{name}": c.sum(), f"cc_{name}": (c * c).sum(), f"ct_{name}": (c * t).sum(),
        }  # fmt: skip
    return sums


def _ended(deals: Table, as_of: date, by: list[str], commission: Commission | None, since: date | None) -> Table:
    """Deals with what they brought: ``won``, ``closed`` (in the time), and ``earned`` (null unless won and known)."""
    import ibis

    known = counted(deals)
    later = (known.closed_at > ibis.literal(as_of)).fill_null(False)
    won, closed = (known.outcome == "won") & ~later, (known.outcome != "open") & ~later
    if since is not None:
        within_time = (known.closed_at >= ibis.literal(since)).fill_null(False)
        won, closed = won & within_time, closed & within_time
    earned = ibis.ifelse(won, _commission(known, commission), None)
    groups = {name: known[name].cast("string").fill_null("") for name in by}
    counts = {"touch_count": known.touch_count} if "touch_count" in known.columns else {}
    return known.select(deal=known.id, won=won, closed=closed, earned=earned, **groups, **counts)


def _commission(deals: Table, rule: Commission | None) -> Any:
    """The commission of a deal if it is won: recorded, or by the rule."""
    import ibis

    found = [deals.commission_minor.cast("float64")]
    if rule and rule.share is not None:
        found.append(deals.amount_minor.cast("float64") * rule.share)
    if rule and rule.flat_minor is not None:
        found.append(ibis.literal(float(rule.flat_minor)))
    return ibis.coalesce(*found)


def _with_touches(ended: Table, found: Source) -> Table:
    """Each deal with its touches as floats: sums of whole numbers stay exact, whatever the order of adding."""
    if found.kind == "touch_count":
        return ended.mutate(touches=ended.touch_count.cast("float64"), touched=ended.touch_count > 0)
    if found.kind in ("none", "undated"):
        return ended.mutate(touches=0.0, touched=False)
    table = found.table
    assert table is not None
    wide = table if found.kind == "rollup" and "n" not in table.columns else per_deal(table)
    joined = ended.left_join(wide, ended.deal == wide.deal_id).mutate(touched=wide.deal_id.notnull())
    numbers = [name for name in (*MEASURES, *MINUTES, "timed") if name in joined.columns]
    return joined.mutate(**{name: joined[name].fill_null(0).cast("float64") for name in numbers})


@dataclass(frozen=True)
class Span:
    """How deals are followed for the corrected ratios: as of a day, over so many days, by a column or as a whole."""

    as_of: date
    days: int
    by: str | None
    commission: Commission | None


def followed(deals: Table, span: Span) -> Table:
    """Deals that can be followed: ``deal``, ``cell``, ``opened`` (day number), ``leaves`` and ``state`` on that day.

    ``leaves`` is at most ``span.days``; ``state`` is ``won``, ``closed`` or ``open`` (lost from view that day, or
    followed for longer than the span). ``earned`` is the commission of the won.
    """
    import ibis

    known = counted(deals)
    today = ibis.literal(span.as_of)
    later = (known.closed_at > today).fill_null(False)
    still = (known.outcome == "open") | later
    opened = day(known.opened_at)
    lasted = day(ibis.ifelse(still, today, known.closed_at)) - opened
    over = lasted > span.days
    state = ibis.cases(
        (over | still | (known.outcome == "unknown"), "open"), (known.outcome == "won", "won"), else_="closed"
    )
    cell = ibis.literal("") if span.by is None else known[span.by].cast("string").fill_null("")
    earned = ibis.ifelse(state == "won", _commission(known, span.commission), None)
    chosen = known.select(
        deal=known.id, cell=cell, opened=opened, leaves=ibis.ifelse(over, span.days, lasted), state=state, earned=earned
    )
    return chosen.filter(chosen.leaves.notnull() & (chosen.leaves >= 0))


def leavings_by_day(deals: Table) -> Table:
    """Followed deals by cell, day and state, with their commission."""
    return deals.group_by("cell", "leaves", "state").aggregate(
        n=deals.count(), paid=deals.earned.count(), earned=deals.earned.sum()
    )


def numbered(deals: Table, cells: Table) -> Table:
    """Followed deals of the ``cells`` (``of``, ``number``) alone; a number is cheaper to join and group than a name."""
    joined = deals.inner_join(cells, deals.cell == cells.of)
    return joined.select("deal", "opened", "leaves", "state", "earned", cell=joined.number)


def _on_their_day(deals: Table, touches: Table) -> Table:
    """Touches with the day since the opening of their deal; earlier ones count on day 0, those after the end do not.

    Those that are not about the deal (``tables.BESIDE``) do not count from the day of its end on.
    """
    import ibis

    joined = touches.inner_join(deals, touches.deal_id == deals.deal)
    age = day(joined.at) - joined.opened
    placed = joined.mutate(age=ibis.ifelse(age < 0, 0, age))
    if BESIDE in touches.columns:
        placed = placed.filter((placed[BESIDE] == 0) | (placed.state == "open") | (placed.age < placed.leaves))
    return placed.filter(placed.age <= placed.leaves)


def touches_by_day(deals: Table, touches: Table, measures: tuple[str, ...]) -> Table:
    """Touches by cell and day since opening, per measure as ``t_touches``, ``t_call`` ..."""
    placed = _on_their_day(deals, touches)
    sums = {f"t_{name}": _weighted(placed, name, None) for name in measures}
    return placed.group_by("cell", "age").aggregate(**sums)


def moments(deals: Table, touches: Table, weights: Table, days: int, measures: tuple[str, ...], powers: Any) -> Table:
    """By cell, day of leaving and state: sums over deals of c^p a^q per measure, as ``p1q2_touches`` ...

    ``a`` is the sum of a deal's touches, each weighted by ``weights``: ``weight`` of the ``key``, cell number *
    ``days`` + day. ``c`` is its commission, of a channel the part by its touches.
    """
    import ibis

    placed = _on_their_day(deals, touches)
    joined = placed.inner_join(weights, placed.cell * days + placed.age == weights.key)
    sums = {f"a_{name}": _weighted(joined, name, joined.weight) for name in measures}
    sums |= {f"t_{name}": _weighted(joined, name, None) for name in measures}
    taken = joined.group_by("deal_id").aggregate(**sums)
    each = deals.left_join(taken, deals.deal == taken.deal_id)
    found: dict[str, Any] = {"n": each.count()}
    for name in measures:
        a = each[f"a_{name}"].fill_null(0.0)
        part = ibis.literal(1.0) if name == "touches" else each[f"t_{name}"].fill_null(0) / each["t_touches"].nullif(0)
        c = (each.earned * part).fill_null(0.0)
        found |= {f"p{p}q{q}_{name}": _product([c] * p + [a] * q).sum() for p, q in powers}
    return each.group_by("cell", "leaves", "state").aggregate(**found)


def _product(factors: list[Any]) -> Any:
    whole = factors[0]
    for factor in factors[1:]:
        whole = whole * factor
    return whole


def _weighted(touches: Table, name: str, weight: Any) -> Any:
    """The touches of a measure, counted or weighed."""
    amounts = [
        value.cast("float64") for value in (weight, touches.n if "n" in touches.columns else None) if value is not None
    ]
    where = _of_channel(touches.channel, name)
    if not amounts:
        return touches.count(where=where).cast("float64")
    return _product(amounts).sum(where=where).fill_null(0.0)


def _of_channel(channel: Any, name: str) -> Any:
    if name == "touches":
        return None
    if name == "other":
        return channel.isnull() | channel.notin(CHANNELS[:-1])
    return channel == name

"""What kind of contact each contact was, and the counts that ``kinds`` needs: asked of the engine, never rows.

A kind is what the records show, not what was meant: which contact of a deal it was, whether the earlier ones had been
answered, whether the deal (or its company) had said no before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from rebond.numbers.next_touch.counts import ANSWERS
from rebond.numbers.tables import CHANNELS, Table, counted, day

#: In the order they come about. ``first``: the first contact we made. ``second``, ``fourth``, ``sixth``: contacts we
#: made that are the second or third, the fourth or fifth, the sixth or later in a row without an answer. ``talking``:
#: the buyer's contacts, ours that follow an answer, and those after a sale. ``meeting``: meetings. ``after_no``:
#: what comes after a no: keeping in touch, a deal that was reopened, and in a later deal of a company that had said no
#: and never bought, our contacts until it answers.
KINDS = ("first", "second", "fourth", "sixth", "talking", "meeting", "after_no")
NOES = ("lost", "no_decision")
#: A day that never comes.
NEVER = 2**40
#: Contacts of a kind whose minutes are not recorded, by channel.
UNTIMED = tuple(f"untimed_{channel}" for channel in CHANNELS)


def steps(deals: Table, touches: Table, reopened: Table | None = None) -> Table:
    """One row per deal, month and kind: what is worth keeping of a million contacts.

    Columns: ``deal_id``, ``month`` (its first day), ``kind``, ``contacts``, ``recorded`` (minutes that were said), and
    ``UNTIMED``.

    Args:
        deals: with ``id``, ``opened_at``, ``closed_at``, ``outcome``, ``company``.
        touches: as ``tables.TOUCHES``; those without a day are left out.
        reopened: ``deal_id`` and ``no_day`` (date) of deals whose first no was taken back.
    """
    numbered = _numbered(_placed(said_no(deals, reopened), touches))
    row = numbered.mutate(kind=_kind(numbered))
    untimed = row.minutes.isnull()
    known = row.channel.isin(CHANNELS[:-1]).fill_null(False)
    where = {name: known & (row.channel == name) for name in CHANNELS[:-1]} | {"other": ~known}
    return row.group_by("deal_id", "month", "kind").aggregate(
        contacts=row.count(), recorded=row.minutes.sum().fill_null(0.0),
        **{f"untimed_{name}": row.count(where=untimed & this) for name, this in where.items()},
    )  # fmt: skip


def said_no(deals: Table, reopened: Table | None = None) -> Table:
    """What makes contacts of a deal come after a no.

    Columns: ``id``, ``ends`` (day number) and ``won`` of the deal; ``no_from``, the day number after which all is after
    a no, or null; ``back``: opened after its company had said no and never bought.
    """
    import ibis

    known = counted(deals)
    no, bought = known.outcome.isin(NOES), known.outcome == "won"
    ended = known.filter(known.closed_at.notnull() & known.company.notnull())
    of_company = ended.group_by(of_company=ended.company).aggregate(
        first_no=day(ended.closed_at).min(where=ended.outcome.isin(NOES)),
        first_sale=day(ended.closed_at).min(where=ended.outcome == "won"),
    )  # fmt: skip
    ends = day(known.closed_at)
    own = ibis.ifelse(no, ends, None)
    each = known.select("id", "company", ends=ends, won=bought, opened=day(known.opened_at), own=own)
    joined = each.left_join(of_company, each.company == of_company.of_company)
    back = (joined.first_no < joined.opened).fill_null(False)
    back = back & ~(joined.first_sale < joined.opened).fill_null(False)
    found = joined.select("id", "ends", "won", no_from=joined.own, back=back)
    if reopened is None:
        return found
    both = found.left_join(reopened, found["id"] == reopened.deal_id)
    earliest = ibis.least(both.no_from.fill_null(NEVER), day(both.no_day).fill_null(NEVER))
    return both.select("id", "ends", "won", "back", no_from=earliest.nullif(NEVER))


def _placed(known: Table, touches: Table) -> Table:
    made = touches.select("deal_id", "at", "channel", "direction", "result", "minutes")
    row = made.join(known, made.deal_id == known["id"])
    row = row.filter(row["at"].notnull())
    incoming = row.direction.fill_null("out") == "in"
    return row.select(
        "deal_id", "at", "channel", "minutes", "ends", "won", "no_from", "back",
        month=row["at"].truncate("M").cast("date"), on=day(row["at"]), incoming=incoming,
        answer=incoming | row.result.fill_null("").isin(ANSWERS),
    )  # fmt: skip


def _numbered(row: Table) -> Table:
    """With ``made``, the number of our contact, and ``silent``, its place since the last answer."""
    import ibis

    order = ["at", "incoming", "channel"]
    so_far = ibis.window(group_by="deal_id", order_by=order, preceding=(None, 0))
    before = ibis.window(group_by="deal_id", order_by=order, preceding=(None, 1))
    ours = ibis.ifelse(row.incoming, 0, 1)
    row = row.mutate(made=ours.sum().over(so_far))
    answered_at = ibis.ifelse(row.answer, row.made, None).max().over(before)
    return row.mutate(silent=row.made - answered_at.fill_null(0), answered=answered_at.notnull())


def _kind(row: Table) -> Any:
    import ibis

    after_no = (row.on > row.no_from).fill_null(False) | (row.back & ~row.incoming & ~row.answered)
    after_sale = (row.won & (row.on > row.ends)).fill_null(False)
    return ibis.cases(
        (after_no, "after_no"), (row.channel == "meeting", "meeting"), (row.incoming | after_sale, "talking"),
        (row.made == 1, "first"), (row.silent <= 1, "talking"), (row.silent <= 3, "second"),
        (row.silent <= 5, "fourth"), else_="sixth",
    )  # fmt: skip


def sums(deals: Table, kept: Table, *, since: date | None, as_of: date, minutes: Mapping[str, float]) -> Table:
    """By kind: contacts and hours of the time, money of its sales by their minutes, and their squares over deals.

    Columns: ``kind``, ``deals``, ``sales`` (deals that brought money through it), ``contacts``, ``b`` hours, ``a``
    money, ``aa``, ``ab``, ``bb``, and ``losses`` (sales below zero), ``moved`` (money without its signs), ``biggest``
    of it.
    """
    import ibis

    first = ibis.literal(since.replace(day=1) if since else date(1, 1, 1))
    earned = _earned(deals, since, as_of)
    row = kept.join(earned, kept.deal_id == earned.deal)
    row = row.mutate(now=(row.month >= first) & (row.month <= ibis.literal(as_of)))
    # Of a deal that brought nothing in the time, only the contacts of the time count.
    row = row.filter(row.now | row.earned.notnull())
    long = row.recorded
    for channel in CHANNELS:
        long = long + row[f"untimed_{channel}"] * float(minutes.get(channel, 0.0))
    each = row.select("deal_id", "kind", "contacts", "now", "earned", hours=long / 60.0)
    of_kind = each.group_by("deal_id", "kind").aggregate(
        b=each.hours.sum(where=each.now).fill_null(0.0), whole=each.hours.sum(),
        contacts=each.contacts.sum(where=each.now).fill_null(0), earned=each.earned.max(),
    )  # fmt: skip
    sold = of_kind.filter(of_kind.earned.notnull())
    of_deal = sold.group_by("deal_id").aggregate(total=sold.whole.sum()).rename(of="deal_id")
    row = of_kind.left_join(of_deal, of_kind.deal_id == of_deal.of)
    share = row.whole / row.total.nullif(0)
    row = row.mutate(a=(row.earned * share).fill_null(0.0))
    row = row.filter((row.b > 0) | (row.a != 0) | (row.contacts > 0))
    return row.group_by("kind").aggregate(
        deals=row.count(), sales=row.count(where=row.a != 0), contacts=row.contacts.sum(),
        losses=row.count(where=row.a < 0), moved=row.a.abs().sum(), biggest=row.a.abs().max(),
        a=row.a.sum(), b=row.b.sum(), aa=(row.a * row.a).sum(), ab=(row.a * row.b).sum(), bb=(row.b * row.b).sum(),
    )  # fmt: skip


def _earned(deals: Table, since: date | None, as_of: date) -> Table:
    """``deal`` and ``earned``: the commission of what was won in the time; null of everything else."""
    import ibis

    known = counted(deals)
    won = (known.outcome == "won") & (known.closed_at.isnull() | (known.closed_at <= ibis.literal(as_of)))
    if since is not None:
        won = won & (known.closed_at >= ibis.literal(since)).fill_null(False)
    return known.select(deal=known["id"], earned=ibis.ifelse(won, known.commission_minor.cast("float64"), None))

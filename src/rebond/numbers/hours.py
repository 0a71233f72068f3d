"""What an hour is worth: hours of contact, and the commission that all of them together brought.

Hours are those of contact alone: the minutes that were recorded, and for a touch without minutes those that are usual
for its channel (an assumption of the company, told beside the figure by ``timed``). Lost and open deals count: their
hours were spent too. The ratios are accounting, as those of ``touches``; the deal is the unit of their ranges
(``touches_plain``). By channel the commission of a won deal is shared out by minutes: accounting, not cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.money import major
from rebond.numbers.tables import CHANNELS, Table
from rebond.numbers.touches_plain import LISTED, Plain, Sums, no_touches
from rebond.numbers.touches_queries import Commission, Source, with_minutes, within

__all__ = ["Effort", "Hours", "hours", "spent"]

#: Sums are in minutes, figures in hours.
HOUR = 1 / 60
ATTRIBUTION = "the commission of a won deal is shared out over channels by minutes: accounting, not cause"
PER_SALE, PER_HOUR = "all hours / sales, log-t", "all commission / all hours, log-t"
PER_TOUCH = "all commission / all touches, log-t"


@dataclass(frozen=True)
class Effort:
    """Hours and money of one group of deals, or of one channel.

    Attributes:
        name: as in the data; ``None`` where it is not filled in, and for all deals together.
        deals, sales, touches: how many; a channel has the deals and sales of its group.
        timed: of the touches, those whose minutes were recorded; ``None`` of a channel.
        hours: of contact.
        commission_minor: earned, in minor units; of a channel, its part by minutes. ``None`` where unknown.
        money_per_hour: all commission / all hours, in minor units.
        hours_per_sale: all hours / sales.
        money_per_touch: all commission / all touches, in minor units; of a channel, the commission shared by touches.
        largest_share: the part of the money that one sale makes, 0 to 1; ``None`` without money, and of a channel.
        without_largest: money per hour without that sale and its hours, where it makes more than half; else ``None``.
            The range of ``money_per_hour`` is then refused (``one_sale_dominates``).
        channels: the same of each channel within the group; empty within a channel.
    """

    name: str | None
    deals: int
    sales: int
    touches: int
    timed: int | None
    hours: float
    commission_minor: int | None
    money_per_hour: Estimate
    hours_per_sale: Estimate
    money_per_touch: Estimate
    largest_share: float | None = None
    without_largest: Estimate | None = None
    channels: tuple[Effort, ...] = ()

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """This group; money in major units."""
        money = None if self.commission_minor is None else self.commission_minor / minor_per_major
        told: dict[str, Any] = {
            "name": self.name, "deals": self.deals, "sales": self.sales, "touches": self.touches, "timed": self.timed,
            "hours": self.hours, "commission": money,
            "money_per_hour": major(self.money_per_hour, minor_per_major).as_json(),
            "hours_per_sale": self.hours_per_sale.as_json(),
            "money_per_touch": major(self.money_per_touch, minor_per_major).as_json(),
        }  # fmt: skip
        if self.without_largest is not None:
            without = major(self.without_largest, minor_per_major).as_json()
            told["largest_sale"] = {"share": self.largest_share, "without": without}
        inner = [channel.as_json(minor_per_major=minor_per_major) for channel in self.channels]
        return told | {"channels": inner} if inner else told

    def __str__(self) -> str:
        name = self.name or "not filled in"
        return f"{name}: {self.hours:.4g} hours, {self.sales} sales; minor units per hour {self.money_per_hour}"


@dataclass(frozen=True)
class Hours:
    """What an hour is worth.

    Attributes:
        as_of: the last day that is looked at.
        since: the day from which on contacts and sales are counted; ``None`` for all of them.
        minutes: by channel, those of a touch that says nothing of them.
        overall: all deals together, with its channels in the order of ``tables.CHANNELS``.
        by: per column asked for its groups, most deals first.
        others: per column, how many groups are not listed.
    """

    as_of: date
    since: date | None
    minutes: dict[str, float]
    overall: Effort
    by: dict[str, tuple[Effort, ...]]
    others: dict[str, int]
    attribution: str = field(default=ATTRIBUTION)

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """The answer as data; money in major units."""
        groups = {
            column: [group.as_json(minor_per_major=minor_per_major) for group in found]
            for column, found in self.by.items()
        }
        since = None if self.since is None else self.since.isoformat()
        return self.overall.as_json(minor_per_major=minor_per_major) | {
            "as_of": self.as_of.isoformat(), "since": since, "minutes": self.minutes, "by": groups,
            "others": self.others, "attribution": self.attribution,
        }  # fmt: skip

    def __str__(self) -> str:
        whole = self.overall
        lines = [
            f"Hours as of {self.as_of}: {whole.hours:.4g} hours, {whole.touches} touches ({whole.timed} with minutes), "
            f"{whole.sales} sales",
            f"  minor units per hour {whole.money_per_hour}; hours per sale {whole.hours_per_sale}",
        ]
        lines += [f"  {column} {group}" for column, found in self.by.items() for group in found]
        return "\n".join(lines)


def hours(
    deals: Table,
    roll: Table,
    *,
    as_of: date,
    since: date | None = None,
    minutes: Mapping[str, float],
    by: Sequence[str] = (),
    commission: Commission | None = None,
    plain: Plain | None = None,
    listed: int = LISTED,
) -> Hours:
    """Hours of contact, money per hour, by channel and by columns of ``deals``.

    Args:
        deals: one row per deal, columns as in ``tables.DEALS``.
        roll: one row per deal and month, as ``touches_queries.monthly`` returns it.
        as_of: the day up to which deals were followed; its month counts whole in ``roll``.
        since: only what happened from this day on, see ``touches.touches``; its month counts whole in ``roll``.
        minutes: by channel, those of a touch whose minutes are not recorded; 0 for a channel that is not named.
        by: text columns of ``deals``.
        commission: a rule for won deals without recorded commission.
        plain: what ``spent`` found of the same, with all columns of ``by``, so that the engine is asked only once.
        listed: groups of a column, at most.

    Refuses: values below 5 sales, their range below 10 sales and where one sale makes more than half of the money;
    money without any commission; anything without hours.

    >>> import ibis, pyarrow
    >>> from datetime import datetime
    >>> from rebond.numbers.touches_queries import monthly
    >>> names = [str(i) for i in range(10)]
    >>> deals = {"id": names, "outcome": ["won"] * 10, "commission_minor": [50_000] * 10}
    >>> deals |= {"closed_at": [date(2025, 1, 9)] * 10}
    >>> called = {"deal_id": names, "at": [datetime(2025, 1, 8)] * 10, "channel": ["call"] * 10, "minutes": [30.0] * 10}
    >>> roll = monthly(ibis.memtable(pyarrow.table(called)))
    >>> found = hours(ibis.memtable(pyarrow.table(deals)), roll, as_of=date(2025, 2, 1), minutes={})
    >>> found.overall.hours, found.overall.money_per_hour.value
    (5.0, 100000.0)
    """
    if plain is None:
        plain = spent(deals, roll, as_of=as_of, since=since, minutes=minutes, by=by, commission=commission)
    by_column, others = {}, {}
    for column in by:
        some, others[column] = plain.groups(column, listed)
        by_column[column] = tuple(_effort(name or None, sums) for name, sums in some)
    usual = {channel: float(minutes.get(channel, 0.0)) for channel in CHANNELS}
    return Hours(as_of, since, usual, _effort(None, plain.overall()), by_column, others)


def spent(
    deals: Table, roll: Table, *, as_of: date, since: date | None = None, minutes: Mapping[str, float],
    by: Sequence[str] = (), commission: Commission | None = None,
) -> Plain:  # fmt: skip
    """The sums that ``hours``, ``groups.groups`` and the plain ratios of ``touches`` are made of, in one question.

    Arguments as those of ``hours``.
    """
    taken = with_minutes(within(roll, as_of, since), minutes)
    return Plain.of(deals, Source("rollup", taken, False, True, {}), as_of, by, commission, since)


def _effort(name: str | None, sums: Sums) -> Effort:
    """One group, with its channels and what one sale makes of it."""
    channels = tuple(_of(channel, f"minutes_{channel}", channel, sums) for channel in CHANNELS)
    rest = sums.without_largest()
    without = rest.money_per_work("minutes", method=PER_HOUR, scale=HOUR) if rest and rest["t_minutes"] > 0 else None
    found = _of(name, "minutes", "touches", sums)
    return replace(
        found, timed=int(sums["timed"]), largest_share=sums.largest_share, without_largest=without, channels=channels
    )


def _of(name: str | None, in_minutes: str, in_touches: str, sums: Sums) -> Effort:
    taken, touched = sums[f"t_{in_minutes}"], int(sums[f"t_{in_touches}"])
    nothing = no_touches(sums.sales, sums.deals)
    money = sums.money_per_work(in_minutes, method=PER_HOUR, scale=HOUR) if taken > 0 else nothing
    per_sale = sums.work_per_sale(in_minutes, method=PER_SALE, scale=HOUR) if taken > 0 else nothing
    per_touch = sums.money_per_work(in_touches, method=PER_TOUCH) if touched else nothing
    return Effort(
        name, sums.deals, sums.sales, touched, None, taken * HOUR, sums.earned_minor(in_minutes), money, per_sale,
        per_touch,
    )  # fmt: skip

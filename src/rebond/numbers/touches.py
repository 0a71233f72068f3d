"""What a sale takes in touches, and what a touch is worth.

The plain ratios are the method's own: all touches of all deals, lost and open ones too, divided by the sales; all
commission divided by all touches. They are accounting: exact for what has happened. Where deals are still open they
mislead, more so in a team that grows: recent deals have taken their touches and not yet brought their sales. So beside
them stand the corrected ratios, of an opened deal followed for ``horizon`` days (``touches_corrected``). Touches of won
deals alone, divided by the sales, leave out what the noes cost: 64 to 78 % too low.

By channel, the commission of a won deal is shared out by its touches. That is accounting, not cause: it does not say
what a further call would bring.

Ranges of the plain ratios: the deal is the unit (its touches, its sale, its commission belong together), ``ratios``;
the t distribution has sales - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from rebond.numbers.counting import Floats, Numbers, coded
from rebond.numbers.estimate import Estimate, cannot
from rebond.numbers.money import major
from rebond.numbers.ratios import Ratio, plain_estimate
from rebond.numbers.tables import CHANNELS, Table
from rebond.numbers.touches_corrected import Curves, Pair, groups, no_commission, whole
from rebond.numbers.touches_queries import Commission, Source, Span, per_deal, plain_sums, source

__all__ = ["Commission", "Touches", "Worth", "per_deal", "touches"]

#: How long an opened deal is followed, unless there is not enough history.
HORIZON = 180
#: So many groups are listed, those with the most deals.
LISTED = 200
ATTRIBUTION = "the commission of a won deal is shared out over channels by its touches: accounting, not cause"
PER_SALE, PER_TOUCH = "all touches / sales, log-t", "all commission / all touches, log-t"


@dataclass(frozen=True)
class Worth:
    """Touches and money of one group of deals, or of one channel.

    Attributes:
        name: as in the data; ``None`` where it is not filled in, and for all deals together.
        deals, sales, touches: how many; a channel has the deals and sales of its group.
        commission_minor: earned, in minor units; of a channel, its part. ``None`` where unknown.
        per_sale: all touches / sales.
        money_per_touch: all commission / all touches, in minor units.
        per_sale_corrected, money_per_touch_corrected: of an opened deal followed for the window; those of owners,
            teams and segments are pooled.
        channels: the plain ratios of each channel within the group; empty within a channel.
    """

    name: str | None
    deals: int
    sales: int
    touches: int
    commission_minor: int | None
    per_sale: Estimate
    money_per_touch: Estimate
    per_sale_corrected: Estimate
    money_per_touch_corrected: Estimate
    channels: tuple[Worth, ...] = ()

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """This group in the report; money in major units."""
        money = None if self.commission_minor is None else self.commission_minor / minor_per_major
        told = {
            "name": self.name, "deals": self.deals, "sales": self.sales, "touches": self.touches, "commission": money,
            "per_sale": self.per_sale.as_json(),
            "money_per_touch": major(self.money_per_touch, minor_per_major).as_json(),
            "per_sale_corrected": self.per_sale_corrected.as_json(),
            "money_per_touch_corrected": major(self.money_per_touch_corrected, minor_per_major).as_json(),
        }  # fmt: skip
        inner = [channel.as_json(minor_per_major=minor_per_major) for channel in self.channels]
        return told | {"channels": inner} if inner else told

    def __str__(self) -> str:
        name = self.name or "not filled in"
        return (
            f"{name}: {self.touches} touches, {self.sales} sales, {self.deals} deals; touches per sale {self.per_sale}"
        )


@dataclass(frozen=True)
class Touches:
    """What a sale takes and what a touch is worth.

    Attributes:
        as_of: the last day that is looked at.
        source: where touches come from: ``touches``, ``rollup``, ``touch_count`` or ``none``.
        horizon_days, window_days: for how long opened deals should be followed for the corrected ratios, and for how
            long the history allows; ``None`` without corrected ratios.
        overall: all deals together.
        by: per column asked for its groups, most deals first; channels in the order of ``tables.CHANNELS``.
        others: per column, how many groups are not listed.
        days, touches_by_day, won_by_day: of an opened deal: touches it has had, and share won (0 to 1), by each day.
        left_out: what could not be used, by the reason.
    """

    as_of: date
    source: str
    horizon_days: int
    window_days: int | None
    overall: Worth
    by: dict[str, tuple[Worth, ...]]
    others: dict[str, int]
    days: tuple[int, ...]
    touches_by_day: tuple[float, ...]
    won_by_day: tuple[float, ...]
    left_out: dict[str, int]
    attribution: str = field(default=ATTRIBUTION)

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """``touches`` in the JSON of the report; money in major units."""
        groups = {
            column: [group.as_json(minor_per_major=minor_per_major) for group in found]
            for column, found in self.by.items()
        }
        return self.overall.as_json(minor_per_major=minor_per_major) | {
            "source": self.source, "horizon_days": self.horizon_days, "window_days": self.window_days, "by": groups,
            "others": self.others, "attribution": self.attribution, "left_out": self.left_out,
            "curve": {"days": list(self.days), "touches": list(self.touches_by_day), "won": list(self.won_by_day)},
        }  # fmt: skip

    def __str__(self) -> str:
        whole = self.overall
        lines = [
            f"Touches as of {self.as_of}: {whole.touches} touches, {whole.sales} sales, {whole.deals} deals",
            f"  touches per sale {whole.per_sale}; corrected {whole.per_sale_corrected}",
            f"  minor units per touch {whole.money_per_touch}; corrected {whole.money_per_touch_corrected}",
        ]
        lines += [f"  {column} {group}" for column, found in self.by.items() for group in found]
        return "\n".join(lines)


def touches(
    deals: Table,
    touches_table: Table | None = None,
    *,
    as_of: date,
    rollup: Table | None = None,
    horizon: int = HORIZON,
    by: Sequence[str] = ("channel", "owner", "segment"),
    commission: Commission | None = None,
    corrected: bool = True,
) -> Touches:
    """Touches per sale and money per touch, plain and corrected, by channel, owner, segment.

    Args:
        deals: one row per deal, columns as in ``tables.DEALS``.
        touches_table: one row per contact, columns as in ``tables.TOUCHES``; without it ``touch_count`` is used.
        as_of: the day up to which deals were followed; later closings and touches have not happened.
        rollup: instead of ``touches_table``: one row per deal as ``per_deal`` returns it, or ``deal_id``, ``channel``,
            ``n`` with or without ``at``. Without days there are no corrected ratios.
        horizon: days an opened deal is followed for the corrected ratios.
        by: text columns of ``deals``, and ``channel``.
        commission: a rule for won deals without recorded commission.
        corrected: whether the corrected ratios are wanted too.

    Refuses: plain values below 5 sales, their range below 10; corrected values below 10 sales among deals followed for
    long enough, and in groups below 3 sales; money without any commission; anything without touches.

    >>> import ibis, pyarrow
    >>> filled = {"id": [str(i) for i in range(10)], "outcome": ["won"] * 10, "commission_minor": [50_000] * 10,
    ...     "touch_count": [45, 55] * 5}
    >>> table = pyarrow.table(filled | {"closed_at": [date(2025, 1, 9)] * 10})
    >>> found = touches(ibis.memtable(table), as_of=date(2025, 2, 1), by=())
    >>> found.overall.money_per_touch.value, found.overall.per_sale.value
    (1000.0, 50.0)
    """
    found = source(deals, touches_table, rollup, as_of)
    plain = _Plain.of(deals, found, as_of, [column for column in by if column != "channel"], commission)
    span = Span(as_of, horizon, None, commission)
    better = _Better.none(found, wanted=corrected)
    if corrected and found.dated:
        better = _Better.of(deals, found.table, span, [column for column in by if column != "channel"])
    listed = {column: plain.groups(column, better) for column in by}
    return Touches(
        as_of, found.kind, horizon, better.window, plain.overall(better),
        {column: groups for column, (groups, _others) in listed.items()},
        {column: others for column, (_groups, others) in listed.items()},
        *better.drawn(), found.left_out | plain.left_out,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Better:
    """The corrected ratios, or why there are none."""

    window: int | None
    curves: Curves | None
    measures: dict[str, Pair]
    columns: dict[str, dict[str, Pair]]
    missing: Pair

    @classmethod
    def none(cls, found: Source, *, wanted: bool) -> _Better:
        dated = cannot("no_dates", "needs the day of each touch") if wanted else cannot("not_asked", "not asked for")
        missing = no_touches(0, 0) if found.kind == "none" else dated
        return cls(None, None, {}, {}, Pair(missing, missing))

    @classmethod
    def of(cls, deals: Table, dated: Table, span: Span, columns: list[str]) -> _Better:
        span, curves, measures = whole(deals, dated, span)
        if curves is None:
            return cls(None, None, {}, {}, measures["touches"])
        found = {column: groups(deals, dated, replace(span, by=column)) for column in columns}
        nothing = cannot("no_dates", "needs the opening day of its deals")
        return cls(span.days, curves, measures, found, Pair(nothing, nothing))

    def measure(self, name: str) -> Pair:
        return self.measures.get(name, self.missing)

    def group(self, column: str, name: str) -> Pair:
        return self.columns.get(column, {}).get(name, self.missing)

    def drawn(self) -> tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]:
        """The curves, rounded for drawing."""
        if self.curves is None:
            return (), (), ()
        touched, won = (tuple(values.round(9).tolist()) for values in (self.curves.touches, self.curves.won))
        return tuple(self.curves.days.tolist()), touched, won


def no_touches(sales: int, deals: int) -> Estimate:
    """Nothing to say without touches."""
    return cannot("no_touches", "no touches are recorded", k=sales, n=deals)


@dataclass(frozen=True, eq=False)
class _Plain:
    """The sums behind the plain ratios; one entry per combination of the columns asked for."""

    measures: tuple[str, ...]
    sums: dict[str, Floats]
    codes: dict[str, Numbers]
    labels: dict[str, list[str | None]]
    left_out: dict[str, int]

    @classmethod
    def of(cls, deals: Table, found: Source, as_of: date, by: list[str], commission: Commission | None) -> _Plain:
        columns, labels = coded(plain_sums(deals, found, as_of, by, commission), *by)
        codes = {name: columns.pop(name) for name in by}
        sums = {name: np.nan_to_num(values) for name, values in columns.items()}
        measures = ("touches", *CHANNELS) if found.by_channel else ("touches",)
        uncounted = int(sums.pop("uncounted", np.zeros(1)).sum())
        return cls(measures, sums, codes, labels, {"no_touch_count": uncounted} if uncounted else {})

    def overall(self, better: _Better) -> Worth:
        total = {name: float(values.sum()) for name, values in self.sums.items()}
        return self._worth(None, total, better.measure("touches"), better.missing)

    def groups(self, column: str, better: _Better) -> tuple[tuple[Worth, ...], int]:
        """The groups of a column, most deals first, and how many are not listed."""
        if column == "channel":
            total = {name: float(values.sum()) for name, values in self.sums.items()}
            return tuple(_of_measure(name, name, total, better.measure(name)) for name in self.measures[1:]), 0
        names = [str(name) for name in self.labels[column]]
        table = {name: np.bincount(self.codes[column], values, len(names)) for name, values in self.sums.items()}
        order = sorted(range(len(names)), key=lambda place: (-table["deals"][place], names[place]))
        found = []
        for place in order[:LISTED]:
            total = {name: float(values[place]) for name, values in table.items()}
            name = names[place]
            found.append(self._worth(name or None, total, better.group(column, name), better.missing))
        return tuple(found), len(order) - len(found)

    def _worth(self, name: str | None, total: dict[str, float], pair: Pair, missing: Pair) -> Worth:
        channels = tuple(_of_measure(channel, channel, total, missing) for channel in self.measures[1:])
        return replace(_of_measure(name, "touches", total, pair), channels=channels)


def _of_measure(name: str | None, measure: str, total: dict[str, float], corrected: Pair) -> Worth:
    """One group's plain ratios for all touches or one channel."""
    deals, sales, paid = int(total["deals"]), int(total["sales"]), int(total["paid"])
    t, tt, tw, c, cc, ct = (total[f"{key}_{measure}"] for key in ("t", "tt", "tw", "c", "cc", "ct"))
    per_sale, money = (no_touches(sales, deals),) * 2
    lift = sales / paid if paid else 0.0
    if t > 0:
        ratio = _ratio(t, sales, tt, tw, sales, deals, sales)
        per_sale = plain_estimate(ratio, sales=sales, deals=deals, method=PER_SALE)
        money = no_commission(sales, deals)
    if t > 0 and paid:
        known = f"commission known for {paid} of {sales} sales; the others count at its average" if paid < sales else ""
        ratio = _ratio(c * lift, t, cc * lift**2, ct * lift, tt, deals, sales)
        money = plain_estimate(ratio, sales=sales, deals=deals, method=PER_TOUCH, note=known)
    earned = round(c) if paid else None
    return Worth(name, deals, sales, int(t), earned, per_sale, money, corrected.per_sale, corrected.money_per_touch)


def _ratio(a: float, b: float, aa: float, ab: float, bb: float, deals: int, sales: int) -> Ratio:
    """a / b from the sums of a, b, a^2, ab, b^2 over deals."""
    theta = a / b if b else 0.0
    spread = aa - 2 * theta * ab + theta**2 * bb
    return Ratio(a, b, spread, bb - b * b / max(deals, 1), max(sales - 1, 1))

"""What a sale takes in touches, and what a touch is worth.

The plain ratios are the method's own: all touches of all deals, lost and open ones too, divided by the sales; all
commission divided by all touches. They are accounting: exact for what has happened. Where deals are still open they
mislead, more so in a team that grows: recent deals have taken their touches and not yet brought their sales. So beside
them stand the corrected ratios, of an opened deal followed for ``horizon`` days (``touches_corrected``). Touches of won
deals alone, divided by the sales, leave out what the noes cost: 64 to 78 % too low.

By channel, the commission of a won deal is shared out by its touches. That is accounting, not cause: it does not say
what a further call would bring.

Ranges of the plain ratios: the deal is the unit, see ``touches_plain``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate, cannot
from rebond.numbers.money import major
from rebond.numbers.ratios import DOMINATED
from rebond.numbers.tables import Table
from rebond.numbers.touches_corrected import Curves, Pair, groups, whole
from rebond.numbers.touches_plain import LISTED, Plain, Sums, no_days, no_touches
from rebond.numbers.touches_queries import MEASURES, Commission, Source, Span, per_deal, source

__all__ = ["Commission", "Touches", "Worth", "per_deal", "touches"]

#: How long an opened deal is followed, unless there is not enough history.
HORIZON = 180
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
        largest_share: the part of the money that one sale makes, 0 to 1; ``None`` without money, and of a channel.
        without_largest: money per touch without that sale and its touches, where it makes more than half; else
            ``None``. The range of ``money_per_touch`` is then refused (``one_sale_dominates``).
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
    largest_share: float | None = None
    without_largest: Estimate | None = None

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """This group in the report; money in major units."""
        money = None if self.commission_minor is None else self.commission_minor / minor_per_major
        told: dict[str, Any] = {
            "name": self.name, "deals": self.deals, "sales": self.sales, "touches": self.touches, "commission": money,
            "per_sale": self.per_sale.as_json(),
            "money_per_touch": major(self.money_per_touch, minor_per_major).as_json(),
            "per_sale_corrected": self.per_sale_corrected.as_json(),
            "money_per_touch_corrected": major(self.money_per_touch_corrected, minor_per_major).as_json(),
        }  # fmt: skip
        if self.without_largest is not None:
            without = major(self.without_largest, minor_per_major).as_json()
            told["largest_sale"] = {"share": self.largest_share, "without": without}
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
        since: the day from which on contacts and sales are counted; ``None`` for all of them.
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
    since: date | None = None

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
    since: date | None = None,
    plain: Plain | None = None,
    listed: int = LISTED,
) -> Touches:
    """Touches per sale and money per touch, plain and corrected, by channel, owner, segment.

    Args:
        deals: one row per deal, columns as in ``tables.DEALS``.
        touches_table: one row per contact, columns as in ``tables.TOUCHES``; without it ``touch_count`` is used.
        as_of: the day up to which deals were followed; later closings and touches have not happened.
        rollup: instead of ``touches_table``: one row per deal as ``per_deal`` returns it, one per deal and month as
            ``touches_queries.monthly`` does, or ``deal_id``, ``channel``, ``n`` with or without ``at``. Without days
            there are no corrected ratios, unless ``touches_table`` is there too.
        horizon: days an opened deal is followed for the corrected ratios.
        by: text columns of ``deals``, and ``channel``.
        commission: a rule for won deals without recorded commission.
        corrected: whether the corrected ratios are wanted too.
        since: only what happened from this day on: contacts of that time, the commission of sales closed in it; deals
            that were neither touched nor closed in it do not count. A monthly roll-up counts the whole month of that
            day. The corrected ratios are of deals opened from then on.
        plain: the sums of the same roll-up, deals and time, with all columns of ``by``, where they are known already
            (``hours.spent``).
        listed: groups of a column, at most.

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
    columns = [column for column in by if column != "channel"]
    found = source(deals, touches_table, rollup, as_of, since)
    plain = plain or Plain.of(deals, found, as_of, columns, commission, since)
    dated = found if found.dated or touches_table is None else source(deals, touches_table, None, as_of)
    better = _Better.none(found, wanted=corrected)
    if corrected and dated.dated:
        opened = deals if since is None else _opened(deals, since)
        measures = MEASURES if "channel" in by else MEASURES[:1]
        better = _Better.of(opened, dated.table, Span(as_of, horizon, None, commission), columns, measures)
    groups = {column: _groups(column, plain, better, found, listed) for column in by}
    return Touches(
        as_of, found.kind, horizon, better.window, _overall(plain, better, found),
        {column: named for column, (named, _others) in groups.items()},
        {column: others for column, (_named, others) in groups.items()},
        *better.drawn(), found.left_out | plain.left_out, since=since,
    )  # fmt: skip


def _opened(deals: Table, since: date) -> Table:
    import ibis

    return deals.filter((deals.opened_at >= ibis.literal(since)).fill_null(False))


def _overall(plain: Plain, better: _Better, found: Source) -> Worth:
    dated = found.kind != "undated"
    return _group(None, plain, plain.overall(), better.measure("touches"), better.missing, dated)


def _groups(
    column: str, plain: Plain, better: _Better, found: Source, at_most: int
) -> tuple[tuple[Worth, ...], int]:  # fmt: skip
    """The groups of a column, most deals first, and how many are not listed."""
    dated = found.kind != "undated"
    if column == "channel":
        whole_ = plain.overall()
        nothing = (no_touches if dated else no_days)(whole_.sales, whole_.deals)
        return tuple(_of(name, name, whole_, better.measure(name), nothing) for name in plain.measures[1:]), 0
    listed, others = plain.groups(column, at_most)
    named = [
        _group(name or None, plain, sums, better.group(column, name), better.missing, dated) for name, sums in listed
    ]
    return tuple(named), others


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
    def of(cls, deals: Table, dated: Table, span: Span, columns: list[str], asked: tuple[str, ...]) -> _Better:
        span, curves, measures = whole(deals, dated, span, asked)
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


def _of(name: str | None, measure: str, sums: Sums, corrected: Pair, nothing: Estimate) -> Worth:
    """One group's plain ratios for all touches or one channel."""
    touched = int(sums[f"t_{measure}"])
    per_sale = sums.work_per_sale(measure, method=PER_SALE) if touched else nothing
    money = sums.money_per_work(measure, method=PER_TOUCH) if touched else nothing
    return Worth(
        name, sums.deals, sums.sales, touched, sums.earned_minor(measure), per_sale, money, corrected.per_sale,
        corrected.money_per_touch,
    )  # fmt: skip


def _group(name: str | None, plain: Plain, sums: Sums, corrected: Pair, missing: Pair, dated: bool) -> Worth:
    """One group, with its channels and what one sale makes of it."""
    nothing = (no_touches if dated else no_days)(sums.sales, sums.deals)
    channels = tuple(_of(channel, channel, sums, missing, nothing) for channel in plain.measures[1:])
    rest = sums.without_largest()
    without = rest.money_per_work("touches", method=PER_TOUCH) if rest and rest["t_touches"] else None
    share = sums.largest_share
    if without is not None and corrected.money_per_touch.known:
        refused = cannot("one_sale_dominates", DOMINATED, k=sums.sales, n=sums.deals)
        corrected = replace(corrected, money_per_touch=refused)
    found = _of(name, "touches", sums, corrected, nothing)
    return replace(found, channels=channels, largest_share=share, without_largest=without)

"""Why deals were lost, as each source says it: shares, what could have been acted on, and what nobody has heard.

Every share is of the lost deals with a reason *of that source*: sellers, buyers, managers and coders are never mixed.
Wins stand beside losses, for a reason named in 40 % of the losses may be named in 40 % of the wins. What the deals
without a reason would say is not assumed: bounds say what they could (C. Manski, 1989, "Anatomy of the selection
problem", Journal of Human Resources 24:343-360).

Refused: shares below 10 lost deals with a reason of that source (from 5 on the counts are told, below 5 nothing);
ranks: reasons whose 95 % ranges overlap, directly or by a chain, carry the same ``group``: they cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate
from rebond.numbers.outcomes import known_on
from rebond.numbers.pooling import CASES_FROM, pool_shares
from rebond.numbers.rates import proportion, share
from rebond.numbers.tables import DECIDED, Columns, Table, rows
from rebond.numbers.voices import (
    SOURCES,
    Booleans,
    Integers,
    Pooled,
    Said,
    in_order,
    objects,
    parse_reasons,
    places,
    said_in,
)

__all__ = [
    "CONTROLS",
    "SOURCES",
    "MonthCounts",
    "Pooled",
    "Reasons",
    "parse_reasons",
    "reasons",
    "reasons_by_month",
    "told_apart",
]

CONTROLS = ("controllable", "influenceable", "uncontrollable", "unclear")
#: A deal without a decision is a lost end too.
LOST_ENDS = ("lost", "no_decision")
#: Of each source at most so many reasons are listed, and of the most heard source so many are split.
LISTED, SPLIT = 50, 5
SPLITS = ("owner", "segment")
#: Owners and segments listed per reason, the largest.
GROUPS_LISTED = 50


@dataclass(frozen=True)
class Reason:
    """How often one source names one reason.

    Attributes:
        code: the reason: a code, or free text as most often written.
        source: one of ``SOURCES``.
        control: one of ``CONTROLS``.
        primary: lost deals that name it first, of the lost deals with a reason of that source.
        named: lost deals that name it at all, of the same.
        among_wins: won deals that name it at all, of the won deals with a reason of that source.
        lowest, highest: the share of all lost deals that would name it if none / each of the deals without a reason of
            that source did; ``None`` below 10 lost deals.
        group: 1, 2 ...: reasons of one source with the same number cannot be told apart.
        with_first: whether its 95 % range overlaps that of the most named one: it may be named most, too.
        by: pooled shares named per ``owner`` and ``segment`` (where filled in), of the most named reasons of the most
            heard source, from 40 lost deals with a reason on.
    """

    code: str
    source: str
    control: str
    primary: Estimate
    named: Estimate
    among_wins: Estimate
    lowest: float | None
    highest: float | None
    group: int
    with_first: bool
    by: dict[str, tuple[tuple[str | None, Estimate], ...]]

    def as_json(self) -> dict[str, Any]:
        """The reason in the report; shares are from 0 to 1."""
        return {
            "reason": self.code, "source": self.source, "control": self.control,
            "primary": self.primary.as_json(), "named": self.named.as_json(), "among_wins": self.among_wins.as_json(),
            "lowest": self.lowest, "highest": self.highest, "group": self.group, "with_first": self.with_first,
            "by": {
                split: [{"name": name, "named": estimate.as_json()} for name, estimate in found]
                for split, found in self.by.items()
            },
        }  # fmt: skip


@dataclass(frozen=True)
class ControlSplit:
    """What could have been acted on, of one source's primary reasons.

    Attributes:
        shares: per entry of ``CONTROLS``, of the lost deals with a reason of that source.
        controllable_if_unclear: the share controllable if none / all of the unclear ones were; ``None`` below 10.
    """

    source: str
    shares: dict[str, Estimate]
    controllable_if_unclear: tuple[float, float] | None

    def as_json(self) -> dict[str, Any]:
        """The split in the report."""
        bounds = list(self.controllable_if_unclear) if self.controllable_if_unclear else None
        shares = {name: estimate.as_json() for name, estimate in self.shares.items()}
        return {"source": self.source, **shares, "controllable_if_unclear": bounds}


@dataclass(frozen=True)
class Unheard:
    """Lost deals without a reason.

    Attributes:
        losses: lost deals with no reason from anybody, of all lost deals (those without a decision included).
        by_outcome: the same for ``lost`` and ``no_decision``.
        by_source: per source, lost deals with no reason from that source.
    """

    losses: Estimate
    by_outcome: dict[str, Estimate]
    by_source: dict[str, Estimate]

    def as_json(self) -> dict[str, Any]:
        """The report's ``unheard``."""
        return {
            "losses": self.losses.as_json(),
            "by_outcome": {name: estimate.as_json() for name, estimate in self.by_outcome.items()},
            "by_source": {name: estimate.as_json() for name, estimate in self.by_source.items()},
        }


@dataclass(frozen=True)
class Reasons:
    """Why deals were lost, as each source says.

    Attributes:
        lost, won: lost deals (those without a decision included) and won ones.
        rows: per source, most named first, at most ``LISTED``; none for a source heard in fewer than 5 lost deals.
        left_out: per source, how many further reasons are not listed.
        control: per source heard at all.
        unheard: what nobody has said.
    """

    lost: int
    won: int
    rows: tuple[Reason, ...]
    left_out: dict[str, int]
    control: tuple[ControlSplit, ...]
    unheard: Unheard

    def as_json(self) -> dict[str, Any]:
        """The report's ``reasons``, without the agreement, which is ``numbers.agreement``."""
        return {
            "lost": self.lost, "won": self.won, "left_out": dict(self.left_out),
            "rows": [row.as_json() for row in self.rows],
            "control": [split.as_json() for split in self.control],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"{self.lost} lost deals, {self.won} won; without any reason: {self.unheard.losses}"]
        lines += [f"  {row.source}: {row.code}: {row.named} (group {row.group})" for row in self.rows]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class MonthCounts:
    """Lost deals by month, owner, source and reason; one entry per combination that occurs, in that order.

    Attributes:
        month: of closing, in months since January 1970.
        owner: text, or ``None`` where it is not filled in.
        source, reason: text.
        named, primary: lost deals that name it at all, and first.
    """

    month: Integers
    owner: np.ndarray[Any, Any]
    source: np.ndarray[Any, Any]
    reason: np.ndarray[Any, Any]
    named: Integers
    primary: Integers

    def as_json(self) -> dict[str, Any]:
        """Each column as a list."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        months = len(set(self.month.tolist()))
        return f"{int(self.named.sum())} reasons named, in {months} months by {len(set(self.owner))} owners"


def reasons(
    deals: Table,
    *,
    control: Mapping[str, str],
    as_of: date,
    pooled: Mapping[str, Pooled] | None = None,
    split: bool = True,
) -> Reasons:
    """Shares per reason and source, what could have been acted on, and the unheard.

    Args:
        deals: the table of ``numbers.tables.DEALS``; ``reasons`` as ``parse_reasons`` reads it.
        control: which reason is ``controllable``, ``influenceable`` or ``uncontrollable``; others are ``unclear``.
        as_of: the day the table speaks of.
        pooled: per source, answers that have no row (given in confidence, counted together). They are in every share
            and in ``control``; not in ``by``, the bounds and ``unheard``, which are of deals.

    >>> import ibis
    >>> said = ["price; timing"] * 7 + ["timing; buyer:value_unclear"] * 5 + [None] * 3
    >>> made = {"reasons": said, "outcome": ["lost"] * 15, "id": [str(n) for n in range(15)]}
    >>> nothing = {"owner": ibis.null("string"), "segment": ibis.null("string")}
    >>> dates = {"opened_at": ibis.null("date"), "closed_at": ibis.null("date")}
    >>> table = ibis.memtable(made).mutate(**nothing, **dates)
    >>> print(reasons(table, control={"timing": "uncontrollable"}, as_of=date(2026, 1, 1)))
    15 lost deals, 0 won; without any reason: 0.2, likely 0.1005 to 0.3587 (3 of 15)
      seller: timing: 1, likely 0.8796 to 1 (12 of 12) (group 1)
      seller: price: 0.5833, likely 0.4019 to 0.7447 (7 of 12) (group 1)
      buyer: value_unclear: too few: 5 more lost deals with a reason (group 1)
    >>> five = {"buyer": Pooled(5, {"trust_rapport": 4, "timing": 1}, {"trust_rapport": 4, "timing": 1})}
    >>> found = reasons(table, control={}, as_of=date(2026, 1, 1), pooled=five)
    >>> [(row.code, row.named.k, row.named.n) for row in found.rows if row.source == "buyer"]
    [('value_unclear', 5, 10), ('trust_rapport', 4, 10), ('timing', 1, 10)]
    """
    more = pooled or {}
    known = known_on(deals, as_of)
    ended = known.filter(known.outcome.isin(DECIDED))
    found = rows(ended.group_by("reasons", "outcome").agg(deals=ended.count()))
    said = said_in(found["reasons"], found["deals"], sorted(code for one in more.values() for code in one.codes))
    ends = {end: _per_text(said, found, found["outcome"] == end) for end in DECIDED}
    lost, won = ends["lost"] + ends["no_decision"], ends["won"]
    splits = _splits(known, said, lost) if split else {}
    heard = [_heard(said, source, lost, won, more.get(name, Pooled())) for source, name in enumerate(SOURCES)]
    parts = [_rows_of(said, source, heard[source], lost, control, splits) for source in range(len(SOURCES))]
    return Reasons(
        int(lost.sum()),
        int(won.sum()),
        tuple(row for part, _left_out in parts for row in part),
        {name: left_out for name, (_part, left_out) in zip(SOURCES, parts, strict=True)},
        tuple(_control_of(said, name, one, control) for name, one in zip(SOURCES, heard, strict=True) if one.lost),
        _unheard(said, {end: ends[end] for end in LOST_ENDS}),
    )


def reasons_by_month(deals: Table, *, as_of: date) -> MonthCounts:
    """Lost deals by month of closing, owner, source and reason: one query, whatever the number of deals.

    Deals without a day of closing are in no month.

    >>> import ibis
    >>> days = [date(2026, 1, 9), date(2026, 1, 30), date(2026, 2, 3)]
    >>> made = {"reasons": ["price; timing", "Price", "timing"], "closed_at": days, "outcome": ["lost"] * 3}
    >>> table = ibis.memtable(made).mutate(owner=ibis.literal("Ann"), opened_at=ibis.null("date"))
    >>> found = reasons_by_month(table, as_of=date(2026, 3, 1))
    >>> print(found.month, found.reason, found.named, found.primary)
    [672 672 673] ['Price' 'timing' 'timing'] [2 1 1] [2 0 1]
    """
    known = known_on(deals, as_of)
    lost = known.filter(known.outcome.isin(LOST_ENDS) & known.closed_at.notnull() & known.reasons.notnull())
    month = (12 * (lost.closed_at.year().cast("int64") - 1970) + lost.closed_at.month() - 1).name("month")
    found = rows(lost.group_by([month, "owner", "reasons"]).agg(deals=lost.count()))
    said = said_in(found["reasons"], found["deals"])
    row, entry = said.expanded(found["reasons"])
    owners, owner = _in_order(*places(found["owner"]))
    columns = (found["month"].astype(np.int64)[row], owner[row], said.source[entry], said.code[entry])
    keys, place = _distinct(columns)
    deals_, first = found["deals"][row], said.first[entry]
    counts = [np.bincount(place, some, len(keys[0])).astype(np.int64) for some in (deals_, deals_ * first)]
    texts = [objects(names)[key] for key, names in zip(keys[1:], (owners, SOURCES, said.codes), strict=True)]
    return MonthCounts(keys[0], *texts, *counts)


def _distinct(columns: Sequence[Integers]) -> tuple[tuple[Integers, ...], Integers]:
    """The distinct rows in order, column by column, and where each row stands among them.

    Rows are told apart as one number each: sorting whole numbers is ten times as quick as sorting rows.
    """
    lows = [int(column.min(initial=0)) for column in columns]
    sizes = [int(column.max(initial=0)) - low + 1 for column, low in zip(columns, lows, strict=True)]
    key = np.ravel_multi_index([column - low for column, low in zip(columns, lows, strict=True)], sizes)
    keys, place = np.unique(key, return_inverse=True)
    return tuple(part + low for part, low in zip(np.unravel_index(keys, sizes), lows, strict=True)), place


def _in_order(names: Sequence[str | None], at: Integers) -> tuple[list[str | None], Integers]:
    """The names in the order of the alphabet, nobody first, and the places among them: engines have no order."""
    order = sorted(range(len(names)), key=lambda place: names[place] or "")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return [names[place] for place in order], rank[at]


def _per_text(said: Said, found: Columns, some: Booleans) -> Integers:
    """Deals per distinct text, of the rows of the query that are wanted."""
    at = [said.texts[text or None] for text in found["reasons"][some]]
    return np.bincount(np.array(at, dtype=np.int64), found["deals"][some], len(said.texts)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Split:
    """Lost deals of the most heard source per value of one column: (groups,) heard, (groups, reasons) named."""

    source: int
    names: tuple[str | None, ...]
    heard: Integers
    named: dict[int, Integers]


def _splits(known: Table, said: Said, lost: Integers) -> dict[str, _Split]:
    """The most named reasons of the most heard source, counted per owner and per segment."""
    source = max(range(len(SOURCES)), key=lambda place: said.heard(place, lost))
    if said.heard(source, lost) < CASES_FROM:
        return {}
    top = _order(said.named(source, lost), said.codes)[:SPLIT]
    found = {split: _split(known, said, split, source, top) for split in SPLITS}
    return {name: split for name, split in found.items() if any(split.names)}


def _split(known: Table, said: Said, by: str, source: int, top: Sequence[int]) -> _Split:
    ended = known.filter(known.outcome.isin(LOST_ENDS) & known.reasons.notnull())
    found = rows(ended.group_by(by, "reasons").agg(deals=ended.count()))
    names, group = places(found[by])
    row, entry = said.expanded(found["reasons"])
    mine = said.source[entry] == source
    heard = _sum(group[row], found["deals"][row], mine & said.first[entry], len(names))
    named = {code: _sum(group[row], found["deals"][row], mine & (said.code[entry] == code), len(names)) for code in top}
    return _Split(source, tuple(names), heard, named)


def _sum(group: Integers, deals: Integers, some: Booleans, groups: int) -> Integers:
    return np.bincount(group[some], deals[some], groups).astype(np.int64)


def _order(counts: Integers, codes: Sequence[str]) -> list[int]:
    """Places of the reasons that occur, most named first."""
    return sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-counts[code], codes[code]))


@dataclass(frozen=True, eq=False)
class _Heard:
    """One source, deals and pooled answers together: how many lost and won, and per reason."""

    lost: int
    won: int
    named: Integers
    first: Integers
    among: Integers


def _heard(said: Said, source: int, lost: Integers, won: Integers, pooled: Pooled) -> _Heard:
    return _Heard(
        said.heard(source, lost) + pooled.heard,
        said.heard(source, won) + pooled.heard_won,
        said.named(source, lost) + in_order(said.codes, pooled.named),
        said.named(source, lost, first=True) + in_order(said.codes, pooled.primary),
        said.named(source, won) + in_order(said.codes, pooled.among_wins),
    )


def _rows_of(
    said: Said, source: int, heard: _Heard, lost: Integers, control: Mapping[str, str], splits: Mapping[str, _Split]
) -> tuple[list[Reason], int]:
    """The reasons of one source, most named first, and how many are not listed; none below 5 heard."""
    if heard.lost < COUNTS_FROM:
        return [], 0
    named, among = heard.named, heard.among
    order = sorted(np.flatnonzero(named + among).tolist(), key=lambda n: (-named[n], -among[n], said.codes[n]))
    shares = [share(int(named[code]), heard.lost) for code in order[:LISTED]]
    groups, leading = told_apart(shares)
    all_, of_deals = int(lost.sum()), said.named(source, lost)
    missing = all_ - said.heard(source, lost)
    bounds = [_bounds(int(of_deals[code]), missing, all_) for code in order[:LISTED]]
    listed = [
        Reason(
            said.codes[code],
            SOURCES[source],
            _control(control, said.codes[code]),
            share(int(heard.first[code]), heard.lost),
            shares[place],
            share(int(among[code]), heard.won, unit="wins"),
            bounds[place][0],
            bounds[place][1],
            groups[place],
            leading[place],
            {
                by: _pooled(split, code)
                for by, split in splits.items()
                if split.source == source and code in split.named
            },
        )
        for place, code in enumerate(order[:LISTED])
    ]
    return listed, len(order) - len(listed)


def _bounds(named: int, missing: int, all_: int) -> tuple[float, float] | tuple[None, None]:
    """The share of all, if none and if each of the missing named it."""
    return (named / all_, (named + missing) / all_) if all_ >= RANGE_FROM else (None, None)


def told_apart(shares: Sequence[Estimate]) -> tuple[list[int], list[bool]]:
    """Groups of shares that cannot be told apart, and which of them overlap the first; ``shares`` largest first.

    Two shares are in one group when their 95 % ranges overlap, or when a chain of overlaps joins them. Shares that are
    not known are in the group before them.

    >>> told_apart([share(k, 100) for k in (60, 55, 45, 5)])
    ([1, 1, 1, 2], [True, True, True, False])
    """
    groups, leading, number = [], [], 1
    for place, one in enumerate(shares):
        before = shares[place - 1] if place else one
        number += _above(before, one)
        groups.append(number)
        leading.append(not _above(shares[0], one))
    return groups, leading


def _above(one: Estimate, other: Estimate) -> bool:
    """Whether the range of ``one`` lies above that of ``other``."""
    return one.lo95 is not None and other.hi95 is not None and one.lo95 > other.hi95


def _pooled(split: _Split, code: int) -> tuple[tuple[str | None, Estimate], ...]:
    """The share that names the reason per group, pulled towards the whole; the largest groups, none below 5 deals."""
    found = pool_shares(split.named[code], split.heard, unit="lost_deals")
    order = sorted(
        np.flatnonzero(split.heard).tolist(), key=lambda place: (-split.heard[place], split.names[place] or "")
    )
    return tuple((split.names[place], found.estimate(place)) for place in order[:GROUPS_LISTED])


def _control(control: Mapping[str, str], code: str) -> str:
    said = control.get(code, control.get(code.casefold(), "unclear"))
    return said if said in CONTROLS else "unclear"


def _control_of(said: Said, source: str, heard: _Heard, control: Mapping[str, str]) -> ControlSplit:
    counts = dict.fromkeys(CONTROLS, 0)
    for code in np.flatnonzero(heard.first).tolist():
        counts[_control(control, said.codes[code])] += int(heard.first[code])
    sure, perhaps = counts["controllable"], counts["controllable"] + counts["unclear"]
    bounds = (sure / heard.lost, perhaps / heard.lost) if heard.lost >= RANGE_FROM else None
    return ControlSplit(source, {name: share(k, heard.lost) for name, k in counts.items()}, bounds)


def _unheard(said: Said, ends: Mapping[str, Integers]) -> Unheard:
    """Lost deals without a reason, from deals per text of each lost end."""
    lost = sum(ends.values(), start=np.zeros(len(said.texts), dtype=np.int64))
    return Unheard(
        _silent(lost, said.heard(None, lost)),
        {end: _silent(deals, said.heard(None, deals)) for end, deals in ends.items()},
        {name: _silent(lost, said.heard(place, lost)) for place, name in enumerate(SOURCES)},
    )


def _silent(deals: Integers, heard: int) -> Estimate:
    return proportion(int(deals.sum()) - heard, int(deals.sum()), minimum=COUNTS_FROM, unit="losses")

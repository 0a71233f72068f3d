"""Plans over the facts: what every sale earned, as one expression for DuckDB; held against ``plans.rules`` in tests.

Every edition becomes rows of tiers (a share of the amount is one tier from 0), joined to the sales of its team and
days. Sales of a seller in the same month, quarter or year add up in the order of their closing days, then of their ids.
The arithmetic stays in whole numbers: an amount is cut into ten thousands and a rest, so that shares in basis points
need no division but that of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rebond.worth.models import Kind, Per, Plan
from rebond.worth.plans.choosing import Edition, rule_of, timeline
from rebond.worth.plans.rules import WHOLE

if TYPE_CHECKING:
    from rebond.numbers.tables import Table

#: The team of sales whose team has no plan of its own; ids begin at 1.
EVERYBODY = 0
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)
_PERIODS = {Per.MONTH: "M", Per.QUARTER: "Q", Per.YEAR: "Y"}


@dataclass(frozen=True)
class _InForce:
    """One edition for one team, between two days; numbered for the joins."""

    number: int
    team: int
    first: date
    last: date
    plan: Plan


def with_commission(deals: Table, *, currency: str) -> Table:
    """``deals`` with ``commission_minor`` filled: what was recorded, else by its team's plan at its closing.

    Only sales earn. A sale without a closing day goes by its opening day; one without amount earns by a plan that is a
    sum per sale and else stays unknown. One query of the records, whatever the number of deals.

    Args:
        deals: as ``facts`` gives them, with ``owner_id`` and ``team_id``; recorded commission counts as it is.
        currency: the one of their amounts; a plan in another one says nothing about them.
    """
    editions = _editions(list(Plan.objects.all()), currency)
    if not editions:
        return deals
    sales = _sales(deals, editions)
    earned = _earned(sales, editions).rename(earned_by="id")
    both = deals.left_join(earned, deals["id"] == earned.earned_by)
    filled = both.commission_minor.coalesce(both.earned)
    return both.mutate(commission_minor=filled).select(*deals.columns)


def _editions(plans: list[Plan], currency: str) -> list[_InForce]:
    """The editions of every team that has its own, and of everybody else."""
    teams = sorted({plan.team_id for plan in plans if plan.team_id is not None})
    found: list[_InForce] = []
    for team in (None, *teams):
        line = timeline(plans, team, currency=currency)
        found += [
            _InForce(len(found) + place, team or EVERYBODY, edition.first or FIRST, _last(line, place), edition.plan)
            for place, edition in enumerate(line)
        ]
    return found


def _last(line: list[Edition], place: int) -> date:
    """The day before the next edition begins."""
    following = line[place + 1].first if place + 1 < len(line) else None
    return date.fromordinal(following.toordinal() - 1) if following else LAST


def _table(columns: dict[str, list[Any]]) -> Table:
    import ibis
    import pyarrow as pa

    kinds = {"date": pa.date32(), "text": pa.string(), "number": pa.int64()}
    kind_of = {"first": "date", "last": "date", "kind": "text", "per": "text"}
    arrays = {name: pa.array(values, kinds[kind_of.get(name, "number")]) for name, values in columns.items()}
    return ibis.memtable(pa.table(arrays))


def _sales(deals: Table, editions: list[_InForce]) -> Table:
    """Each sale with the edition that counts for it, and what its seller had sold in the period before it."""
    own = sorted({edition.team for edition in editions} - {EVERYBODY})
    won = deals.filter(deals.outcome == "won")
    day = won.closed_at.coalesce(won.opened_at).coalesce(FIRST)
    team = won.team_id.isin(own).ifelse(won.team_id, EVERYBODY).coalesce(EVERYBODY) if own else EVERYBODY
    # Who sold it; sales that nobody owns belong together within their team.
    seller = won.owner_id.coalesce(-1 - won.team_id.coalesce(0))
    sales = won.select("id", "amount_minor", day=day, team=team, seller=seller)
    known = _table(
        {
            "edition": [one.number for one in editions], "of": [one.team for one in editions],
            "first": [one.first for one in editions], "last": [one.last for one in editions],
            "kind": [one.plan.kind for one in editions], "per": [one.plan.per for one in editions],
            "flat": [one.plan.flat_minor or 0 for one in editions],
        }
    )  # fmt: skip
    periods = {one.plan.per for one in editions if one.plan.kind == Kind.TIERS} & set(_PERIODS)
    sales = sales.mutate(**{f"before_{per}": _before(sales, _PERIODS[Per(per)]) for per in sorted(periods)})
    found = sales.inner_join(
        known, [sales.team == known.of, sales.day >= known["first"], sales.day <= known["last"]]
    ).drop("of", "first", "last")
    return found.mutate(before=_of_period(found, sorted(periods)))


def _before(sales: Table, unit: str) -> Any:
    """What the seller had sold before in the same period."""
    import ibis

    window = ibis.window(
        group_by=[sales.seller, sales.day.truncate(unit)], order_by=[sales.day, sales["id"]], preceding=(None, 1)
    )
    return sales.amount_minor.sum().over(window).coalesce(0).cast("int64")


def _of_period(found: Table, periods: list[str]) -> Any:
    import ibis

    counts = [((found.kind == Kind.TIERS) & (found.per == per), found[f"before_{per}"]) for per in periods]
    return ibis.cases(*counts, else_=ibis.literal(0, "int64")) if counts else ibis.literal(0, "int64")


def _earned(sales: Table, editions: list[_InForce]) -> Table:
    """``id`` and ``earned`` of each sale whose plan says."""
    flat = sales.filter(sales.kind == Kind.FLAT)
    flat = flat.select("id", earned=flat.flat)
    shares = [(one.number, tiers) for one in editions if (tiers := _tiers(one.plan))]
    if not shares:
        return flat
    rows = [(number, place, *tier) for number, tiers in shares for place, tier in enumerate(tiers)]
    names = ("tier_of", "place", "start", "end", "share")
    tiers_table = _table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    priced = sales.filter(sales.amount_minor.notnull())
    parts = priced.inner_join(tiers_table, priced.edition == tiers_table.tier_of)
    before, after = _Sum(parts, parts.before), _Sum(parts, parts.before + parts.amount_minor)
    sums = parts.group_by("id").agg(**before.sums("before"), **after.sums("after"))
    by_tiers = sums.select("id", earned=_rounded(sums, "after") - _rounded(sums, "before"))
    return flat.union(by_tiers)


def _tiers(plan: Plan) -> list[tuple[int, int | None, int]]:
    """``(start, end, share)`` of each tier; a share of the amount is one."""
    rule = rule_of(plan)
    if rule.kind == Kind.FLAT:
        return []
    tiers = rule.tiers if rule.kind == Kind.TIERS else ((0, rule.basis_points),)
    ends = [*(start for start, _share in tiers[1:]), None]
    return [(start, end, share) for (start, share), end in zip(tiers, ends, strict=True)]


class _Sum:
    """What a sum earns, tier by tier, as whole ten thousands times basis points and a rest."""

    def __init__(self, parts: Table, total: Any) -> None:
        import ibis

        top = ibis.least(total, parts.end.coalesce(total))
        self._share = parts.share
        # The first tier also takes what is below 0; the others begin where they begin.
        part = (parts.place == 0).ifelse(top, ibis.greatest(top - parts.start, 0))
        self._rest = ((part % WHOLE) + WHOLE) % WHOLE
        self._whole = ((part - self._rest) / WHOLE).cast("int64")

    def sums(self, name: str) -> dict[str, Any]:
        whole, rest = (self._whole * self._share).sum(), (self._rest * self._share).sum()
        return {f"{name}_whole": whole.cast("int64"), f"{name}_rest": rest.cast("int64")}


def _rounded(sums: Table, name: str) -> Any:
    """The nearest whole number, halves to the even one; as ``rules.half_even``."""
    whole, parts = sums[f"{name}_whole"], sums[f"{name}_rest"]
    rest = ((parts % WHOLE) + WHOLE) % WHOLE
    floor = whole + ((parts - rest) / WHOLE).cast("int64")
    up = (2 * rest > WHOLE) | ((2 * rest == WHOLE) & (floor % 2 != 0))
    return floor + up.ifelse(1, 0)

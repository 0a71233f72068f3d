"""The figures of Value of time: one function per block, each of a ``View``, each from warm facts.

``BLOCKS`` names them; ``rebond worth --json`` and the screen ask the same functions. Slow ones are remembered until the
facts, the plans or the assumptions change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from rebond import numbers
from rebond.numbers.estimate import RANGE_FROM, Estimate
from rebond.numbers.groups import groups_of
from rebond.numbers.hours import Effort, Hours, spent
from rebond.numbers.kinds import Kind, Kinds
from rebond.numbers.kinds import kinds as of_kinds
from rebond.numbers.move import WEEKS, moved
from rebond.numbers.tables import rows
from rebond.numbers.touches import Touches
from rebond.numbers.touches_plain import Plain
from rebond.worth.queries.basis import facts_for, remembered, sales_for, terms_for, won_in
from rebond.worth.queries.changes import changes
from rebond.worth.queries.results import (
    CorrectedAnswer,
    GroupRow,
    GroupsAnswer,
    KindRow,
    KindsAnswer,
    MoveAnswer,
    NextAnswer,
    RatioAnswer,
    Tile,
    Tiles,
)
from rebond.worth.queries.steps import steps_for
from rebond.worth.view import ALL, View

#: Kinds of contact with a tile of their own.
TILES = ("call", "email", "meeting")
#: Hours a week that are moved in thought; a kind must have taken at least as much to give it.
WEEKLY = 2.0
#: Sales whose sums are drawn from; more tell nothing new.
SALES = 2_000
#: Contacts that follow up, by whose usual length the next one is costed.
FOLLOWING = ("call", "email", "message")


def ratio(view: View) -> RatioAnswer:
    """The method's own: average commission of a sale / contacts a sale."""
    terms, found = terms_for(view), touches_of(view)
    whole = found.overall
    money, each = whole.money_per_touch, whole.per_sale
    known = money.value is not None and each.value is not None
    return RatioAnswer(
        currency=terms.currency, minor_per_major=terms.minor_per_major, counts_as=terms.assumed.counts_as,
        has_plan=terms.assumed.plan is not None, sales=whole.sales, contacts=whole.touches, deals=whole.deals,
        average=(money.value or 0) * (each.value or 0) if known else None, per_sale=each, per_contact=money,
        largest_share=whole.largest_share, without_largest=whole.without_largest,
        other_currency=other_currency(view),
    )  # fmt: skip


def sums_of(view: View) -> Plain:
    """What contacts, hours and groups are made of: asked once for all of them."""
    minutes = terms_for(view).assumed.minutes

    def make() -> Plain:
        facts = facts_for(view)
        return spent(
            facts.deals, facts.roll, as_of=view.until, since=view.starts, minutes=minutes, by=_columns(view)
        )  # fmt: skip

    return remembered(view, "sums", make, *_columns(view))


def _columns(view: View) -> list[str]:
    """What may stand beside each other: sellers (for who leads, by name), teams, segments."""
    columns = ["segment"]
    if view.whose.kind == "all":
        columns.insert(0, "team")
    if view.shows_sellers:
        columns.insert(0, "owner")
    return columns


def touches_of(view: View) -> Touches:
    """Contacts a sale and money a contact, plain."""
    sums = sums_of(view)

    def make() -> Touches:
        facts = facts_for(view)
        return numbers.touches(
            facts.deals, None, rollup=facts.roll, as_of=view.until, since=view.starts, by=("channel",),
            corrected=False, plain=sums,
        )  # fmt: skip

    return remembered(view, "touches", make)


def corrected(view: View) -> CorrectedAnswer:
    """The same of an opened deal, open ones counted as not ended yet."""
    terms, sums = terms_for(view), sums_of(view)

    def make() -> Touches:
        facts = facts_for(view)
        return numbers.touches(
            facts.deals, facts.touches, as_of=view.until, since=view.starts, by=(), plain=sums
        )  # fmt: skip

    found = remembered(view, "corrected", make)
    return CorrectedAnswer(
        terms.currency, terms.minor_per_major, found.overall.money_per_touch_corrected,
        found.overall.per_sale_corrected, found.window_days,
    )  # fmt: skip


def other_currency(view: View) -> int:
    """Sales of the time in another currency: their amounts are in no sum. The facts keep one currency only."""
    return sales_for(view).exclude(currency__in=("", terms_for(view).currency)).count()


def hours_of(view: View) -> Hours:
    """Hours and money per hour, by channel."""
    terms, sums = terms_for(view), sums_of(view)

    def make() -> Hours:
        facts = facts_for(view)
        return numbers.hours(
            facts.deals, facts.roll, as_of=view.until, since=view.starts, minutes=terms.assumed.minutes,
            plain=sums,
        )  # fmt: skip

    return remembered(view, "hours", make)


def tiles(view: View) -> Tiles:
    """One hour and what it costs; one call, one email, one meeting, each with its usual length."""
    terms, found = terms_for(view), hours_of(view)
    by_channel = {effort.name: effort for effort in found.overall.channels}
    return Tiles(
        terms.currency, terms.minor_per_major, terms.assumed.counts_as, terms.assumed.hour_cost_minor,
        found.overall.hours, found.overall.money_per_hour,
        tuple(_tile(by_channel[name], terms.assumed.minutes.get(name, 0.0)) for name in TILES if name in by_channel),
    )  # fmt: skip


def _tile(effort: Effort, usual: float) -> Tile:
    """What a contact of a channel brought: its part of the money by minutes, so a long one more than a short one."""
    each = effort.hours / effort.touches if effort.touches else usual / 60
    return Tile(effort.name or "", 60 * each, effort.touches, _times(effort.money_per_hour, each))


def _times(rate: Estimate, factor: float) -> Estimate:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * factor

    return replace(
        rate, value=scaled(rate.value), lo80=scaled(rate.lo80), hi80=scaled(rate.hi80), lo95=scaled(rate.lo95),
        hi95=scaled(rate.hi95),
    )  # fmt: skip


def kinds(view: View) -> KindsAnswer:
    """Where the hours went, beside where the money came from."""
    terms, found = terms_for(view), kinds_of(view)
    leans = view.is_one_person and any(kind.per_hour.lo80 is None for kind in found)
    wide = kinds_of(view.wider()) if leans else None
    told = [_kind_row(kind, wide.get(kind.code) if wide else None) for kind in found]
    told.sort(key=lambda row: -(row.per_hour.value if row.per_hour.value is not None else float("-inf")))
    cost = terms.assumed.hour_cost_minor
    return KindsAnswer(
        terms.currency, terms.minor_per_major, terms.assumed.counts_as, cost, found.hours, found.money_minor,
        tuple(told), _costly(told, cost),
    )  # fmt: skip


def kinds_of(view: View) -> Kinds:
    """Hours and money by kind of contact."""
    terms = terms_for(view)

    def make() -> Kinds:
        facts = facts_for(view)
        steps = steps_for(view.today, facts.connection)
        return of_kinds(facts.deals, steps, as_of=view.until, since=view.starts, minutes=terms.assumed.minutes)

    return remembered(view, "kinds", make)


def _kind_row(kind: Kind, wider: Kind | None) -> KindRow:
    """One's own figure where it has a range, else the team's."""
    if kind.per_hour.lo80 is None and wider is not None and wider.per_hour.lo80 is not None:
        return KindRow(kind, wider.per_hour, leans=True)
    return KindRow(kind, kind.per_hour)


def _costly(found: Sequence[KindRow], cost: int | None) -> tuple[float, float] | None:
    """The part of the hours and of the money of the kinds that brought less per hour than it costs."""
    if cost is None or not any(row.kind.share_money for row in found):
        return None
    below = [row.kind for row in found if _brings_less(row.kind, cost)]
    hours_, money = (sum(share or 0.0 for share in part) for part in (
        [kind.share_hours for kind in below], [kind.share_money for kind in below]))  # fmt: skip
    return (hours_, money) if below else None


def _brings_less(kind: Kind, cost: int) -> bool:
    """Less than it costs; or no sale at all in as many deals as a range would need."""
    if kind.per_hour.value is not None:
        return kind.per_hour.value < cost
    return kind.sales == 0 and kind.deals >= RANGE_FROM


def groups(view: View) -> GroupsAnswer:
    """Sellers (for who leads, by name), teams, segments."""
    terms, whole, spent = terms_for(view), touches_of(view).overall, hours_of(view).overall
    every = GroupRow(
        None, whole.deals, whole.sales, whole.touches, whole.per_sale, whole.money_per_touch, spent.money_per_hour,
        leans=False,
    )  # fmt: skip
    return GroupsAnswer(
        terms.currency, terms.minor_per_major, terms.assumed.counts_as, terms.assumed.hour_cost_minor, every,
        {column: _by(view, column) for column in _columns(view)},
    )  # fmt: skip


def _by(view: View, column: str) -> tuple[GroupRow, ...]:
    """The groups of a column: people by name, never by figure."""

    sums = sums_of(view)
    every = remembered(view, f"groups.{column}", lambda: groups_of(sums, column), *_columns(view))
    found = [GroupRow(**vars(one)) for one in every if one.sales or one.contacts]
    return tuple(sorted(found, key=lambda row: (row.name is None, (row.name or "").casefold())))


def next_touch(view: View) -> NextAnswer:
    """What one more contact is worth; of the team where one person has too few cases."""
    own = _next(view)
    leans = view.is_one_person and not any(after.chance.known for after in own.found.curve)
    return replace(_next(view.wider()), leans=True) if leans else own


def _next(view: View) -> NextAnswer:
    """Over all the time: how often one more contact brings a sale changes slowly, and silence is long."""
    terms, minutes = terms_for(view), following_minutes(view)
    cost = None if terms.minute_minor is None else terms.minute_minor * minutes

    def make() -> Any:
        facts = facts_for(view)
        return numbers.next_touch(facts.deals, facts.touches, as_of=view.until, cost_minor=cost)

    found = remembered(view, "next", make)
    return NextAnswer(terms.currency, terms.minor_per_major, found, leans=False, minutes=minutes, cost=cost)


def following_minutes(view: View) -> float:
    """How long a contact that follows up takes on average: calls, emails and messages as they were made."""
    terms, found = terms_for(view), hours_of(view).overall
    some = [effort for effort in found.channels if effort.name in FOLLOWING]
    count = sum(effort.touches for effort in some)
    usual = terms.assumed.minutes.get("call", 0.0)
    return 60 * sum(effort.hours for effort in some) / count if count else usual


def move(view: View) -> MoveAnswer:
    """Two hours a week from the kind that brings least to the one that brings most: twenty imagined quarters."""
    terms, found = terms_for(view), kinds(view)
    away, to = _ends(found)
    sales = sums_of_sales(view.wider())
    none = MoveAnswer(
        terms.currency, terms.minor_per_major, away.kind.code if away else "", to.kind.code if to else "", WEEKLY,
        len(sales), None,
    )  # fmt: skip
    if away is None or to is None:
        return none
    twenty = moved(to.per_hour, away.per_hour, hours=WEEKLY * WEEKS, sales_minor=sales)
    return replace(none, moved=twenty)


def _ends(found: KindsAnswer) -> tuple[KindRow | None, KindRow | None]:
    """The kind that brings least per hour and took enough hours, and the one that brings most; both with a range."""
    some = [row for row in found.rows if row.per_hour.lo80 is not None and (row.per_hour.k or 0) >= RANGE_FROM]
    away = [row for row in some if row.kind.share_hours and row.kind.share_hours >= 0.05]
    if len(some) < 2 or not away or away[-1] is some[0]:
        return None, None
    return away[-1], some[0]


def sums_of_sales(view: View) -> list[float]:
    """What single sales of the time brought, minor units; at most so many, spread over all of them."""

    def make() -> list[float]:
        won = won_in(view, facts_for(view).deals)
        won = won.filter(won.commission_minor.notnull())
        found = rows(won.select(won.commission_minor))["commission_minor"]
        found.sort()
        step = max(len(found) // SALES, 1)
        return [float(value) for value in found[::step]]

    return remembered(view, "sales", make)


def changes_of(view: View) -> list[dict[str, Any]]:
    """What changed under the figures in the time looked at."""
    found = changes(view.team_id, view.since, view.until, everywhere=view.whose.kind == ALL)
    return [{"day": one.day, "kind": one.kind, "sentence": str(one.sentence)} for one in found]


class Block(Protocol):
    """What every answer can do."""

    def as_json(self) -> dict[str, Any]:
        """The answer for ``rebond worth --json``."""


#: Every block of the page by name, in the order of the page.
BLOCKS: dict[str, Callable[[View], Block]] = {
    "ratio": ratio, "corrected": corrected, "tiles": tiles, "kinds": kinds, "next": next_touch, "groups": groups,
    "move": move,
}  # fmt: skip

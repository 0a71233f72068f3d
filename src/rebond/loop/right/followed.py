"""What came of promises, counted in the engine over the facts: sales within the days that count, and later minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rebond.worth.plans.expression import with_commission

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rebond.loop.right.looked import Costs, Looked
    from rebond.loop.right.rows import Ripe
    from rebond.numbers.tables import Table


@dataclass(frozen=True, eq=False)
class Came:
    """What followed, one place per promise.

    Attributes:
        gained: minor units of sales; ``cost``: of later contacts.
        unpriced: sales whose worth nobody knows.
    """

    gained: npt.NDArray[np.float64]
    cost: npt.NDArray[np.float64]
    unpriced: int


def follow(ripe: Ripe, people: list[tuple[int, int]], costs: Mapping[int, Costs], looked: Looked) -> Came:
    """Sales and minutes after each promise; ``people`` are (person, deal) of whoever they are about."""
    import numpy as np

    from rebond.facts import warm

    facts = warm.current(looked.today).facts()
    pairs = _pairs(ripe, people, facts.deals)
    sales = with_commission(facts.deals, currency=looked.currency)
    gained, cost = np.zeros(len(ripe)), np.zeros(len(ripe))
    won = _gained(pairs, sales).to_pyarrow()
    gained[won["place"].to_numpy()] = won["sum"].fill_null(0.0).to_numpy()
    if facts.touches is not None:
        spent = _spent(pairs, facts.touches, costs).to_pyarrow()
        cost[spent["place"].to_numpy()] = spent["sum"].fill_null(0.0).to_numpy()
    return Came(gained, cost, int(won["unknown"].to_numpy().sum()))


def _pairs(ripe: Ripe, people: list[tuple[int, int]], deals: Table) -> Table:
    """Each promise with each deal that what comes is looked for in: its own, and those opened later by its person."""
    import ibis
    import pyarrow as pa

    promises = ibis.memtable(ripe.table)
    parts = ibis.memtable(
        pa.table(
            {
                "of": pa.array([person for person, _deal in people], pa.int64()),
                "later": pa.array([str(deal) for _person, deal in people], pa.string()),
            }
        )
    )
    own = promises.filter(promises.deal.notnull()).select("place", "since", "team", "deal")
    theirs = promises.inner_join(parts, promises.person == parts.of)
    opened = deals.select(known="id", opened=deals.opened_at)
    theirs = theirs.inner_join(opened, theirs.later == opened.known)
    theirs = theirs.filter(theirs.opened > theirs.since.date())
    return own.union(theirs.select("place", "since", "team", deal="later"), distinct=True)


def _gained(pairs: Table, sales: Table) -> Table:
    """``place``, ``sum``, ``unknown`` of promises that a sale followed in time."""
    from rebond.loop.right.looked import DAYS

    won = sales.filter(sales.outcome == "won").select(sold="id", day=sales.closed_at, earned=sales.commission_minor)
    both = pairs.inner_join(won, pairs.deal == won.sold)
    after = both.day.delta(both.since.date(), unit="day")
    both = both.filter((after >= 0) & (after <= DAYS))
    return both.group_by("place").agg(
        sum=both.earned.sum().cast("float64"), unknown=both.count(where=both.earned.isnull())
    )


def _spent(pairs: Table, touches: Table, costs: Mapping[int, Costs]) -> Table:
    """``place`` and ``sum`` of what later contacts cost in the days that count, in minor units."""
    import ibis
    import pyarrow as pa

    from rebond.loop.right.looked import DAYS, OWN_CONTACT

    usual = [(team, channel, taken, one.minute_minor)
             for team, one in costs.items() for channel, taken in one.minutes.items()]  # fmt: skip
    names = ("of_team", "by", "taken", "minute_minor")
    kinds = (pa.int64(), pa.string(), pa.float64(), pa.float64())
    columns = zip(names, zip(*usual, strict=True), kinds, strict=True)
    prices = ibis.memtable(pa.table({name: pa.array(values, kind) for name, values, kind in columns}))
    later = touches.select(about="deal_id", at=touches.at, channel=touches.channel, minutes=touches.minutes)
    both = pairs.inner_join(later, pairs.deal == later.about)
    until = both.since + ibis.interval(days=DAYS)
    both = both.filter(
        (both["at"] > both.since + ibis.interval(seconds=int(OWN_CONTACT.total_seconds()))) & (both["at"] <= until)
    )
    both = both.inner_join(prices, [both.team == prices.of_team, both.channel == prices.by])
    spent = both.minutes.coalesce(both.taken) * both.minute_minor
    return both.group_by("place").agg(sum=spent.sum())

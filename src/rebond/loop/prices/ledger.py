"""What sales earned and contacts brought, by whose deals they are: grouped once in the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rebond.numbers.leaning import Sums
from rebond.numbers.pricing import Rate

if TYPE_CHECKING:
    from rebond.numbers.estimate import Estimate
    from rebond.numbers.hours import Effort
    from rebond.numbers.tables import Table
    from rebond.numbers.touches import Worth

Whose = tuple[int | None, int | None]
#: Kinds of contact whose worth a price list holds.
CHANNELS = ("call", "email", "meeting")
PERIODS = ("month", "quarter", "year")
#: Nobody's own figures are left out, however many sellers there are.
EVERYBODY = 10**9


@dataclass(frozen=True)
class Earned:
    """Sales of one owner in one team.

    Attributes:
        sums: of what they earned, those whose earning is known.
        amount, priced, money_of_priced: of those with amount and earning: amounts, how many, what they earned.
        so_far: amounts sold in the month, quarter and year that ``today`` is in.
    """

    sums: Sums
    amount: int
    priced: int
    money_of_priced: int
    so_far: tuple[int, int, int]

    def sold_in(self, per: str) -> int:
        """Amounts sold in the current period of a plan; 0 where it adds nothing up."""
        return self.so_far[PERIODS.index(per)] if per in PERIODS else 0


def earned(deals: Table, *, since: date, today: date) -> dict[Whose, Earned]:
    """By owner and team (either may be missing): sales closed from a day on until today, one query.

    Args:
        deals: with ``owner_id``, ``team_id``, and ``commission_minor`` filled.
    """
    from rebond.numbers.tables import day, rows

    first, last = (one.toordinal() - date(1970, 1, 1).toordinal() for one in (since, today))
    closed = day(deals.closed_at)
    won = deals.filter((deals.outcome == "won") & (closed >= first) & (closed <= last))
    money, amount = won.commission_minor.cast("float64"), won.amount_minor
    both = won.commission_minor.notnull() & won.amount_minor.notnull()
    so_far = {
        per: amount.sum(where=won.closed_at >= _literal(_begin(per, today))).fill_null(0) for per in PERIODS
    }  # fmt: skip
    found = rows(
        won.group_by("owner_id", "team_id").aggregate(
            n=money.count(), total=money.sum().fill_null(0.0), squares=(money * money).sum().fill_null(0.0),
            amount=amount.sum(where=both).fill_null(0), priced=amount.count(where=both),
            paid=won.commission_minor.sum(where=both).fill_null(0), **so_far,
        )
    )  # fmt: skip
    return {
        (_key(found["owner_id"][at]), _key(found["team_id"][at])): Earned(
            Sums(int(found["n"][at]), float(found["total"][at]), float(found["squares"][at])),
            int(found["amount"][at]), int(found["priced"][at]), int(found["paid"][at]),
            (int(found["month"][at]), int(found["quarter"][at]), int(found["year"][at])),
        )
        for at in range(len(found["n"]))
    }  # fmt: skip


def _begin(per: str, today: date) -> date:
    month = {"month": today.month, "quarter": (today.month - 1) // 3 * 3 + 1, "year": 1}[per]
    return date(today.year, month, 1)


def _literal(day: date) -> Any:
    import ibis

    return ibis.date(day.isoformat())


def _key(value: Any) -> int | None:
    """A key that may be missing; the engine gives numbers with gaps as floats."""
    return None if value is None or value != value else int(value)  # noqa: PLR0124 (nan is not itself)


@dataclass(frozen=True)
class Brought:
    """What the contacts of one person, team or the company brought in twelve months.

    Attributes:
        sales, contacts: how many; ``minutes``: a contact took on average.
        per_touch, per_sale: as in ``numbers.pricing.Prices``.
    """

    sales: int
    contacts: int
    minutes: float
    per_touch: dict[str, Rate]
    per_sale: Rate | None

    def leaning(self, leans: str, own: Brought | None) -> Brought:
        """With what it rests on, and the person's own sales beside it."""
        mine = (own.sales, own.sales) if own is not None else (0, 0)

        def told(rate: Rate) -> Rate:
            return replace(rate, own=rate.team if leans == "own" else mine, leans=leans)

        return replace(
            self, per_touch={name: told(rate) for name, rate in self.per_touch.items()},
            per_sale=self.per_sale and told(self.per_sale),
        )  # fmt: skip


#: ``owner``, ``team`` and ``all`` (under the key 0): what their contacts brought, by key.
Ratios = Mapping[str, Mapping[int, Brought]]


def ratios(deals: Table, roll: Table | None, *, minutes: Mapping[str, float], since: date, today: date) -> Ratios:
    """The plain ratios that the Value of time page shows of twelve months, of everybody at once; four queries.

    Money of one call (email, meeting) is what an hour of calls brought, times how long one takes: as on that page.
    """
    from rebond import numbers

    if roll is None:
        return {"owner": {}, "team": {}, "all": {}}
    named = deals.mutate(owner=deals.owner_id.cast("string"), team=deals.team_id.cast("string"))
    by = ("owner", "team")
    hours = numbers.hours(named, roll, as_of=today, since=since, minutes=minutes, by=by, listed=EVERYBODY)
    touched = numbers.touches(named, None, rollup=roll, as_of=today, since=since, by=by, corrected=False,
                              listed=EVERYBODY)  # fmt: skip
    found: dict[str, dict[int, Brought]] = {"all": {0: _brought(touched.overall, hours.overall)}}
    for column in by:
        efforts = {effort.name: effort for effort in hours.by[column]}
        found[column] = {
            int(one.name): _brought(one, efforts[one.name])
            for one in touched.by[column]
            if one.name is not None and one.name in efforts
        }
    return found


def _brought(touched: Worth, effort: Effort) -> Brought:
    sales = touched.sales
    per_touch = {"all": _rate(touched.money_per_touch, sales)}
    for channel in effort.channels:
        if channel.name in CHANNELS and channel.touches:
            hour = _rate(channel.money_per_hour, sales)
            per_touch[channel.name] = hour and hour.times(channel.hours / channel.touches)
    minutes = 60 * effort.hours / touched.touches if touched.touches else 0.0
    known = {name: rate for name, rate in per_touch.items() if rate is not None}
    return Brought(sales, touched.touches, minutes, known, _rate(touched.per_sale, sales))


def _rate(found: Estimate, sales: int) -> Rate | None:
    """As a rate; where the estimate has no range (too few sales, one that dominates) both ends are its value: no page
    shows one then, as Value of time does not.
    """
    if found.value is None:
        return None
    low = found.value if found.lo80 is None else found.lo80
    high = found.value if found.hi80 is None else found.hi80
    return Rate(found.value, low, high, (0, 0), (sales, sales), "team")

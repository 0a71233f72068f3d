"""The answers about the value of time as they are shown and printed; money in minor units here, in major units as JSON.

Every estimate is an ``Estimate`` with its range, its k sales and its n deals, or says how many more would be enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rebond.numbers.estimate import Estimate
from rebond.numbers.kinds import Kind
from rebond.numbers.money import major
from rebond.numbers.move import Moved
from rebond.numbers.next_touch.result import NextTouch


def _major(minor: float | None, per_major: int) -> float | None:
    return None if minor is None else minor / per_major


@dataclass(frozen=True)
class RatioAnswer:
    """The method's own ratio.

    Attributes:
        sales, contacts, deals: of the time looked at.
        average: what a sale brought, minor units; ``None`` where not known.
        per_sale: contacts a sale.
        per_contact: money per contact, minor units.
        largest_share: the part of the money that one sale makes, 0 to 1.
        without_largest: money per contact without that sale.
        counts_as: ``commission`` or ``margin``.
        has_plan: whether anybody said what a sale earns.
        other_currency: deals whose money is in another currency, and so in no sum.
    """

    currency: str
    minor_per_major: int
    counts_as: str
    has_plan: bool
    sales: int
    contacts: int
    deals: int
    average: float | None
    per_sale: Estimate
    per_contact: Estimate
    largest_share: float | None
    without_largest: Estimate | None
    other_currency: int

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        per, without = self.minor_per_major, self.without_largest
        return {
            "counts_as": self.counts_as, "plan": self.has_plan, "sales": self.sales, "contacts": self.contacts,
            "deals": self.deals, "average": _major(self.average, per), "contacts_per_sale": self.per_sale.as_json(),
            "money_per_contact": major(self.per_contact, per).as_json(), "largest_share": self.largest_share,
            "without_largest": major(without, per).as_json() if without else None,
            "other_currency": self.other_currency, "currency": self.currency or None,
        }  # fmt: skip


@dataclass(frozen=True)
class CorrectedAnswer:
    """The same ratio with open deals counted as not ended yet, followed for ``window_days``."""

    currency: str
    minor_per_major: int
    per_contact: Estimate
    per_sale: Estimate
    window_days: int | None

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        return {
            "money_per_contact": major(self.per_contact, self.minor_per_major).as_json(),
            "contacts_per_sale": self.per_sale.as_json(), "window_days": self.window_days,
            "currency": self.currency or None,
        }  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """One hour, or one contact of a channel: what it brought, how long it takes, how many there were."""

    name: str
    minutes: float
    count: float
    worth: Estimate

    def as_json(self, minor_per_major: int) -> dict[str, Any]:
        return {
            "of": self.name, "minutes": self.minutes, "count": self.count,
            "worth": major(self.worth, minor_per_major).as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Tiles:
    """One hour, one call, one email, one meeting."""

    currency: str
    minor_per_major: int
    counts_as: str
    hour_cost: int | None
    hours: float
    hour: Estimate
    tiles: tuple[Tile, ...]

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        per = self.minor_per_major
        return {
            "hours": self.hours, "hour_costs": _major(self.hour_cost, per), "hour": major(self.hour, per).as_json(),
            "contacts": [tile.as_json(per) for tile in self.tiles], "currency": self.currency or None,
        }  # fmt: skip


@dataclass(frozen=True)
class KindRow:
    """A kind of contact; ``leans`` where a person's own cases are too few and the team's figure stands there."""

    kind: Kind
    per_hour: Estimate
    leans: bool = False

    def as_json(self, minor_per_major: int) -> dict[str, Any]:
        """Money in major units."""
        said = self.kind.as_json(minor_per_major=minor_per_major)
        return said | {"money_per_hour": major(self.per_hour, minor_per_major).as_json(), "leans": self.leans}


@dataclass(frozen=True)
class KindsAnswer:
    """Where the hours went, beside where the money came from.

    Attributes:
        rows: most money per hour first, those without a figure last.
        costly: the kinds that brought less per hour than it costs: their part of the hours and of the money, 0 to 1;
            ``None`` where there is none, or nothing is known.
    """

    currency: str
    minor_per_major: int
    counts_as: str
    hour_cost: int | None
    hours: float
    money: float
    rows: tuple[KindRow, ...]
    costly: tuple[float, float] | None

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        per = self.minor_per_major
        costly = {"hours": self.costly[0], "money": self.costly[1]} if self.costly else None
        return {
            "hours": self.hours, "hour_costs": _major(self.hour_cost, per), "money": _major(self.money, per),
            "kinds": [row.as_json(per) for row in self.rows], "costs_more_than_it_brings": costly,
            "currency": self.currency or None,
        }  # fmt: skip


@dataclass(frozen=True)
class GroupRow:
    """A seller, team or segment.

    Attributes:
        name: as in the records; ``None`` where it is not filled in.
        per_sale: contacts a sale; ``per_contact``, ``per_hour``: money, minor units.
        leans: whether the figures rest on the others more than on its own few sales.
    """

    name: str | None
    deals: int
    sales: int
    contacts: int
    per_sale: Estimate
    per_contact: Estimate
    per_hour: Estimate
    leans: bool

    def as_json(self, minor_per_major: int) -> dict[str, Any]:
        return {
            "name": self.name, "deals": self.deals, "sales": self.sales, "contacts": self.contacts,
            "contacts_per_sale": self.per_sale.as_json(),
            "money_per_contact": major(self.per_contact, minor_per_major).as_json(),
            "money_per_hour": major(self.per_hour, minor_per_major).as_json(), "leans": self.leans,
        }  # fmt: skip


@dataclass(frozen=True)
class GroupsAnswer:
    """Sellers (for who leads, by name), teams, segments; ``whole`` is all of them together."""

    currency: str
    minor_per_major: int
    counts_as: str
    hour_cost: int | None
    whole: GroupRow
    by: dict[str, tuple[GroupRow, ...]]

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        per = self.minor_per_major
        groups = {column: [row.as_json(per) for row in rows] for column, rows in self.by.items()}
        return {"all": self.whole.as_json(per), "by": groups, "currency": self.currency or None}


@dataclass(frozen=True)
class NextAnswer:
    """What one more contact is worth by how many there were; of the team where one person has too few cases."""

    currency: str
    minor_per_major: int
    found: NextTouch
    leans: bool
    minutes: float
    cost: float | None

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        said = self.found.as_json(minor_per_major=self.minor_per_major)
        return said | {"leans": self.leans, "minutes": self.minutes, "currency": self.currency or None}


@dataclass(frozen=True)
class MoveAnswer:
    """Some hours a week moved from the costliest kind to the best: twenty imagined quarters; ``None`` below enough.

    Attributes:
        away, to: codes of the kinds; empty where there are no two to compare.
        weekly: hours a week.
        sales: single sales whose sums are known.
    """

    currency: str
    minor_per_major: int
    away: str
    to: str
    weekly: float
    sales: int
    moved: Moved | None

    def as_json(self) -> dict[str, Any]:
        """For ``rebond worth --json``."""
        per, moved = self.minor_per_major, self.moved
        return {
            "from": self.away or None, "to": self.to or None, "hours_a_week": self.weekly, "sales": self.sales,
            "ahead": moved.ahead if moved else None, "chance": moved.chance if moved else None,
            "quarters": [value / per for value in moved.outcomes] if moved else None, "currency": self.currency or None,
        }  # fmt: skip

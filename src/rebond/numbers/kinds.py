"""What an hour of each kind of contact has brought: where the time goes, beside where the money comes from.

The money of a sale is shared out over the kinds of all its contacts by their minutes; the hours of a kind are those of
all deals, lost and open ones too. That is accounting, not cause: the best leads get the calls, so a kind that looks
good is a place to test, no proof that more of it would bring as much.

Ranges: the deal is the unit, ``ratios``, with the t distribution of sales - 1 degrees of freedom.

>>> import ibis
>>> from rebond.numbers.kinds_queries import steps
>>> from tests.numbers.made import deals, touches
>>> from datetime import datetime
>>> won = {"outcome": "won", "closed_at": date(2026, 2, 1), "commission_minor": 12_000}
>>> call = {"channel": "call", "at": datetime(2026, 1, 5), "minutes": 30.0}
>>> sold, calls = [won | {"id": f"{i}"} for i in range(5)], [call | {"deal_id": f"{i}"} for i in range(5)]
>>> kept = steps(deals(sold), touches(calls))
>>> found = kinds(deals(sold), kept, as_of=date(2026, 3, 1), minutes={})
>>> found["first"].hours, found["first"].per_hour.value
(2.5, 24000.0)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rebond.numbers.estimate import Estimate, cannot
from rebond.numbers.kinds_queries import KINDS, sums
from rebond.numbers.money import major
from rebond.numbers.ratios import Ratio, share_of_largest, shown, signed_estimate
from rebond.numbers.tables import Table, rows

METHOD = "money of sales by minutes / all hours of the kind, log-t"


@dataclass(frozen=True)
class Kind:
    """One kind of contact.

    Attributes:
        code: one of ``kinds_queries.KINDS``.
        contacts, hours: of the time looked at.
        money_minor: its part of what the sales of that time brought.
        share_hours, share_money: of all kinds together, 0 to 1; ``None`` where there is nothing to share.
        sales, deals: that it had a part in.
        per_hour: money per hour, minor units.
    """

    code: str
    contacts: int
    hours: float
    money_minor: float
    share_hours: float | None
    share_money: float | None
    sales: int
    deals: int
    per_hour: Estimate

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """Money in major units."""
        return {
            "kind": self.code, "contacts": self.contacts, "hours": shown(self.hours),
            "money": shown(self.money_minor / minor_per_major), "share_of_hours": self.share_hours,
            "share_of_money": self.share_money, "sales": self.sales, "deals": self.deals,
            "money_per_hour": major(self.per_hour, minor_per_major).as_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class Kinds:
    """All kinds that were met, in the order of ``KINDS``."""

    rows: tuple[Kind, ...]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, code: str) -> Kind:
        """The kind of that code; ``KeyError`` where none was met."""
        found = next((kind for kind in self.rows if kind.code == code), None)
        if found is None:
            raise KeyError(code)
        return found

    def get(self, code: str) -> Kind | None:
        """The kind of that code, if any was met."""
        return next((kind for kind in self.rows if kind.code == code), None)

    @property
    def hours(self) -> float:
        return sum(kind.hours for kind in self.rows)

    @property
    def money_minor(self) -> float:
        return sum(kind.money_minor for kind in self.rows)


def kinds(deals: Table, kept: Table, *, as_of: date, since: date | None = None, minutes: Mapping[str, float]) -> Kinds:
    """Hours and money by kind of contact.

    Args:
        deals: one row per deal; ``commission_minor`` is what a sale brought.
        kept: ``kinds_queries.steps`` of these deals (of more: others are left out).
        as_of: the last day that counts.
        since: contacts from the month of that day on, and sales from that day on; everything when ``None``.
        minutes: how long a contact of each channel takes where nobody said.
    """
    found = rows(sums(deals, kept, since=since, as_of=as_of, minutes=minutes))
    places = {str(code): place for place, code in enumerate(found["kind"])}
    totals = {name: float(found[name].sum()) if len(places) else 0.0 for name in ("a", "b")}
    told = [
        _kind(code, {name: float(found[name][places[code]]) for name in found if name != "kind"}, totals)
        for code in KINDS if code in places
    ]  # fmt: skip
    return Kinds(tuple(told))


def _kind(code: str, one: Mapping[str, float], totals: Mapping[str, float]) -> Kind:
    a, b, deals, sales = one["a"], one["b"], int(one["deals"]), int(one["sales"])
    return Kind(
        code, int(one["contacts"]), shown(b), shown(a), _share(b, totals["b"]), _share(a, totals["a"]), sales, deals,
        _per_hour(one, deals, sales),
    )  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return shown(part / whole) if whole > 0 else None


def _per_hour(one: Mapping[str, float], deals: int, sales: int) -> Estimate:
    a, b = one["a"], one["b"]
    if b <= 0:
        return cannot("nothing_recorded", "no time is recorded", k=sales, n=deals)
    theta = a / b
    spread = one["aa"] - 2 * theta * one["ab"] + theta**2 * one["bb"]
    ratio = Ratio(a, b, spread, one["bb"] - b * b / max(deals, 1), max(sales - 1, 1))
    return signed_estimate(
        ratio, sales=sales, deals=deals, method=METHOD, note="", below_zero=one["losses"] > 0,
        largest=share_of_largest(one["biggest"], one["moved"]),
    )  # fmt: skip

"""Groups beside each other: pooled where few sales would shout, as they are where there is no middle."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from rebond.numbers.groups import Group, groups, groups_of
from rebond.numbers.hours import hours, spent
from rebond.numbers.touches import touches as touches_of
from rebond.numbers.touches_queries import monthly
from tests.numbers.made import deals, touches

AS_OF, SOLD = date(2026, 6, 1), date(2026, 3, 1)


def made(*sellers: tuple[str, int, int, int]) -> tuple[Any, Any]:
    """Deals and roll-up: per seller (name, sales, other deals, contacts of each deal); uneven by a little."""
    of, rows = [], []
    for name, sales, others, contacts in sellers:
        for number in range(sales + others):
            won = number < sales
            pk = f"{name}-{number}"
            of.append({"id": pk, "owner": name, "outcome": "won" if won else "lost", "closed_at": SOLD,
                       "opened_at": date(2026, 1, 1),
                       "commission_minor": 40_000 + 2_000 * (number % 7) if won else None})  # fmt: skip
            call = {"deal_id": pk, "channel": "call", "minutes": 6.0}
            rows += [call | {"at": datetime(2026, 2, 1, 9, at % 60, tzinfo=UTC)}
                     for at in range(contacts + number % 3)]  # fmt: skip
    return deals(of), monthly(touches(rows))


def asked(*sellers: tuple[str, int, int, int]) -> dict[str | None, Group]:
    table, roll = made(*sellers)
    return {one.name: one for one in groups(table, roll, "owner", as_of=AS_OF, minutes={})}


def test_who_sold_a_lot_keeps_the_own_figure_and_who_sold_little_is_pulled() -> None:
    sellers = [("A", 60, 100, 10), ("B", 60, 100, 10), ("C", 60, 100, 10), ("D", 4, 0, 10)]
    table, roll = made(*sellers)
    plain = {one.name: one for one in touches_of(table, rollup=roll, as_of=AS_OF, by=("owner",), corrected=False).by[
        "owner"]}  # fmt: skip
    found = asked(*sellers)
    own = plain["A"].money_per_touch.value or 0
    assert found["A"].per_contact.value == pytest.approx(own, rel=0.05)
    raw = 43_000 / 11  # D's own ratio, with four sales and no noes
    assert own < (found["D"].per_contact.value or 0) < raw
    assert (found["A"].leans, found["D"].leans) == (False, True)


def test_two_groups_stand_as_they_are() -> None:
    table, roll = made(("A", 20, 40, 10), ("B", 20, 60, 12))
    found = {one.name: one for one in groups(table, roll, "owner", as_of=AS_OF, minutes={})}
    plain = {one.name: one for one in hours(table, roll, as_of=AS_OF, minutes={}, by=("owner",)).by["owner"]}
    for name in ("A", "B"):
        assert found[name].per_hour.value == pytest.approx(plain[name].money_per_hour.value)


@pytest.mark.parametrize(("contacts", "others", "least"), [(10, 4, 45), (100, 9, 950)])
def test_from_fifty_to_one_up_to_a_thousand_to_one(contacts: int, others: int, least: float) -> None:
    found = asked(*((name, 10, 10 * others, contacts) for name in "ABC"))
    assert all(least < (one.per_sale.value or 0) < 1.4 * least for one in found.values())
    assert all(
        (one.per_sale.lo80 or 0) < (one.per_sale.value or 0) < (one.per_sale.hi80 or 0) for one in found.values()
    )


def test_below_three_sales_a_group_says_how_many_more() -> None:
    found = asked(("A", 10, 5, 9), ("B", 10, 5, 9), ("C", 10, 5, 9), ("D", 1, 5, 9), ("E", 0, 5, 9))
    assert [(found[name].per_contact.value, found[name].per_contact.need) for name in "DE"] == [(None, 2), (None, 3)]


def test_one_question_answers_contacts_hours_and_groups() -> None:
    table, roll = made(("A", 20, 40, 10), ("B", 20, 60, 12), ("C", 4, 9, 7))
    same: dict[str, Any] = {"as_of": AS_OF, "since": date(2026, 1, 15)}
    minutes = {"call": 4.0}
    once = spent(table, roll, minutes=minutes, by=("owner", "segment"), **same)
    assert groups_of(once, "owner") == groups(table, roll, "owner", minutes=minutes, **same)
    assert hours(table, roll, minutes=minutes, plain=once, **same) == hours(table, roll, minutes=minutes, **same)
    plain: dict[str, Any] = {"rollup": roll, "by": ("channel",), "corrected": False} | same
    assert touches_of(table, plain=once, **plain) == touches_of(table, **plain)

"""Goals and periods as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from rebond.base.errors import RebondError
from rebond.report.options import goal, period


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("Q1-2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("q4 2025", date(2025, 10, 1), date(2025, 12, 31)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("T3-2026", date(2026, 7, 1), date(2026, 9, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_periods_are_understood_as_typed(typed: str, first: date, last: date) -> None:
    assert period(typed) == (first, last)


@pytest.mark.parametrize("typed", ["", "Q5-2026", "2026-13", "2026-00", "June", "0000", "Q1"])
def test_what_is_no_period_is_refused(typed: str) -> None:
    with pytest.raises(RebondError) as refused:
        period(typed)
    assert refused.value.code == "bad_period"


@pytest.mark.parametrize(
    ("typed", "kind", "target"),
    [
        ("40", "count", 40),
        ("250000EUR", "money", 25_000_000),
        ("€250,000", "money", 25_000_000),
        ("250 000 €", "money", 25_000_000),
        ("1.250,50 €", "money", 125_050),
        ("USD 99.50", "money", 9_950),
    ],
)
def test_a_bare_number_counts_sales_and_a_currency_means_money(typed: str, kind: str, target: int) -> None:
    found = goal(typed, "2026", currency="EUR", minor_per_major=100)
    assert (found.kind, found.target, found.name) == (kind, target, "2026")


@pytest.mark.parametrize("typed", ["0", "-4", "€0", "4.5", "€", "1e999EUR", "nanEUR", "infEUR", ""])
def test_what_is_no_goal_is_refused(typed: str) -> None:
    with pytest.raises(RebondError) as refused:
        goal(typed, "2026", currency="EUR", minor_per_major=100)
    assert refused.value.code == "bad_goal"

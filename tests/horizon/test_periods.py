"""Where months, quarters and years begin and end; how goals are typed; the way to a goal, by arithmetic."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.base.errors import RebondError
from rebond.horizon import periods
from rebond.horizon.models import Period
from rebond.horizon.targets import MOST_SALES, read_target, typed
from rebond.numbers.pace import pace

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
#: A busy machine is no bug.
CALM = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
KINDS = st.sampled_from(list(Period))


@CALM
@given(KINDS, DAYS)
def test_a_period_holds_its_day_and_touches_its_neighbours(period: Period, day: date) -> None:
    first = periods.first_day(period, day)
    last = periods.last_day(period, first)
    assert first <= day <= last
    assert periods.first_day(period, last) == first
    assert periods.first_day(period, last + timedelta(days=1)) == last + timedelta(days=1)
    assert periods.shifted(period, periods.shifted(period, first, 5), -5) == first


@CALM
@given(KINDS, DAYS)
def test_a_period_is_read_as_it_is_typed(period: Period, day: date) -> None:
    first = periods.first_day(period, day)
    assert periods.read(periods.typed(period, first)) == (period, first)


@CALM
@given(st.integers(1950, 2090))
def test_a_year_has_the_days_of_its_months_and_quarters(year: int) -> None:
    first = date(year, 1, 1)
    days = {
        period: [(periods.last_day(period, one) - one).days + 1 for one in _within(period, year)] for period in Period
    }
    assert sum(days[Period.MONTH]) == sum(days[Period.QUARTER]) == days[Period.YEAR][0] == 365 + isleap(year)
    assert periods.last_day(Period.MONTH, first.replace(month=2)).day == 28 + isleap(year)


def _within(period: Period, year: int) -> list[date]:
    return sorted({periods.first_day(period, date(year, month, 1)) for month in range(1, 13)})


@pytest.mark.parametrize("wrong", ["", "26", "2026-13", "2026-Q5", "2026-6", "next year", "2026-06-09", "٢٠٢٦"])
def test_what_is_no_period_is_said(wrong: str) -> None:
    with pytest.raises(RebondError) as said:
        periods.read(wrong)
    assert said.value.code == "bad_period"


@CALM
@given(st.integers(0, MOST_SALES))
def test_a_number_of_sales_comes_back_as_typed(target: int) -> None:
    assert read_target(typed(target, "sales", ""), "sales", "") == target
    assert read_target(f"{target:,}", "sales", "") == target


@CALM
@given(st.integers(0, 10**14))
def test_an_amount_comes_back_as_typed(minor: int) -> None:
    assert read_target(typed(minor, "money", "EUR"), "money", "EUR") == minor


@pytest.mark.parametrize("wrong", ["-1", "−5", "many", "", "1e9", "1.5", str(10**15), "NaN", "٣"])
def test_what_is_no_goal_is_said(wrong: str) -> None:
    with pytest.raises(RebondError) as said:
        read_target(wrong, "sales", "")
    assert said.value.code == "bad_target"


def test_money_has_bounds_and_a_currency() -> None:
    for text, currency, code in (
        (str(10**15), "EUR", "bad_target"),
        ("-1", "EUR", "bad_target"),
        ("5", "QQQ", "bad_currency"),
    ):
        with pytest.raises(RebondError) as said:
            read_target(text, "money", currency)
        assert said.value.code == code
    assert read_target("500", "money", "JPY") == 500


# ---- the way

WON = st.dictionaries(st.dates(date(2023, 1, 1), date(2026, 12, 31)), st.integers(0, 50), max_size=60)


@CALM
@given(WON, st.integers(0, 10_000), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_the_way_never_falls_and_ends_at_the_target(won: dict[date, int], target: int, today: date) -> None:
    earlier = [(date(year, 1, 1), date(year, 12, 31)) for year in (2025, 2024, 2023)]
    found = pace(won, date(2026, 1, 1), date(2026, 12, 31), target, today=today, earlier=earlier)
    assert found.so_far == sum(n for day, n in won.items() if date(2026, 1, 1) <= day <= today)
    assert list(found.reached) == sorted(found.reached)
    for line in (found.low, found.usual, found.high):
        assert list(line) == sorted(line)
        assert line[-1] == pytest.approx(target)
    assert all(
        low - 1e-9 <= usual <= high + 1e-9 for low, usual, high in zip(found.low, found.usual, found.high, strict=True)
    )


def test_with_one_earlier_year_the_way_is_even() -> None:
    won = {date(2025, 12, 31): 100}
    found = pace(won, date(2026, 1, 1), date(2026, 12, 31), 365, today=date(2026, 1, 10),
                 earlier=[(date(2025, 1, 1), date(2025, 12, 31))])  # fmt: skip
    assert found.cycles == 0
    assert found.usual[:3] == (1.0, 2.0, 3.0)


def test_with_two_the_way_has_their_season_also_across_a_leap_year() -> None:
    won = {date(2024, 7, 1): 8, date(2024, 12, 31): 2, date(2025, 7, 2): 4, date(2025, 12, 31): 6}
    earlier = [(date(2025, 1, 1), date(2025, 12, 31)), (date(2024, 1, 1), date(2024, 12, 31))]
    found = pace(won, date(2026, 1, 1), date(2026, 12, 31), 100, today=date(2026, 9, 1), earlier=earlier)
    low, usual, high = found.usual_now
    assert found.cycles == 2
    assert [low, usual, high] == pytest.approx([40, 60, 80])

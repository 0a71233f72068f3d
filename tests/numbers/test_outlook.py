"""A goal's outlook for pages: the chance is the forecast's, one more sale helps, and bad input gets a stated answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import pytest

from rebond import numbers
from rebond.numbers.cycle_change import cycle_change
from rebond.numbers.forecast import Goal
from rebond.numbers.forecast.history import records
from rebond.numbers.forecast.outlook import outlook, widening
from rebond.numbers.tables import DEALS

TODAY = date(2026, 6, 9)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def table(rows: list[dict[str, Any]]) -> Any:
    return ibis.memtable([dict.fromkeys(DEALS) | row for row in rows], schema=DEALS)


def steady(weeks: int = 110, *, amounts: tuple[int, ...] = (100, 200, 900)) -> list[dict[str, Any]]:
    """Three deals a week, one of them sold after five weeks; all that would end later is open."""
    rows = []
    for number in range(3 * weeks):
        opened = TODAY - timedelta(weeks=number // 3, days=number % 3)
        closed = opened + timedelta(days=35)
        outcome = "open" if closed > TODAY else "won" if number % 3 == 0 else "lost"
        rows.append({
            "id": str(number), "outcome": outcome, "opened_at": opened,
            "amount_minor": amounts[number // 3 % len(amounts)], "closed_at": None if outcome == "open" else closed,
        })  # fmt: skip
    return rows


@pytest.mark.parametrize(("kind", "target"), [("count", 50), ("money", 20_000)])
def test_the_chance_is_the_forecasts(kind: str, target: int) -> None:
    deals, goal = table(steady()), Goal(kind, target, *YEAR)
    found = records(deals, TODAY)
    weeks = round((YEAR[1] - TODAY).days / 7)
    mine = outlook(found, goal, as_of=TODAY, widened=widening(found, as_of=TODAY, weeks=weeks).widened)
    theirs = numbers.forecast(deals, as_of=TODAY, horizon_end=YEAR[1], goal=goal).goal
    assert theirs is not None
    assert mine.goal.so_far == theirs.so_far
    if kind == "money":
        assert (mine.goal.to_come, mine.goal.chance) == (theirs.to_come, theirs.chance)
    else:  # other draws of the same kind: 2,000 of them
        assert mine.goal.chance.value == pytest.approx(theirs.chance.value, abs=0.05)
        assert mine.goal.to_come.value == pytest.approx(theirs.to_come.value, rel=0.03)


def test_one_more_sale_never_lowers_the_chance_and_money_takes_the_middle_one() -> None:
    found = records(table(steady(amounts=(100, 200, 10_000_000))), TODAY)
    count = outlook(found, Goal("count", 52, *YEAR), as_of=TODAY)
    assert (count.one_more.value or 0) > (count.goal.chance.value or 0)
    money = outlook(found, Goal("money", 10**9, *YEAR), as_of=TODAY)
    assert money.sale == 200
    assert count.sale == 1


def test_what_a_month_takes_beside_what_is_usual_by_hand() -> None:
    found = outlook(records(table(steady()), TODAY), Goal("count", 50, *YEAR), as_of=TODAY)
    left = (YEAR[1] - TODAY).days * 12 / 365
    assert found.needed_a_month == pytest.approx((50 - found.goal.so_far) / left)
    assert found.usual_a_month == pytest.approx(52 / 12, abs=0.1)


def test_reached_over_far_and_too_young_are_said() -> None:
    found = records(table(steady()), TODAY)
    assert outlook(found, Goal("count", 0, *YEAR), as_of=TODAY).goal.chance.value == 1.0
    over = outlook(found, Goal("count", 99, date(2025, 1, 1), date(2025, 12, 31)), as_of=TODAY)
    assert (over.goal.chance.code, over.needed_a_month) == ("period_over", None)
    assert (
        outlook(found, Goal("count", 99, date(2029, 1, 1), date(2029, 12, 31)), as_of=TODAY).goal.chance.code
        == "too_far"
    )
    young = outlook(records(table(steady(20)), TODAY), Goal("money", 99_999, *YEAR), as_of=TODAY)
    assert young.goal.chance.need == 52 - 20
    assert young.usual_a_month is None
    nothing = outlook(records(table([]), TODAY), Goal("money", 5, *YEAR), as_of=TODAY)
    assert (nothing.goal.chance.value, nothing.one_more.value, nothing.sale) == (None, None, None)


def test_deals_that_all_end_in_one_week_leave_no_negative_rest() -> None:
    """Hazards of sold and ended may sum to one: the rest is nothing, not below it."""
    rows = [row for row in steady() if row["outcome"] != "open"]
    rows += [{"id": f"o{n}", "outcome": "open", "opened_at": TODAY - timedelta(days=n)} for n in range(12)]
    found = outlook(records(table(rows), TODAY), Goal("count", 60, *YEAR), as_of=TODAY)
    assert found.goal.chance.value is not None


# ---- the cycle, two years beside each other


def opened(days: int, per_week: int = 2, weeks: int = 110) -> list[dict[str, Any]]:
    rows = []
    for number in range(per_week * weeks):
        day = TODAY - timedelta(weeks=number // per_week)
        long = days if (TODAY - day).days < 360 else 30
        closed = day + timedelta(days=long + number % 9)
        done = closed <= TODAY
        rows.append({"id": str(number), "opened_at": day, "closed_at": closed if done else None,
                     "outcome": "won" if done else "open"})  # fmt: skip
    return rows


@pytest.mark.parametrize(("days", "verdict"), [(30, "noise"), (90, "rise"), (3, "drop")])
def test_a_cycle_that_changed_is_told_from_one_that_did_not(days: int, verdict: str) -> None:
    assert cycle_change(table(opened(days)), as_of=TODAY).verdict == verdict


def test_a_young_record_says_nothing_of_its_cycle() -> None:
    found = cycle_change(table(opened(30, weeks=20)), as_of=TODAY)
    assert (found.verdict, found.before.value) == ("too_few", None)

"""What the coming weeks bring, where little is known, tables are odd, or the file is a real one."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.numbers.forecast import Goal, forecast
from rebond.numbers.forecast.backtest import sales
from rebond.numbers.forecast.history import History
from tests.numbers import made
from tests.numbers.test_forecast import TODAY, quarter, sound, team
from validation import forecast as known

SHARED = Path(os.environ.get("REBOND_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
MAVEN = SHARED / "maven" / "sales_pipeline.csv"


@pytest.mark.parametrize(
    ("weeks", "wins", "opened", "note"),
    [
        (51, 40, 20, "too few: 1 more week of history"),
        (60, 29, 20, "too few: 1 more sale"),
        (60, 40, 9, "too few: 1 more open deal"),
        (52, 30, 10, ""),
    ],
)
def test_below_the_minimum_it_says_what_is_missing(weeks: int, wins: int, opened: int, note: str) -> None:
    first = TODAY - timedelta(days=7 * weeks - 1)
    closed = [
        {
            "opened_at": first + timedelta(days=n % 200),
            "closed_at": first + timedelta(days=n % 200 + 30),
            "outcome": end,
        }
        for end, count in (("won", wins), ("lost", 40))
        for n in range(count)
    ]
    still = [{"opened_at": TODAY - timedelta(days=9 * n), "outcome": "open"} for n in range(opened)]
    result = forecast(made.deals(closed + still), as_of=TODAY, goal=quarter(10))
    assert result.history_weeks == weeks
    assert result.wins.note == note
    assert result.goal is not None
    assert result.goal.chance.known == (note == "")
    sound(result)


ODD: dict[str, list[made.Row]] = {
    "empty": [],
    "one": [{"outcome": "open", "opened_at": date(2025, 1, 1)}],
    "open": [{"outcome": "open", "opened_at": date(2025, 1, 1) + timedelta(days=n)} for n in range(90)],
    "won": [row | {"outcome": "won", "closed_at": row["closed_at"] or TODAY} for row in team()],
    "undated": [{"outcome": end} for end in ("won", "lost", "open") * 40],
    "one day": [{"outcome": end, "opened_at": TODAY, "closed_at": TODAY} for end in ("won", "lost") * 40],
    "backwards": [row | {"closed_at": row["opened_at"] - timedelta(days=50)} for row in team() if row["closed_at"]],
    "ancient": [row | {"opened_at": date(1996, 2, 29)} for row in team()],
    "nothing lost": [row for row in team() if row["outcome"] != "lost"],
    "stages": [row | {"stage": f"s{place}"} for place, row in enumerate(team())],
    "unknown": [row | {"outcome": row["outcome"].replace("lost", "unknown")} for row in team()],
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("name", ODD)
def test_odd_tables_get_an_answer(name: str) -> None:
    rows = [row | {"id": f"d{place}"} for place, row in enumerate(ODD[name])]
    for goal in (quarter(30), quarter(10_000, "money")):
        sound(forecast(made.deals(rows), as_of=TODAY, goal=goal))


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.integers(-20, 900),
            st.integers(-20, 300),
            st.sampled_from(["won", "lost", "open", "unknown", "disqualified"]),
            st.sampled_from([None, -5, 0, 10, 10**12]),
        ),
        max_size=40,
    ),
    st.integers(1, 8),
    st.integers(1, 60),
)
def test_whatever_the_deals_the_answer_is_sound(deals: list[Any], times: int, weeks: int) -> None:
    rows = [
        {
            "opened_at": TODAY - timedelta(days=ago), "outcome": end, "amount_minor": amount,
            "closed_at": None if end == "open" else TODAY - timedelta(days=ago - lasted),
        }
        for ago, lasted, end, amount in deals * times
    ]  # fmt: skip
    sound(forecast(made.deals(rows), as_of=TODAY, weeks=weeks, goal=quarter(30)))


def test_a_forecast_needs_no_closing_but_wins() -> None:
    """All that is ever closed is won: hazards of losing are 0, and the draws still stand."""
    seen, _came = known.world(12, np.random.default_rng(1))
    nothing = replace(seen, ended=np.zeros_like(seen.ended))
    draws = sales(nothing, 13, 200, np.random.default_rng(0))
    assert np.isfinite(draws).all()
    assert isinstance(nothing, History)


# A real export


@pytest.mark.skipif(not MAVEN.exists(), reason="the shared data is not here")
def test_maven_end_to_end() -> None:
    with MAVEN.open(encoding="utf-8") as lines:
        rows = [maven(row) for row in csv.DictReader(lines)]
    result = forecast(
        made.deals(rows), as_of=date(2017, 12, 31), goal=Goal("count", 300, date(2018, 1, 1), date(2018, 3, 31))
    )
    assert (result.open_deals, result.undated, result.wins_before) == (1589, 500, 4238)
    assert result.stale > 1000
    stale = next(part for part in result.by_age if part.stale)
    assert stale.wins.value < 0.01 * stale.deals
    assert result.wins_open.value < 0.2 * result.open_deals
    assert result.back_test.within80.n == 7
    assert result.back_test.within80.k >= 5
    assert result.back_test.error < 0.1 * 1200 < result.back_test.error_last_year + result.back_test.error_base_rate
    sound(result)


@pytest.mark.skipif(not MAVEN.exists(), reason="the shared data is not here")
def test_maven_as_it_stood_two_months_before_its_end_holds_what_came() -> None:
    """1 November 2017, to the end of the year: 917 sales came, all of them inside the wide range."""
    with MAVEN.open(encoding="utf-8") as lines:
        rows = [maven(row) for row in csv.DictReader(lines)]
    result = forecast(made.deals(rows), as_of=date(2017, 10, 31), horizon_end=date(2017, 12, 31))
    came = sum(row["outcome"] == "won" and row["closed_at"] > date(2017, 10, 31) for row in rows)
    assert came == 917
    assert result.wins.lo95 <= came <= result.wins.hi95


def maven(row: dict[str, str]) -> made.Row:
    day = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("engage_date", "close_date")}
    return {
        "id": row["opportunity_id"],
        "outcome": {"Won": "won", "Lost": "lost"}.get(row["deal_stage"], "open"),
        "opened_at": day["engage_date"],
        "closed_at": day["close_date"],
        "stage": row["deal_stage"],
        "amount_minor": round(100 * float(row["close_value"])) if row["close_value"] else None,
    }

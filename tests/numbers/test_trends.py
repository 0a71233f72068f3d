"""``trends`` on whole records: what it says, what it refuses, and that it counts as a plain loop over the rows does."""

from __future__ import annotations

import csv
import json
import os
import random
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.numbers.trends import CODES, VERDICTS, Trends, trends
from rebond.numbers.trends.cohorts import due
from rebond.numbers.trends.history import read
from tests.numbers.made import deals

Row = dict[str, Any]
AS_OF = date(2026, 6, 30)
MAVEN = (
    Path(os.environ.get("REBOND_SHARED_DATA", Path(__file__).parents[3] / "shared/data")) / "maven/sales_pipeline.csv"
)


def first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def months(count: int) -> list[int]:
    """The last so many months up to June 2026, as numbers."""
    return list(range(12 * 2026 + 6 - count, 12 * 2026 + 6))


def closed_at_once(count: int, won: Callable[[int], int], of: Callable[[int], int]) -> list[Row]:
    """Deals opened on the 3rd and closed on the 20th of each month: ``won(i)`` of ``of(i)`` are sales."""
    rows: list[Row] = []
    for place, month in enumerate(months(count)):
        opened = first_of(month) + timedelta(days=2)
        closed = first_of(month) + timedelta(days=19)
        for each in range(of(place)):
            outcome = "won" if each < won(place) else "lost"
            reasons = "price" if outcome == "lost" and each % 3 else None
            rows.append(
                {
                    "outcome": outcome,
                    "opened_at": opened,
                    "closed_at": closed,
                    "amount_minor": 100_000,
                    "reasons": reasons,
                }
            )
    return rows


def ask(rows: list[Row], as_of: date = AS_OF) -> Trends:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = trends(deals(rows), as_of=as_of)
    json.dumps(found.as_json(), allow_nan=False)
    return found


WOBBLE = (0, 2, -1, 1, -2, 0, 1, -1, 2, -2, 1, 0)


def wobbling(level: int) -> Callable[[int], int]:
    return lambda place: level + WOBBLE[place % 11]


def verdicts(found: Trends) -> set[str]:
    return {each.verdict for each in (*found.measures, *found.reasons)}


def test_a_steady_record_is_noise_throughout() -> None:
    found = ask(closed_at_once(40, wobbling(15), wobbling(50)))
    assert {each.name: each.verdict for each in found.measures} == dict.fromkeys(
        ("win_rate_closed", "win_rate_opened", "closed", "won", "money_won", "opened", "reason_logged"), "noise"
    )
    assert (found.looked_at, found.false_alarm, found.record.verdict) == (7, 0.05, "steady")
    assert found.by_chance <= 0.05


def test_a_win_rate_that_falls_is_a_drop_with_its_month_and_its_counts() -> None:
    rows = closed_at_once(40, lambda place: wobbling(15 if place < 33 else 5)(place), lambda _place: 50)
    found = ask(rows).measure("win_rate_closed")
    assert (found.verdict, found.code, found.since) == ("drop", "", date(2025, 12, 1))
    lost = [row for row in rows if row["closed_at"] >= date(2025, 12, 1)]
    assert (found.after.k, found.after.n) == (sum(row["outcome"] == "won" for row in lost), len(lost))
    assert f"{found.after.k} of {found.after.n} from December 2025 on" in found.basis
    assert found.months[-1].signal == "lasting"


def test_a_win_rate_that_rises_by_wins_is_a_rise() -> None:
    found = ask(closed_at_once(40, lambda place: wobbling(10 if place < 33 else 25)(place), lambda _place: 50))
    assert found.measure("win_rate_closed").verdict == "rise"
    assert found.measure("won").verdict == "rise"
    assert found.measure("closed").verdict == "noise"


def test_losses_that_are_no_longer_entered_are_no_rise_and_no_drop() -> None:
    rows = closed_at_once(40, wobbling(12), lambda _place: 50)
    for row in rows:
        if row["outcome"] == "lost" and row["closed_at"] >= date(2025, 11, 1):
            row |= {"outcome": "open", "closed_at": None, "reasons": None}
    found = ask(rows)
    for name in ("win_rate_closed", "closed"):
        assert (found.measure(name).verdict, found.measure(name).code) == ("too_few", "losses_no_longer_recorded")
    assert (found.record.verdict, found.record.since) == ("losses_no_longer_recorded", date(2025, 11, 1))
    opened = found.measure("win_rate_opened")
    assert (opened.verdict, opened.code) == ("too_few", "not_resolved_yet")
    assert opened.bounds is not None
    assert opened.bounds[0] == pytest.approx(12 / 50, abs=0.03)
    assert opened.bounds[1] == pytest.approx(1.0)
    resolved = [cohort.opened - cohort.unresolved for cohort in found.record.cohorts]
    assert resolved[-1] < 20 < resolved[0]


def test_old_losses_entered_at_once_are_no_drop() -> None:
    rows = closed_at_once(40, wobbling(15), lambda _place: 40)
    clean_up: list[Row] = []
    for month in months(40):
        clean_up += [{"outcome": "lost", "opened_at": first_of(month), "closed_at": date(2026, 6, 25)}] * 15
    found = ask(rows + clean_up)
    assert (found.measure("win_rate_closed").verdict, found.measure("win_rate_closed").code) == (
        "too_few", "losses_entered_late",
    )  # fmt: skip
    assert found.measure("closed").verdict == "too_few"
    assert found.record.verdict == "losses_entered_late"


def test_fewer_deals_opened_is_a_drop_of_closings() -> None:
    found = ask(
        closed_at_once(
            40, lambda place: 15 if place < 33 else 6, lambda place: wobbling(50 if place < 33 else 20)(place)
        )
    )
    assert (found.measure("opened").verdict, found.measure("closed").verdict) == ("drop", "drop")
    assert found.measure("win_rate_closed").verdict == "noise"


def test_quarter_end_pushes_are_no_trend_and_no_signal() -> None:
    found = ask(closed_at_once(30, lambda place: wobbling(30 if place % 3 == 2 else 10)(place), wobbling(50)))
    assert verdicts(found) <= {"noise", "too_few"}
    assert not any(month.signal for each in found.measures for month in each.months)


def test_a_change_within_the_second_year_that_last_year_had_too_could_be_the_season() -> None:
    def won(place: int) -> int:
        return wobbling(40 if place % 12 >= 6 else 12)(place)

    found = ask(closed_at_once(24, won, lambda _place: 60)).measure("win_rate_closed")
    assert found.verdict in ("noise", "too_few")
    assert found.verdict == "noise" or found.could_be_season


@pytest.mark.parametrize(("count", "verdict", "need"), [(13, "too_few", 1), (14, "noise", None)])
def test_twelve_months_to_compare_with_are_the_minimum(count: int, verdict: str, need: int | None) -> None:
    """The month a record begins in may be a part of one: 13 whole ones come after it."""
    found = ask(closed_at_once(count, wobbling(15), wobbling(50))).measure("win_rate_closed")
    assert (found.verdict, found.need) == (verdict, need)
    assert (found.months[-1].low is None) == (need is not None)
    assert need is None or found.basis == "too few: 1 more month"


def test_six_months_are_drawn_with_what_is_usual_and_no_limits() -> None:
    found = ask(closed_at_once(8, wobbling(15), wobbling(50))).measure("won")
    assert found.months[-1].centre == pytest.approx(15, abs=2)
    assert found.months[-1].low is None


def test_a_month_that_is_not_over_is_shown_and_not_judged() -> None:
    rows = closed_at_once(40, wobbling(15), wobbling(50))
    found = ask([row for row in rows if row["closed_at"] < date(2026, 6, 1)], as_of=date(2026, 6, 10))
    last = found.measure("won").months[-1]
    assert (last.month, last.n, last.partial, last.judged) == (date(2026, 6, 1), 0, True, False)
    assert found.measure("won").verdict == "noise"


def test_month_quarter_and_year_stand_side_by_side() -> None:
    """A terrible month inside an excellent quarter looks like what it is (M11)."""
    rows = closed_at_once(40, lambda place: 2 if place == 39 else (40 if place >= 37 else 15), lambda _place: 50)
    month, quarter, year = ask(rows).measure("win_rate_closed").spans
    assert [(span.now.k, span.now.n, span.before.k, span.before.n) for span in (month, quarter)] == [
        (2, 50, 40, 50), (82, 150, 45, 150),
    ]  # fmt: skip
    assert (year.first, year.last, year.before_first, year.before_last) == (
        date(2026, 1, 1), AS_OF, date(2025, 1, 1), date(2025, 6, 30),
    )  # fmt: skip
    assert (year.now.k, year.now.n, year.before.k, year.before.n) == (127, 300, 90, 300)


def test_a_span_from_before_the_record_is_not_known() -> None:
    year = ask(closed_at_once(8, wobbling(15), wobbling(50))).measure("won").spans[2]
    assert (year.before.value, year.before.code) == (None, "not_covered")


def test_money_leaves_in_major_units() -> None:
    found = ask(closed_at_once(40, wobbling(15), wobbling(50)))
    money, won = (
        next(each for each in found.as_json()["measures"] if each["measure"] == name) for name in ("money_won", "won")
    )
    assert [month["value"] for month in money["months"]] == [1_000 * month["value"] for month in won["months"]]
    whole = found.measure("money_won").as_json(minor_per_major=1)["months"][-1]["value"]
    assert whole == 100 * money["months"][-1]["value"]


def test_deals_of_another_currency_are_no_sales_of_nothing() -> None:
    rows = closed_at_once(40, wobbling(15), wobbling(50))
    found = ask([row | {"amount_minor": None} for row in rows]).measure("money_won")
    assert (found.verdict, found.code) == ("too_few", "no_amounts")


EDGES: dict[str, list[Row]] = {
    "no deals": [],
    "one deal": [{"outcome": "won", "opened_at": date(2026, 1, 3), "closed_at": date(2026, 2, 3), "amount_minor": 1}],
    "open deals only": [{"outcome": "open", "opened_at": date(2025, 1, 3)}] * 50,
    "no dates": [{"outcome": outcome} for outcome in ("won", "lost", "open") * 20],
    "one day": [{"outcome": o, "opened_at": AS_OF, "closed_at": AS_OF, "amount_minor": 5} for o in ("won", "lost") * 9],
    "all in the future": [{"outcome": "won", "opened_at": date(2027, 1, 1), "closed_at": date(2027, 2, 1)}] * 30,
    "closed before opened": [
        {"outcome": outcome, "opened_at": first_of(month), "closed_at": first_of(month - 14)}
        for month in months(40)
        for outcome in ("won", "lost") * 9
    ],
    "won only": closed_at_once(40, wobbling(20), wobbling(20)),
    "lost only": closed_at_once(40, lambda _place: 0, wobbling(20)),
    "no opening": [row | {"opened_at": None} for row in closed_at_once(40, wobbling(9), wobbling(30))],
    "worth less than nothing": [row | {"amount_minor": -5} for row in closed_at_once(40, wobbling(9), wobbling(30))],
    "two thousand years": [{"outcome": "won", "opened_at": date(1, 1, 1), "closed_at": date(1999, 1, 1)}] * 30,
    "stopped long ago": closed_at_once(40, wobbling(9), wobbling(30))[:600],
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_whatever_the_record_something_honest_is_said(name: str) -> None:
    found = ask(EDGES[name])
    assert verdicts(found) <= {"noise", "too_few"}
    assert {each.code for each in (*found.measures, *found.reasons)} <= {"", *CODES}
    assert all(each.verdict in VERDICTS and each.basis for each in found.measures)
    assert str(found).count("\n") >= 7
    sides = [side for each in found.as_json()["measures"] for side in (each["before"], each["after"])]
    sides += [
        side for each in found.as_json()["measures"] for span in each["spans"] for side in (span["now"], span["before"])
    ]
    assert all(side["value"] is not None or side["note"] for side in sides)


def test_a_stray_date_long_ago_does_not_begin_the_record() -> None:
    rows = closed_at_once(40, wobbling(15), wobbling(50))
    stray = {"outcome": "lost", "opened_at": date(1900, 1, 1), "closed_at": date(1900, 1, 2)}
    assert ask([*rows, stray]).measure("closed") == ask(rows).measure("closed")


def test_fifty_thousand_segments_are_not_fifty_thousand_rows() -> None:
    month = months(40)
    lost = [{"outcome": "lost", "opened_at": first_of(m), "closed_at": first_of(m), "reasons": "price"} for m in month]
    rows = [lost[place % 40] | {"segment": f"s{place}"} for place in range(50_000)]
    assert len(ask(rows).reasons) == 1


def _record(seed: int, size: int) -> list[Row]:
    rng = random.Random(seed)
    rows: list[Row] = []
    for _deal in range(size):
        opened = AS_OF - timedelta(days=rng.randrange(0, 1200))
        closed = opened + timedelta(days=rng.randrange(0, 90))
        outcome = rng.choice(("won", "lost", "no_decision", "disqualified", "unknown", "duplicate", "open"))
        rows.append(
            {
                "outcome": outcome,
                "opened_at": opened if rng.random() > 0.05 else None,
                "closed_at": None if outcome == "open" else closed,
                "amount_minor": rng.choice((None, 500, 700)),
                "reasons": rng.choice((None, "", "price", "buyer:trust; timing")),
            }
        )
    return rows


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6))
def test_each_month_holds_what_a_loop_over_the_rows_counts(seed: int) -> None:
    rows = _record(seed, 400)
    found = ask(rows)
    seen = [
        row | {"outcome": "open", "closed_at": None} if row["closed_at"] and row["closed_at"] > AS_OF else row
        for row in rows
    ]
    seen = [row for row in seen if row["outcome"] != "duplicate"]

    def count(by: str, month: date, *outcomes: str) -> list[Row]:
        return [
            row for row in seen
            if row["outcome"] in outcomes and row[by] and (row[by].year, row[by].month) == (month.year, month.month)
        ]  # fmt: skip

    decided, losses = ("won", "lost", "no_decision"), ("lost", "no_decision")
    for month in found.measure("win_rate_closed").months:
        assert (month.k, month.n) == tuple(len(count("closed_at", month.month, *o)) for o in (("won",), decided))
    for month in found.measure("win_rate_opened").months:
        still = len(count("opened_at", month.month, "open", "unknown"))
        assert (month.k, month.n, month.unresolved) == (
            len(count("opened_at", month.month, "won")), len(count("opened_at", month.month, *decided)), still,
        )  # fmt: skip
    for month in found.measure("reason_logged").months:
        lost = count("closed_at", month.month, *losses)
        assert (month.k, month.n) == (sum(bool(row["reasons"]) for row in lost), len(lost))
    for month in found.measure("money_won").months:
        assert month.value == sum(row["amount_minor"] or 0 for row in count("closed_at", month.month, "won"))


def test_neither_the_order_nor_the_names_of_rows_matter() -> None:
    rows = closed_at_once(30, wobbling(15), wobbling(50))
    shuffled = [row | {"id": f"other{place}", "owner": "x"} for place, row in enumerate(rows)]
    random.Random(3).shuffle(shuffled)
    assert ask(shuffled) == ask(rows)


def test_a_deal_opened_today_changes_no_rate() -> None:
    rows = closed_at_once(40, wobbling(15), wobbling(50))
    more = ask([*rows, {"outcome": "open", "opened_at": AS_OF}])
    for name in ("win_rate_closed", "win_rate_opened", "reason_logged"):
        before, after = ask(rows).measure(name), more.measure(name)
        assert (before.verdict, before.before, before.after) == (after.verdict, after.before, after.after)


def _maven() -> list[Row]:
    with MAVEN.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))

    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    return [
        {
            "owner": row["sales_agent"], "segment": row["product"],
            "opened_at": day(row["engage_date"]), "closed_at": day(row["close_date"]),
            "outcome": {"Won": "won", "Lost": "lost"}.get(row["deal_stage"], "open"),
            "amount_minor": 100 * int(row["close_value"]) if row["close_value"] else None,
        }
        for row in found
    ]  # fmt: skip


@pytest.mark.skipif(not MAVEN.exists(), reason="shared data is not here")
def test_the_maven_file_with_outcomes_shuffled_within_owner_and_month_shows_no_trend() -> None:
    rng, rows = random.Random(1), _maven()
    for _shuffling in range(3):
        groups: dict[Any, list[int]] = {}
        for place, row in enumerate(rows):
            if row["closed_at"]:
                groups.setdefault((row["owner"], row["closed_at"].replace(day=1)), []).append(place)
        for places in groups.values():
            outcomes = [rows[place]["outcome"] for place in places]
            rng.shuffle(outcomes)
            for place, outcome in zip(places, outcomes, strict=True):
                rows[place] = rows[place] | {"outcome": outcome}
        assert verdicts(ask(rows, as_of=date(2017, 12, 31))) <= {"noise", "too_few"}


@pytest.mark.skipif(not MAVEN.exists(), reason="shared data is not here")
def test_the_maven_file_ends_each_quarter_with_a_push_and_its_months_are_drawn_so() -> None:
    months = ask(_maven(), as_of=date(2017, 12, 31)).measure("win_rate_closed").months
    june, july = months[3], months[4]
    assert (june.k, june.n, july.k, july.n) == (531, 641, 308, 627)
    assert june.centre is not None
    assert july.centre is not None
    assert june.centre > 0.75
    assert july.centre < 0.55


def test_what_was_due_to_close_is_the_openings_laid_out_by_the_usual_time_to_close() -> None:
    rng = random.Random(4)
    rows: list[Row] = []
    for month in months(30):
        for _deal in range(20):
            later = first_of(month + rng.choice((0, 1, 1, 2)))
            closed = later if later <= AS_OF else None
            outcome = rng.choice(("won", "lost")) if closed else "open"
            rows.append({"outcome": outcome, "opened_at": first_of(month), "closed_at": closed})
    found = read(deals(rows), AS_OF)
    shown = np.array(months(24))

    def number(when: date) -> int:
        return 12 * when.year + when.month - 1

    lags = [number(row["closed_at"]) - number(row["opened_at"]) for row in rows if row["closed_at"]]
    opened = [number(row["opened_at"]) for row in rows]
    twin = [
        sum(lags.count(lag) / len(lags) * opened.count(month - lag) for lag in range(3)) for month in shown.tolist()
    ]
    assert due(found, shown) == pytest.approx(twin)


def test_without_a_day_of_opening_a_rise_that_is_missing_losses_is_still_no_rise() -> None:
    rows = [row | {"opened_at": None} for row in closed_at_once(40, wobbling(12), lambda _place: 50)]
    kept = [row for row in rows if row["outcome"] == "won" or row["closed_at"] < date(2025, 11, 1)]
    found = ask(kept).measure("win_rate_closed")
    assert (found.verdict, found.code) == ("too_few", "losses_no_longer_recorded")


def test_opening_months_whose_deals_had_no_time_to_close_are_shown_and_not_judged() -> None:
    rows = []
    for row in closed_at_once(40, wobbling(15), wobbling(50)):
        closed = row["closed_at"] + timedelta(days=120)
        rows.append(row | ({"closed_at": closed} if closed <= AS_OF else {"closed_at": None, "outcome": "open"}))
    found = ask(rows).measure("win_rate_opened")
    assert found.verdict == "noise"
    assert [month.partial for month in found.months[-6:]] == [False, False, True, True, True, True]
    assert found.months[-1].unresolved > 0


def test_every_false_alarm_allowed_is_shared_out_and_told() -> None:
    found = ask(closed_at_once(40, wobbling(15), wobbling(50)))
    narrow = ask(closed_at_once(9, wobbling(15), wobbling(50)))
    assert (found.looked_at, found.by_chance) == (7, pytest.approx(0.05))
    assert (narrow.looked_at, narrow.by_chance) == (0, 0)
    assert "7 series looked at; 0.05 would alarm by chance alone." in str(found)

"""Hours and what they bring: the method's arithmetic to the cent, a naive twin, periods, odd sales, refusals."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rebond.numbers import hours as ask_hours
from rebond.numbers.hours import Hours
from rebond.numbers.tables import CHANNELS
from rebond.numbers.touches import Touches, touches
from rebond.numbers.touches_queries import monthly
from tests.numbers import made
from validation.hours import STUDIES

TODAY = date(2026, 6, 30)
USUAL = {"call": 12.0, "email": 6.0, "meeting": 60.0, "message": 3.0, "other": 10.0}
Row = dict[str, Any]


def deal(name: str, outcome: str = "won", *, closed: date | None = date(2026, 6, 1), **more: Any) -> Row:
    """A deal opened in January."""
    ends = None if outcome == "open" else closed
    return {"id": name, "outcome": outcome, "opened_at": date(2026, 1, 5), "closed_at": ends, **more}


def touch(name: str, day: date = date(2026, 5, 4), channel: str = "call", minutes: float | None = None) -> Row:
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=10)
    return {"deal_id": name, "at": at, "channel": channel, "minutes": minutes}


def asked(deals: list[Row], contacts: list[Row], **options: Any) -> Hours:
    roll = monthly(made.touches(contacts))
    wanted: dict[str, Any] = {"as_of": TODAY, "minutes": USUAL}
    found = ask_hours(made.deals(deals), roll, **(wanted | options))
    json.dumps(found.as_json(), allow_nan=False)
    assert str(found)
    return found


def counted(deals: list[Row], contacts: list[Row], **options: Any) -> Touches:
    """The ratios per touch, from the same roll-up."""
    roll = monthly(made.touches(contacts))
    wanted: dict[str, Any] = {"as_of": TODAY, "by": ("channel",), "corrected": False}
    return touches(made.deals(deals), rollup=roll, **(wanted | options))


def the_method() -> tuple[list[Row], list[Row]]:
    """Ten sales of 500 euros each, fifteen deals lost, 410 calls and 90 emails over all of them."""
    deals = [deal(f"w{i}", commission_minor=50_000) for i in range(10)] + [deal(f"l{i}", "lost") for i in range(15)]
    names = [row["id"] for row in deals]
    channels = ["call"] * 410 + ["email"] * 90
    return deals, [touch(names[i % 25], channel=channel) for i, channel in enumerate(channels)]


# The method's own figures


def test_the_methods_arithmetic_is_exact() -> None:
    deals, contacts = the_method()
    whole = counted(deals, contacts).overall
    assert (whole.money_per_touch.value, whole.per_sale.value) == (1000.0, 50.0)
    assert whole.as_json()["money_per_touch"]["value"] == 10.0
    found = asked(deals, contacts).overall
    assert (found.touches, found.sales, found.timed, found.hours) == (500, 10, 0, (410 * 12 + 90 * 6) / 60)
    assert found.money_per_touch.value == 1000.0
    assert found.money_per_hour.value == pytest.approx(500_000 / 91)
    assert found.hours_per_sale.value == pytest.approx(9.1)


def _company(rng: np.random.Generator, deals: int) -> tuple[list[Row], list[Row]]:
    """Deals of two owners with contacts in five months, minutes recorded now and then."""
    rows, contacts = [], []
    for place in range(deals):
        outcome = ("won", "lost", "open", "no_decision")[place % 4]
        closed = date(2026, 1 + place % 6, 20)
        money = int(rng.integers(5_000, 90_000)) if outcome == "won" else None
        rows.append(deal(f"d{place}", outcome, closed=closed, owner="ab"[place % 2], commission_minor=money))
        for _time in range(int(rng.integers(0, 9))):
            minutes = float(rng.integers(1, 90)) if rng.random() < 0.4 else None
            day = date(2026, 1 + int(rng.integers(0, 6)), 1 + int(rng.integers(0, 28)))
            contacts.append(touch(f"d{place}", day, str(rng.choice(CHANNELS)), minutes))
    return rows, contacts


def _by_hand(deals: list[Row], contacts: list[Row], since: date | None) -> dict[str, dict[str, float]]:
    """Per measure the sums over deals, one deal after the other; contacts from the first of the month of ``since``."""
    start = since.replace(day=1) if since else date.min
    spent: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in contacts:
        if row["at"].date() >= start:
            minutes = USUAL[row["channel"]] if row["minutes"] is None else row["minutes"]
            spent[row["deal_id"]][row["channel"]] += minutes / 60
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in deals:
        ended = row["closed_at"] is not None and (since is None or row["closed_at"] >= since)
        its = spent.get(row["id"], {})
        if since is not None and not ended and not its:
            continue
        won = ended and row["outcome"] == "won"
        whole = sum(its.values())
        for name in ("all", *CHANNELS):
            b = whole if name == "all" else its.get(name, 0.0)
            part = 1.0 if name == "all" else (b / whole if whole else 0.0)
            a = (row.get("commission_minor") or 0) * part if won else 0.0
            for key, value in {"a": a, "b": b, "aa": a * a, "ab": a * b, "bb": b * b, "n": 1, "w": won}.items():
                sums[name][key] += value
    return sums


@pytest.mark.parametrize("since", [None, date(2026, 3, 1), date(2026, 3, 17)])
def test_a_naive_twin_says_the_same_of_hours_money_and_ranges(since: date | None) -> None:
    deals, contacts = _company(np.random.default_rng(3), 90)
    found = asked(deals, contacts, since=since).overall
    twin = _by_hand(deals, contacts, since)
    for name, effort in (("all", found), *((one.name, one) for one in found.channels)):
        one = twin[str(name)]
        assert (effort.deals, effort.sales) == (one["n"], one["w"])
        assert effort.hours == pytest.approx(one["b"])
        theta = one["a"] / one["b"]
        assert effort.money_per_hour.value == pytest.approx(theta)
        error = math.sqrt(one["aa"] - 2 * theta * one["ab"] + theta**2 * one["bb"]) / one["a"]
        width = float(stats.t.ppf(0.9, one["w"] - 1)) * error
        low, high = effort.money_per_hour.lo80, effort.money_per_hour.hi80
        assert (low, high) == pytest.approx((theta * math.exp(-width), theta * math.exp(width)))


def test_owners_add_up_to_the_whole_and_channels_to_their_owner() -> None:
    deals, contacts = _company(np.random.default_rng(5), 90)
    found = asked(deals, contacts, by=("owner",))
    assert {one.name for one in found.by["owner"]} == {"a", "b"}
    assert sum(one.hours for one in found.by["owner"]) == pytest.approx(found.overall.hours)
    assert sum(one.timed or 0 for one in found.by["owner"]) == found.overall.timed
    for one in (found.overall, *found.by["owner"]):
        assert [channel.name for channel in one.channels] == list(CHANNELS)
        assert sum(channel.hours for channel in one.channels) == pytest.approx(one.hours)
        assert sum(channel.touches for channel in one.channels) == one.touches


def test_money_is_shared_by_minutes_for_an_hour_and_by_touches_for_a_touch() -> None:
    deals = [deal(f"w{i}", commission_minor=100_000) for i in range(10)]
    contacts = [touch(row["id"], channel=channel, minutes=minutes)
                for row in deals for channel, minutes in (("call", 15.0), ("meeting", 45.0))]  # fmt: skip
    call, meeting = (one for one in asked(deals, contacts).overall.channels if one.touches)
    assert (call.commission_minor, meeting.commission_minor) == (250_000, 750_000)
    assert call.money_per_hour.value == meeting.money_per_hour.value == 100_000
    assert call.money_per_touch.value == meeting.money_per_touch.value == 50_000


def test_a_channel_without_usual_minutes_takes_no_time_and_a_recorded_minute_always_counts() -> None:
    deals = [deal(f"w{i}", commission_minor=100_000) for i in range(10)]
    contacts = [touch(row["id"]) for row in deals] + [touch("w0", channel="email", minutes=30.0)]
    found = asked(deals, contacts, minutes={}).overall
    assert (found.hours, found.timed, found.touches) == (0.5, 1, 11)
    assert found.channels[0].money_per_hour.code == "no_touches"


# A period


def test_a_period_counts_its_contacts_and_the_sales_closed_in_it() -> None:
    early = [deal(f"e{i}", closed=date(2026, 2, 20), commission_minor=1_000_000) for i in range(10)]
    late = [deal(f"l{i}", closed=date(2026, 5, 20), commission_minor=50_000) for i in range(10)]
    quiet = [deal("q0", "open"), deal("q1", "lost", closed=date(2026, 1, 30))]
    contacts = [touch(row["id"], date(2026, 2, 3)) for row in (*early, *late, *quiet)]
    contacts += [touch(row["id"], date(2026, 4, 3)) for row in late for _time in range(4)] + [touch("e0")]
    deals = [*early, *late, *quiet]
    found = counted(deals, contacts, since=date(2026, 4, 1)).overall
    assert (found.deals, found.sales, found.touches) == (11, 10, 41)  # e0 was touched after its sale
    assert found.money_per_touch.value == pytest.approx(500_000 / 41)
    spent = asked(deals, contacts, since=date(2026, 4, 1)).overall
    assert (spent.deals, spent.sales) == (11, 10)
    assert spent.hours == pytest.approx(41 * 12 / 60)
    dated = touches(
        made.deals(deals), made.touches(contacts), as_of=TODAY, since=date(2026, 4, 1), by=(), corrected=False
    )
    assert dated.overall.money_per_touch == found.money_per_touch
    assert dated.since == date(2026, 4, 1)


def test_a_period_without_days_of_touches_is_refused() -> None:
    deals = [deal(f"w{i}", commission_minor=50_000, touch_count=50) for i in range(10)]
    found = touches(made.deals(deals), as_of=TODAY, since=date(2026, 4, 1), by=(), corrected=False)
    assert found.overall.money_per_touch.code == "no_dates"
    assert found.overall.per_sale.value is None


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_months_add_up_to_their_year(seed: int, month: int) -> None:
    deals, contacts = _company(np.random.default_rng(seed), 40)
    split = date(2026, month, 1)
    before = [row for row in contacts if row["at"].date() < split]
    whole, after = asked(deals, contacts).overall, asked(deals, contacts, since=split).overall
    rest = asked(deals, before, as_of=split - timedelta(days=1)).overall if before else None
    assert whole.hours == pytest.approx(after.hours + (rest.hours if rest else 0))
    assert whole.touches == after.touches + (rest.touches if rest else 0)


# Sales that are not like the others


def test_a_deal_of_100_million_among_deals_of_5000_has_no_range_and_says_what_is_left_without_it() -> None:
    deals, contacts = the_method()
    deals[3]["commission_minor"] = 1_000_000_000
    per_touch, per_hour = counted(deals, contacts).overall, asked(deals, contacts).overall
    for estimate in (per_touch.money_per_touch, per_hour.money_per_hour):
        assert (estimate.code, estimate.lo80, estimate.lo95) == ("one_sale_dominates", None, None)
        assert estimate.value is not None
        assert "one sale" in estimate.note
    assert per_touch.largest_share == per_hour.largest_share == pytest.approx(1e9 / (1e9 + 450_000))
    assert per_touch.without_largest is not None
    assert per_touch.without_largest.value == pytest.approx(450_000 / 480)  # its 20 touches are out too
    assert per_touch.per_sale.lo80 is not None
    assert per_hour.without_largest is not None
    assert per_hour.without_largest.value == pytest.approx(450_000 / (per_hour.hours - _hours_of("w3", contacts)))


def _hours_of(name: str, contacts: list[Row]) -> float:
    return sum(USUAL[row["channel"]] for row in contacts if row["deal_id"] == name) / 60


def test_a_sale_that_is_half_of_all_or_less_keeps_the_range() -> None:
    deals, contacts = the_method()
    deals[3]["commission_minor"] = 450_000
    found = asked(deals, contacts).overall
    assert (found.largest_share, found.without_largest) == (0.5, None)
    assert found.money_per_hour.lo80 is not None


def test_the_largest_sale_of_a_group_is_found_across_other_columns() -> None:
    deals, contacts = the_method()
    for place, row in enumerate(deals):
        row |= {"owner": "ab"[place % 2], "segment": "xyz"[place % 3]}
    deals[3]["commission_minor"] = 1_000_000_000
    found = asked(deals, contacts, by=("owner", "segment"))
    groups = [one for column in found.by.values() for one in column]
    assert {one.name for one in groups if (one.largest_share or 0) > 0.9} == {"b", "x"}
    assert {one.name for one in groups if one.without_largest is not None} == {"b", "x"}
    assert found.overall.without_largest == asked(deals, contacts).overall.without_largest


def test_a_sale_at_a_loss_is_counted_with_a_range_on_the_linear_scale() -> None:
    deals, contacts = the_method()
    for row in deals[:4]:
        row["commission_minor"] = -100_000
    for found in (counted(deals, contacts).overall.money_per_touch, asked(deals, contacts).overall.money_per_touch):
        assert found.value == -200.0  # 6 x 500 - 4 x 1,000 euros over 500 touches
        assert "linear" in found.method
        assert "log" not in found.method
        assert found.lo95 is not None
        assert found.hi95 is not None
        assert found.lo95 < found.value < 0 < found.hi95
    t = np.array([sum(row["deal_id"] == one["id"] for row in contacts) for one in deals], float)
    c = np.array([one.get("commission_minor") or 0 for one in deals], float)
    error = math.sqrt(((c + 200 * t) ** 2).sum()) / t.sum()
    assert found.hi95 == pytest.approx(-200 + stats.t.ppf(0.975, 9) * error)


def test_one_large_loss_dominates_as_a_large_sale_would() -> None:
    deals, contacts = the_method()
    deals[0]["commission_minor"] = -90_000_000
    found = asked(deals, contacts).overall
    assert found.money_per_hour.code == "one_sale_dominates"
    assert (found.money_per_hour.value or 0) < 0
    assert found.without_largest is not None
    assert "log-t" in found.without_largest.method  # what is left has no loss in it


# What cannot be said


def test_what_is_missing_is_said() -> None:
    deals, contacts = the_method()
    few = asked(deals[:3], contacts[:60]).overall.money_per_hour
    assert (few.value, few.need, few.unit) == (None, 2, "wins")
    seven = asked(deals[:7] + deals[10:], contacts).overall.money_per_hour
    assert seven.value is not None
    assert seven.lo80 is None
    nothing = [row | {"commission_minor": None} for row in deals]
    assert asked(nothing, contacts).overall.money_per_hour.code == "no_commission"
    assert asked(nothing, contacts).overall.hours_per_sale.value == pytest.approx(9.1)
    assert asked(deals, contacts[:0]).overall.money_per_hour.code == "no_touches"
    lost = [row for row in deals if row["outcome"] == "lost"]
    assert asked(lost, contacts).overall.hours_per_sale.need == 5
    empty = asked([], []).overall
    assert (empty.deals, empty.hours, empty.largest_share) == (0, 0, None)


def test_the_future_has_not_happened() -> None:
    deals, contacts = the_method()
    later = [*contacts, *(touch("w0", date(2026, 7, 3)) for _time in range(50))]
    assert asked(deals, later).overall == asked(deals, contacts).overall


def test_a_commission_rule_counts_where_nothing_is_recorded() -> None:
    from rebond.numbers.touches_queries import Commission

    deals, contacts = the_method()
    bare = [row | {"commission_minor": None, "amount_minor": 500_000} for row in deals]
    found = asked(bare, contacts, commission=Commission(share=0.1)).overall
    assert found.money_per_touch.value == 1000.0


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_known_truths_are_inside_their_gates(study: Any) -> None:
    for line in study.run(study.smoke, 20_261):
        assert line.kept, f"{line.what}: {line.figure}"


def test_the_roll_up_may_live_on_any_connection() -> None:
    deals, contacts = the_method()
    roll = ibis.memtable(monthly(made.touches(contacts)).to_pyarrow())
    found = ask_hours(ibis.memtable(made.deals(deals).to_pyarrow()), roll, as_of=TODAY, minutes=USUAL)
    assert found.overall == asked(deals, contacts).overall

"""Kinds of contact: what each is counted as, the hours and the money of it, held against a naive twin."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.numbers.kinds import Kinds, kinds
from rebond.numbers.kinds_queries import steps
from tests.numbers.made import connection, deals, touches

DAY, END = date(2026, 1, 1), date(2026, 12, 31)
USUAL = {"call": 6.0, "email": 3.0, "meeting": 48.0, "message": 2.0, "other": 5.0}


def at(day: int) -> datetime:
    return datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(days=day)


def contact(deal: str, day: int, channel: str = "email", **more: Any) -> dict[str, Any]:
    return {"deal_id": deal, "at": at(day), "channel": channel, "direction": "out"} | more


def named(*rows: dict[str, Any], of: list[dict[str, Any]]) -> dict[str, int]:
    """Contacts by kind."""
    found = steps(deals(of), touches(rows)).to_pyarrow().to_pylist()
    counted: defaultdict[str, int] = defaultdict(int)
    for row in found:
        counted[row["kind"]] += row["contacts"]
    return dict(counted)


def asked(of: list[dict[str, Any]], rows: list[dict[str, Any]], **more: Any) -> Kinds:
    table = deals(of)
    return kinds(table, steps(table, touches(rows)), as_of=END, minutes=USUAL, **more)


OPEN = [{"id": "a", "outcome": "open", "opened_at": DAY}]


def test_a_row_of_silence_is_first_then_second_fourth_and_sixth() -> None:
    rows = [contact("a", day) for day in range(8)]
    assert named(*rows, of=OPEN) == {"first": 1, "second": 2, "fourth": 2, "sixth": 3}


def test_an_answer_begins_the_count_anew() -> None:
    rows = [contact("a", 0), contact("a", 1), contact("a", 2, direction="in"), contact("a", 3), contact("a", 4)]
    assert named(*rows, of=OPEN) == {"first": 1, "second": 2, "talking": 2}
    reached = [contact("a", 0), contact("a", 1, "call", result="reached"), contact("a", 2), contact("a", 3)]
    assert named(*reached, of=OPEN) == {"first": 1, "second": 2, "talking": 1}


def test_meetings_are_meetings_whenever_they_are() -> None:
    rows = [contact("a", 0, "meeting"), contact("a", 1), contact("a", 2, "meeting", direction="in")]
    assert named(*rows, of=OPEN) == {"meeting": 2, "second": 1}


@pytest.mark.parametrize("outcome", ["lost", "no_decision"])
def test_what_comes_after_a_no_is_after_a_no(outcome: str) -> None:
    of = [{"id": "a", "outcome": outcome, "opened_at": DAY, "closed_at": DAY + timedelta(days=5)}]
    assert named(contact("a", 5), contact("a", 6), contact("a", 90, direction="in"), of=of) == {
        "first": 1,
        "after_no": 2,
    }


def test_after_a_sale_one_talks_with_a_customer() -> None:
    of = [{"id": "a", "outcome": "won", "opened_at": DAY, "closed_at": DAY + timedelta(days=5)}]
    assert named(contact("a", 1), contact("a", 9), of=of) == {"first": 1, "talking": 1}


def test_in_a_later_deal_of_a_company_that_said_no_it_is_the_way_back_until_it_answers() -> None:
    of = [
        {"id": "a", "company": "Valmy", "outcome": "lost", "opened_at": DAY, "closed_at": DAY + timedelta(days=5)},
        {"id": "b", "company": "Valmy", "outcome": "open", "opened_at": DAY + timedelta(days=50)},
    ]
    rows = [contact("b", 60), contact("b", 61), contact("b", 62, direction="in"), contact("b", 63), contact("b", 64)]
    assert named(*rows, of=of) == {"after_no": 2, "talking": 2, "second": 1}


def test_a_customer_of_ours_that_said_no_once_is_no_way_back() -> None:
    of = [
        {"id": "a", "company": "Valmy", "outcome": "won", "opened_at": DAY, "closed_at": DAY + timedelta(days=2)},
        {"id": "b", "company": "Valmy", "outcome": "lost", "opened_at": DAY, "closed_at": DAY + timedelta(days=5)},
        {"id": "c", "company": "Valmy", "outcome": "open", "opened_at": DAY + timedelta(days=50)},
    ]
    assert named(contact("c", 60), of=of) == {"first": 1}


def test_a_later_deal_of_a_company_that_had_said_no_is_after_a_no() -> None:
    of = [
        {"id": "a", "company": "Valmy", "outcome": "lost", "opened_at": DAY, "closed_at": DAY + timedelta(days=5)},
        {"id": "b", "company": "Valmy", "outcome": "open", "opened_at": DAY + timedelta(days=50)},
        {"id": "c", "company": "Valmy", "outcome": "open", "opened_at": DAY + timedelta(days=2)},
        {"id": "d", "company": None, "outcome": "open", "opened_at": DAY + timedelta(days=50)},
    ]  # fmt: skip
    rows = [contact(deal, 60) for deal in "bcd"]
    assert named(*rows, of=of) == {"after_no": 1, "first": 2}


def test_a_deal_whose_no_was_taken_back_is_after_a_no_from_then_on() -> None:
    reopened = connection().create_table(
        "reopened_once", {"deal_id": ["a"], "no_day": [DAY + timedelta(days=3)]}, temp=True, overwrite=True
    )
    found = steps(deals(OPEN), touches([contact("a", 1), contact("a", 9)]), reopened).to_pyarrow().to_pylist()
    assert sorted((row["kind"], row["contacts"]) for row in found) == [("after_no", 1), ("first", 1)]


def test_money_goes_by_minutes_and_hours_count_lost_deals_too() -> None:
    won = {"outcome": "won", "opened_at": DAY, "closed_at": date(2026, 3, 1), "commission_minor": 10_000}
    of = [won | {"id": f"w{n}"} for n in range(10)] + [
        {"id": f"l{n}", "outcome": "lost", "opened_at": DAY, "closed_at": date(2026, 3, 1)} for n in range(10)
    ]
    rows = [contact(deal["id"], 1, minutes=6.0) for deal in of] + [
        contact(f"w{n}", 2, "meeting", minutes=54.0) for n in range(10)
    ]
    found = asked(of, rows)
    first, meeting = found["first"], found["meeting"]
    assert (first.hours, meeting.hours) == (2.0, 9.0)
    assert (first.money_minor, meeting.money_minor) == (10_000.0, 90_000.0)
    assert (first.per_hour.value, meeting.per_hour.value) == (5_000.0, 10_000.0)
    assert (first.per_hour.k, first.per_hour.n) == (10, 20)
    assert first.share_hours == pytest.approx(2 / 11)
    assert first.share_money == pytest.approx(0.1)
    assert found.money_minor == 100_000.0


def test_only_the_time_asked_for_counts() -> None:
    won = {"id": "w", "outcome": "won", "opened_at": DAY, "closed_at": date(2026, 5, 1), "commission_minor": 10_000}
    early = won | {"id": "e", "closed_at": date(2026, 2, 1)}
    rows = [contact("w", 5, minutes=60.0), contact("w", 110, minutes=60.0), contact("e", 5, minutes=60.0)]
    found = asked([won, early], rows, since=date(2026, 4, 1))
    assert found.money_minor == 10_000.0  # the sale of May, shared over all its contacts
    assert found.hours == 1.0  # the contact of April
    assert {kind.code: kind.money_minor for kind in found} == {"first": 5_000.0, "second": 5_000.0}


def test_few_sales_make_no_figure_and_nothing_at_all_no_row() -> None:
    won = {"id": "w", "outcome": "won", "opened_at": DAY, "closed_at": date(2026, 5, 1), "commission_minor": 10_000}
    found = asked([won], [contact("w", 5)])["first"]
    assert (found.per_hour.value, found.per_hour.need, found.per_hour.unit) == (None, 4, "wins")
    assert len(asked([won], [])) == 0


def test_a_loss_on_every_sale_is_said_below_zero() -> None:
    won = {"outcome": "won", "opened_at": DAY, "closed_at": date(2026, 3, 1), "commission_minor": -500}
    of = [won | {"id": f"w{n}", "commission_minor": -500 - n} for n in range(12)]
    found = asked(of, [contact(deal["id"], 1, minutes=5.0 + n % 3) for n, deal in enumerate(of)])["first"].per_hour
    assert found.value is not None
    assert found.value < 0
    assert found.lo80 is not None
    assert found.lo80 < found.value < (found.hi80 or 0)


def test_one_sale_that_is_nearly_all_has_no_range() -> None:
    won = {"outcome": "won", "opened_at": DAY, "closed_at": date(2026, 3, 1)}
    of = [won | {"id": f"w{n}", "commission_minor": 10_000_000_00 if n == 0 else 5_000} for n in range(12)]
    found = asked(of, [contact(deal["id"], 1) for deal in of])["first"].per_hour
    assert found.code == "one_sale_dominates"
    assert found.value is not None
    assert found.lo80 is None


# ---- a naive twin

CONTACTS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 40), st.sampled_from(["call", "email", "meeting", "fax"]),
        st.sampled_from(["out", "in"]), st.sampled_from(["", "reached", "voicemail"]),
    ),
    max_size=40, unique_by=lambda one: one[:2],
)  # fmt: skip
ENDS = st.lists(st.sampled_from(["open", "won", "lost", "no_decision"]), min_size=6, max_size=6)


def _naive(outcomes: list[str], rows: list[tuple[int, int, str, str, str]]) -> dict[str, int]:
    counted: defaultdict[str, int] = defaultdict(int)
    for deal, outcome in enumerate(outcomes):
        made = silent = 0
        for _deal, day, channel, direction, result in sorted(row for row in rows if row[0] == deal):
            incoming = direction == "in"
            if not incoming:
                made, silent = made + 1, silent + 1
            ended = outcome != "open" and day > 20
            if ended and outcome != "won":
                kind = "after_no"
            elif channel == "meeting":
                kind = "meeting"
            elif incoming or ended:
                kind = "talking"
            elif made == 1:
                kind = "first"
            else:
                kind = "talking" if silent <= 1 else "second" if silent <= 3 else "fourth" if silent <= 5 else "sixth"
            counted[kind] += 1
            if incoming or result == "reached":
                silent = 0
    return dict(counted)


@settings(max_examples=12, deadline=None)
@given(outcomes=ENDS, rows=CONTACTS)
def test_the_engine_counts_as_one_would_by_hand(
    outcomes: list[str], rows: list[tuple[int, int, str, str, str]]
) -> None:
    of = [
        {"id": f"{n}", "outcome": outcome, "opened_at": DAY,
         "closed_at": None if outcome == "open" else DAY + timedelta(days=20)}
        for n, outcome in enumerate(outcomes)
    ]  # fmt: skip
    made = [
        contact(f"{deal}", day, channel, direction=direction, result=result)
        for deal, day, channel, direction, result in rows
    ]
    assert named(*made, of=of) == _naive(outcomes, rows)

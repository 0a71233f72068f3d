"""The rules alone: policies, intervals, dates they gave, bands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.learn.taxonomy.listed import BUILT_IN as REASONS
from rebond.mail.guarding.windows import is_working_day
from rebond.nurture.cadence.dates import Given
from rebond.nurture.cadence.intervals import BANDS, State, band, interval, next_due
from rebond.nurture.cadence.policies import BUILT_IN, NEVER, OF_REASON, Policy
from rebond.nurture.library.topics import TOPICS
from rebond.nurture.models import DateKind

BEGAN = date(2026, 3, 2)
TODAY = BEGAN


def due(policy: str, *, today: date = TODAY, **state: Any) -> tuple[date | None, str]:
    found = next_due(State(BEGAN, **({"country": "FR"} | state)), BUILT_IN[policy], today)
    return found.on, found.because or found.ended


#: The specification's table: first touch, then, stop.
@pytest.mark.parametrize(
    ("key", "first", "every", "stop", "limit"),
    [
        ("no_decision", 30, 60, 365, 3), ("budget_timing", 90, 90, 548, 3), ("competitor", 90, 120, 730, 3),
        ("missing", 120, 120, 730, 3), ("price", 60, 120, 365, 3), ("poor_fit", 180, 180, 365, 2),
        ("champion_left", 14, 60, 183, 3), ("silent", 45, 180, 365, 2),
    ],
)  # fmt: skip
def test_what_we_begin_with_is_the_specifications(key: str, first: int, every: int, stop: int, limit: int) -> None:
    policy = BUILT_IN[key]
    assert (policy.first_days, policy.every_days, policy.stop_days, policy.unanswered_limit) == (
        first, every, stop, limit,
    )  # fmt: skip
    assert policy.is_hypothesis


def test_every_reason_of_the_list_leads_to_a_policy() -> None:
    assert set(OF_REASON) == set(REASONS)
    assert set(OF_REASON.values()) <= set(BUILT_IN) - {NEVER}


def test_policies_speak_of_topics_the_library_has() -> None:
    assert {topic for policy in BUILT_IN.values() for topic in policy.topics} <= set(TOPICS)
    assert all(policy.topics for policy in BUILT_IN.values() if policy.key != NEVER)
    assert not any("overdue" in f"{policy.title} {policy.why}" for policy in BUILT_IN.values())


def test_the_first_touch_comes_after_the_policys_days() -> None:
    assert due("no_decision") == (date(2026, 4, 1), "first")
    assert due("champion_left") == (date(2026, 3, 16), "first")


def test_a_later_one_counts_from_the_last_contact_whoever_made_it() -> None:
    april = date(2026, 4, 20)
    assert due("price", step=2, last=april, touched=april, today=april) == (date(2026, 8, 18), "interval")
    assert due("price", step=1, last=april, today=april) == (date(2026, 6, 19), "first"), "they wrote before we did"


def test_a_late_touch_shifts_the_later_ones() -> None:
    on_time, late = date(2026, 4, 1), date(2026, 5, 20)
    on, _because = due("no_decision", step=2, last=late, touched=late, today=late)
    assert on == date(2026, 7, 20)
    assert (on - late).days >= 60 > (on - on_time).days - 60


def test_what_should_have_been_is_due_today_and_never_before() -> None:
    assert due("no_decision", today=date(2026, 6, 9)) == (date(2026, 6, 9), "first")


def test_a_budget_in_june_is_a_month_before_the_first_of_june() -> None:
    june = (Given("budget", date(2026, 6, 1)),)
    assert due("budget_timing", dates=june) == (date(2026, 5, 4), "date"), "2 May is a Saturday"


def test_a_budget_far_away_is_waited_for_and_other_reasons_do_not_wait() -> None:
    far = (Given("budget", date(2027, 2, 1)),)
    assert due("budget_timing", dates=far) == (date(2027, 1, 4), "date")
    assert due("price", dates=far) == (date(2026, 5, 4), "first")


def test_four_months_before_a_contract_ends_when_somebody_else_was_chosen() -> None:
    ends = (Given("contract_end", date(2026, 12, 1)),)
    assert due("competitor", dates=ends, step=2, last=date(2026, 6, 1), today=date(2026, 6, 1)) == (
        date(2026, 8, 3), "date",
    )  # fmt: skip


def test_a_date_that_has_passed_is_reached_now() -> None:
    past = (Given("decision", date(2026, 1, 5)),)
    assert due("price", dates=past) == (TODAY, "date")


def test_a_call_they_asked_for_is_on_its_day_whatever_else() -> None:
    asked = (Given("call_back", date(2026, 9, 15)),)
    state = {"dates": asked, "step": 2, "last": BEGAN, "touched": BEGAN}
    assert due("no_decision", **state) == (date(2026, 9, 15), "date")
    assert due("no_decision", least=365, **state) == (date(2026, 9, 15), "date"), "their wish is their wish"


def test_at_most_twice_a_year_if_they_wish_so() -> None:
    assert due("no_decision", step=2, last=BEGAN, touched=BEGAN, least=182) == (date(2026, 8, 31), "interval")
    june = (Given("budget", date(2026, 6, 1)),)
    assert due("no_decision", step=2, last=BEGAN, touched=BEGAN, least=182, dates=june)[0] == date(2026, 8, 31)


def test_after_the_end_it_goes_on_yearly_or_is_over() -> None:
    last = date(2027, 2, 1)
    assert due("no_decision", step=6, last=last, touched=last, today=last) == (date(2028, 2, 1), "yearly")
    assert due("price", step=4, last=last, touched=last, today=last) == (None, "over")


def test_a_date_they_gave_outlives_the_end() -> None:
    last = date(2027, 2, 1)
    dates = (Given("call_back", date(2027, 9, 1)),)
    assert due("price", step=4, last=last, touched=last, today=last, dates=dates) == (date(2027, 9, 1), "date")


def test_too_many_without_an_answer_waits_and_says_so() -> None:
    assert due("silent", step=3, last=BEGAN, touched=BEGAN, unanswered=2) == (date(2026, 8, 31), "")


def test_never_on_a_holiday_or_a_weekend_of_theirs() -> None:
    assert due("price", country="FR")[0] == date(2026, 5, 4)
    assert due("price", country="GB")[0] == date(2026, 5, 1), "no holiday there"


def test_bands_are_words() -> None:
    price = BUILT_IN["price"]
    state = State(BEGAN, step=2, last=BEGAN)
    days = (119, 120, 180, 181)
    assert [band(state, price, BEGAN + timedelta(days=count)) for count in days] == [
        "not_yet", "good", "good", "silent",
    ]  # fmt: skip
    assert [str(text) for text in BANDS.values()] == ["not yet", "a good moment", "long silence"]


days = st.dates(date(2025, 1, 1), date(2029, 1, 1))
states = st.builds(
    State, began=days, since=st.none() | days, step=st.integers(1, 9), last=st.none() | days, touched=st.none() | days,
    ideal=st.none() | st.integers(1, 400), longest=st.none() | st.integers(1, 800), unanswered=st.integers(0, 4),
    least=st.sampled_from([0, 182, 365]), country=st.sampled_from(["FR", "US", "AU", "DE", ""]),
    dates=st.lists(st.builds(Given, st.sampled_from(DateKind.values), days), max_size=3).map(tuple),
)  # fmt: skip
policies = st.sampled_from([policy for policy in BUILT_IN.values() if policy.key != NEVER])


@given(states, policies, days)
def test_a_due_day_is_a_working_day_not_past_and_only_while_it_lasts(state: State, policy: Policy, today: date) -> None:
    found = next_due(state, policy, today)

    assert (found.on is None) == bool(found.ended)
    if found.on is not None:
        assert is_working_day(found.on, state.country)
        assert found.on >= today
        if found.because in ("first", "interval") and policy.stop_days is not None:
            last = max(state.began + timedelta(days=policy.stop_days), today)
            wished = (state.touched or today) + timedelta(days=state.least)
            assert found.on <= max(last, wished) + timedelta(days=12), "beyond the end only by a row of days off"
    assert interval(state, policy) >= state.least


@given(states, policies, days)
def test_a_contact_never_brings_the_next_touch_nearer(state: State, policy: Policy, today: date) -> None:
    """The interval restarts: after a contact today the usual day is no earlier than it was."""
    from dataclasses import replace

    quiet = replace(state, dates=(), unanswered=0, touched=None)
    before, after = (
        next_due(quiet, policy, today),
        next_due(replace(quiet, last=max(today, quiet.last or today)), policy, today),
    )
    if before.on and after.on:
        assert after.on >= before.on

"""The ranking of Today is arithmetic on light candidates: what must hold for every list and every day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rebond.findings.worth import Candidate
from rebond.loop.today import STEPS, Day, costs, cut, rank
from rebond.numbers.pricing import Price, Rate

TODAY = date(2026, 6, 9)
GAIN = Rate(50_000.0, 40_000.0, 62_000.0)


def price(value: float, up: float, minutes: int = 5) -> Price:
    return Price(value, value - up / 2, value + up, value + 100, 100.0, minutes, (("keep.answers", GAIN),), GAIN)


def candidate(key: str, value: float | None, *, up: float = 0.0, minutes: int = 5, days: int = 0) -> Candidate:
    worth = None if value is None else price(value, up, minutes)
    return Candidate(key, minutes, TODAY - timedelta(days=days), 1, worth)


candidates = st.builds(
    candidate,
    key=st.integers(0, 60).map(lambda n: f"loop.quiet:{n}"),
    value=st.none() | st.integers(-2_000, 9_000).map(float),
    up=st.integers(0, 20_000).map(float),
    minutes=st.integers(1, 12),
    days=st.integers(0, 50),
)
items = st.lists(candidates, max_size=25, unique_by=lambda one: one.key)
days = st.builds(
    Day,
    today=st.just(TODAY),
    minutes=st.sampled_from([15, 30, 45, 60, 90, 120]),
    spent=st.integers(0, 140),
    decided=st.frozensets(st.integers(0, 60).map(lambda n: f"loop.quiet:{n}"), max_size=6),
    learnt=st.integers(0, 20),
    tried=st.integers(0, 10),
)


def keys(listed: list[Candidate] | tuple[Candidate, ...]) -> list[str]:
    return [one.key for one in listed]


@given(items, days, st.randoms())
def test_the_order_does_not_depend_on_who_came_first(listed: list[Candidate], day: Day, rng: random.Random) -> None:
    shuffled = rng.sample(listed, len(listed))
    assert rank(listed, day) == rank(shuffled, day)


@given(items, days)
def test_nothing_is_lost_or_doubled_but_what_was_decided(listed: list[Candidate], day: Day) -> None:
    assert sorted(keys(rank(listed, day))) == sorted(set(keys(listed)) - day.decided)


@given(items, days)
def test_the_cut_keeps_the_order_and_the_budget(listed: list[Candidate], day: Day) -> None:
    ranked = rank(listed, day)
    done = cut(ranked, day)
    assert list(done.fitting + done.waiting) == ranked
    assert done.minutes == sum(one.minutes for one in done.fitting)
    assert len(done.fitting) <= 1 or done.minutes <= day.minutes - day.spent


@given(items, days)
def test_explorations_take_a_tenth_at_most(listed: list[Candidate], day: Day) -> None:
    done = cut(rank(listed, day), day)
    tried = [one for one in done.fitting if one.explored]
    assert not [one for one in done.waiting if one.explored], "a try that does not fit the day is none"
    of_minutes = day.tried + sum(one.minutes for one in tried) <= day.minutes / 10
    assert not tried or of_minutes or (len(tried) == 1 and not day.tried)


@given(items, days)
def test_a_try_may_well_be_worth_more_than_what_fits_last_but_is_not_on_average(
    listed: list[Candidate], day: Day
) -> None:
    usual = listed
    for step, _why in STEPS[:-1]:
        usual = step(usual, day)
    each = [one.price.per_minute for one in cut(usual, day).fitting if one.price is not None]
    for one in rank(listed, day):
        if one.explored:
            assert one.price is not None
            assert one.price.per_minute < min(each) < one.price.best_per_minute


@given(items, days)
def test_what_costs_more_than_it_returns_never_stands_above_what_does_not(listed: list[Candidate], day: Day) -> None:
    ranked = [one for one in rank(listed, day) if one.price is not None and not one.explored]
    signs = [costs(one) for one in ranked]
    assert signs == sorted(signs)
    assert not any(costs(one) for one in cut(rank(listed, day), day).fitting)


@given(items, days)
def test_most_worth_per_minute_comes_first_among_what_has_a_price(listed: list[Candidate], day: Day) -> None:
    ranked = [one.price for one in rank(listed, day) if one.price is not None and not one.explored]
    each = [one.per_minute for one in ranked if one.value >= 0]
    assert each == sorted(each, reverse=True)


@given(items, days)
def test_learning_takes_a_third_of_the_day_before_anything_with_a_price(listed: list[Candidate], day: Day) -> None:
    ranked = [one for one in rank(listed, day) if not one.explored and not costs(one)]
    at = next((at for at, one in enumerate(ranked) if one.price is not None), len(ranked))
    learning = [one.minutes for one in ranked if one.price is None]
    third = 0
    while third < len(learning) and day.learnt + sum(learning[: third + 1]) <= day.minutes / 3:
        third += 1
    assert at >= third
    if third < at < len(ranked):
        assert sum(learning[:third]) + ranked[at].minutes > day.left, "more than a third, where nothing priced fits"


@given(items, days)
def test_without_prices_the_old_order_holds(listed: list[Candidate], day: Day) -> None:
    bare = [replace(one, price=None) for one in listed]
    order = [(one.weight, one.since, one.key) for one in rank(bare, day)]
    assert order == sorted(order)


def test_equal_worth_is_settled_by_the_longer_wait_and_then_the_key() -> None:
    same = [candidate("b:1", 500.0, days=3), candidate("a:2", 500.0, days=9), candidate("a:1", 500.0, days=3)]
    assert keys(rank(same, Day(TODAY, 45))) == ["a:2", "a:1", "b:1"]


def test_a_minute_is_what_counts_not_the_whole() -> None:
    quick, large = candidate("a:1", 400.0, minutes=2), candidate("a:2", 900.0, minutes=10)
    assert keys(rank([large, quick], Day(TODAY, 45))) == ["a:1", "a:2"]


def test_debriefs_come_first_for_a_third_of_the_day_and_the_rest_after_what_fits() -> None:
    debriefs = [candidate(f"learn.debrief:{n}", None, minutes=3, days=9 - n) for n in range(7)]
    notes = [candidate(f"nurture.keep:{n}.1", 500.0, minutes=10, days=n) for n in range(3)]
    ranked = keys(rank([*notes, *debriefs], Day(TODAY, 45)))
    assert ranked[:5] == [f"learn.debrief:{n}" for n in range(5)], "15 of 45 minutes"
    assert ranked[5:8] == ["nurture.keep:2.1", "nurture.keep:1.1", "nurture.keep:0.1"]
    assert ranked[8:] == ["learn.debrief:5", "learn.debrief:6"]
    after = keys(rank([*notes, *debriefs[5:]], Day(TODAY, 45, spent=15, learnt=15)))
    assert after[0] == "nurture.keep:2.1", "what was learnt today already has had its third"


def test_a_goodbye_stands_instead_of_following_up() -> None:
    both = [candidate("loop.quiet:7", 900.0), candidate("worth.goodbye:7", None), candidate("loop.quiet:8", 1.0)]
    assert set(keys(rank(both, Day(TODAY, 45)))) == {"worth.goodbye:7", "loop.quiet:8"}


def test_one_in_ten_is_a_try_the_same_all_day_and_another_one_tomorrow() -> None:
    sure = [candidate(f"nurture.keep:{n}.1", 600.0, minutes=4, days=n) for n in range(15)]
    unsure = [candidate(f"loop.quiet:{n}", 100.0, up=9_000.0, minutes=4) for n in range(40)]
    day = Day(TODAY, 45)
    done = cut(rank([*sure, *unsure], day), day)
    tried = [one for one in done.fitting if one.explored]
    assert len(tried) == 1
    assert done.fitting.index(tried[0]) in (9, len(done.fitting) - 1), "at the tenth place, or last"
    assert done.minutes <= 45
    again = cut(rank([*sure[1:], *unsure], replace(day, spent=4)), replace(day, spent=4))
    assert [one.key for one in again.fitting if one.explored] == keys(tried), "still the same later in the day"
    over_a_month = {
        one.key
        for number in range(30)
        for one in rank([*sure, *unsure], replace(day, today=TODAY + timedelta(days=number)))
        if one.explored
    }
    assert len(over_a_month) > 15, "the lot falls on others on other days"
    assert not [one for one in rank([*sure, *unsure], replace(day, tried=4)) if one.explored], "its tenth is used up"


def test_whoever_is_sure_to_be_worth_less_is_not_tried() -> None:
    sure = [candidate(f"nurture.keep:{n}.1", 600.0, minutes=4) for n in range(15)]
    less = [candidate(f"loop.quiet:{n}", 100.0, up=100.0, minutes=4) for n in range(40)]
    assert not [one for one in rank([*sure, *less], Day(TODAY, 45)) if one.explored]


def test_every_step_has_a_name_and_a_sentence() -> None:
    names = [step.__name__ for step, _why in STEPS]
    assert names == [
        "without_decided", "each_once", "ends_instead", "most_worth_first", "learning_first", "one_in_ten_explores"
    ]  # fmt: skip
    assert all(str(why).endswith(".") for _step, why in STEPS)

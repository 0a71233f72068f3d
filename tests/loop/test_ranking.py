from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rebond.base.play import Play, Verb
from rebond.loop.today import Day, cut, rank

TODAY = date(2026, 6, 9)
plays = st.builds(
    Play,
    key=st.integers(0, 12).map(lambda n: f"kind:{n}"),
    icon=st.just("phone"),
    who=st.just("Hélène"),
    verb=st.just("Call"),
    why=st.just("now"),
    minutes=st.integers(1, 30),
    since=st.integers(0, 50).map(lambda n: TODAY - timedelta(days=n)),
    main=st.just(Verb("Called", "/x")),
    weight=st.integers(0, 4),
)
items = st.lists(plays, max_size=15, unique_by=lambda play: play.key)
days = st.builds(
    Day,
    today=st.just(TODAY),
    minutes=st.integers(5, 120),
    spent=st.integers(0, 200),
    decided=st.frozensets(st.integers(0, 12).map(lambda n: f"kind:{n}")),
)


@given(items, days, st.randoms())
def test_the_order_does_not_depend_on_who_came_first(listed: list[Play], day: Day, rng) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    shuffled = rng.sample(listed, len(listed))
    assert rank(listed, day) == rank(shuffled, day)


@given(items, days)
def test_nothing_is_lost_but_what_was_decided(listed: list[Play], day: Day) -> None:
    assert {play.key for play in rank(listed, day)} == {play.key for play in listed} - day.decided


@given(items, days)
def test_the_cut_keeps_the_order_and_the_budget(listed: list[Play], day: Day) -> None:
    ranked = rank(listed, day)
    done = cut(ranked, day)
    assert list(done.fitting + done.waiting) == ranked
    assert done.minutes == sum(play.minutes for play in done.fitting)
    assert len(done.fitting) <= 1 or done.minutes <= day.minutes - day.spent


@given(items, days)
def test_lighter_kinds_come_first_and_older_ones_within(listed: list[Play], day: Day) -> None:
    order = [(play.weight, play.since) for play in rank(listed, day)]
    assert order == sorted(order)

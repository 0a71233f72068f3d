"""Conversations to end: what is advised and what is not, how often and since when, what they took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.deals.models import ANSWERS, Deal, Touch
from rebond.deals.queries import outgoing_and_silent
from rebond.numbers.next_touch.counts import ANSWERS as AS_NUMBERS_COUNT
from rebond.numbers.pricing import Rate, price
from rebond.worth.actions import keep_on, settle
from rebond.worth.goodbyes import words
from rebond.worth.queries.conversations import END, YOURS, Conversations, conversations, open_of, verdict_of
from tests.factories import make_deal, make_touch
from tests.worth.talks import price_list, talk

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


def seen_by(user: User, **prices: object) -> Conversations:
    return conversations(open_of(user), prices=price_list(**prices), now=NOW)  # type: ignore[arg-type]


# ---- how often, and how often in vain


def test_answers_are_the_same_here_and_in_the_estimator() -> None:
    assert ANSWERS == AS_NUMBERS_COUNT


def test_only_what_followed_the_last_answer_is_in_vain(camille: User) -> None:
    deal, day = make_deal(owner=camille), timedelta(days=1)
    for n, fields in enumerate(({}, {"direction": "in"}, {}, {"result": "reached"}, {"result": "no_answer"}, {})):
        make_touch(deal, at=NOW - 20 * day + n * day, **fields)

    assert outgoing_and_silent([deal.pk]) == {deal.pk: (5, 2)}


def test_an_answer_at_the_same_moment_counts(camille: User) -> None:
    deal = make_deal(owner=camille)
    make_touch(deal, at=NOW)
    make_touch(deal, at=NOW, direction="in")

    assert outgoing_and_silent(Deal.objects.filter(pk=deal.pk)) == {deal.pk: (1, 0)}


def test_a_deal_without_a_contact_of_ours_is_left_out(camille: User) -> None:
    deal = make_deal(owner=camille)
    make_touch(deal, direction="in")

    assert outgoing_and_silent([deal.pk, 999_999]) == {}


@pytest.mark.django_db
def test_it_agrees_with_counting_by_hand(camille: User) -> None:
    kinds = [("out", ""), ("out", "reached"), ("in", ""), ("out", "voicemail"), ("out", "replied"), ("in", "replied")]
    expected, rows = {}, []
    for number in range(40):
        deal = make_deal(owner=camille)
        chosen = [kinds[(number * 7 + step * step * 3 + step) % 6] for step in range(number % 9)]
        made = sum(direction == "out" for direction, _result in chosen)
        silent = 0
        for direction, result in chosen:
            silent = 0 if direction == "in" or result in ANSWERS else silent + 1
        rows += [
            Touch(deal=deal, at=NOW + timedelta(minutes=step), channel="call", direction=direction, result=result)
            for step, (direction, result) in enumerate(chosen)
        ]
        if made:
            expected[deal.pk] = (made, silent)
    Touch.objects.bulk_create(rows)

    assert outgoing_and_silent(list(expected)) == expected


# ---- the verdict


def test_seven_in_vain_are_to_end_with_all_that_says_so(camille: User) -> None:
    deal = talk(camille, now=NOW)

    found = seen_by(camille)

    assert (found.ends, [row.deal for row in found.rows]) == (1, [deal])
    row = found.rows[0]
    assert (row.going.verdict, row.going.made, row.going.silent) == (END, 8, 7)
    assert row.talk.minutes == 30 + 7 * 3  # one call as recorded, seven emails as assumed
    assert row.talk.weeks(NOW) == 7
    low, high = row.going.per_hour
    assert low < high < found.hour_cost == 6_000
    said = [fact.text for fact in words.evidence(row.going, row.talk, NOW)]
    assert said[0] == "7 follow-ups unanswered"
    assert "Of 41 conversations that went on from here, 0 were won in the end." in said


def test_one_that_is_worth_its_hour_is_not_listed(camille: User) -> None:
    talk(camille, silent=2, now=NOW)

    assert seen_by(camille).rows == ()


def test_where_the_range_reaches_over_the_cost_it_is_your_call(camille: User) -> None:
    talk(camille, silent=3, now=NOW)

    found = conversations(open_of(camille), prices=price_list(minute=102.0), now=NOW)

    assert found.ends == 0
    assert [row.going.verdict for row in found.rows] == [YOURS]


def test_nothing_is_advised_below_ten_cases(camille: User) -> None:
    talk(camille, now=NOW)

    assert seen_by(camille, seen=9).rows == ()
    assert seen_by(camille, seen=9).why_none == "cases"
    assert seen_by(camille, seen=10).ends == 1


def test_nothing_is_advised_without_the_cost_of_an_hour_or_what_a_sale_brings(camille: User) -> None:
    talk(camille, now=NOW)

    assert (seen_by(camille, minute=0.0).rows, seen_by(camille, minute=0.0).why_none) == ((), "cost")
    assert (seen_by(camille, gain=None).rows, seen_by(camille, gain=None).why_none) == ((), "sale")


def test_they_have_a_week_to_answer(camille: User) -> None:
    deal = talk(camille, now=NOW)
    make_touch(deal, at=NOW - timedelta(days=2))
    Deal.objects.update(last_touch_at=NOW - timedelta(days=2))

    assert seen_by(camille).rows == ()


def test_an_answer_ends_the_advice(camille: User) -> None:
    deal = talk(camille, now=NOW)
    make_touch(deal, at=NOW - timedelta(days=8), direction="in")

    assert seen_by(camille).rows == ()


def test_another_s_deals_are_not_counted(camille: User, yanis: User) -> None:
    talk(yanis, now=NOW)

    assert seen_by(camille).ends == 0


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    value=st.floats(0, 1), width=st.floats(0, 1), n=st.integers(0, 60), silent=st.integers(0, 12),
    gain=st.integers(-50_000, 5_000_000), work=st.floats(0, 100_000),
)  # fmt: skip
def test_it_says_end_only_where_even_the_best_is_below_the_cost(
    value: float, width: float, n: int, silent: int, gain: int, work: float
) -> None:
    chance = Rate(value, value * (1 - width), min(value * (1 + width), 1.0), team=(0, n))
    found = price((("deal.ever.1.1", chance),), Rate(gain, gain, gain), work_minor=work, minutes=5)

    said = verdict_of(found, silent)

    if said == END:
        assert n >= 10
        assert silent >= 3
        assert found.hi80 < 0
    if n < 10 or silent < 3:
        assert said == ""


# ---- kept against the advice


def test_a_kept_one_is_off_the_list_and_comes_back_when_the_list_was_right(camille: User) -> None:
    deal = talk(camille, now=NOW)
    kept = keep_on(deal=deal, because="She is on leave", going=None, today=NOW.date(), actor=camille, now=NOW)

    assert seen_by(camille).ends == 0
    settle(objection=kept, right="list", today=NOW.date(), actor=camille, now=NOW)
    found = seen_by(camille)
    assert (found.ends, found.kept, found.moved, found.nothing) == (1, 1, 0, 1)
    assert words.who_was_right(found) == "1 was kept against this advice; of 1 that is settled, 0 moved."


def test_one_that_moved_is_left_alone_for_six_weeks(camille: User) -> None:
    deal = talk(camille, now=NOW)
    kept = keep_on(deal=deal, because="She is on leave", going=None, today=NOW.date(), actor=camille, now=NOW)
    settle(objection=kept, right="seller", today=NOW.date(), actor=camille, now=NOW)

    assert seen_by(camille).ends == 0
    later = conversations(open_of(camille), prices=price_list(), now=NOW + timedelta(days=43))
    assert (later.ends, later.moved) == (1, 1)


# ---- many


def thousand(user: User, count: int = 1_000) -> None:
    """So many open deals with three contacts each; every tenth is hopeless."""
    first = make_deal(owner=user)
    common = {"owner": user, "team": user.team, "currency": "EUR", "amount_minor": 100, "opened_at": first.opened_at,
              "created_at": NOW, "updated_at": NOW, "last_touch_at": NOW - timedelta(days=30)}  # fmt: skip
    deals = Deal.objects.bulk_create([Deal(name=f"Deal {n}", **common) for n in range(count)])
    Touch.objects.bulk_create(
        Touch(deal=deal, at=NOW - timedelta(days=30 + step), channel="call", minutes=10)
        for place, deal in enumerate(deals)
        for step in range(8 if place % 10 == 0 else 1)
    )


def test_a_thousand_deals_cost_as_many_queries_as_one(camille: User, yanis: User) -> None:
    talk(yanis, now=NOW)
    thousand(camille)
    with CaptureQueriesContext(
        connection,
    ) as one:
        seen_by(yanis)
    with CaptureQueriesContext(connection) as many:
        found = seen_by(camille)

    assert (found.ends, len(found.rows), found.pages) == (100, 20, 5)
    assert len(many) == len(one) <= 8
    assert found.minutes == 100 * 80


def test_pages_follow_one_another_and_stop_at_the_last(camille: User) -> None:
    thousand(camille, 410)
    pages = [conversations(open_of(camille), prices=price_list(), now=NOW, page=page) for page in (1, 2, 3, 99)]

    assert [(one.page, len(one.rows)) for one in pages] == [(1, 20), (2, 20), (3, 1), (3, 1)]
    shown = [row.deal.pk for one in pages[:3] for row in one.rows]
    assert len(set(shown)) == 41

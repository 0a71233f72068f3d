"""What staying in touch is priced by, counted from the records."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.deals.models import CloseEvent, Deal, DealPerson, Outcome, Person, ReopenEvent, Touch
from rebond.numbers.leaning import Usual
from rebond.nurture.models import Enrolment, Signal, Step
from rebond.nurture.prices import ANSWERS, BUYS, SIGNAL, USUAL, Event, Sale, counts, last_before
from tests.factories import make_closed_deal, make_person

DAY = timedelta(days=1)


def note(
    owner: User, now: datetime, *, ago: int, answered_after: int | None = None, person: Person | None = None
) -> Person:
    """A note so many days ago to somebody who said no, and their answer."""
    person = person or make_person(f"Person {Person.objects.count()}")
    kept, _new = Enrolment.objects.get_or_create(
        person=person, defaults={"owner": owner, "team": owner.team, "cadence": "price", "started_at": now - 900 * DAY}
    )
    done = now - ago * DAY
    Step.objects.create(
        enrolment=kept, number=kept.steps.count() + 1, channel="email", status="done", at=done, done_at=done, by=owner,
        answered_at=None if answered_after is None else done + answered_after * DAY,
    )  # fmt: skip
    return person


def sale(owner: User, person: Person, now: datetime, *, opened_ago: int, won_ago: int) -> Deal:
    deal, _event = make_closed_deal(
        Outcome.WON,
        owner=owner,
        opened_at=now - opened_ago * DAY,
        closed_at=now - won_ago * DAY,
        people={person: "user"},
    )
    return deal


def test_only_notes_whose_month_is_over_count_and_only_answers_within_it(camille: User, now: datetime) -> None:
    for ago, after in ((40, 5), (40, 35), (40, None), (30, 30), (29, 1), (2, None)):
        note(camille, now, ago=ago, answered_after=after)
    assert counts(now=now)[ANSWERS] == {(camille.pk, camille.team_id): (2, 4)}


def test_a_call_that_reached_nobody_was_a_try(camille: User, now: datetime) -> None:
    person = note(camille, now, ago=60)
    for ago, result in ((50, "no_answer"), (10, "no_answer"), (50, "reached")):
        Touch.objects.create(person=person, owner=camille, at=now - ago * DAY, channel="call", result=result)
    Touch.objects.create(
        person=make_person("Never kept"), owner=camille, at=now - 50 * DAY, channel="call", result="no_answer"
    )
    assert counts(now=now)[ANSWERS] == {(camille.pk, camille.team_id): (0, 2)}


def test_an_answer_counts_for_a_sale_within_a_year_once_its_year_is_over(camille: User, now: datetime) -> None:
    bought = note(camille, now, ago=700, answered_after=1)
    sale(camille, bought, now, opened_ago=600, won_ago=400)
    late = note(camille, now, ago=800, answered_after=1)
    sale(camille, late, now, opened_ago=500, won_ago=300)  # 499 days after the answer
    note(camille, now, ago=500, answered_after=1)
    young = note(camille, now, ago=300, answered_after=1)
    sale(camille, young, now, opened_ago=200, won_ago=100)  # its year is not over: neither for nor against
    assert counts(now=now)[BUYS] == {(camille.pk, camille.team_id): (1, 3)}


def test_one_sale_counts_for_the_last_answer_before_it_only(camille: User, now: datetime) -> None:
    person = note(camille, now, ago=700, answered_after=1)
    note(camille, now, ago=650, answered_after=1, person=person)
    sale(camille, person, now, opened_ago=600, won_ago=500)
    assert counts(now=now)[BUYS] == {(camille.pk, camille.team_id): (1, 2)}


def test_a_deal_that_was_opened_again_and_won_counts(camille: User, now: datetime) -> None:
    person = note(camille, now, ago=700, answered_after=1)
    deal = sale(camille, person, now, opened_ago=900, won_ago=600)
    assert counts(now=now)[BUYS] == {(camille.pk, camille.team_id): (0, 1)}
    lost = CloseEvent.objects.create(
        deal=deal, outcome="lost", closed_at=now - 800 * DAY, recorded_at=now - 800 * DAY, source="screen"
    )
    ReopenEvent.objects.create(close_event=lost, at=now - 690 * DAY)
    assert counts(now=now)[BUYS] == {(camille.pk, camille.team_id): (1, 1)}


def test_signs_count_when_somebody_settled_them_and_their_year_is_over(
    camille: User, yanis: User, now: datetime
) -> None:
    for number, (ago, verdict) in enumerate(((500, "talking"), (500, "nothing"), (500, ""), (100, "ready"))):
        person = make_person(f"Person {number}")
        at = now - ago * DAY
        Signal.objects.create(
            person=person, owner=camille, team=camille.team, kind="wrote", ref=f"received:{number}", at=at, noted_at=at,
            verdict=verdict, settled_at=at if verdict else None,
        )  # fmt: skip
        sale(camille, person, now, opened_ago=ago + 5, won_ago=ago - 60)
    assert counts(now=now)[SIGNAL] == {(camille.pk, camille.team_id): (2, 2)}


def test_cases_stand_by_whose_people_they_are(camille: User, yanis: User, now: datetime) -> None:
    note(camille, now, ago=50, answered_after=1)
    note(yanis, now, ago=50)
    found = counts(now=now)[ANSWERS]
    assert found == {(camille.pk, camille.team_id): (1, 1), (yanis.pk, yanis.team_id): (0, 1)}


def test_nobody_has_cases_yet(db: None, now: datetime) -> None:
    assert counts(now=now) == {ANSWERS: {}, BUYS: {}, SIGNAL: {}}


def test_counting_is_five_queries_however_many_there_are(
    camille: User, north: Team, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [make_person(f"Person {n}") for n in range(200)]
    kept = Enrolment.objects.bulk_create(
        Enrolment(person=person, owner=camille, team=north, cadence="price", started_at=now) for person in people
    )
    past = now - 500 * DAY
    Step.objects.bulk_create(
        Step(enrolment=one, number=n, channel="email", status="done", at=past, done_at=past, answered_at=past)
        for one in kept for n in range(5)
    )  # fmt: skip
    deal, _event = make_closed_deal(Outcome.WON, owner=camille, opened_at=past + DAY, closed_at=past + 9 * DAY)
    DealPerson.objects.bulk_create(DealPerson(deal=deal, person=person) for person in people)
    with django_assert_num_queries(5):
        found = counts(now=now)
    assert found[ANSWERS] == {(camille.pk, north.pk): (1000, 1000)}
    assert found[BUYS] == {(camille.pk, north.pk): (200, 1000)}


@pytest.mark.parametrize("usual", USUAL.values(), ids=list(USUAL))
def test_what_is_usual_says_where_it_is_from(usual: Usual) -> None:
    assert "guess" in usual.source
    assert 0 < usual.mean < 1


moments = st.integers(0, 1500).map(lambda day: datetime(2024, 1, 1) + timedelta(days=day))  # noqa: DTZ001


@given(
    st.lists(st.tuples(st.integers(1, 3), moments), max_size=12),
    st.lists(st.tuples(st.integers(1, 3), moments, st.integers(0, 600)), max_size=8),
)
def test_each_sale_counts_at_most_once_and_for_something_before_it(
    answers: list[tuple[int, datetime]], sales: list[tuple[int, datetime, int]]
) -> None:
    events = [Event(person, at, (person, None)) for person, at in answers]
    sold = [Sale(person, opened, opened + timedelta(days=lasts)) for person, opened, lasts in sales]
    credited = list(last_before(events, sold))
    assert len(credited) <= len(sold)
    assert all(any(sale.person == event.person and event.at < sale.opened_at for sale in sold) for event in credited)

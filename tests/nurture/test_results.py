from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.nurture.library.results import of_counts, results_of
from tests.factories import make_person
from tests.nurture.shelf import NOW, give, make_piece


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_only_those_whose_time_is_over_are_counted_and_only_what_came_in_time(db: None) -> None:
    piece = make_piece()
    cases = [(400, 10, 300), (400, 70, 380), (400, None, None), (90, 60, None), (61, None, 5), (60, 0, None),
             (59, 1, None), (10, None, None)]  # fmt: skip
    for n, (ago, reply, deal) in enumerate(cases):
        give(piece, make_person(f"Person {n}"), days_ago=ago, reply_after=reply, deal_after=deal)
    found = results_of([piece.pk], now=NOW)[piece.pk]
    assert found.sent == 8
    assert (found.replied.k, found.replied.n) == (3, 6)
    assert found.replied_words == "Followed by a reply within 60 days: 3 of 6."
    assert (found.reopened.k, found.reopened.n, found.reopened.value) == (1, 3, None)
    assert found.reopened_words == "Too few to say whether deals follow: 2 more people, and a year."


def test_what_waits_to_leave_was_not_sent(db: None) -> None:
    from rebond.nurture.models import Given

    piece = make_piece()
    Given.objects.create(piece=piece, person=make_person("Marc"), at=NOW)
    assert results_of([piece.pk], now=NOW)[piece.pk].sent == 0


def test_from_ten_cases_on_there_is_a_range_in_words() -> None:
    assert of_counts(12, (4, 12), (0, 0)).replied_words == (
        "Followed by a reply within 60 days: 4 of 12. Likely 19 to 52 in 100."
    )


def test_one_more_is_said_in_the_singular_and_in_the_readers_language() -> None:
    assert of_counts(4, (1, 4), (0, 0)).replied_words.endswith("1 more person, and 60 days.")
    with translation.override("fr"):
        assert "4" in of_counts(12, (4, 12), (0, 0)).replied_words


def test_results_of_many_pieces_are_one_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    pieces = [make_piece(f"Piece {n}") for n in range(20)]
    person = make_person("Hélène")
    for piece in pieces:
        give(piece, person, days_ago=5)
    with django_assert_num_queries(1):
        found = results_of([piece.pk for piece in pieces], now=NOW)
    assert {one.sent for one in found.values()} == {1}


def test_the_list_and_the_page_say_that_followed_is_not_caused(as_camille: Client, camille: User) -> None:
    piece = make_piece()
    for n in range(10):
        give(piece, make_person(f"Person {n}"), days_ago=90, reply_after=3 if n < 4 else None, by=camille)
    page = as_camille.get("/library").content.decode()
    assert "Sent to 10 people." in page
    assert "Followed by a reply within 60 days: 4 of 10." in page
    assert "Followed by is not caused by" in page
    one = as_camille.get(f"/library/{piece.pk}").content.decode()
    assert "Followed by is not caused by" in one
    assert "Person 3" in one


def test_who_got_it_from_a_colleague_stays_with_the_colleague(as_yanis: Client, camille: User) -> None:
    piece = make_piece()
    give(piece, make_person("Hélène Marchetti"), days_ago=90, by=camille)
    page = as_yanis.get(f"/library/{piece.pk}").content.decode()
    assert "Sent to 1 person." in page
    assert "Hélène" not in page

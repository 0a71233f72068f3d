from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.nurture.library.picking import Candidate, Need, Nothing, Pick, look, look_many, pick, pick_many, rank
from rebond.nurture.models import Given
from tests.factories import make_person
from tests.nurture.shelf import NOW, TODAY, make_piece

CODES, KEYS = ("timing", "no_budget", "value_unclear"), ("business_case", "proof", "useful")


def the_twin(shelf: Collection[Candidate], need: Need, today: date, had: Collection[int]) -> list[int]:
    """The same rules written once more, as a person would say them, one after the other."""
    left = [
        one
        for one in shelf
        if one.pk not in had
        and not one.is_retired
        and not one.is_broken
        and (one.expires_on is None or today <= one.expires_on)
        and today <= one.review_on
        and (one.language == need.language or need.language in one.also_for)
    ]
    ordered: list[Candidate] = []
    by_freshness = sorted(left, key=lambda one: (one.fresh_on.toordinal() * -1, one.given, one.pk))
    answering = [one for one in by_freshness if need.reason and need.reason in one.reasons]
    rest = [one for one in by_freshness if one not in answering]
    for group in (answering, rest):
        for topic in need.topics:
            ordered += [one for one in group if topic in one.topics and one not in ordered]
        if group is answering:
            ordered += [one for one in group if one not in ordered]
    ordered += [one for one in rest if not one.reasons and not one.topics]
    return [one.pk for one in ordered]


days = st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))
shelves = st.lists(
    st.builds(
        Candidate, pk=st.integers(1, 40), language=st.sampled_from(("en", "fr")),
        reasons=st.frozensets(st.sampled_from(CODES), max_size=2),
        topics=st.frozensets(st.sampled_from(KEYS), max_size=2),
        also_for=st.frozensets(st.sampled_from(("en", "fr")), max_size=1), review_on=days,
        expires_on=st.none() | days, is_retired=st.booleans(), is_broken=st.booleans(), fresh_on=days,
        given=st.integers(0, 3),
    ),
    max_size=25, unique_by=lambda one: one.pk,
)  # fmt: skip
needs = st.builds(
    Need, person=st.just(1), reason=st.sampled_from(("", *CODES)),
    topics=st.lists(st.sampled_from(KEYS), unique=True, max_size=3).map(tuple), language=st.sampled_from(("en", "fr")),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(shelves, needs, st.sets(st.integers(1, 40), max_size=10))
def test_the_ranking_is_what_the_rules_say_one_by_one(shelf: list[Candidate], need: Need, had: set[int]) -> None:
    assert [one.pk for one in rank(shelf, need, TODAY, had)] == the_twin(shelf, need, TODAY, had)


@settings(max_examples=50, deadline=None)
@given(shelves, needs, st.sets(st.integers(1, 40), max_size=10), st.randoms())
def test_nothing_unfit_is_ever_ranked_and_the_order_of_the_shelf_does_not_matter(
    shelf: list[Candidate], need: Need, had: set[int], chance: object
) -> None:
    found = rank(shelf, need, TODAY, had)
    for one in found:
        assert one.pk not in had
        assert one.language == need.language or need.language in one.also_for
        assert not one.is_retired
        assert not one.is_broken
        assert one.review_on >= TODAY
        assert one.expires_on is None or one.expires_on >= TODAY
    chance.shuffle(shelf)  # type: ignore[attr-defined]
    assert rank(shelf, need, TODAY, had) == found


@settings(max_examples=50, deadline=None)
@given(shelves, needs)
def test_given_one_by_one_nobody_gets_a_piece_twice_until_nothing_fits(shelf: list[Candidate], need: Need) -> None:
    had: list[int] = []
    while left := rank(shelf, need, TODAY, had):
        had.append(left[0].pk)
    assert len(had) == len(set(had)) == len(rank(shelf, need, TODAY))


def test_the_reason_goes_before_the_topic_and_says_so(helene: Person) -> None:
    make_piece("About it", topics=("business_case",))
    answering = make_piece("Answers it", reasons=("value_unclear",))
    found = pick(helene, "value_unclear", ("business_case",), "fr", NOW)
    assert found == Pick(answering, "Answers “Benefit not clear or not proven”, in French, not sent to them yet.")


def test_a_topic_named_goes_before_what_is_useful_to_everybody(helene: Person) -> None:
    make_piece("For everybody")
    about = make_piece("About it", topics=("business_case",))
    found = pick(helene, "timing", ("business_case",), "fr", NOW)
    assert found == Pick(about, "About “business case”, in French, not sent to them yet.")


def test_what_is_about_something_else_is_not_sent_for_want_of_better(helene: Person) -> None:
    make_piece("Another reason", reasons=("terms",))
    assert pick(helene, "timing", (), "fr", NOW) is None


def test_another_language_only_where_the_piece_allows_it(helene: Person) -> None:
    make_piece("In English", language="en", reasons=("timing",))
    assert pick(helene, "timing", (), "fr", NOW) is None
    allowed = make_piece("Allowed", language="en", reasons=("timing",), also_for="fr,de")
    found = pick(helene, "timing", (), "fr", NOW)
    assert found == Pick(
        allowed, "Answers “Wrong moment, on hold”, in English, which may be sent to them too, not sent to them yet."
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"review_on": TODAY - timedelta(days=1)},
        {"expires_on": TODAY - timedelta(days=1)},
        {"retired_at": NOW},
        {"broken_since": NOW - timedelta(days=7), "checked_at": NOW},
    ],
)
def test_unreviewed_expired_retired_and_broken_pieces_stay_on_the_shelf(
    helene: Person, fields: dict[str, object]
) -> None:
    make_piece("Not now", reasons=("timing",), **fields)
    assert pick(helene, "timing", (), "fr", NOW) is None


def test_on_its_last_day_and_after_one_failure_it_is_still_picked(helene: Person) -> None:
    piece = make_piece(
        "Just so", reasons=("timing",), review_on=TODAY, expires_on=TODAY, broken_since=NOW, checked_at=NOW
    )
    assert (found := pick(helene, "timing", (), "fr", NOW)) is not None
    assert found.piece == piece


def test_nobody_is_given_a_piece_twice_even_when_the_first_note_only_waits_to_leave(helene: Person) -> None:
    piece = make_piece("Once", reasons=("timing",))
    Given.objects.create(person=helene, piece=piece, at=NOW)
    assert pick(helene, "timing", (), "fr", NOW) is None
    other = make_person("Marc Delvaux")
    assert (found := pick(other, "timing", (), "fr", NOW)) is not None
    assert found.piece == piece


@pytest.mark.parametrize(
    ("made", "given", "code", "words"),
    [
        ({}, False, "none", "Nothing in the library answers “Wrong moment, on hold” in French yet."),
        ({"language": "en"}, False, "other_language", "What would fit is not in French. A piece for it is missing."),
        ({"retired_at": None, "review_on": TODAY - timedelta(days=3)}, False, "asleep",
         "What would fit in French waits: look at it again in the library first."),
        ({"language": "fr"}, True, "all_given",
         "They were given everything that fits. Another piece in French would help."),
    ],
)  # fmt: skip
def test_no_piece_says_why_and_which_gap_it_leaves(
    helene: Person, made: dict[str, object], given: bool, code: str, words: str
) -> None:
    if made:
        piece = make_piece(**{"reasons": ("timing",), **made})  # type: ignore[arg-type]
        if given:
            Given.objects.create(person=helene, piece=piece, at=NOW)
    assert look(Need(helene.pk, "timing", (), "fr"), now=NOW) == Nothing(code, words, "timing", "fr")


def test_why_is_said_in_the_language_of_who_reads_it(helene: Person) -> None:
    make_piece("In French", reasons=("timing",))
    with translation.override("fr"):
        found = pick(helene, "timing", (), "fr", NOW)
    assert found is not None
    assert "français" in found.why


def test_two_hundred_people_and_a_thousand_pieces_take_as_many_queries_as_one(
    camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    from rebond.nurture.models import Piece, PieceTag

    make_piece("First", reasons=("timing",))
    first = Piece.objects.get()
    more = [
        Piece(title=f"Piece {n}", language="fr", kind="article", summary="x", text="x", review_on=first.review_on,
              created_at=NOW, updated_at=NOW) for n in range(1000)
    ]  # fmt: skip
    made = Piece.objects.bulk_create(more)
    PieceTag.objects.bulk_create(PieceTag(piece=one, kind="reason", value="no_budget") for one in made)
    people = [make_person(f"Person {n}") for n in range(200)]
    needed = [Need(one.pk, ("timing", "no_budget")[n % 2], (), "fr") for n, one in enumerate(people)]
    with django_assert_max_num_queries(5):
        found = pick_many(needed, now=NOW)
    assert len(found) == 200
    assert found[people[0].pk].piece == first
    assert look_many([], now=NOW) == {}

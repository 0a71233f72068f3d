from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.cli import main
from rebond.deals.models import Person
from rebond.learn import taxonomy
from rebond.nurture.library.gaps import Group, find_gaps, gaps_for
from rebond.nurture.library.picking import Candidate
from rebond.nurture.models import ContentWish, Enrolment, Piece
from tests.factories import make_company, make_person
from tests.nurture.shelf import NOW, make_enrolment, make_people, make_piece
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_twelve_people_said_one_thing_in_french_and_there_is_nothing_for_them(
    as_camille: Client, camille: User
) -> None:
    make_people(12, camille)
    make_people(3, camille, reason="timing")
    make_piece("In English", language="en", reasons=("value_unclear",))
    make_piece("For the others", reasons=("timing",))
    (gap,) = gaps_for(camille, now=NOW)
    assert (gap.group.people, gap.of, gap.elsewhere, gap.waiting) == (12, 15, 1, 0)
    page = as_camille.get("/library/gaps").content.decode()
    assert "12 people said “Benefit not clear or not proven” and read French; you have nothing for them." in page
    assert "12 of 15 people who read French" in page
    assert "a translation would do" in page


def test_a_piece_closes_the_gap_and_a_broken_one_opens_it_again(camille: User) -> None:
    make_people(2, camille)
    assert len(gaps_for(camille, now=NOW)) == 1
    piece = make_piece(reasons=("value_unclear",))
    assert gaps_for(camille, now=NOW) == []
    piece.broken_since, piece.checked_at = NOW - timedelta(days=7), NOW
    piece.save()
    (gap,) = gaps_for(camille, now=NOW)
    assert gap.waiting == 1


@pytest.mark.parametrize(
    ("person", "country", "sellers", "language", "known_by"),
    [("fr", "Germany", "en", "fr", "person"), ("", "Allemagne", "en", "de", "country"),
     ("", "Belgique", "fr", "fr", "seller"), ("", "Nowhere", "en", "en", "seller")],
)  # fmt: skip
def test_a_persons_language_is_theirs_else_their_countrys_else_their_sellers(
    camille: User, person: str, country: str, sellers: str, language: str, known_by: str
) -> None:
    camille.language = sellers
    camille.save()
    make_enrolment(make_person("Somebody", language=person, company=make_company(country=country)), camille)
    (gap,) = gaps_for(camille, now=NOW)
    assert gap.group == Group("value_unclear", language, 1, {known_by: 1})


@pytest.mark.parametrize(
    ("fields", "counted"),
    [({"status": "paused"}, True), ({"status": "ended", "ended_because": "over"}, True),
     ({"status": "ended", "ended_because": "asked"}, False), ({"status": "ended", "ended_because": "left"}, False),
     ({"status": "ended", "ended_because": "over", "started_at": NOW - timedelta(days=366)}, False),
     ({"started_at": NOW - timedelta(days=900)}, True), ({"reason": "not_known_yet"}, False), ({"reason": ""}, False)],
)  # fmt: skip
def test_people_in_touch_or_with_a_no_of_the_last_year_count_and_those_out_of_reach_do_not(
    camille: User, fields: dict[str, object], counted: bool
) -> None:
    make_enrolment(make_person("Somebody", language="fr"), camille, **fields)  # type: ignore[arg-type]
    assert bool(gaps_for(camille, now=NOW)) is counted


def test_a_merged_reason_counts_as_what_it_became(camille: User, admin_user: User) -> None:
    from rebond.learn.actions.taxonomy import merge_reason

    merge_reason(code="terms", into="no_budget", note="the same here", actor=admin_user, now=NOW)
    make_people(1, camille, reason="terms")
    make_people(1, camille, reason="no_budget")
    (gap,) = gaps_for(camille, now=NOW)
    assert (gap.group.reason, gap.group.people) == ("no_budget", 2)


def test_a_seller_counts_their_teams_people_and_an_administrator_all(
    camille: User, yanis: User, admin_user: User
) -> None:
    make_people(2, camille)
    make_people(3, yanis, reason="timing")
    assert [gap.group.people for gap in gaps_for(camille, now=NOW)] == [2]
    assert [gap.group.people for gap in gaps_for(admin_user, now=NOW)] == [3, 2]
    assert [gap.group.people for gap in gaps_for(None, now=NOW)] == [3, 2]


reasons_st, languages_st = st.sampled_from(("timing", "terms", "no_budget")), st.sampled_from(("en", "fr"))
groups_st = st.lists(st.builds(Group, reasons_st, languages_st, st.integers(1, 50)), max_size=6,
                     unique_by=lambda one: (one.reason, one.language))  # fmt: skip
shelf_st = st.lists(
    st.builds(Candidate, pk=st.integers(1, 99), language=languages_st, reasons=st.frozensets(reasons_st, max_size=2),
              is_retired=st.booleans()),
    max_size=6, unique_by=lambda one: one.pk,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(groups_st, shelf_st)
def test_a_gap_is_exactly_a_group_without_a_live_piece(found: list[Group], shelf: list[Candidate]) -> None:
    gaps = find_gaps(found, shelf, [], taxonomy.BUILT_IN_LIST, NOW)
    covered = {(code, one.language) for one in shelf if not one.is_retired for code in one.reasons}
    open_groups = [one for one in found if (one.reason, one.language) not in covered]
    assert Counter(gap.anchor for gap in gaps) == Counter(
        f"{o.reason.replace('_', '-')}-{o.language}" for o in open_groups
    )
    assert [gap.group.people for gap in gaps] == sorted((one.people for one in open_groups), reverse=True)
    for gap in gaps:
        assert gap.of == sum(one.people for one in found if one.language == gap.group.language)


def test_a_gap_goes_on_the_plan_and_is_done_when_the_piece_is_made(as_camille: Client, camille: User) -> None:
    make_people(2, camille)
    form = {"reason": "value_unclear", "language": "fr", "title": "What Lumen measured", "kind": "case",
            "owner": camille.pk, "due_on": "2026-07-01"}  # fmt: skip
    assert as_camille.post("/library/plan", form)["Location"] == "/library/gaps#plan"
    wish = ContentWish.objects.get()
    assert (wish.title, wish.owner, wish.due_on, wish.by) == ("What Lumen measured", camille, date(2026, 7, 1), camille)
    page = as_camille.get("/library/gaps").content.decode()
    assert "On the plan: “What Lumen measured”" in page
    assert as_camille.post("/library/plan", form).status_code == 409
    new = as_camille.get(f"/library/new?wish={wish.pk}")
    assert new.context["form"].initial["reasons"] == ["value_unclear"]
    typed = {"wish": wish.pk, "title": "What Lumen measured", "summary": "Figures.", "kind": "case", "language": "fr",
             "text": "Before: 4 h. After: 1 h.", "review_on": "2027-06-09", "reasons": ["value_unclear"]}  # fmt: skip
    as_camille.post("/library/new", typed)
    wish.refresh_from_db()
    assert wish.made == Piece.objects.get()
    assert gaps_for(camille, now=NOW) == []
    assert "What Lumen measured" not in as_camille.get("/library/gaps").content.decode()
    assert as_camille.post("/library/new", typed).status_code == 400
    assert Piece.objects.count() == 1


def test_a_line_of_the_plan_is_dropped_by_whose_it_is(as_camille: Client, as_nadia: Client, nadia: User) -> None:
    wish = ContentWish.objects.create(reason="timing", language="fr", kind="case", title="x", owner=nadia, at=NOW)
    assert as_camille.post(f"/library/plan/{wish.pk}").status_code == 403
    assert as_nadia.post(f"/library/plan/{wish.pk}").status_code == 302
    wish.refresh_from_db()
    assert wish.dropped_at == NOW
    assert as_nadia.post(f"/library/plan/{wish.pk}").status_code == 409


@pytest.mark.parametrize(
    ("typed", "answered"),
    [({"title": " "}, 400), ({"kind": "x"}, 400), ({"reason": "x"}, 404), ({"language": "f/r"}, 404)],
)
def test_what_cannot_be_planned_is_refused(as_camille: Client, typed: dict[str, str], answered: int) -> None:
    form = {"reason": "timing", "language": "fr", "title": "A case", "kind": "case"} | typed
    assert as_camille.post("/library/plan", form).status_code == answered
    assert ContentWish.objects.count() == 0


def test_the_people_behind_a_gap_are_named_with_how_their_language_is_known(as_camille: Client, camille: User) -> None:
    make_enrolment(make_person("Hélène Marchetti", company=make_company("Groupe Valmy", country="France")), camille)
    page = as_camille.get("/library/gaps?reason=value_unclear&language=fr").content.decode()
    assert "Hélène Marchetti" in page
    assert "language taken from the company's country" in page
    assert "Hélène" not in as_camille.get("/library/gaps?reason=value_unclear&language=en").content.decode()


def test_a_thousand_people_take_as_few_queries_as_one(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    codes = list(taxonomy.BUILT_IN)
    people = Person.objects.bulk_create(
        Person(name=f"Person {n}", language="fr", created_at=NOW, updated_at=NOW) for n in range(1000)
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            person=one, owner=camille, team=camille.team, reason=codes[n % len(codes)], cadence="rest", started_at=NOW
        )
        for n, one in enumerate(people)
    )
    for n in range(200):
        make_piece(f"Piece {n}", language="en", reasons=("timing",))
    with django_assert_max_num_queries(16):
        page = as_camille.get("/library/gaps?reason=timing&language=fr")
    assert len(page.context["gaps"]) == 24


def test_the_doors(as_camille: Client, as_yanis: Client, as_nadia: Client, camille: User) -> None:
    make_people(2, camille)
    assert_signed_out_is_sent_to_sign_in("/library/gaps")
    assert_wrong_method(as_camille, "/library/gaps", "get")
    assert as_camille.get("/library/plan")["Location"] == "/library/gaps#plan"
    assert as_camille.put("/library/plan").status_code == 405
    assert_signed_out_is_sent_to_sign_in("/library/plan", "post")
    assert_wrong_method(as_camille, "/library/plan/1", "post")
    assert [status(one, "get", "/library/gaps") for one in (as_camille, as_nadia, as_yanis)] == [200] * 3
    assert "Nothing is missing" in as_yanis.get("/library/gaps").content.decode()
    assert status(as_camille, "post", "/library/plan/999") == 404


def test_the_command_says_the_gaps_as_json(camille: User, capsys: pytest.CaptureFixture[str]) -> None:
    make_people(2, camille)
    assert main(["library", "gaps", "--json", "--as", "camille@rebond.example"]) == 0
    (gap,) = json.loads(capsys.readouterr().out)
    assert gap == {
        "reason": "value_unclear", "language": "fr", "people": 2, "of": 2, "language_known_by": {"person": 2},
        "waiting": 0, "elsewhere": 0, "planned": None,
    }  # fmt: skip

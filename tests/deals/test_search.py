from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.deals.actions import create_company, create_deal, create_person, edit_person
from rebond.deals.search import words
from tests.factories import THEN
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method


@pytest.fixture
def valmy(camille: User) -> None:
    company = create_company(name="Électricité du Lac", actor=camille, now=THEN)
    create_person(name="Hélène Marchetti", email="helene@lac.example", company=company, actor=camille, now=THEN)
    create_deal(name="Contrat Île-de-France", owner=camille, company=company, actor=camille, now=THEN)


@pytest.mark.parametrize("query", ["helene", "HÉLÈNE", "march", "Helene electricite", "helene@lac"])
def test_it_ignores_accents_and_case_and_finds_beginnings(as_camille: Client, valmy: None, query: str) -> None:
    page = as_camille.get("/search", {"q": query})
    assert [person.name for person in page.context["people"]] == ["Hélène Marchetti"]


def test_deals_are_found_by_their_company(as_camille: Client, valmy: None) -> None:
    assert [deal.name for deal in as_camille.get("/search?q=lac").context["deals"]] == ["Contrat Île-de-France"]


def test_a_changed_name_is_found_and_the_old_one_is_not(as_camille: Client, valmy: None, camille: User) -> None:
    person = as_camille.get("/search?q=helene").context["people"][0]
    edit_person(person=person, changes={"name": "Odile Roux", "email": ""}, actor=camille, now=THEN)
    assert as_camille.get("/search?q=odile").context["people"][0].name == "Odile Roux"
    assert len(as_camille.get("/search?q=helene").context["people"]) == 0


@pytest.mark.parametrize("query", ["' OR 1=1 --", '"', "*", "a AND", "(", "NEAR(", "x" * 500, "\x00", ":*", "&|!"])
def test_no_query_breaks_it(as_camille: Client, valmy: None, query: str) -> None:
    assert as_camille.get("/search", {"q": query}).status_code == 200


@given(st.text(max_size=300))
def test_words_are_plain_whatever_is_typed(text: str) -> None:
    assert all(word.replace("_", "a").isalnum() for word in words(text))
    assert len(words(text)) <= 8


def test_another_teams_records_are_not_found(as_yanis: Client, valmy: None) -> None:
    page = as_yanis.get("/search?q=lac")
    assert [len(page.context[kind]) for kind in ("deals", "companies", "people")] == [0, 0, 0]


def test_the_doors(as_camille: Client) -> None:
    assert_wrong_method(as_camille, "/search", "get")
    assert_signed_out_is_sent_to_sign_in("/search?q=x")

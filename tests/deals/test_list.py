from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.actions import save_deals, save_touches
from rebond.deals.models import Deal
from rebond.deals.records import DealRecord, TouchRecord
from tests.factories import THEN, make_closed_deal, make_company, make_deal
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method


@pytest.fixture
def thousand(camille: User) -> None:
    rows = [
        DealRecord(name=f"Deal {n}", external_id=str(n), company=f"Firm {n % 300}", owner_id=camille.pk,
                   team_id=camille.team_id, stage="Qualify", amount_minor=n * 100, currency="EUR", opened_at=THEN)
        for n in range(1000)
    ]  # fmt: skip
    save_deals(rows=rows, source="csv", actor=None, now=THEN)


@pytest.fixture
def touched(thousand: None) -> None:
    """Three contacts with each of the thousand."""
    touches = [TouchRecord(deal=str(n % 1000), at=THEN, channel="call", external_id=f"t{n}") for n in range(3000)]
    save_touches(rows=touches, source="csv", actor=None, now=THEN)


def rows_of(client: Client, path: str) -> list[str]:
    return [deal.name for deal in client.get(path).context["page"]]


@pytest.mark.parametrize(
    "path", ["/deals", "/deals?outcome=open&sort=-amount", "/deals?q=firm+17", "/people", "/companies"]
)
def test_a_thousand_records_take_at_most_twelve_queries(
    as_camille: Client, touched: None, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page = as_camille.get(path)
    assert page.status_code == 200
    assert len(page.content) < 100_000


def test_it_shows_fifty_rows_and_says_of_how_many(as_camille: Client, thousand: None) -> None:
    page = as_camille.get("/deals")
    assert len(page.context["page"]) == 50
    assert "1 to 50 of 1000" in page.content.decode().replace(",", "")
    assert len(set(rows_of(as_camille, "/deals")) & set(rows_of(as_camille, "/deals?page=2"))) == 0


def test_an_odd_page_number_still_answers(as_camille: Client, thousand: None) -> None:
    odd = ("0", "-1", "x", "99999999", "²")
    assert {page: as_camille.get("/deals", {"page": page}).status_code for page in odd} == dict.fromkeys(odd, 200)


@pytest.mark.parametrize(
    ("page", "more", "words"),
    [
        ("20", 0, "951 to 1000 of 1000"),
        ("21", 0, "1000 rows"),
        ("20", 1, "951 to 1000 of more than 1000"),
        ("21", 20, "1001 to 1020 of more than 1000"),
    ],
)
def test_the_last_page_says_of_how_many(
    as_camille: Client, camille: User, thousand: None, page: str, more: int, words: str
) -> None:
    for number in range(more):
        make_deal(f"One more {number}", owner=camille)
    shown = as_camille.get(f"/deals?page={page}").context["page"]
    assert shown.words == words
    assert len(shown.rows) == {"20": 50, "21": more}[page]


def test_filters_are_kept_in_the_address_of_the_next_page(as_camille: Client, thousand: None) -> None:
    page = as_camille.get("/deals?outcome=open&sort=-amount").content.decode()
    assert "outcome=open&amp;sort=-amount&amp;page=2" in page


def test_it_filters_by_outcome_owner_stage_words_and_days(as_camille: Client, camille: User, nadia: User) -> None:
    valmy = make_company("Groupe Valmy")
    make_deal("Open one", owner=camille, company=valmy)
    make_deal("Nadia's", owner=nadia)
    make_closed_deal("lost", name="Lost one", owner=camille)
    save_deals(
        rows=[DealRecord(name="Été", external_id="1", team_id=camille.team_id)], source="csv", actor=None, now=THEN
    )
    assert rows_of(as_camille, "/deals?outcome=lost") == ["Lost one"]
    assert rows_of(as_camille, f"/deals?owner={nadia.pk}") == ["Nadia's"]
    assert rows_of(as_camille, "/deals?closed_from=2026-03-01&closed_to=2026-03-02") == ["Lost one"]
    assert rows_of(as_camille, "/deals?closed_from=2026-03-03") == []
    assert rows_of(as_camille, "/deals?q=ETE") == ["Été"]
    assert rows_of(as_camille, "/deals?owner=x&stage=y&closed_from=z") != []


def test_it_sorts_both_ways(as_camille: Client, thousand: None) -> None:
    assert rows_of(as_camille, "/deals?sort=-amount")[0] == "Deal 999"
    assert rows_of(as_camille, "/deals?sort=amount")[0] == "Deal 0"


def test_an_empty_house_says_what_to_do(as_camille: Client) -> None:
    page = as_camille.get("/deals").content.decode()
    assert "No deals yet" in page
    assert "/imports/new" in page


def test_the_export_holds_what_is_shown_and_no_formula(as_camille: Client, camille: User) -> None:
    make_deal('=cmd|"/c calc"!A1', owner=camille)
    make_deal("Other", owner=camille, amount_minor=-5000)
    make_closed_deal("lost", name="Lost", owner=camille)
    answer = as_camille.get("/deals.csv?outcome=open")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["deal"] for row in rows} == {'\'=cmd|"/c calc"!A1', "Other"}
    assert {row["amount"] for row in rows} == {"6200.00", "-50.00"}


def test_the_doors(as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, deal: Deal) -> None:
    assert rows_of(as_nadia, "/deals") == ["Maintenance, 3 sites"]
    assert rows_of(as_yanis, "/deals") == []
    assert rows_of(as_admin, "/deals") == ["Maintenance, 3 sites"]
    assert_wrong_method(as_camille, "/deals", "get")
    assert_wrong_method(as_camille, "/deals.csv", "get")
    assert_signed_out_is_sent_to_sign_in("/deals")
    assert_signed_out_is_sent_to_sign_in("/deals.csv")

"""``rebond worth``: the figures of the screen, as text and as JSON; whose, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.cli import main
from rebond.deals.models import Outcome
from rebond.worth.queries.answers import BLOCKS
from rebond.worth.view import View
from tests.worth.company import flat_plan, sold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_one_test")]


@pytest.fixture(autouse=True)
def company(camille: User, yanis: User, north: Team) -> None:
    """Camille's sales by a plan of North's; one sale of the South's, which has none."""
    flat_plan(north)
    sold(camille, 10, contacts=5)
    sold(camille, 10, contacts=5, outcome=Outcome.LOST)
    sold(yanis, 1)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["worth", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_figures_are_those_of_the_screen(capsys: pytest.CaptureFixture[str], nadia: User) -> None:
    found = said(capsys, "--as", nadia.email or "")
    view = View.of(nadia, {}, timezone.localdate())
    assert {name: found[name] for name in BLOCKS} == {
        name: json.loads(json.dumps(block(view).as_json())) for name, block in BLOCKS.items()
    }
    assert (found["whose"], found["team"], found["period"]) == ("team", "North", "12m")
    assert found["ratio"]["money_per_contact"]["value"] == 50.0
    assert found["ratio"]["currency"] == found["tiles"]["currency"] == "EUR"
    assert found["tiles"]["hour_costs"] == 33.5
    assert [row["name"] for row in found["groups"]["by"]["owner"]] == ["Camille Aubry"]


def test_a_seller_asks_of_the_own_time_and_of_the_team_but_not_of_another(
    capsys: pytest.CaptureFixture[str], camille: User, yanis: User
) -> None:
    own = said(capsys, "--as", camille.email or "")
    assert (own["whose"], own["seller"], "owner" in own["groups"]["by"]) == ("own", "Camille Aubry", False)
    assert said(capsys, "--as", camille.email or "", "--team", "North")["whose"] == "team"
    for words in (["--team", "South"], ["--seller", yanis.email or ""], ["--team", "Nowhere"]):
        assert main(["worth", "--json", "--as", camille.email or "", *words]) == 2
        assert json.loads(capsys.readouterr().out)["error"] == "not_found"


def test_the_program_sees_all_one_team_or_one_seller(capsys: pytest.CaptureFixture[str], yanis: User) -> None:
    assert said(capsys)["ratio"]["sales"] == 11
    assert said(capsys, "--team", "south")["ratio"]["sales"] == 1
    one = said(capsys, "--seller", yanis.email or "")
    assert (one["seller"], one["ratio"]["contacts_per_sale"]["need"]) == ("Yanis Benkirane", 4)


def test_without_json_it_is_read_at_a_glance(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    assert main(["worth", "--as", camille.email or ""]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("€500 average commission ÷ 10 contacts a sale = €50 a contact; ")
    assert any("One hour" in line and "costs €34" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--period", "2y"], "bad_period"),
        (["--team", "Nowhere"], "unknown_team"),
        (["--seller", "nobody"], "unknown_person"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_words(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert main(["worth", "--json", *words]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == code

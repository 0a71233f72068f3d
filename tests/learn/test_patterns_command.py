"""``rebond patterns``: the figures of the screen, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from rebond.accounts.models import User
from rebond.cli import main
from rebond.learn.patterns.answers import BLOCKS
from rebond.learn.patterns.view import View
from tests.learn.patterns_made import answer, ended


@pytest.fixture(autouse=True)
def company(camille: User, yanis: User, nadia: User) -> None:
    """Two teams' losses of this month."""
    now = timezone.now()
    for place in range(12):
        ended(camille, seller="timing" if place < 8 else "terms", buyer="terms" if place < 5 else "", at=now)
    _deal, event = ended(yanis, seller="no_budget", at=now)
    answer(event, "no_budget")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["patterns", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_figures_are_those_of_the_screen(capsys: pytest.CaptureFixture[str], nadia: User) -> None:
    found = said(capsys, "--as", nadia.email or "", "--period", "3m")
    view = View.of(nadia, {"period": "3m"}, timezone.localdate())
    assert {name: found[name] for name in BLOCKS} == {
        name: json.loads(json.dumps(block(view).as_json())) for name, block in BLOCKS.items()
    }
    assert (found["as"], found["team"], found["period"], found["taxonomy"]) == (nadia.email, "North", "3m", 1)
    assert [(row["reason"], row["seller"]["k"], row["buyer"]["k"]) for row in found["voices"]["rows"]] == [
        ("terms", 4, 5), ("timing", 8, 0),
    ]  # fmt: skip


def test_the_program_sees_all_teams_or_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys)["headcount"]["losses"] == 13
    assert said(capsys, "--team", "south")["headcount"]["losses"] == 1
    assert said(capsys, "--team", "South")["voices"]["withheld"] == {"noes": 1, "wins": 0, "shown_from": 5}


def test_without_json_it_is_read_at_a_glance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patterns"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "13 losses"
    assert lines[-2].split() == ["0", "of", "5", "8", "of", "13", "Wrong", "moment,", "on", "hold"]


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--team", "West"], "unknown_team"), (["--period", "2y"], "bad_period"), (["--taxonomy", "9"], "bad_taxonomy"),
     (["--as", "nobody@rebond.example"], "unknown_person"), (["--from", "2026-01-01"], "bad_period"),
     (["--as", "camille@rebond.example", "--team", "South"], "not_found"),
     (["--as", "camille@rebond.example", "--team", "West"], "not_found")],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert main(["patterns", "--json", *words]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"] == code
    assert printed.err.startswith("rebond: ")


def test_it_speaks_the_persons_language(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    camille.language = "fr"
    camille.save()
    rows = said(capsys, "--as", camille.email or "")["voices"]["rows"]
    assert {row["label"] for row in rows} != {"Contract or payment terms", "Wrong moment, on hold"}

"""``rebond long`` and ``rebond goals``: what a person may see there, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rebond import cli
from rebond.accounts.models import User
from rebond.horizon.models import Goal, GoalKind
from tests.horizon.made import goal, mark, years

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert cli.main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_the_long_view_in_json_has_estimates_as_objects(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    years(camille)
    goal(camille, 24)
    mark(camille.team)
    found = run(capsys, "long", "--as", "camille@rebond.example")
    assert (found["whose"], found["currency"]) == ("own", "EUR")
    assert {one["measure"] for one in found["measures"]} == {"closed", "won", "win_rate_closed", "money_won"}
    (aimed,) = found["goals"]
    assert (aimed["target"], aimed["so_far"], aimed["period"]) == (24, 12, "2026")
    assert set(aimed["forecast"]["chance"]) >= {"value", "n", "method"}
    assert aimed["usual_by_now"]["cycles"] == 2
    assert found["journal"] == [{"day": "2026-04-01", "text": "Prices by the hour", "noted": True}]


def test_the_long_view_in_lines(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    years(camille)
    assert cli.main(["long", "--as", "camille@rebond.example"]) == 0
    out = capsys.readouterr().out
    assert "Half of the sales are made within" in out
    assert "<" not in out


def test_whose_is_asked_like_on_screen(
    capsys: pytest.CaptureFixture[str], camille: User, nadia: User, yanis: User
) -> None:
    years(yanis, months=1)
    team = run(capsys, "long", "--as", "camille@rebond.example", "--team")
    assert team["whose"] == "team"
    refused = run(capsys, "long", "--as", "nadia@rebond.example", "--seller", "yanis@rebond.example", code=2)
    assert refused["error"] == "not_found"
    refused = run(capsys, "long", "--as", "camille@rebond.example", "--team", "South", code=2)
    assert refused["error"] == "not_found"
    assert run(capsys, "long", "--seller", "yanis@rebond.example")["whose"] == f"seller-{yanis.pk}"


def test_goals_are_set_changed_listed_and_ended(capsys: pytest.CaptureFixture[str], camille: User, nadia: User) -> None:
    lead = ("--as", "nadia@rebond.example")
    made = run(capsys, "goals", "set", "2026", "--sales", "40", "--seller", "camille@rebond.example", *lead)
    assert (made["target"], made["seller"], made["kind"]) == (40, "camille@rebond.example", "quota")
    again = run(capsys, "goals", "set", "2026", "--sales", "40", "--seller", camille.name, *lead, code=2)
    assert again["error"] == "goal_there"
    new = run(
        capsys, "goals", "set", "2026", "--sales", "30", "--seller", camille.name, "--why", "Two sites left", *lead
    )
    assert [one["target"] for one in new["editions"]] == [40, 30]
    money = run(capsys, "goals", "set", "2026-Q3", "--money", "120000", "--team", "North", *lead)
    assert (money["target"], money["currency"], money["team"]) == (120000.0, "EUR", "North")
    assert [one["target"] for one in run(capsys, "goals", "list", *lead)] == [30, 120000.0]
    assert run(capsys, "goals", "end", str(new["id"]), *lead)["ended"] is not None
    assert Goal.objects.filter(ended_at=None).count() == 1
    assert Goal.objects.get(pk=new["id"]).by == nadia


def test_what_one_may_not_set_is_refused_and_personal_goals_stay_hidden(
    capsys: pytest.CaptureFixture[str], camille: User, nadia: User
) -> None:
    mine = run(capsys, "goals", "set", "2026", "--sales", "45", "--own", "--as", "camille@rebond.example")
    assert mine["kind"] == GoalKind.PERSONAL
    assert run(capsys, "goals", "list") == []
    assert run(capsys, "goals", "list", "--as", nadia.name) == []
    for words in (("--seller", camille.name), ("--team", "North")):
        refused = run(capsys, "goals", "set", "2026", "--sales", "1", *words, "--as", camille.name, code=2)
        assert refused["error"] == "not_allowed"
    assert run(capsys, "goals", "set", "2026", "--sales", "1", "--own", code=2)["error"] == "not_allowed"
    assert run(capsys, "goals", "end", str(mine["id"]), "--as", nadia.name, code=2)["error"] == "not_found"
    assert (
        run(capsys, "goals", "set", "2026", "--sales=-3", "--own", "--as", camille.name, code=2)["error"]
        == "bad_target"
    )

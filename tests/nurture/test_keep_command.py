"""``rebond keep``: the list, who is next, a contact logged, dates; as JSON and as lines."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from rebond import cli
from rebond.accounts.models import User
from rebond.deals.models import Touch
from rebond.nurture.actions import name_date
from tests.nurture.people import keep, replied

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.main(["keep", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_list_tells_signs_and_who_is_due(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    keep(camille, "Marc Delvaux")
    replied(keep(camille, "Anna Keller", due_in=40))
    code, out, _err = run(capsys, "list", "--as", "camille@rebond.example", "--json")
    found = json.loads(out)
    assert code == 0
    assert [one["who"] for one in found["signals"]] == ["Anna Keller"]
    assert [(one["who"], one["step"], one["held"]) for one in found["due"]] == [("Marc Delvaux", 1, None)]
    assert found["counts"]["due"] == 1
    lines = run(capsys, "list", "--as", "camille@rebond.example")[1]
    assert "Marc Delvaux" in lines
    assert "! Anna Keller" in lines


def test_next_tells_who_comes_after_today(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    keep(camille, "Marc Delvaux", due_in=40)
    _code, out, _err = run(capsys, "next", "--as", "camille@rebond.example", "--json")
    [one] = json.loads(out)["next"]
    assert one["due_on"] == (timezone.localdate() + timedelta(days=40)).isoformat()


@pytest.mark.parametrize("by", ["email", "name", "pk"])
def test_log_takes_a_person_by_address_name_or_id(capsys: pytest.CaptureFixture[str], camille: User, by: str) -> None:
    one = keep(camille, "Marc Delvaux")
    words = ["log", str(getattr(one.person, by)), "--how", "meeting", "--note", "Lunch"]
    code, out, _err = run(capsys, *words, "--as", "camille@rebond.example", "--json")
    touch = Touch.objects.get()
    assert code == 0
    assert (touch.person, touch.channel, touch.note, touch.owner) == (one.person, "meeting", "Lunch", camille)
    assert json.loads(out)["touch_id"] == touch.pk


def test_dates_tells_what_people_named(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    one, now = keep(camille, "Marc Delvaux"), timezone.now()
    on = timezone.localdate() + timedelta(days=120)
    name_date(person=one.person, kind="budget", on=on, words="budget in June", actor=camille, now=now)
    _code, out, _err = run(capsys, "dates", "--as", "camille@rebond.example", "--json")
    [found] = json.loads(out)["dates"]
    assert (found["who"], found["kind"], found["on"], found["words"]) == (
        "Marc Delvaux", "budget", on.isoformat(), "budget in June",
    )  # fmt: skip


def test_it_asks_whose_list_and_refuses_strangers(capsys: pytest.CaptureFixture[str], camille: User) -> None:
    keep(camille, "Marc Delvaux")
    keep(camille, "Marc Delvaux ", email="other@valmy.example")
    assert "Whose list?" in run(capsys, "list")[2]
    code, _out, err = run(capsys, "log", "Nobody Here", "--as", "camille@rebond.example")
    assert (code, "There is nobody called “Nobody Here” here." in err) == (2, True)
    assert Touch.objects.count() == 0


def test_a_colleagues_person_is_not_logged(capsys: pytest.CaptureFixture[str], camille: User, yanis: User) -> None:
    one = keep(yanis, "Tom Whitfield")
    code, _out, _err = run(capsys, "log", str(one.person_id), "--as", "camille@rebond.example")
    assert code == 2
    assert Touch.objects.count() == 0

"""A file brings back addresses that asked for silence: they stay silent, and the import says how many (L16)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.cli import main
from rebond.connect.csv.models import ImportProblem, ImportRun
from rebond.deals.models import Deal, Person
from rebond.loop import forgetting
from rebond.mail import actions
from rebond.mail.queries import suppressed
from tests.connect.test_running import imported, started

HELENE = "helene@valmy.example"
PEOPLE = (
    "ID,Name,Email,Company,Job title\n"
    f"C-12,Hélène Marchetti,{HELENE},Groupe Valmy,Head of sites\n"
    "C-13,Marc Delvaux,marc@lac.example,Brasserie du Lac,Owner\n"
    "C-14,Inès Ferrand,ines@roussel.example,Atelier Roussel,Buyer\n"
)


def written(folder: Path, text: str = PEOPLE) -> Path:
    path = folder / "people.csv"
    path.write_text(text)
    return path


def erase(person: Person) -> None:
    forgetting.erase_person(person=person, typed=person.name, actor=None, now=timezone.now())


def test_suppressed_addresses_stay_suppressed_and_are_counted(
    as_nadia: Client, nadia: User, tmp_path: Path, now: datetime
) -> None:
    for address in (HELENE, "Marc@Lac.example"):
        actions.suppress(address=address, scope="keep_in_touch", why="asked", source="x", actor=None, now=now)
    run = imported(written(tmp_path), nadia, "people")
    assert (run.created, run.rejected, run.described["silent"]) == (3, 0, 2)
    assert suppressed([HELENE, "marc@lac.example"], "keep_in_touch") == {HELENE, "marc@lac.example"}
    assert "2 addresses asked for silence; they stay silent." in as_nadia.get(f"/imports/{run.pk}").text


def test_an_erased_person_is_left_out_by_address_and_by_their_old_id(
    as_nadia: Client, nadia: User, tmp_path: Path
) -> None:
    imported(written(tmp_path), nadia, "people")
    erased = Person.objects.get(email=HELENE)
    erase(erased)
    run = imported(written(tmp_path), nadia, "people")
    assert (run.created, run.unchanged, run.rejected, run.described["erased"]) == (0, 2, 1, 1)
    without_address = PEOPLE.replace(f",{HELENE},", ",,")
    assert imported(written(tmp_path, without_address), nadia, "people").described["erased"] == 1
    erased.refresh_from_db()
    assert erased.name.startswith("Erased person")
    assert not Person.objects.filter(name__contains="Marchetti").exists()
    assert ImportProblem.objects.filter(value="").count() == 2
    assert "was left out" in as_nadia.get(f"/imports/{run.pk}").text


def test_a_deal_that_names_an_erased_person_goes_in_without_them(nadia: User, tmp_path: Path) -> None:
    imported(written(tmp_path), nadia, "people")
    erase(Person.objects.get(email=HELENE))
    text = f"Deal ID,Deal Name,Stage,Contact Name,Email\n7,Maintenance,Qualify,Hélène Marchetti,{HELENE}\n"
    run = imported(written(tmp_path, text), nadia)
    assert (run.created, run.described["silent"], run.described["erased"]) == (1, 1, 0)
    assert not Deal.objects.get(external_id="7").deal_people.exists()
    assert not Person.objects.filter(name__contains="Marchetti").exists()


def test_erasing_empties_what_left_out_rows_say(nadia: User, tmp_path: Path) -> None:
    run = imported(written(tmp_path), nadia, "people")
    waiting = started(written(tmp_path), nadia, "people")
    ImportProblem.objects.create(run=run, number=9, column="Email", value="hélène marchetti", expected="an address")
    erase(Person.objects.get(email=HELENE))
    assert ImportProblem.objects.get(number=9).value == ""
    assert waiting.path.exists()


@pytest.mark.django_db(transaction=True)
def test_the_file_is_gone_once_the_erasure_is_committed(nadia: User, tmp_path: Path) -> None:
    run = imported(written(tmp_path), nadia, "people")
    assert run.path.exists()
    erase(Person.objects.get(email=HELENE))
    assert not run.path.exists()
    assert ImportRun.objects.get(pk=run.pk).created == 3


def test_the_command_says_it_too(
    nadia: User, tmp_path: Path, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    actions.suppress(address=HELENE, scope="all", why="complained", source="x", actor=None, now=now)
    assert main(["import", "people", str(written(tmp_path)), "--yes", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["silent"], report["erased"], report["created"]) == (1, 0, 3)

"""The method's own sum, to the cent: 10 sales of €500 commission, 410 calls and 90 emails make €10.00 a contact."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.cli import main
from rebond.deals.models import Deal, Outcome, Touch
from rebond.loop.prices import make_all
from rebond.worth.models import Plan
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facts_of_one_test")]
WON, LOST, OPEN = 10, 25, 5
CALLS, EMAILS = 410, 90
SELLER = "Camille Aubry"


def _write(path: Path, head: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def _deals(path: Path, commission: str) -> Path:
    """Ten won, twenty-five lost, five open; the commission in a column of its own where there is one."""
    today = timezone.localdate()
    head = ["Deal ID", "Deal name", "Company", "Owner", "Status", "Amount", "Currency", "Created", "Close date"]
    rows = []
    for number in range(WON + LOST + OPEN):
        status = "won" if number < WON else "lost" if number < WON + LOST else "open"
        closed = "" if status == "open" else (today - timedelta(days=20 + number)).isoformat()
        opened = (today - timedelta(days=90 + number)).isoformat()
        rows.append([f"D{number}", f"Deal {number}", f"Company {number}", SELLER, status, 5000, "EUR", opened, closed])
    if commission:
        return _write(path, [*head, "Commission"], [[*row, commission if row[4] == "won" else ""] for row in rows])
    return _write(path, head, rows)


def _touches(path: Path) -> Path:
    """410 calls and 90 emails, over all deals, before their ends."""
    today, rows = timezone.localdate(), []
    for number in range(CALLS + EMAILS):
        deal = number % (WON + LOST + OPEN)
        at = today - timedelta(days=80 + deal % 5 - number % 10)
        moment = f"{at.isoformat()} {9 + number % 8:02}:{number % 60:02}:{number % 59:02}"
        rows.append([f"T{number}", f"D{deal}", moment, "call" if number < CALLS else "email", "out", SELLER])
    return _write(path, ["Activity ID", "Deal ID", "Date", "Type", "Direction", "Owner"], rows)


def _imported(tmp_path: Path, commission: str = "") -> User:
    make_user(SELLER, team=Team.objects.create(name="North"))
    assert main(["import", "deals", str(_deals(tmp_path / "deals.csv", commission)), "--yes", "--team", "North"]) == 0
    assert main(["import", "touches", str(_touches(tmp_path / "touches.csv")), "--yes"]) == 0
    seller = User.objects.get(name=SELLER)
    assert Deal.objects.filter(outcome=Outcome.WON, owner=seller).count() == WON
    assert Touch.objects.count() == CALLS + EMAILS
    return seller


def _flat_plan(seller: User) -> None:
    Plan.objects.create(
        team=seller.team, kind="flat", flat_minor=50_000, currency="EUR", valid_from=date(2020, 1, 1),
        source="the contract", at=timezone.now(),
    )  # fmt: skip


def _page(user: User, path: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def _printed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["worth", "--json", *words]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_ten_sales_and_five_hundred_contacts_make_ten_euros_a_contact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = _imported(tmp_path)
    _flat_plan(seller)
    page = _page(seller, "/time/block/ratio?part=1")
    assert "<b>€500</b><span>average commission</span>" in page
    assert "<b>50</b><span>contacts a sale</span>" in page
    assert "<b>€10.00</b><span>a contact</span>" in page
    assert "10 sales, 500 contacts" in page
    found = _printed(capsys, "--as", seller.email or seller.name)["ratio"]
    assert found["money_per_contact"]["value"] == 10.0
    assert (found["average"], found["contacts_per_sale"]["value"], found["currency"]) == (500.0, 50.0, "EUR")
    assert (found["money_per_contact"]["k"], found["money_per_contact"]["n"]) == (WON, WON + LOST + OPEN)
    assert found["money_per_contact"]["lo80"] < 10.0 < found["money_per_contact"]["hi80"]


def test_commission_that_stands_in_the_file_makes_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seller = _imported(tmp_path, commission="500")
    assert "<b>€10.00</b>" in _page(seller, "/time/block/ratio?part=1")
    assert _printed(capsys)["ratio"]["money_per_contact"]["value"] == 10.0


def test_it_is_there_in_french_as_well(tmp_path: Path) -> None:
    seller = _imported(tmp_path)
    _flat_plan(seller)
    seller.language = "fr"
    seller.save()
    assert "10,00\xa0€" in _page(seller, "/time/block/ratio?part=1")


def test_the_screen_the_command_and_the_cheat_sheet_say_the_same_ten_euros(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One company, three doors: on Value of time, in ``rebond worth --json`` and in the sixth line, to the cent."""
    seller = _imported(tmp_path)
    _flat_plan(seller)
    make_all(now=timezone.now())
    email = seller.email or seller.name
    assert "<b>€10.00</b><span>a contact</span>" in _page(seller, "/time/block/ratio?part=1")
    assert _printed(capsys, "--as", email)["ratio"]["money_per_contact"]["value"] == 10.0
    assert main(["cheatsheet", "--as", email, "--json"]) == 0
    line = json.loads(capsys.readouterr().out)["lines"][-1]
    assert line["says"] == "Every contact is worth about €10.00, also the one that meets a no."
    assert line["more"].startswith("likely €")
    assert line["more"].endswith("from 10 sales of yours")
    assert (line["figures"]["all"], line["figures"]["per_sale"]) == (1000.0, 50.0)
    assert "about €10.00" in _page(seller, "/cheatsheet")

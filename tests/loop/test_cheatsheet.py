"""The cheat sheet: six lines with one person's own numbers, on screen, as JSON, by mail and on one page of paper."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone, translation

from rebond.accounts.models import AuditEntry, User
from rebond.cli import main
from rebond.deals.models import Deal, Person
from rebond.learn.actions import ReasonGiven
from rebond.loop.cheatsheet import mailing, planning
from rebond.loop.cheatsheet.paper import as_pdf
from rebond.loop.cheatsheet.sheet import Line, Sheet, Step, compose
from rebond.loop.close import close
from rebond.loop.forgetting import erase_person
from rebond.loop.models import PriceList
from rebond.mail.actions import suppress
from rebond.mail.models import Message, MessageStatus, Scope, Why
from rebond.numbers.pricing import Prices, Rate
from rebond.refer.models import AskMoment, ReferralAsk
from tests.factories import make_deal, make_person, make_user
from tests.nurture.shelf import make_enrolment

KEYS = ["not_personal", "learn", "reasons", "ask", "keep", "numbers"]


def sheet_of(user: User, now: datetime) -> dict[str, Line]:
    with translation.override(user.language):
        return {line.key: line for line in compose(user, now=now).lines}


def lose(seller: User, code: str, helene: Person, at: datetime, *, name: str = "Lost") -> None:
    deal = make_deal(name, owner=seller, company=helene.company, people={helene: "decision_maker"})
    close(deal=deal, outcome="lost", reasons=[ReasonGiven(code)], closed_at=at, actor=seller, source="screen", now=at)


@pytest.fixture
def as_camille(camille: User) -> Client:
    client = Client()
    client.force_login(camille)
    return client


def prices(**more: object) -> Prices:
    each = Rate(1_000.0, 800.0, 1_250.0, own=(10, 500), team=(10, 500), leans="own")
    return Prices(
        "EUR", Rate(50_000.0, 50_000.0, 50_000.0, leans="own"), per_touch={"all": each, "call": each},
        per_sale=Rate(50.0, 40.0, 62.0, own=(10, 10), leans="own"), minute=50.0, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_newcomer_gets_six_true_lines_with_a_next_step_each(camille: User, now: datetime) -> None:
    lines = sheet_of(camille, now)
    assert list(lines) == KEYS
    assert "Most deals end in a no" in lines["not_personal"].says
    assert "No no so far" in lines["learn"].says
    assert "No reason is known yet" in lines["reasons"].says
    assert "Nobody comes to mind yet" in lines["ask"].says
    assert "The first will stand here" in lines["keep"].says
    assert all(line.step.text and line.step.url.startswith("/") for line in lines.values())
    assert not any(re.search(r"\d+ of \d+", line.says) for line in lines.values())


def test_the_lines_count_ones_own_noes_and_nobody_elses(
    camille: User, nadia: User, helene: Person, now: datetime
) -> None:
    for place in range(4):
        lose(camille, "timing", helene, now - timedelta(days=10 + place))
    for place in range(2):
        lose(camille, "need_misread", helene, now - timedelta(days=20 + place))
    lose(camille, "not_known_yet", helene, now - timedelta(days=1), name="Riddle")
    lose(nadia, "terms", helene, now - timedelta(days=5))
    lose(camille, "terms", helene, now - timedelta(days=400))
    lines = sheet_of(camille, now)
    assert lines["not_personal"].says == "Of 6 noes whose reason is known, 4 were not in your hands."
    assert lines["learn"].says == "0 of your 7 noes of the last twelve months are debriefed."
    assert "4 of 6" in lines["reasons"].says
    assert "2 of 6" in lines["reasons"].says
    assert lines["reasons"].step.text == "Find out why Groupe Valmy said no."
    assert "Hélène Marchetti (Groupe Valmy)" in lines["ask"].says
    assert lines["ask"].step.url.endswith(f"/keep/{helene.pk}")
    assert lines["keep"].says == "1 person who said no hears from you again."


def test_the_numbers_are_those_of_the_price_list_with_cents_while_they_are_small(camille: User, now: datetime) -> None:
    PriceList.objects.create(user=camille, made_at=now, body=prices().as_json())
    line = sheet_of(camille, now)["numbers"]
    assert line.says == "Every contact is worth about €10.00, also the one that meets a no."
    assert line.more == "likely €8–12 · a call €10.00 · from 10 sales of yours"
    assert line.step.text == "A yes takes about 50 contacts, likely 40 to 62. The next contact counts."


def test_the_screen_shows_the_six_lines_in_the_readers_language(as_camille: Client, camille: User) -> None:
    page = as_camille.get("/cheatsheet")
    assert page.status_code == 200
    assert page.content.count(b"<li id=") == len(KEYS)
    camille.language = "fr"
    camille.save()
    assert 'lang="fr"' in as_camille.get("/cheatsheet").text


def test_nobody_reads_it_signed_out_and_it_answers_get_alone(as_camille: Client) -> None:
    for path in ("/cheatsheet", "/cheatsheet.pdf"):
        assert Client().get(path).status_code == 302
        assert as_camille.post(path).status_code == 405


def test_the_paper_is_one_page_of_a4_with_letters_of_its_own(as_camille: Client) -> None:
    answer = as_camille.get("/cheatsheet.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in answer.content
    assert re.search(rb"/MediaBox \[ 0 0 595\.\d+ 841\.\d+ \]", answer.content)


def test_very_long_lines_are_set_smaller_until_they_fit_one_page(camille: User, now: datetime) -> None:
    long = "Žluťoučký kůň & <b>Zieliński</b> " * 26
    lines = tuple(Line(key, "A title", long, Step(long, "/today"), more=long) for key in KEYS)
    page = as_pdf(Sheet(camille, now.date(), lines))
    assert page.count(b"/Type /Page\n") == 1


def test_the_command_prints_it_as_text_json_and_paper(
    camille: User, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    assert main(["cheatsheet", "--as", camille.email or "", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [line["key"] for line in told["lines"]] == KEYS
    file = f"{tmp_path}/sheet.pdf"
    assert main(["cheatsheet", "--as", camille.email or "", "--pdf", file]) == 0
    assert "1. Do not take it personally" in capsys.readouterr().out
    assert Path(file).read_bytes().startswith(b"%PDF-")
    assert main(["cheatsheet", "--as", camille.email or "", "--pdf", f"{tmp_path}/no/such/folder.pdf"]) == 2
    assert main(["cheatsheet"]) == 2


def test_each_monday_everybody_of_a_team_gets_one_and_never_two(camille: User, nadia: User, admin_user: User) -> None:
    monday = datetime(2026, 6, 8, 5, 5, tzinfo=timezone.get_current_timezone())
    nadia.weekly_sheet = False
    nadia.save()
    assert planning.plan_sheets(now=monday) == 1
    assert planning.plan_sheets(now=monday + timedelta(hours=1)) == 0
    message = Message.objects.get()
    assert (message.purpose, message.recipient) == (mailing.PURPOSE, camille.email)
    assert message.send_at.astimezone(timezone.get_current_timezone()).hour >= 5
    assert "Do not take it personally" in message.text
    assert "/cheatsheet.pdf" in message.text
    assert planning.plan_sheets(now=monday + timedelta(days=3)) == 0
    assert planning.plan_sheets(now=monday + timedelta(days=7)) == 1


def test_who_turned_it_off_meanwhile_gets_nothing(camille: User, as_camille: Client) -> None:
    monday = datetime(2026, 6, 8, 5, 5, tzinfo=timezone.get_current_timezone())
    planning.plan_sheets(now=monday)
    message = Message.objects.get()
    assert mailing.guard(message, monday) == ""
    kept = {"name": camille.name, "language": "en", "time_zone": "Europe/Paris", "theme": "system", "day_minutes": "45"}
    assert as_camille.post("/settings", kept).status_code == 302
    camille.refresh_from_db()
    assert camille.weekly_sheet is False
    assert mailing.guard(message, monday) == "not_wanted"
    assert message.status == MessageStatus.PLANNED
    assert AuditEntry.objects.filter(verb="accounts.set_preferences").exists()


def test_it_is_a_constant_number_of_queries(
    camille: User, helene: Person, now: datetime, django_assert_max_num_queries: object
) -> None:
    for place in range(12):
        lose(camille, "timing", helene, now - timedelta(days=1 + place))
    with django_assert_max_num_queries(36):  # type: ignore[operator]
        compose(camille, now=now)


def test_a_lead_sees_their_own_sheet_never_a_sellers(camille: User, nadia: User, helene: Person, now: datetime) -> None:
    lose(camille, "timing", helene, now - timedelta(days=2))
    assert "No no so far" in sheet_of(nadia, now)["learn"].says
    other = make_user("Zoé Nouvelle", team=camille.team)
    assert "No no so far" in sheet_of(other, now)["learn"].says


def test_who_asked_for_silence_is_not_said_to_have_a_note_waiting(
    camille: User, deal: Deal, helene: Person, now: datetime
) -> None:
    """The next whose turn it is stands there; one without an address is called."""
    mine = make_enrolment(helene, camille, due_on=date(2026, 6, 1), due_because="interval")
    suppress(address=helene.email, scope=Scope.KEEP_IN_TOUCH, why=Why.ASKED, source="test", actor=None, now=now)
    mine.refresh_from_db()
    mine.status, mine.due_on, mine.due_because = "active", date(2026, 6, 1), "interval"
    mine.save()
    assert "Hélène" not in sheet_of(camille, now)["keep"].step.text
    marc = make_person("Marc Roy", phone="+33 6 00 00 00 00")
    make_enrolment(marc, camille, due_on=date(2026, 6, 2), due_because="interval")
    assert sheet_of(camille, now)["keep"].step.text == "It is Marc Roy’s turn: a call."


def test_an_erased_person_is_not_asked_for_an_introduction(
    camille: User, admin_user: User, helene: Person, now: datetime
) -> None:
    lose(camille, "no_budget", helene, now - timedelta(days=10))
    asked = sheet_of(camille, now)["ask"]
    erase_person(person=helene, typed=helene.name, actor=admin_user, now=now)
    assert (asked.figures, sheet_of(camille, now)["ask"].figures) == ({"people": [helene.pk]}, {"people": []})


def test_whose_ask_is_due_stands_first_and_leads_to_the_ask(camille: User, helene: Person, now: datetime) -> None:
    marc = make_person("Marc Roy", email="marc@roy.example")
    lose(camille, "no_budget", helene, now - timedelta(days=10))
    due = {"moment": AskMoment.TALK, "due_on": now.date(), "until_on": now.date(), "planned_at": now}
    ask = ReferralAsk.objects.create(person=marc, owner=camille, team=camille.team, **due)
    line = sheet_of(camille, now)["ask"]
    assert line.figures == {"people": [marc.pk, helene.pk]}
    assert line.step.url == f"/advocates/asks/{ask.pk}"
    suppress(address=marc.email, scope=Scope.REFERRAL, why=Why.ASKED, source="test", actor=None, now=now)
    assert sheet_of(camille, now)["ask"].figures == {"people": [helene.pk]}

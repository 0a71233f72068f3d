from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import Team, User
from rebond.base.workdays import first_workday
from rebond.deals.models import CloseEvent, Person
from rebond.facts import warm
from rebond.jobs.models import Schedule
from rebond.learn.actions.digests import plan_digests
from rebond.learn.actions.pools import release_pools
from rebond.learn.lessons import monthly
from rebond.learn.lessons.digest import compose, letter
from rebond.learn.models import Action, Consent, Mode
from rebond.learn.work.digest import send_digests
from rebond.loop.schedules import install
from rebond.mail.models import Message
from rebond.mail.work.sending import send
from tests.factories import make_closed_deal, make_person, make_user
from tests.learn.lessons_made import make_answer, make_debrief, say
from tests.mail.server import SmtpServer
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

TODAY = date(2026, 6, 1)
MONDAY = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
CLOSED = datetime(2026, 4, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def lost(camille: User, helene: Person) -> CloseEvent:
    _deal, event = make_closed_deal("lost", owner=camille, company=helene.company, closed_at=CLOSED)
    say(event, "timing")
    make_debrief(event, camille)
    return event


def ends(owner: User, count: int) -> None:
    for _number in range(count):
        _deal, event = make_closed_deal("lost", owner=owner, closed_at=CLOSED)
        say(event, "value_unclear")
        make_debrief(event, owner)
    warm.refresh()


def text_for(user: User) -> str:
    return letter(compose(user, TODAY)).text


def test_it_holds_a_text_a_finding_with_its_cases_and_an_action(
    camille: User, lost: CloseEvent, helene: Person
) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    ends(camille, 12)
    Action.objects.create(owner=camille, text="Ask who signs", due_on=TODAY, created_at=CLOSED)
    found = compose(camille, TODAY)
    assert [shown.quote.text for shown in found.quotes] == ["Nobody called back."]
    assert found.finding is not None
    assert "13" in found.cases
    assert found.action is not None
    text = text_for(camille)
    assert "“Nobody called back.”" in text
    assert "Hélène Marchetti" in text
    assert str(found.finding.headline) in text
    assert "Ask who signs" in text
    assert "<" not in text


@pytest.mark.parametrize("consent", [Consent.NO, Consent.ASK])
def test_words_without_consent_stay_out(camille: User, lost: CloseEvent, helene: Person, consent: str) -> None:
    make_answer(lost, helene, words="Nobody called back.", consent=consent)
    assert compose(camille, TODAY).quotes == ()


@pytest.mark.parametrize(("answers", "shown"), [(4, 0), (6, 3)])
def test_confidential_answers_stay_out_below_five(
    camille: User, nadia: User, north: Team, lost: CloseEvent, answers: int, shown: int
) -> None:
    for number in range(answers):
        make_answer(lost, make_person(f"Zoé {number}"), mode=Mode.CONFIDENTIAL, consent=Consent.ANONYMOUS,
                    words=f"Secret {number}")  # fmt: skip
    release_pools(team_id=north.pk, won=False, now=MONDAY)
    warm.refresh()
    for user in (camille, nadia):
        assert text_for(user).count("Secret") == shown
        assert "Zoé" not in text_for(user)


def test_another_teams_words_stay_with_it(yanis: User, lost: CloseEvent, helene: Person) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    assert compose(yanis, TODAY).quotes == ()


def test_a_seller_does_not_read_the_answer_before_their_own_six(camille: User, helene: Person) -> None:
    _deal, event = make_closed_deal("lost", owner=camille, company=helene.company, closed_at=CLOSED)
    make_debrief(event, camille, finished=False)
    make_answer(event, helene, words="Nobody called back.")
    assert "Nobody called back." not in text_for(camille)


def test_it_is_planned_once_a_month_for_whoever_can_sign_in(
    camille: User, nadia: User, north: Team, lost: CloseEvent, helene: Person
) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    make_user("Imported Seller", team=north, email=None)
    make_user("Gone Away", team=north, is_active=False)
    assert plan_digests(now=MONDAY) == 2
    assert plan_digests(now=MONDAY) == 0
    planned = Message.objects.order_by("pk")
    assert [message.key for message in planned] == [
        f"learn.digest:{camille.pk}:2026-06", f"learn.digest:{nadia.pk}:2026-06",
    ]  # fmt: skip
    assert planned[0].send_at == datetime(2026, 6, 1, 6, 30, tzinfo=UTC)  # half past eight in Paris
    plan_digests(now=datetime(2026, 7, 1, 4, 0, tzinfo=UTC))
    assert Message.objects.count() == 4


def test_not_before_the_first_working_day(camille: User, lost: CloseEvent, helene: Person) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    assert plan_digests(now=datetime(2026, 8, 1, 4, 0, tzinfo=UTC)) == 0  # a Saturday
    assert not Message.objects.exists()
    assert plan_digests(now=datetime(2026, 8, 3, 4, 0, tzinfo=UTC)) == 1


def test_nothing_to_say_and_nobody_to_say_it_to_send_nothing(camille: User, lost: CloseEvent, helene: Person) -> None:
    assert plan_digests(now=MONDAY) == 0
    assert not Message.objects.exists()
    make_answer(lost, helene, words="Nobody called back.")
    assert plan_digests(now=MONDAY) == 1
    message = Message.objects.get()
    assert monthly.guard(message, MONDAY) == ""
    assert "Nobody called back." in monthly.write(message, MONDAY).text
    User.objects.filter(pk=camille.pk).update(is_active=False)
    assert monthly.guard(message, MONDAY) == "cannot_sign_in"


def test_it_arrives_once_at_a_real_mail_server_and_is_kept(
    smtp_server: SmtpServer, camille: User, nadia: User, lost: CloseEvent, helene: Person
) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    plan_digests(now=MONDAY)
    User.objects.filter(pk=nadia.pk).update(is_active=False)
    at = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)
    assert dict(send(clock=lambda: at))["accepted"] == 1
    plan_digests(now=at)
    assert not dict(send(clock=lambda: at)).get("accepted")
    (got,) = smtp_server.received
    assert got.recipients == ["camille@rebond.example"]
    assert got.mail["Subject"] == "June 2026 in three minutes"
    assert "“Nobody called back.”" in got.text
    kept = Message.objects.get(key=monthly.key_of(camille, TODAY))
    assert (kept.status, kept.subject) == ("accepted", "June 2026 in three minutes")
    assert Message.objects.get(key=monthly.key_of(nadia, TODAY)).reason == "cannot_sign_in"


def test_it_comes_in_the_readers_language(nadia: User, lost: CloseEvent, helene: Person) -> None:
    make_answer(lost, helene, words="Nobody called back.")
    nadia.language = "fr"
    assert letter(compose(nadia, TODAY)).subject == "Trois minutes pour juin 2026"


def test_words_removed_on_request_leave_the_digests_that_wait_and_those_that_went(
    as_admin: Client, camille: User, nadia: User, lost: CloseEvent, helene: Person
) -> None:
    User.objects.filter(pk=nadia.pk).update(language="fr")
    answer = make_answer(lost, helene, words='Nobody called back.\nNot even once, "really".')
    warm.refresh()
    plan_digests(now=MONDAY)
    Message.objects.filter(recipient=camille.email).update(status="accepted")
    told = Message.objects.filter(text__contains="Nobody called back.")
    assert {message.language for message in told} == {"en", "fr"}
    as_admin.post(f"/feedback/answers/{answer.pk}", {"asked": "all"})
    assert not Message.objects.filter(text__contains="called").exists()
    assert Message.objects.filter(text__contains="[…]").count() >= 2


def test_the_page_shows_it_as_it_would_go(
    as_camille: Client, as_yanis: Client, as_admin: Client, lost: CloseEvent, helene: Person
) -> None:
    make_answer(lost, helene, words="Nobody <b>called</b> back.")
    assert [status(c, "get", "/patterns/digest") for c in (as_camille, as_yanis, as_admin)] == [200, 200, 200]
    assert "Nothing to say yet" in as_yanis.get("/patterns/digest").content.decode()
    assert "<b>called</b>" not in as_camille.get("/patterns/digest").content.decode()
    assert_wrong_method(as_camille, "/patterns/digest", "get")
    assert_signed_out_is_sent_to_sign_in("/patterns/digest")


def test_it_comes_round_by_itself(camille: User, nadia: User, helene: Person) -> None:
    lately = timezone.now() - timedelta(days=20)
    _deal, event = make_closed_deal("lost", owner=camille, company=helene.company, closed_at=lately)
    make_debrief(event, camille)
    make_answer(event, helene, words="Nobody called back.")
    install(now=MONDAY)
    assert Schedule.objects.get(name="learn.digest").task == "rebond.learn.work.digest.send_digests"
    expected = 2 if timezone.localdate() >= first_workday(timezone.localdate()) else 0
    assert send_digests.call() == expected
    assert Message.objects.filter(purpose="learn.digest").count() == expected


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_first_working_day_is_the_first_that_is_one(day: date) -> None:
    found = first_workday(day)
    assert (found.year, found.month) == (day.year, day.month)
    assert found.weekday() < 5
    assert all(date(day.year, day.month, earlier).weekday() >= 5 for earlier in range(1, found.day))

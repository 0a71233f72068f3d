"""The hall of fame: title, lesson and month stay; a name and the sound as long as they are let."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.celebrate.actions.lessons import lesson_of, retire
from rebond.celebrate.models import Consent, Contest, Lesson, Mark, Nomination, Preference, Recording
from rebond.deals.models import Deal
from rebond.learn.actions import ReasonGiven
from rebond.loop.close import close
from tests.celebrate.test_lessons import call_of, take_back

pytestmark = pytest.mark.django_db
HALL, MAY = "/calls/hall", date(2026, 5, 1)


@pytest.fixture
def now() -> datetime:
    """What the clock says."""
    return timezone.now()


def contest_of(organiser: User, now: datetime, *, team: Team | None, month: date = MAY) -> Contest:
    return Contest.objects.create(month=month, team=team, organiser=organiser, state="announced", made_at=now)


def nomination(
    contest: Contest, nominee: User, now: datetime, *, call: Recording | None = None, **said: Any
) -> Nomination:
    first = {
        "title": "Silence after the price",
        "lesson": "She filled it herself.",
        "situation": "they say it is too dear",
    }
    return Nomination.objects.create(
        contest=contest, recording=call or call_of(nominee, now), nominee=nominee, by=nominee, at=now,
        status="shortlisted", **first | said,
    )  # fmt: skip


def test_a_winner_becomes_a_lesson_once(camille: User, nadia: User, now: datetime) -> None:
    contest = contest_of(nadia, now, team=camille.team)
    call = call_of(camille, now)
    clip = Mark.objects.create(recording=call, by=camille, at_ms=1_000, until_ms=30_000, made_at=now)
    named = nomination(contest, camille, now, call=call, clip=clip)
    made = lesson_of(nomination=named, place=1, now=now)
    assert lesson_of(nomination=named, place=1, now=now) == made
    kept = Lesson.objects.get()
    assert (kept.title, kept.text, kept.situation) == (named.title, named.lesson, named.situation)
    assert (kept.recording, kept.clip, kept.author, kept.team) == (call, clip, camille, camille.team)
    assert (kept.month, kept.won, kept.from_loss, kept.nomination) == (MAY, True, False, named)
    assert AuditEntry.objects.filter(verb="celebrate.keep_lesson").count() == 1


def test_a_lost_call_may_win_and_is_a_lesson_from_a_no(
    as_camille: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    close(deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], actor=camille, source="screen", now=now)
    call = call_of(camille, now)
    call.deal = deal
    call.save()
    named = nomination(contest_of(nadia, now, team=camille.team), camille, now, call=call)
    made = lesson_of(nomination=named, place=1, now=now)
    assert (made.won, made.from_loss) == (True, True)
    assert "learnt from a no" in as_camille.get(HALL).content.decode()


def test_months_stand_newest_first_the_winners_before_the_others(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    june = contest_of(nadia, now, team=camille.team, month=date(2026, 6, 1))
    may = contest_of(nadia, now, team=camille.team)
    for contest, title, place in ((june, "second", 2), (june, "won", 1), (may, "tied one", 1), (may, "tied two", 1)):
        lesson_of(nomination=nomination(contest, camille, now, title=title), place=place, now=now)
    months = as_nadia.get(HALL).context["months"]
    shown = [(month.words, [one.lesson.title for one in month.winners], [one.lesson.title for one in month.others])
             for month in months]  # fmt: skip
    assert shown == [("June 2026", ["won"], ["second"]), ("May 2026", ["tied one", "tied two"], [])]


def test_name_and_sound_go_at_once_with_the_consent_and_the_lesson_stays(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    call = call_of(camille, now)
    made = lesson_of(
        nomination=nomination(contest_of(nadia, now, team=camille.team), camille, now, call=call), place=1, now=now
    )
    pages = (HALL, "/calls/lessons", f"/calls/lessons/{made.pk}")
    for path in pages:
        page = as_nadia.get(path).content.decode()
        assert "Camille Aubry" in page
        assert "recording is gone" not in page
    take_back(call, now, user=camille)
    for path in pages:
        page = as_nadia.get(path).content.decode()
        assert "Camille Aubry" not in page
        assert f"/calls/{call.pk}/sound" not in page
        assert "recording is gone, the lesson stays" in page
        assert "Silence after the price" in page
        assert "She filled it herself." in page
    assert "May 2026" in as_nadia.get(HALL).content.decode()


def test_consent_to_the_contest_taken_back_takes_the_name_away_too(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    call = call_of(camille, now)
    named = nomination(contest_of(nadia, now, team=camille.team), camille, now, call=call)
    lesson_of(nomination=named, place=1, now=now)
    voice = call.voices.get(user=camille)
    Consent.objects.create(voice=voice, purpose="contest", proof="mail", given_on=MAY, at=now, withdrawn_at=now)
    assert "Camille Aubry" not in as_nadia.get(HALL).content.decode()


@pytest.mark.parametrize("wish", [{"show_name": False}, {"visibility": "nobody"}])
def test_the_name_follows_what_they_want_now(
    wish: dict[str, Any], as_yanis: Client, camille: User, nadia: User, now: datetime
) -> None:
    Preference.objects.create(user=camille, visibility="everyone")
    lesson_of(nomination=nomination(contest_of(nadia, now, team=None), camille, now), place=1, now=now)
    assert "Camille Aubry" in as_yanis.get(HALL).content.decode()
    Preference.objects.filter(user=camille).update(**wish)
    page = as_yanis.get(HALL).content.decode()
    assert "Camille Aubry" not in page
    assert "Silence after the price" in page


def test_a_recording_that_is_deleted_leaves_the_lesson(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    made = lesson_of(nomination=nomination(contest_of(nadia, now, team=camille.team), camille, now), place=1, now=now)
    Recording.objects.update(status="removed", stored="", removed_because="old")
    page = as_nadia.get(HALL).content.decode()
    assert "Camille Aubry" in page  # it was only too old
    assert "recording is gone" in page
    Lesson.objects.filter(pk=made.pk).update(recording=None)
    assert "recording is gone" in as_nadia.get(f"/calls/lessons/{made.pk}").content.decode()


def test_a_retired_lesson_stays_in_the_hall(as_nadia: Client, camille: User, nadia: User, now: datetime) -> None:
    made = lesson_of(nomination=nomination(contest_of(nadia, now, team=camille.team), camille, now), place=1, now=now)
    retire(lesson=made, actor=nadia, now=now)
    assert "Silence after the price" in as_nadia.get(HALL).content.decode()
    assert as_nadia.get("/calls/lessons").context["rows"] == []


def test_another_teams_month_is_not_shown(as_yanis: Client, camille: User, nadia: User, now: datetime) -> None:
    lesson_of(nomination=nomination(contest_of(nadia, now, team=camille.team), camille, now), place=1, now=now)
    page = as_yanis.get(HALL).content.decode()
    assert "Silence after the price" not in page
    assert "No call of a month yet" in page


def test_three_years_of_months_take_as_many_queries_as_one(
    as_nadia: Client, camille: User, nadia: User, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    call = call_of(camille, now)
    Lesson.objects.bulk_create(
        Lesson(title=f"Call {n}", text="t", author=camille, team=camille.team, recording=call, won=n % 5 == 0,
               month=date(2024 + n // 5 // 12, n // 5 % 12 + 1, 1), made_at=now)
        for n in range(5 * 36)
    )  # fmt: skip
    with django_assert_max_num_queries(24):
        months = as_nadia.get(HALL).context["months"]
    assert len(months) == 36
    assert [len(month.winners) for month in months] == [1] * 36

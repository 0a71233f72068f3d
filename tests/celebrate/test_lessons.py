"""The library of lessons: found by situation, kept in words, with a name and a sound only while these are let."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import RebondError
from rebond.celebrate.actions.lessons import cheer_lesson, keep_lesson, retire
from rebond.celebrate.models import Cheer, Consent, Lesson, Mark, Preference, Recording, Voice
from rebond.celebrate.queries.lessons import fitting
from rebond.deals.models import Deal, SearchEntry
from rebond.learn.actions import ReasonGiven
from rebond.loop.close import close, reopen
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
LIBRARY = "/calls/lessons"


@pytest.fixture
def now() -> datetime:
    """What the clock says."""
    return timezone.now()


def lesson(author: User, now: datetime, **said: Any) -> Lesson:
    first = {"title": "Ask what it is compared with", "text": "Then she said it herself.", "from_loss": False}
    situation = said.pop("situation", "they say it is too dear")
    return keep_lesson(**first | said, situation=situation, author=author, actor=author, now=now)


def call_of(owner: User, now: datetime, *, agreed: bool = True) -> Recording:
    """A recording with two voices, the owner's and a customer's, who agreed to the library (or only the owner did)."""
    call = Recording.objects.create(
        title="A call", owner=owner, team=owner.team, status="ready", stored="a.mp3", kind="mp3", duration_ms=60_000,
        made_at=now, ready_at=now,
    )  # fmt: skip
    voices = [Voice.objects.create(recording=call, user=owner), Voice.objects.create(recording=call, name="H. M.")]
    for voice in voices if agreed else voices[:1]:
        Consent.objects.create(voice=voice, purpose="library", proof="mail", given_on=date(2026, 6, 1), at=now)
    return call


def take_back(call: Recording, now: datetime, **of: Any) -> None:
    Consent.objects.filter(voice__in=Voice.objects.filter(recording=call, **of)).update(withdrawn_at=now)


def found(client: Client, query: str) -> list[int]:
    answer = client.get(LIBRARY, {"q": query})
    assert answer.status_code == 200
    return [shown.lesson.pk for shown in answer.context["rows"]]


def test_a_lesson_from_a_no_is_kept_and_found(as_camille: Client, camille: User, as_nadia: Client) -> None:
    typed = {
        "title": "Ask who signs",
        "text": "I asked too late.",
        "situation": "the boss was not there",
        "from_loss": "on",
    }
    answer = as_camille.post(f"{LIBRARY}/new", typed)
    kept = Lesson.objects.get()
    assert answer["Location"] == f"{LIBRARY}/{kept.pk}"
    assert (kept.from_loss, kept.author, kept.team, kept.retired_at) == (True, camille, camille.team, None)
    assert SearchEntry.objects.get(kind="lesson").record_id == kept.pk
    assert AuditEntry.objects.filter(verb="celebrate.keep_lesson", subject_id=str(kept.pk)).count() == 1
    page = as_nadia.get(LIBRARY, {"q": "boss"}).content.decode()
    assert "Ask who signs" in page
    assert "learnt from a no" in page


def test_without_a_text_what_was_typed_stays(as_camille: Client) -> None:
    answer = as_camille.post(f"{LIBRARY}/new", {"title": "Ask who signs", "situation": "the first call"})
    assert answer.status_code == 400
    assert "Ask who signs" in answer.content.decode()
    assert not Lesson.objects.exists()


def test_only_spaces_are_no_lesson(camille: User, now: datetime) -> None:
    with pytest.raises(RebondError) as refused:
        lesson(camille, now, text="  \x00 ")
    assert refused.value.code == "lesson_empty"


@pytest.mark.parametrize("query", ["dear", "DEA", "trop", "trop cher", "tr ch", "cher trop", "signé"])
def test_words_and_their_beginnings_find_it_whatever_accents_and_order(
    query: str, as_camille: Client, camille: User, now: datetime
) -> None:
    wanted = lesson(camille, now, situation="c’est trop cher (too dear)", text="Elle a signe plus tard.")
    lesson(camille, now, situation="no answer after the quote", title="Ring on Thursday", text="It was the day.")
    assert found(as_camille, query) == [wanted.pk]


@pytest.mark.parametrize("query", ["zzz", 'OR "', "dear quote", "* ) ("])
def test_nothing_found_or_no_words_at_all_is_an_answer(
    query: str, as_camille: Client, camille: User, now: datetime
) -> None:
    kept = lesson(camille, now)
    assert found(as_camille, query) == ([kept.pk] if query == "* ) (" else [])


def test_the_filter_shows_those_from_a_no(as_camille: Client, camille: User, now: datetime) -> None:
    lesson(camille, now)
    lost = lesson(camille, now, from_loss=True)
    rows = as_camille.get(LIBRARY, {"from": "loss", "q": "dear"}).context["rows"]
    assert [shown.lesson for shown in rows] == [lost]


def test_situations_most_lessons_are_about_stand_beside_the_search(
    as_camille: Client, camille: User, now: datetime
) -> None:
    for situation in ("They want to wait", "too dear", "they want to WAIT", "they want to wait"):
        lesson(camille, now, situation=situation)
    situations = as_camille.get(LIBRARY).context["situations"]
    assert [one.lower() for one in situations] == ["they want to wait", "too dear"]


def test_an_empty_library_offers_situations_to_begin_with(as_camille: Client) -> None:
    page = as_camille.get(LIBRARY).content.decode()
    assert "The first lesson helps the next one of us" in page
    assert "?situation=they%20say%20it%20is%20too%20dear" in page


def test_a_team_keeps_its_own_and_everybody_may_have_others(
    as_yanis: Client, as_admin: Client, camille: User, south: Team, now: datetime
) -> None:
    own, wide = lesson(camille, now), lesson(camille, now, for_everybody=True)
    assert own.team == camille.team
    assert found(as_yanis, "dear") == [wide.pk]
    assert found(as_admin, "dear") == [wide.pk, own.pk]
    assert status(as_yanis, "get", f"{LIBRARY}/{own.pk}") == 404
    assert status(as_yanis, "get", f"{LIBRARY}/{wide.pk}") == 200


def test_who_keeps_their_name_to_themselves_is_not_named(
    as_nadia: Client, as_camille: Client, as_yanis: Client, camille: User, now: datetime
) -> None:
    path = f"{LIBRARY}/{lesson(camille, now, for_everybody=True).pk}"
    assert "Camille Aubry" in as_nadia.get(path).content.decode()
    assert "Camille Aubry" not in as_yanis.get(path).content.decode()  # their own team hears it, the default
    Preference.objects.create(user=camille, show_name=False)
    assert "Camille Aubry" not in as_nadia.get(path).content.decode()
    assert "Camille Aubry" in as_camille.get(path).content.decode()


def test_the_sound_plays_only_while_every_voice_agrees_and_the_lesson_stays(
    as_nadia: Client, camille: User, now: datetime
) -> None:
    call = call_of(camille, now)
    path = f"{LIBRARY}/{lesson(camille, now, recording=call).pk}"
    assert as_nadia.get(path).context["recording"] == call
    take_back(call, now, user=None)
    answer = as_nadia.get(path)
    assert answer.context["recording"] is None
    page = answer.content.decode()
    assert "The recording is gone, the lesson stays." in page
    assert "Then she said it herself." in page
    assert "Camille Aubry" in page  # the customer took theirs back, not she


def test_a_seller_who_takes_consent_back_is_no_longer_named_either(
    as_nadia: Client, camille: User, now: datetime
) -> None:
    call = call_of(camille, now)
    path = f"{LIBRARY}/{lesson(camille, now, recording=call).pk}"
    take_back(call, now, user=camille)
    assert "Camille Aubry" not in as_nadia.get(path).content.decode()
    Consent.objects.create(
        voice=Voice.objects.get(user=camille), purpose="library", proof="mail", given_on=date(2026, 6, 1), at=now
    )
    assert "Camille Aubry" in as_nadia.get(path).content.decode()


@pytest.mark.parametrize("gone", ["never agreed", "removed", "without voices"])
def test_a_sound_that_may_not_be_heard_is_not_offered(
    gone: str, as_nadia: Client, camille: User, now: datetime
) -> None:
    call = call_of(camille, now, agreed=gone != "never agreed")
    if gone == "removed":
        Recording.objects.update(status="removed", stored="")
    if gone == "without voices":
        Voice.objects.all().delete()
    answer = as_nadia.get(f"{LIBRARY}/{lesson(camille, now, recording=call).pk}")
    assert answer.context["recording"] is None
    assert answer.status_code == 200


def test_a_clip_of_another_recording_is_left_out(camille: User, now: datetime) -> None:
    call, other = call_of(camille, now), call_of(camille, now)
    clip = Mark.objects.create(recording=other, by=camille, at_ms=1_000, until_ms=9_000, made_at=now)
    assert lesson(camille, now, recording=call, clip=clip).clip is None
    assert lesson(camille, now, recording=other, clip=clip).clip == clip


def test_a_lesson_is_kept_from_a_call_one_may_open_and_from_no_other(
    as_camille: Client, as_yanis: Client, camille: User, now: datetime
) -> None:
    call = call_of(camille, now, agreed=False)
    typed = {"title": "Wait", "text": "Four seconds.", "recording": call.pk}
    assert status(as_yanis, "get", f"{LIBRARY}/new?recording={call.pk}") == 404
    assert as_yanis.post(f"{LIBRARY}/new", typed).status_code == 404
    assert not Lesson.objects.exists()
    assert as_camille.post(f"{LIBRARY}/new", typed).status_code == 302
    assert Lesson.objects.get().recording == call


def test_thanks_are_said_once_each_and_their_words_may_be_changed(
    as_nadia: Client, nadia: User, camille: User, now: datetime
) -> None:
    kept = lesson(camille, now)
    for words in ("", "It worked on Monday", ""):
        assert as_nadia.post(f"{LIBRARY}/{kept.pk}/cheer", {"words": words}).status_code == 302
    assert [(one.by, one.words) for one in Cheer.objects.all()] == [(nadia, "It worked on Monday")]
    page = as_nadia.get(f"{LIBRARY}/{kept.pk}").content.decode()
    assert "It helped 1 colleague" in page
    assert "It worked on Monday" in page
    assert AuditEntry.objects.filter(verb="celebrate.cheer_lesson").count() == 1


def test_a_retired_lesson_is_not_found_and_can_be_taken_up(
    as_camille: Client, as_nadia: Client, camille: User, now: datetime
) -> None:
    kept = lesson(camille, now)
    assert as_nadia.post(f"{LIBRARY}/{kept.pk}/retire").status_code == 302  # she leads the team
    assert found(as_camille, "dear") == []
    assert "no longer found" in as_camille.get(f"{LIBRARY}/{kept.pk}").content.decode()
    as_camille.post(f"{LIBRARY}/{kept.pk}/retire", {"back": "1"})
    assert found(as_camille, "dear") == [kept.pk]


def test_the_doors(as_camille: Client, as_yanis: Client, camille: User, now: datetime) -> None:
    kept = lesson(camille, now)
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    gets = [LIBRARY, f"{LIBRARY}/{kept.pk}", "/calls/hall"]
    posts = [f"{LIBRARY}/{kept.pk}/cheer", f"{LIBRARY}/{kept.pk}/retire"]
    for path in [*gets, f"{LIBRARY}/new"]:
        assert status(as_camille, "get", path) == 200
        assert_signed_out_is_sent_to_sign_in(path)
    for path in gets:
        assert_wrong_method(as_camille, path, "get")
    for path in posts:
        assert_wrong_method(as_camille, path, "post")
        assert_signed_out_is_sent_to_sign_in(path, "post")
        assert status(as_yanis, "post", path) == 404
    assert status(thomas, "post", posts[0]) == 302
    assert status(thomas, "post", posts[1]) == 403
    assert status(as_camille, "get", f"{LIBRARY}/999999") == 404


def test_what_people_type_is_shown_as_text(as_camille: Client, camille: User, now: datetime) -> None:
    kept = lesson(camille, now, title="<script>alert(1)</script>", text="<b>bold</b>", situation="<i>")
    for path in (LIBRARY, f"{LIBRARY}/{kept.pk}", f"{LIBRARY}/new?title=<script>alert(1)</script>"):
        page = as_camille.get(path).content.decode()
        assert "<script>alert(1)" not in page
        assert "<b>bold</b>" not in page


def test_a_thousand_lessons_take_as_many_queries_as_one(
    as_camille: Client, camille: User, nadia: User, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    call = call_of(camille, now)
    made = Lesson.objects.bulk_create(
        Lesson(title=f"Lesson {n}", text="t", situation=f"situation {n % 7}", folded="", author=camille,
               team=camille.team, recording=call if n % 2 else None, made_at=now - timedelta(minutes=n))
        for n in range(1_000)
    )  # fmt: skip
    SearchEntry.objects.bulk_create(
        SearchEntry(kind="lesson", record_id=one.pk, label=one.title, text="too dear") for one in made
    )
    cheer_lesson(lesson=made[0], actor=nadia, now=now)
    with django_assert_max_num_queries(24):
        assert len(as_camille.get(LIBRARY).context["rows"]) == 50
    with django_assert_max_num_queries(24):
        assert len(found(as_camille, "dea")) == 50


def test_a_lesson_fits_a_deal_by_the_reason_it_was_a_no_for(camille: User, yanis: User, now: datetime) -> None:
    situations = ("They say it is too DEAR", "they want to wait", "they say it is too dear")
    old = [lesson(camille, now - timedelta(days=n), situation=said) for n, said in enumerate(situations)]
    assert fitting(camille, ["no_budget"]) == [old[0], old[2]]
    assert fitting(camille, ["timing", "made_up"]) == [old[1]]
    assert fitting(camille, ["hard_to_use"]) == []
    assert fitting(yanis, ["no_budget"]) == []
    retire(lesson=old[0], actor=camille, now=now)
    assert fitting(camille, ["no_budget"]) == [old[2]]


def test_a_no_offers_to_keep_a_lesson_and_an_open_deal_shows_what_fits(
    as_camille: Client, camille: User, deal: Deal, now: datetime
) -> None:
    kept = lesson(camille, now)
    before = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert kept.title not in before
    assert f"{LIBRARY}/new" not in before
    close(deal=deal, outcome="lost", reasons=[ReasonGiven("no_budget")], actor=camille, source="screen", now=now)
    closed = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert f"{LIBRARY}/new?from=loss&amp;situation=they%20say%20it%20is%20too%20dear" in closed
    assert kept.title not in closed
    reopen(deal=deal, actor=camille, now=now + timedelta(minutes=1))
    again = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert kept.title in again


def test_the_form_begins_with_what_the_page_before_knew(as_camille: Client) -> None:
    form = as_camille.get(f"{LIBRARY}/new?from=loss&situation=too%20dear&text=Ask%20first").context["form"]
    assert (form["situation"].value(), form["text"].value(), form["from_loss"].value()) == (
        "too dear",
        "Ask first",
        True,
    )

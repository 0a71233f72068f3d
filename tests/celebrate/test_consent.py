"""Who hears a call: each voice agrees to each purpose for itself, and takes it back; and who may open which door."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import NotFound
from rebond.celebrate.access import get_recording
from rebond.celebrate.actions.marks import add_mark
from rebond.celebrate.models import (
    Consent,
    ConsentPurpose,
    Contest,
    Lesson,
    Nomination,
    Recording,
    RecordingStatus,
    Voice,
)
from rebond.celebrate.queries.consents import is_usable
from rebond.celebrate.queries.contests import unheard_of
from rebond.deals.models import Deal, Person
from tests.celebrate.calls import THEN, agrees, all_agree, has_sound, hears, recorded, theirs
from tests.factories import make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


def test_until_everybody_agreed_only_who_uploaded_it_hears_it(
    as_camille: Client, as_nadia: Client, as_thomas: Client, as_yanis: Client, as_admin: Client, camille: User
) -> None:
    recording = recorded(camille)
    people = (as_camille, as_nadia, as_admin, as_thomas, as_yanis)
    assert [hears(one, recording) for one in people] == [302, 403, 403, 404, 404]
    agrees(recording.voices.get(user=camille), "coaching", camille)
    assert [hears(one, recording) for one in people] == [302, 403, 403, 404, 404]
    agrees(theirs(recording), "coaching", camille)
    assert [hears(one, recording) for one in people] == [302, 302, 302, 302, 404]


@pytest.mark.parametrize("given", ConsentPurpose.values)
def test_each_purpose_is_its_own(as_yanis: Client, as_thomas: Client, camille: User, given: str) -> None:
    recording = recorded(camille, agreed=[given])
    outside = {purpose: hears(as_yanis, recording, purpose) for purpose in ConsentPurpose.values}
    everybodys = {"library": {"library", "coaching"}}.get(given, set())  # for the contest: once it stands in one
    assert outside == {purpose: 302 if purpose in everybodys else 404 for purpose in ConsentPurpose.values}
    assert hears(as_thomas, recording) == (302 if given in ("coaching", "library") else 404)


def test_whose_word_is_missing_is_said_by_name(camille: User, yanis: User) -> None:
    recording = recorded(camille)
    assert unheard_of([recording.pk])[recording.pk] == list(recording.voices.order_by("pk"))
    agrees(recording.voices.get(user=camille), "contest", camille)
    assert unheard_of([recording.pk])[recording.pk] == [theirs(recording)]
    agrees(theirs(recording), "contest", camille)
    assert unheard_of([recording.pk])[recording.pk] == []
    assert is_usable(recording, "contest")
    assert not is_usable(recording, "library")
    for purpose in ("contest", "library"):  # in no contest, and not in the library
        with pytest.raises(NotFound):
            get_recording(yanis, recording.pk, purpose)


def test_a_call_that_names_nobody_is_nobodys_to_hear(camille: User, as_nadia: Client) -> None:
    recording = recorded(camille, agreed=ConsentPurpose.values)
    Voice.objects.all().delete()
    assert not is_usable(recording, "contest")
    assert [hears(as_nadia, recording, purpose) for purpose in ConsentPurpose.values] == [403, 404, 404]


def test_an_agreement_is_noted_with_proof_place_and_day(as_camille: Client, camille: User) -> None:
    recording = recorded(camille)
    door = f"/calls/voices/{theirs(recording).pk}/consent"
    said = {"purpose": ["coaching", "contest", "nothing"], "proof": "Mail of 3 June", "place": "France",
            "given_on": "2026-06-03"}  # fmt: skip
    for _twice in range(2):
        assert as_camille.post(door, said).status_code == 302
    found = theirs(recording).consents.order_by("purpose")
    assert [(one.purpose, one.proof, one.place, one.given_on, one.noted_by) for one in found] == [
        (purpose, "Mail of 3 June", "France", date(2026, 6, 3), camille) for purpose in ("coaching", "contest")
    ]
    page = as_camille.get(f"/calls/{recording.pk}").text
    assert "Mail of 3 June" in page
    assert "Mail of 3 June" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize(
    "wrong", [{"proof": "Mail"}, {"purpose": "coaching"}, {"purpose": "x", "proof": "Mail"},
              {"purpose": "coaching", "proof": "Mail", "given_on": "soon"}],
)  # fmt: skip
def test_an_agreement_without_purpose_proof_or_day_is_not_noted(
    as_camille: Client, camille: User, wrong: dict[str, str]
) -> None:
    recording = recorded(camille)
    assert as_camille.post(f"/calls/voices/{theirs(recording).pk}/consent", wrong).status_code == 400
    assert Consent.objects.count() == 0


def test_nobody_agrees_in_the_future(as_camille: Client, camille: User) -> None:
    recording = recorded(camille)
    said = {"purpose": "coaching", "proof": "Mail", "given_on": "2999-01-01"}
    as_camille.post(f"/calls/voices/{theirs(recording).pk}/consent", said)
    assert Consent.objects.get().given_on == timezone.localdate()


def test_a_colleague_says_for_themselves_and_nobody_says_it_for_them(
    as_camille: Client, as_nadia: Client, as_thomas: Client, camille: User, thomas: User
) -> None:
    recording = recorded(camille)
    as_camille.post(f"/calls/{recording.pk}/voices", {"name": "thomas  GIRARD"})
    voice = recording.voices.get(user=thomas)
    door = f"/calls/voices/{voice.pk}/consent"
    for other in (as_camille, as_nadia):
        assert other.post(door, {"purpose": "coaching", "proof": "He said so"}).status_code == 403
    assert as_thomas.post(door, {"purpose": "coaching"}).status_code == 302
    assert voice.consents.get().proof == "Said by themselves"
    assert hears(as_thomas, recording) == 302  # whoever is heard may hear it
    assert as_nadia.post(f"/calls/voices/{voice.pk}/withdraw", {"purpose": "coaching"}).status_code == 403


def test_somebody_more_who_is_heard_closes_it_until_they_agree(
    as_camille: Client, as_nadia: Client, camille: User
) -> None:
    recording = recorded(camille, agreed=["coaching"])
    assert hears(as_nadia, recording) == 302
    as_camille.post(f"/calls/{recording.pk}/voices", {"name": "A third voice"})
    assert hears(as_nadia, recording) == 403
    assert as_camille.post(f"/calls/{recording.pk}/voices", {"name": " "}).status_code == 400


@pytest.mark.parametrize("purpose", ["contest", "library"])
def test_taken_back_for_one_purpose_it_is_gone_there_at_once_and_stays_elsewhere(
    as_camille: Client, as_yanis: Client, as_nadia: Client, camille: User, nadia: User, purpose: str
) -> None:
    recording = recorded(camille, agreed=ConsentPurpose.values)
    contest = Contest.objects.create(month=THEN.date(), organiser=nadia, state="announced", made_at=THEN)
    Nomination.objects.create(
        contest=contest, recording=recording, nominee=camille, by=camille, status="shortlisted", at=THEN
    )
    before = recording.stored
    assert hears(as_yanis, recording, purpose) == 302
    as_camille.post(f"/calls/voices/{theirs(recording).pk}/withdraw", {"purpose": purpose})
    assert hears(as_yanis, recording, purpose) == 404
    assert hears(as_nadia, recording) == 302
    assert has_sound(recording)
    assert Recording.objects.get().stored != before  # so that no ticket for it is good any more
    assert theirs(recording).consents.get(purpose=purpose).withdrawn_at is not None


def test_coaching_taken_back_deletes_the_sound_everywhere_and_the_lesson_stays(
    as_camille: Client, as_nadia: Client, as_yanis: Client, camille: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    recording = recorded(camille, agreed=ConsentPurpose.values)
    Lesson.objects.create(title="Let silence work", text="Wait.", recording=recording, author=camille, made_at=THEN)
    with django_capture_on_commit_callbacks(execute=True):
        as_camille.post(f"/calls/voices/{theirs(recording).pk}/withdraw", {"purpose": "coaching"})
    assert not has_sound(recording)
    for somebody in (as_camille, as_nadia, as_yanis):
        assert {hears(somebody, recording, purpose) for purpose in ConsentPurpose.values} <= {403, 404}
    recording.refresh_from_db()
    assert (recording.status, recording.removed_because, recording.peaks) == ("removed", "withdrawn", [])
    page = as_camille.get(f"/calls/{recording.pk}").text
    assert "took their word back" in page
    assert "Let silence work" in page
    assert "data-player" not in page


def test_given_again_after_it_was_taken_back_both_are_kept_as_history(as_camille: Client, camille: User) -> None:
    recording = recorded(camille, agreed=["contest"])
    voice = theirs(recording)
    for _twice in range(2):
        as_camille.post(f"/calls/voices/{voice.pk}/withdraw", {"purpose": "contest"})
    agrees(voice, "contest", camille)
    assert voice.consents.filter(purpose="contest").count() == 2
    assert unheard_of([recording.pk])[recording.pk] == []


def test_another_team_learns_no_customers_name_deal_or_listener_from_the_library(
    as_yanis: Client, as_nadia: Client, camille: User, deal: Deal, helene: Person
) -> None:
    recording = recorded(camille, helene=helene, agreed=["library", "coaching"], deal=deal)
    hears(as_nadia, recording)
    page = as_yanis.get(f"/calls/{recording.pk}").text
    assert "data-player" in page
    for secret in ("Hélène", deal.name, "Nadia", "Said at 0:15"):
        assert secret not in page, secret
    assert "Hélène Marchetti" in as_nadia.get(f"/calls/{recording.pk}").text


def test_the_list_names_what_one_may_open_and_nothing_else(
    as_camille: Client, as_thomas: Client, as_yanis: Client, as_nadia: Client, camille: User
) -> None:
    recorded(camille, title="For nobody yet")
    recorded(camille, title="For the team", agreed=["coaching"])
    recorded(camille, title="For the library", agreed=["library"])
    seen = [
        [title for title in ("For nobody yet", "For the team", "For the library") if title in one.get("/calls").text]
        for one in (as_camille, as_nadia, as_thomas, as_yanis)
    ]
    assert [len(one) for one in seen] == [3, 3, 2, 1]
    assert seen[3] == ["For the library"]


DOORS = {  # method, then: owner, who leads, a teammate, another team, an administrator
    "/calls/{recording}": ("get", [200, 200, 200, 404, 200]),
    "/calls/{recording}/sound": ("get", [302, 302, 302, 404, 302]),
    "/calls/{recording}/peaks": ("get", [200, 200, 200, 404, 200]),
    "/calls/{recording}/upload": ("get", [200, 404, 404, 404, 404]),
    "/calls/{recording}/marks": ("post", [400, 400, 400, 404, 400]),
    "/calls/marks/{mark}/drop": ("post", [302, 404, 404, 404, 404]),  # the first one who may drops it
    "/calls/{recording}/voices": ("post", [400, 400, 403, 404, 400]),
    "/calls/voices/{voice}/consent": ("post", [400, 400, 403, 404, 400]),
    "/calls/voices/{voice}/withdraw": ("post", [302, 302, 403, 404, 302]),
    "/calls/{recording}/hold": ("post", [403, 302, 403, 404, 302]),
    "/calls/{recording}/remove": ("post", [302, 302, 404, 404, 302]),  # and then its page is closed to teammates
}


@pytest.mark.parametrize("door", sorted(DOORS))
def test_who_may_open_every_door(
    as_camille: Client, as_nadia: Client, as_thomas: Client, as_yanis: Client, as_admin: Client, camille: User,
    door: str,
) -> None:  # fmt: skip
    recording = recorded(camille, agreed=["coaching"])
    mark = add_mark(recording=recording, at_ms=0, text="Here", actor=camille, now=THEN)
    path = door.format(recording=recording.pk, mark=mark.pk, voice=theirs(recording).pk)
    method, answers = DOORS[door]
    assert_signed_out_is_sent_to_sign_in(path, method)
    if not door.endswith("/upload"):
        assert_wrong_method(as_camille, path, method)
    for somebody, answer in zip((as_camille, as_nadia, as_thomas, as_yanis, as_admin), answers, strict=True):
        assert status(somebody, method, path) == answer, (door, answer)


def test_doors_without_a_record(as_camille: Client, as_yanis: Client) -> None:
    for path in ("/calls", "/calls/new"):
        assert [status(one, "get", path) for one in (as_camille, as_yanis)] == [200, 200]
        assert_signed_out_is_sent_to_sign_in(path)
    assert_wrong_method(as_camille, "/calls", "get")
    assert status(as_camille, "put", "/calls/new") == 405
    assert "No call yet" in as_yanis.get("/calls").text


def test_a_thousand_calls_take_as_many_queries_as_ten(
    as_nadia: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [
        Recording(title=f"Call {n}", owner=camille, team=camille.team, status=RecordingStatus.READY, stored="0" * 32,
                  made_at=THEN + timedelta(minutes=n), duration_ms=1, peaks=[1] * 8_000 if n < 50 else [])
        for n in range(1_000)
    ]  # fmt: skip
    Voice.objects.bulk_create(Voice(recording=one, user=camille) for one in Recording.objects.bulk_create(rows))
    with django_assert_max_num_queries(12) as captured:
        assert as_nadia.get("/calls").text.count("data-row") == 50
    assert not any('"celebrate_recording"."peaks"' in query["sql"] for query in captured.captured_queries)


def test_a_call_with_many_voices_notes_and_listeners_takes_few_queries(
    as_nadia: Client, camille: User, north: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    recording = recorded(camille)
    Voice.objects.bulk_create(Voice(recording=recording, name=f"Voice {n}") for n in range(30))
    all_agree(recording, "coaching", camille)
    for n in range(30):
        add_mark(recording=recording, at_ms=n, text="Here", actor=camille, now=THEN)
        reader = make_user(f"R{n} Reader", team=north)
        recording.accesses.create(by=reader, day=THEN.date())
    with django_assert_max_num_queries(30):
        assert as_nadia.get(f"/calls/{recording.pk}").text.count("Drop the mark at") == 30

"""How long sound is kept: 180 days, under a hold longer; forgotten people leave the calls; what rests is tidied."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from rebond.accounts.models import AuditEntry, User
from rebond.base.dates import local_day
from rebond.base.text import fold
from rebond.celebrate.actions.lessons import keep_lesson
from rebond.celebrate.actions.marks import add_mark
from rebond.celebrate.actions.recordings import hold, renew_name, sound_removed
from rebond.celebrate.kept import kept_of
from rebond.celebrate.models import Contest, Lesson, Mark, Nomination, Recording, RecordingStatus, Score, Voice
from rebond.celebrate.sound import folder
from rebond.celebrate.work.sound import let_go
from rebond.deals.models import Deal, Person, SearchEntry
from rebond.jobs.models import Schedule
from rebond.loop.forgetting import erase_person
from rebond.loop.privacy import copy_of
from rebond.loop.privacy import kept_of as all_kept_of
from rebond.loop.schedules import install
from tests.celebrate.calls import THEN, has_sound, hears, recorded, theirs
from tests.factories import make_person

pytestmark = pytest.mark.django_db
Committed = DjangoCaptureOnCommitCallbacks


def tidy(committed: Committed) -> dict[str, int]:
    with committed(execute=True):
        found: dict[str, int] = let_go.func()
    return found


def aged(recording: Recording, days: int) -> Recording:
    """As if its time had been over for so long."""
    Recording.objects.filter(pk=recording.pk).update(keep_until=local_day(timezone.now()) - timedelta(days=days))
    return Recording.objects.get(pk=recording.pk)


def test_after_180_days_the_sound_goes_and_the_lesson_stays(
    as_camille: Client, camille: User, django_capture_on_commit_callbacks: Committed
) -> None:
    recording = recorded(camille, agreed=["coaching"])
    assert recording.keep_until == local_day(timezone.now() + timedelta(days=180))
    Lesson.objects.create(title="Let silence work", text="Wait.", recording=recording, author=camille, made_at=THEN)
    aged(recording, 0)
    assert tidy(django_capture_on_commit_callbacks)["sound"] == 0  # its last day
    aged(recording, 1)
    assert tidy(django_capture_on_commit_callbacks)["sound"] == 1
    assert tidy(django_capture_on_commit_callbacks) == {"sound": 0, "uploads": 0, "files": 0, "notes": 0}
    assert not has_sound(recording)
    page = as_camille.get(f"/calls/{recording.pk}").text
    assert "Sound is kept for 180 days" in page
    assert "Let silence work" in page
    assert AuditEntry.objects.filter(verb="celebrate.remove_sound", actor=None).count() == 1


def test_a_legal_hold_keeps_the_file_and_lifted_lets_it_go(
    as_nadia: Client, camille: User, nadia: User, django_capture_on_commit_callbacks: Committed
) -> None:
    recording = aged(recorded(camille, agreed=["coaching"]), 30)
    as_nadia.post(f"/calls/{recording.pk}/hold", {"on": "yes"})
    assert tidy(django_capture_on_commit_callbacks)["sound"] == 0
    assert "A legal hold is on" in as_nadia.get(f"/calls/{recording.pk}").text
    as_nadia.post(f"/calls/{recording.pk}/hold", {"on": "no"})
    assert tidy(django_capture_on_commit_callbacks)["sound"] == 1
    assert not has_sound(recording)


def test_removed_under_a_hold_nobody_hears_it_and_it_goes_when_the_hold_is_lifted(
    as_camille: Client, as_nadia: Client, camille: User, nadia: User, django_capture_on_commit_callbacks: Committed
) -> None:
    recording = recorded(camille, agreed=["coaching"])
    hold(recording=recording, on=True, actor=nadia, now=THEN)
    with django_capture_on_commit_callbacks(execute=True):
        as_camille.post(f"/calls/{recording.pk}/remove")
    assert has_sound(recording)
    assert [hears(one, recording) for one in (as_camille, as_nadia)] == [403, 403]
    with django_capture_on_commit_callbacks(execute=True):
        as_nadia.post(f"/calls/{recording.pk}/hold", {"on": "no"})
    assert not has_sound(recording)


def test_an_upload_that_rested_for_two_days_leaves_nothing(
    camille: User, django_capture_on_commit_callbacks: Committed
) -> None:
    now = timezone.now()
    lately, resting = (recorded(camille, now=now - timedelta(days=3), ready=False) for _two in range(2))
    Recording.objects.update(status=RecordingStatus.UPLOADING)
    old = (now - timedelta(days=2, hours=1)).timestamp()
    os.utime(folder.path_of(resting.stored), (old, old))
    assert tidy(django_capture_on_commit_callbacks)["uploads"] == 1
    assert list(Recording.objects.all()) == [lately]
    assert not folder.path_of(resting.stored).exists()


def test_a_file_that_no_row_knows_is_tidied_once_it_is_old(
    camille: User, django_capture_on_commit_callbacks: Committed
) -> None:
    known, left, new = recorded(camille), folder.new_name(), folder.new_name()
    for name in (left, new):
        folder.append(name, 0, b"left by a crash")
    old = (timezone.now() - timedelta(days=3)).timestamp()
    for name in (left, known.stored):
        os.utime(folder.path_of(name), (old, old))
    assert tidy(django_capture_on_commit_callbacks)["files"] >= 1
    assert [folder.path_of(name).exists() for name in (known.stored, left, new)] == [True, False, True]


def test_it_comes_round_by_itself(camille: User) -> None:
    install(now=THEN)
    assert Schedule.objects.get(name="celebrate.sound").task == "rebond.celebrate.work.sound.let_go"


@pytest.mark.parametrize("named", ["as_a_person", "by_name_alone"])
def test_an_erased_person_leaves_their_calls_and_the_sound_goes_with_them(
    named: str, camille: User, admin_user: User, deal: Deal, helene: Person,
    django_capture_on_commit_callbacks: Committed,
) -> None:  # fmt: skip
    recording = recorded(
        camille, title="Hélène Marchetti asks for the price", agreed=["coaching", "contest"], deal=deal,
        helene=helene if named == "as_a_person" else None,
    )  # fmt: skip
    voice = theirs(recording)
    if named == "by_name_alone":
        recording.voices.filter(pk=voice.pk).update(name="hélène marchetti")
    add_mark(recording=recording, at_ms=0, text="Hélène Marchetti laughs", actor=camille, now=THEN)
    lesson = Lesson.objects.create(
        title="Wait", text="Hélène Marchetti answers herself.", recording=recording, author=camille, made_at=THEN
    )
    other = recorded(camille, title="Another call", agreed=["coaching"])
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person=helene, typed=helene.name, actor=admin_user, now=THEN)
    assert (has_sound(recording), has_sound(other)) == (False, True)
    voice.refresh_from_db()
    assert (voice.name, voice.person) == ("", None)
    assert voice.consents.filter(withdrawn_at=None).count() == 0
    assert set(voice.consents.values_list("proof", flat=True)) == {""}
    recording.refresh_from_db()
    lesson.refresh_from_db()
    told = (recording.title, recording.marks.get().text, lesson.text)
    assert not any("Marchetti" in words for words in told)
    assert told[2].endswith("answers herself.")


def test_a_persons_own_copy_says_where_they_are_heard_and_what_they_agreed_to(
    camille: User, admin_user: User, deal: Deal, helene: Person
) -> None:
    recorded(camille, helene=helene, deal=deal, agreed=["coaching"], place="France")
    found = kept_of(helene)
    assert [row["recording__place"] for row in found["heard_in"]] == ["France"]
    assert [(row["purpose"], row["proof"]) for row in found["agreed_to"]] == [("coaching", "Said at 0:15")]
    assert all_kept_of(helene, admin_user)["heard_in"] == found["heard_in"]
    assert copy_of(helene, admin_user, THEN)["kept"]["agreed_to"] == found["agreed_to"]
    nobody = kept_of(make_person("Nobody Heard"))
    assert nobody == {"heard_in": [], "agreed_to": []}


def test_removed_twice_is_removed_once(camille: User) -> None:
    recording = recorded(camille)
    for because in ("asked", "retention"):
        sound_removed(recording=recording, because=because, actor=camille, now=THEN)
    assert Recording.objects.get().removed_because == "asked"
    assert AuditEntry.objects.filter(verb="celebrate.remove_sound").count() == 1


def test_a_file_that_just_got_another_name_is_no_leftover_however_old_it_is(camille: User) -> None:
    recording = recorded(camille, agreed=["library"])
    old = (timezone.now() - timedelta(days=3)).timestamp()
    os.utime(folder.path_of(recording.stored), (old, old))
    assert recording.stored in folder.resting_since(old + 1)
    renew_name(recording=recording, actor=camille, now=THEN)
    again = Recording.objects.get()
    assert again.stored != recording.stored
    assert again.stored not in folder.resting_since(old + 1)


def test_an_erased_person_is_named_nowhere_however_it_was_written_and_found_nowhere(
    as_camille: Client, camille: User, nadia: User, admin_user: User, helene: Person
) -> None:
    """In an extract, in a reviewer's note, with other blanks and in capitals, by their address, and in the search."""
    address = helene.email
    assert address
    recording = recorded(camille, title="The call", place="at HÉLÈNE  MARCHETTI’s")
    contest = Contest.objects.create(month=THEN.date(), organiser=nadia, state="review", made_at=THEN)
    call = Nomination.objects.create(
        contest=contest, recording=recording, nominee=camille, by=camille, title="T", lesson="L", at=THEN,
        extract="“No”, Hélène  Marchetti said.", because="Hélène Marchetti names a price",
    )  # fmt: skip
    Score.objects.create(nomination=call, reviewer=nadia, marks={}, note=f"Mail from {address}", at=THEN)
    lesson = keep_lesson(
        title="HÉLÈNE MARCHETTI waits", text="She waits.", situation="Hélène Marchetti says no", author=camille,
        from_loss=False, actor=camille, now=THEN,
    )  # fmt: skip
    other = recorded(camille, title="Of a deal that is not hers")
    other.voices.filter(user=None).update(name="Hélène  Marchetti")
    assert [one.lesson.pk for one in as_camille.get("/calls/lessons?q=marchetti").context["rows"]] == [lesson.pk]
    erase_person(person=helene, typed=helene.name, actor=admin_user, now=THEN)
    for model in (Recording, Voice, Nomination, Score, Lesson):
        for row in model._default_manager.values():
            assert "marchetti" not in str(row).casefold(), row
            assert address not in str(row)
    assert as_camille.get("/calls/lessons?q=marchetti").context["rows"] == []
    assert not SearchEntry.objects.filter(kind="lesson", text__contains="marchetti").exists()
    assert not SearchEntry.objects.filter(kind="lesson", label__icontains="marchetti").exists()
    assert [one.lesson.pk for one in as_camille.get("/calls/lessons?q=waits").context["rows"]] == [lesson.pk]
    lesson.refresh_from_db()
    assert lesson.folded == fold(lesson.situation)
    assert not has_sound(other)  # named alone, about no deal: it is theirs


def test_a_copy_of_ones_data_holds_no_namesakes_call(camille: User, helene: Person) -> None:
    recording = recorded(camille)
    recording.voices.filter(user=None).update(name=helene.name)
    assert kept_of(helene)["heard_in"] == []


def test_what_is_noted_of_a_call_is_forgotten_after_a_year_and_lessons_stay(
    camille: User, nadia: User, django_capture_on_commit_callbacks: Committed
) -> None:
    now = timezone.now()
    year, day = now - timedelta(days=366), now - timedelta(days=364)
    gone, here = recorded(camille, now=year), recorded(camille, now=day)
    Recording.objects.filter(pk=gone.pk).update(status="removed", stored="")
    Recording.objects.filter(pk=here.pk).update(legal_hold=True)

    def mark(recording: Recording, text: str, at: datetime, *, until: int | None = None, muted: bool = False) -> Mark:
        return Mark.objects.create(
            recording=recording, by=camille, at_ms=1, until_ms=until, text=text, muted=muted, made_at=at
        )  # fmt: skip

    mark(gone, "old note", year)
    mark(gone, "old price", year, until=9, muted=True)
    mark(here, "young note", day)
    price = mark(here, "a price that is still skipped", year, until=9, muted=True)
    clip, named = mark(gone, "clip of a lesson", year, until=9), mark(gone, "clip of a contest", year, until=9)
    lesson = Lesson.objects.create(title="Wait", text="Wait.", recording=gone, clip=clip, author=camille, made_at=year)
    contest = Contest.objects.create(month=year.date(), organiser=nadia, state="archived", made_at=year)
    call = Nomination.objects.create(
        contest=contest, recording=gone, clip=named, nominee=camille, by=camille, title="T", lesson="L", at=year
    )
    for at, reviewer in ((year, nadia), (day, camille)):
        Score.objects.create(nomination=call, reviewer=reviewer, marks={"listening": 4}, note="a word", at=at)
    assert tidy(django_capture_on_commit_callbacks)["notes"] == 6
    assert tidy(django_capture_on_commit_callbacks)["notes"] == 0
    kept = {one.pk: one.text for one in Mark.objects.all()}
    assert kept == {price.pk: "", clip.pk: "", named.pk: "", Mark.objects.get(made_at=day).pk: "young note"}
    assert list(Score.objects.order_by("pk").values_list("note", "marks")) == [
        ("", {"listening": 4}), ("a word", {"listening": 4}),
    ]  # fmt: skip
    lesson.refresh_from_db()
    assert (lesson.text, lesson.clip) == ("Wait.", clip)
    assert AuditEntry.objects.filter(verb="celebrate.forget_note").count() == 6

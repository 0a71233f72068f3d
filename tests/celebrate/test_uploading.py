"""A recording is uploaded: whole, in pieces, after a lost network; and what is refused, in a clear sentence."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from rebond.accounts.models import AuditEntry, User
from rebond.celebrate.actions.recordings import PIECE
from rebond.celebrate.models import Recording
from rebond.celebrate.sound import folder
from rebond.celebrate.work.sound import prepare
from rebond.deals.models import Deal, Person
from rebond.jobs.models import Job
from tests.celebrate.calls import has_sound
from tests.celebrate.sounds import (
    film,
    finer_than_any_call,
    hours_of_silence,
    sound,
    that_claims_days,
    two_pieces_a_week_apart,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SAID = {"title": "She asks for the price", "others": "Paul Duret", "agreed": ["coaching"], "place": "France"}


def begin(client: Client, content: bytes, **more: Any) -> Recording:
    """As the script does: what it is first, the file afterwards."""
    said = SAID | {"size": len(content), "file_name": "../../call one.mp3"} | more
    answer = client.post("/calls/new", said, headers={"Accept": "application/json"})
    assert answer.status_code == 201, answer.text
    return Recording.objects.get(pk=int(answer.json()["page"].rsplit("/", 1)[1]))


def patch(client: Client, recording: Recording, at: int | str, piece: bytes) -> Any:
    return client.patch(
        f"/calls/{recording.pk}/upload", piece, content_type="application/offset+octet-stream",
        headers={"Upload-Offset": str(at), "Accept": "application/json"},
    )  # fmt: skip


def offset(client: Client, recording: Recording) -> int:
    return int(client.head(f"/calls/{recording.pk}/upload")["Upload-Offset"])


def test_a_form_without_a_script_brings_the_whole_file(as_camille: Client, camille: User) -> None:
    file = SimpleUploadedFile("call.mp3", sound("mp3"), content_type="text/html")
    answer = as_camille.post("/calls/new", SAID | {"file": file})
    recording = Recording.objects.get()
    assert answer["Location"] == f"/calls/{recording.pk}"
    assert (recording.status, recording.received) == ("working", len(sound("mp3")))
    assert folder.path_of(recording.stored).read_bytes() == sound("mp3")
    assert Job.objects.filter(name="rebond.celebrate.work.sound.prepare").count() == 1
    assert "listened to once" in as_camille.get(f"/calls/{recording.pk}").text
    assert prepare.func(recording.pk) == "ready"
    assert "data-player" in as_camille.get(f"/calls/{recording.pk}").text
    mine = recording.voices.get(user=camille)
    assert [(one.purpose, one.place) for one in mine.consents.all()] == [("coaching", "France")]
    assert recording.voices.get(user=None).name == "Paul Duret"


def test_in_pieces_it_goes_on_where_it_stood(as_camille: Client) -> None:
    whole = sound("wav", 20.0)
    recording = begin(as_camille, whole)
    assert recording.file_name == "call one.mp3"
    assert patch(as_camille, recording, 0, whole[:100_000])["Upload-Offset"] == "100000"
    assert offset(as_camille, recording) == 100_000  # as the page asks after it was reloaded
    unfinished = as_camille.get("/calls/new").text
    assert "Go on with an upload" in unfinished
    assert "Choose “call one.mp3” once more" in as_camille.get(f"/calls/{recording.pk}").text
    last = patch(as_camille, recording, 100_000, whole[100_000:])
    assert (last.json()["status"], last["Upload-Offset"]) == ("working", str(len(whole)))
    recording.refresh_from_db()
    assert folder.path_of(recording.stored).read_bytes() == whole


def test_the_same_piece_twice_and_a_piece_for_elsewhere_change_nothing(as_camille: Client) -> None:
    whole = sound("wav", 5.0)
    recording = begin(as_camille, whole)
    assert patch(as_camille, recording, 0, whole[:5_000]).status_code == 200
    for at in (0, 4_999, 5_001, "5000.0", "", "-1", "٥"):
        answer = patch(as_camille, recording, at, whole[5_000:9_000])
        assert (answer.status_code, answer.json()["error"]) == (409, "other_place"), at
    recording.refresh_from_db()
    assert (recording.received, folder.path_of(recording.stored).stat().st_size) == (5_000, 5_000)


def test_what_a_crash_left_behind_the_last_piece_is_cut_off(as_camille: Client) -> None:
    whole = sound("wav", 5.0)
    recording = begin(as_camille, whole)
    patch(as_camille, recording, 0, whole[:5_000])
    with folder.path_of(recording.stored).open("ab") as file:
        file.write(b"half of a piece that was never committed")
    patch(as_camille, recording, 5_000, whole[5_000:])
    assert folder.path_of(recording.stored).read_bytes() == whole


def test_more_than_was_announced_and_too_large_pieces_are_refused(as_camille: Client) -> None:
    whole = sound("mp3")
    recording = begin(as_camille, whole)
    assert patch(as_camille, recording, 0, whole + b"more").json()["error"] == "piece_too_large"
    answer = patch(as_camille, recording, 0, bytes(PIECE + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "piece_too_large")
    assert offset(as_camille, recording) == 0


def test_a_text_named_mp3_is_refused_at_its_first_piece(as_camille: Client) -> None:
    content = b"Dear diary, today I called nobody at all.\n" * 100
    recording = begin(as_camille, content)
    answer = patch(as_camille, recording, 0, content[:2_000])
    assert answer.status_code == 415
    assert answer.json()["message"].startswith("This file is no sound that we can play, whatever its name says.")
    recording.refresh_from_db()
    assert (recording.status, recording.refused, recording.stored) == ("refused", "not_sound", "")
    assert "no sound that we can play" in as_camille.get(f"/calls/{recording.pk}").text
    assert patch(as_camille, recording, 0, content[:2_000]).json()["error"] == "not_uploading"


FAULTS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "cut short": (lambda: sound("m4a")[:3_000], "broken_sound", "The sound in this file is damaged."),
    "a text behind a head": (
        lambda: b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"Dear diary " * 50, "broken_sound", "is damaged.",
    ),
    "a head that claims days": (that_claims_days, "too_long", "This recording is longer than three hours."),
    "a week in two pieces": (two_pieces_a_week_apart, "too_long", "This recording is longer than three hours."),
    "a way of writing sound that nobody knows": (
        lambda: sound("wav")[:20] + b"\x34\x12" + sound("wav")[22:], "not_sound", "no sound that we can play",
    ),
    "a film": (film, "film", "There is a film in this file."),
    "finer than any call": (finer_than_any_call, "too_much_sound", "is finer than any call needs."),
}  # fmt: skip


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_what_cannot_be_used_is_said_on_its_page_and_nothing_of_it_is_kept(
    as_camille: Client, fault: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """Each goes up as the script sends it, and is heard by the worker."""
    make, code, sentence = FAULTS[fault]
    whole = make()
    recording = begin(as_camille, whole)
    assert patch(as_camille, recording, 0, whole).json()["status"] == "working"
    recording.refresh_from_db()
    path = folder.path_of(recording.stored)
    with django_capture_on_commit_callbacks(execute=True):
        assert prepare.func(recording.pk) == "refused"
        assert path.exists()  # a rollback would lose nothing
    assert not path.exists()
    recording.refresh_from_db()
    assert (recording.status, recording.refused, recording.stored, recording.peaks) == ("refused", code, "", [])
    page = as_camille.get(f"/calls/{recording.pk}").text
    assert sentence in page
    assert "data-player" not in page
    assert as_camille.get(f"/calls/{recording.pk}/sound").status_code == 403


def test_a_call_of_more_than_three_hours_is_refused_and_one_of_three_is_not(
    as_camille: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With seconds in the place of hours: the limit is a parameter of the one who hears it."""
    monkeypatch.setattr("rebond.celebrate.sound.opening.LONGEST_S", 3)
    for seconds, status, sentence in ((4, "refused", "longer than three hours"), (3, "ready", "data-player")):
        whole = hours_of_silence(seconds) if seconds > 3 else sound("ogg", 2.5)
        recording = begin(as_camille, whole)
        patch(as_camille, recording, 0, whole)
        assert prepare.func(recording.pk) == status
        assert sentence in as_camille.get(f"/calls/{recording.pk}").text


@pytest.mark.parametrize("bomb", ["zip", "gzip"])
def test_a_bomb_named_mp3_is_refused_at_its_first_piece_and_never_opened(as_camille: Client, bomb: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("call.mp3", bytes(20_000_000))
    whole = file.getvalue() if bomb == "zip" else gzip.compress(bytes(20_000_000))
    recording = begin(as_camille, whole)
    path = folder.path_of(recording.stored)
    answer = patch(as_camille, recording, 0, whole)
    assert (answer.status_code, answer.json()["status"]) == (415, "refused")
    assert answer.json()["message"].startswith("This file is no sound that we can play")
    assert not path.exists()
    assert not Job.objects.filter(name="rebond.celebrate.work.sound.prepare").exists()


def test_a_head_that_claims_an_hour_is_not_believed(as_camille: Client) -> None:
    """Two seconds of a wav whose head says there is an hour: as long as it is."""
    whole = bytearray(sound("wav", 2.0))
    place = whole.index(b"data")
    whole[place + 4 : place + 8] = (2 * 8_000 * 3_600).to_bytes(4, "little")
    recording = begin(as_camille, bytes(whole))
    patch(as_camille, recording, 0, bytes(whole))
    assert prepare.func(recording.pk) == "ready"
    recording.refresh_from_db()
    assert recording.duration_ms is not None
    assert abs(recording.duration_ms - 2_000) < 60


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("..\\..\\boot.ini", ".._.._boot.ini"), ("", ""),
     ("<img src=x onerror=alert(1)>.mp3", "_img src_x onerror_alert_1_.mp3"), ("é" * 400 + ".mp3", "é" * 200)],
)  # fmt: skip
def test_a_files_name_is_words_alone_and_leads_nowhere(as_camille: Client, given: str, kept: str) -> None:
    recording = begin(as_camille, sound("mp3"), file_name=given)
    assert recording.file_name == kept
    patch(as_camille, recording, 0, sound("mp3")[:900])
    assert folder.path_of(recording.stored).parent == folder.folder()
    assert given in ("", recording.file_name) or given not in as_camille.get(f"/calls/{recording.pk}").text


def test_a_title_is_words_not_html(as_camille: Client) -> None:
    bad = "<script>alert(1)</script>"
    recording = begin(as_camille, sound("mp3"), title=bad, situation=bad, others=bad, place=bad)
    assert recording.title == bad
    for page in ("/calls", f"/calls/{recording.pk}", "/calls/new"):
        shown = as_camille.get(page).text
        assert "&lt;script&gt;alert(1)" in shown
        assert bad not in shown


def test_a_colleague_of_another_team_says_it_for_themselves_too(
    as_camille: Client, as_yanis: Client, yanis: User, deal: Deal, helene: Person
) -> None:
    """Whoever uploads it notes nobody's word who has an account; a person of the deal comes before a namesake here."""
    make_user(helene.name, team=yanis.team)
    recording = begin(as_camille, sound("mp3"), deal=deal.pk, others=f"{yanis.name}\n{helene.name}")
    theirs = recording.voices.get(user=yanis)
    assert recording.voices.get(person=helene).user is None
    said = {"purpose": "coaching", "proof": "He said so"}
    assert as_camille.post(f"/calls/voices/{theirs.pk}/consent", said).status_code == 403
    assert as_yanis.post(f"/calls/voices/{theirs.pk}/consent", {"purpose": "coaching"}).status_code == 302
    assert theirs.consents.get().proof == "Said by themselves"


@pytest.mark.django_db(transaction=True)
def test_the_same_piece_twice_at_the_same_time_is_written_once(as_camille: Client, camille: User) -> None:
    """A browser that thought its network was gone sends it again while the first is still on its way."""
    whole = sound("wav", 20.0)
    recording = begin(as_camille, whole)
    starting, answers = threading.Barrier(2), []

    def send() -> None:
        client = Client()
        client.force_login(camille)
        try:
            starting.wait(timeout=10)
            answers.append(patch(client, recording, 0, whole[:100_000]).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _two in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(answers) == [200, 409]
    assert offset(as_camille, recording) == 100_000
    patch(as_camille, recording, 100_000, whole[100_000:])
    assert folder.path_of(Recording.objects.get().stored).read_bytes() == whole
    assert Job.objects.filter(name="rebond.celebrate.work.sound.prepare").count() == 1


@pytest.mark.parametrize(
    ("size", "code", "status"), [(200 * 1024 * 1024 + 1, "too_large", 413), (0, "empty_file", 400)]
)
def test_too_large_and_empty_are_said_before_anything_is_sent(
    as_camille: Client, size: int, code: str, status: int
) -> None:
    said = SAID | {"size": size, "file_name": "call.mp3"}
    answer = as_camille.post("/calls/new", said, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert Recording.objects.count() == 0


def test_a_full_disk_is_said_and_what_is_here_stays(as_camille: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sound("wav", 5.0)
    recording = begin(as_camille, whole)
    patch(as_camille, recording, 0, whole[:5_000])

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        answer = patch(as_camille, recording, 5_000, whole[5_000:])
    assert (answer.status_code, answer.json()["error"]) == (507, "disk_full")
    assert "no room left" in answer.json()["message"]
    assert offset(as_camille, recording) == 5_000
    assert patch(as_camille, recording, 5_000, whole[5_000:]).json()["status"] == "working"
    monkeypatch.setattr(folder, "KEPT_FREE", 2**60)
    again = as_camille.post("/calls/new", SAID | {"size": 9, "file_name": "a"}, headers={"Accept": "application/json"})
    assert again.json()["error"] == "disk_full"


def test_it_lies_under_a_random_name_for_the_program_alone(as_camille: Client) -> None:
    recording = begin(as_camille, sound("mp3"))
    patch(as_camille, recording, 0, sound("mp3"))
    path = folder.path_of(Recording.objects.get().stored)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "call" not in path.name
    for place in (f"/static/{path.name}", f"/static/../recordings/{path.name}", f"/recordings/{path.name}"):
        assert as_camille.get(place).status_code == 404
    with pytest.raises(ValueError, match="rebond"):
        folder.path_of("../rebond.sqlite3")


def test_only_who_began_it_goes_on_with_it(as_camille: Client, as_nadia: Client, as_yanis: Client) -> None:
    recording = begin(as_camille, sound("mp3"))
    for somebody in (as_nadia, as_yanis):
        assert patch(somebody, recording, 0, sound("mp3")).status_code == 404
        assert somebody.get(f"/calls/{recording.pk}/upload").status_code == 404


def test_names_are_the_people_and_colleagues_they_are(
    as_camille: Client, camille: User, deal: Deal, helene: Person, nadia: User
) -> None:
    marc = make_user("Marc Delvaux", team=camille.team)
    begin(as_camille, sound("mp3"), deal=deal.pk, others="helene  marchetti\n Marc Delvaux\nPaul\nPaul")
    found = [(one.user, one.person, one.name) for one in Recording.objects.get().voices.order_by("pk")]
    assert found == [(camille, None, ""), (None, helene, ""), (marc, None, ""), (None, None, "Paul")]
    assert nadia not in {user for user, _person, _name in found}


def test_who_is_heard_must_be_said_and_a_file_chosen(as_camille: Client) -> None:
    answer = as_camille.post("/calls/new", {"title": "Alone"})
    assert "Say who else is heard, or that nobody is." in answer.text
    assert "Choose the recording." in answer.text
    script = as_camille.post("/calls/new", {"title": "Alone", "size": 4}, headers={"Accept": "application/json"})
    assert (script.status_code, list(script.json()["errors"])) == (422, ["others"])
    begin(as_camille, sound("mp3"), others="", alone="on")
    assert Recording.objects.get().voices.count() == 1


def test_without_a_script_the_whole_file_again_goes_on_too(as_camille: Client) -> None:
    whole = sound("wav", 5.0)
    recording = begin(as_camille, whole)
    patch(as_camille, recording, 0, whole[:33_333])
    other = as_camille.post(f"/calls/{recording.pk}/upload", {"file": SimpleUploadedFile("x", whole[:-1])})
    assert (other.status_code, "another file" in other.text) == (400, True)
    as_camille.post(f"/calls/{recording.pk}/upload", {"file": SimpleUploadedFile("x", whole)})
    assert folder.path_of(Recording.objects.get().stored).read_bytes() == whole


def test_an_upload_is_given_up_and_nothing_of_it_stays(as_camille: Client) -> None:
    recording = begin(as_camille, sound("mp3"))
    patch(as_camille, recording, 0, sound("mp3")[:900])
    assert as_camille.post(f"/calls/{recording.pk}/remove")["Location"] == "/calls"
    assert not Recording.objects.exists()
    assert AuditEntry.objects.filter(verb="celebrate.drop_upload").count() == 1


def test_a_worker_that_was_killed_hears_it_again_and_a_third_time_changes_nothing(
    as_camille: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = begin(as_camille, sound("mp3"))
    patch(as_camille, recording, 0, sound("mp3"))

    def killed(_path: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("rebond.celebrate.work.sound.hear", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare.func(recording.pk)
    assert Recording.objects.get().status == "working"
    assert [prepare.func(recording.pk), prepare.func(recording.pk)] == ["ready", ""]
    assert AuditEntry.objects.filter(verb="celebrate.finish_recording").count() == 1
    assert has_sound(recording)

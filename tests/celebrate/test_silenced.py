"""What is muted is silent in the sound that is handed out, not only left out by the player."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.celebrate.actions.consents import withdraw_consent
from rebond.celebrate.actions.recordings import hold, sound_removed
from rebond.celebrate.models import Mark, Recording
from rebond.celebrate.sound import folder, quiet
from rebond.celebrate.sound.opening import hear
from rebond.celebrate.work import sound as work
from rebond.celebrate.work.sound import make_quiet
from rebond.jobs.models import Job
from tests.celebrate.asked import ask
from tests.celebrate.calls import hears, recorded, theirs
from tests.celebrate.sounds import MADE, sound, write

#: Of a tone that comes and goes each half second: a stretch inside it.
NAME = (2_100, 2_400)
RATE = 24_000


def loudest(content: bytes | Path, begins: float, ends: float) -> float:
    """The highest of those seconds, 0 to 1."""
    file = io.BytesIO(content) if isinstance(content, bytes) else str(content)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(file) as container:
        frames = [one for frame in container.decode(audio=0) for one in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return float(np.abs(samples[round(begins * RATE) : round(ends * RATE)].astype(float)).max()) / 2**15


def mute(client: Client, recording: Recording, at: str = "2.1", until: str = "2.4") -> int:
    sent = {"at": at, "until": until, "muted": "on"}
    return int(client.post(f"/calls/{recording.pk}/marks", sent).status_code)


def played(client: Client, recording: Recording) -> bytes:
    """All that the player is handed out."""
    return ask(client.get(f"/calls/{recording.pk}/sound")["Location"], of=client).body


def of(recording: Recording) -> Recording:
    return Recording.objects.get(pk=recording.pk)


@pytest.fixture
def call(camille: User) -> Recording:
    return recorded(camille, content=sound("mp3", 4.0), agreed=["coaching", "library"])


@pytest.mark.parametrize("kind", MADE)
def test_the_copy_is_silent_there_and_as_it_was_and_as_long_elsewhere(kind: str, tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    write(original, kind, 5.0, channels=2)
    quiet.silence(original, kind, [NAME], copy)
    assert abs(hear(copy).duration_ms - hear(original).duration_ms) <= 50
    assert loudest(copy, 2.1, 2.4) < 0.001
    for begins, ends in ((0.1, 0.4), (1.1, 1.4), (3.1, 3.4), (4.1, 4.4)):
        assert loudest(copy, begins, ends) == pytest.approx(loudest(original, begins, ends), abs=0.15)
    assert copy.stat().st_mode & 0o777 == 0o600


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 900)).map(lambda one: (one[0], one[0] + one[1]))))
def test_whatever_is_muted_is_silent_sample_by_sample_and_nothing_far_from_it(stretches: list[tuple[int, int]]) -> None:
    """Against the plain rule, asked of each millisecond."""
    whole = np.ones(6 * quiet.RATE, np.int16)
    size = 1_152
    parts = [
        quiet.hushed(whole[at : at + size], at, quiet.wide(stretches)) for at in range(0, len(whole), size)
    ]  # fmt: skip
    heard = np.concatenate(parts)[:: quiet.RATE // 1000].astype(bool)
    muted = [
        any(begins - quiet.EARLY <= ms < ends + quiet.LATE for begins, ends in stretches) for ms in range(len(heard))
    ]  # fmt: skip
    assert heard.tolist() == [not one for one in muted]


def test_a_hole_in_the_sound_stays_as_long_as_it_was(tmp_path: Path) -> None:
    """A recorder that paused: what comes after it is muted where people marked it."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    with av.open(str(original), "w", format="webm") as container:
        stream: Any = container.add_stream("libopus", rate=48_000, layout="mono")
        tone = (np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000) * 16_000).astype(np.int16)
        for second in (0, 3):
            frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    quiet.silence(original, "webm", [(3_400, 3_600)], copy)
    assert loudest(copy, 1.2, 2.8) < 0.01
    assert loudest(copy, 3.4, 3.6) < 0.001
    assert min(loudest(copy, 0.1, 0.9), loudest(copy, 3.7, 3.9)) > 0.3


@pytest.mark.django_db
def test_from_the_moment_it_is_muted_nobody_is_handed_out_what_was_said(
    call: Recording, as_camille: Client, as_thomas: Client, as_yanis: Client
) -> None:
    address, before = as_thomas.get(f"/calls/{call.pk}/sound")["Location"], call.stored
    assert loudest(ask(address, of=as_thomas).body, 2.1, 2.4) > 0.3
    assert mute(as_camille, call) == 302
    folder.drop(before)  # as the commit does
    assert ask(address, of=as_thomas).status == 404
    for client, purpose in ((as_thomas, "coaching"), (as_yanis, "library")):
        refused = client.get(f"/calls/{call.pk}/sound?for={purpose}", headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json()["error"]) == (409, "being_silenced")
        assert client.get(f"/calls/{call.pk}/peaks?for={purpose}").json()["ended"] is False
    assert "data-poll" in as_thomas.get(f"/calls/{call.pk}").text
    [job] = Job.objects.filter(name__endswith="make_quiet", status="ready")
    assert make_quiet.func(**job.kwargs) == of(call).quiet
    for client in (as_thomas, as_camille):
        assert loudest(played(client, call), 2.1, 2.4) < 0.001
        assert loudest(played(client, call), 3.1, 3.4) > 0.3
    assert as_thomas.get(f"/calls/{call.pk}/peaks").json()["ended"] is True
    assert AuditEntry.objects.filter(verb="celebrate.keep_quiet", detail={"stretches": 1}).count() == 1


@pytest.mark.django_db
def test_who_looks_after_it_goes_on_listening_for_more_to_mute(
    call: Recording, as_camille: Client, as_nadia: Client
) -> None:
    mute(as_camille, call)
    for client in (as_camille, as_nadia):
        assert client.get(f"/calls/{call.pk}/peaks").json()["ended"] is True
        page = client.get(f"/calls/{call.pk}").text
        assert "data-poll" not in page
        assert "data-player" in page
        assert played(client, call) == sound("mp3", 4.0)


@pytest.mark.django_db
def test_what_is_muted_while_a_copy_is_kept_is_made_silent_after_it(call: Recording, as_camille: Client) -> None:
    """The job has kept its copy and is not over yet: it looks at nothing any more."""
    mute(as_camille, call)
    job = Job.objects.get(name__endswith="make_quiet")
    Job.objects.filter(pk=job.pk).update(
        status="running", worker="one", lease_until=timezone.now() + timedelta(hours=1)
    )
    make_quiet.func(**job.kwargs)
    mute(as_camille, call, "3.1", "3.4")
    Job.objects.filter(pk=job.pk).update(status="done", lease_until=None)
    [behind] = Job.objects.filter(name__endswith="make_quiet", status="ready")
    assert make_quiet.func(**behind.kwargs) == of(call).quiet != ""
    content = played(as_camille, call)
    assert max(loudest(content, 2.1, 2.4), loudest(content, 3.1, 3.4)) < 0.001


@pytest.mark.django_db
def test_another_stretch_makes_another_copy_and_with_none_the_sound_is_as_it_came(
    call: Recording, as_camille: Client, django_capture_on_commit_callbacks: Any
) -> None:
    mute(as_camille, call)
    first = make_quiet.func(call.pk)
    with django_capture_on_commit_callbacks(execute=True):
        mute(as_camille, call, "3.1", "3.4")
    assert not folder.path_of(first).exists()
    make_quiet.func(call.pk)
    content = played(as_camille, call)
    assert max(loudest(content, 2.1, 2.4), loudest(content, 3.1, 3.4)) < 0.001
    second = of(call).quiet
    with django_capture_on_commit_callbacks(execute=True):
        for mark in Mark.objects.all():
            as_camille.post(f"/calls/marks/{mark.pk}/drop")
    assert not folder.path_of(second).exists()
    assert make_quiet.func(call.pk) == ""
    assert played(as_camille, call) == sound("mp3", 4.0)


@pytest.mark.django_db
def test_what_is_muted_while_the_copy_is_made_is_silent_too(
    call: Recording, as_camille: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = quiet.silence, []

    def interrupted(path: Path, kind: str, silent: Any, copy: Path) -> None:
        real(path, kind, silent, copy)
        made.append(copy)
        if len(made) == 1:
            mute(as_camille, call, "3.1", "3.4")

    monkeypatch.setattr(work.quiet, "silence", interrupted)
    mute(as_camille, call)
    make_quiet.func(call.pk)
    assert len(made) == 2
    assert not made[0].exists()
    assert loudest(played(as_camille, call), 3.1, 3.4) < 0.001


@pytest.mark.django_db
def test_a_copy_that_could_not_be_made_is_asked_for_again_by_who_wants_to_hear(
    call: Recording, as_camille: Client, as_thomas: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute(as_camille, call)
    before = set(folder.resting_since(timezone.now().timestamp() + 60))
    with monkeypatch.context() as broken:
        broken.setattr(work.quiet, "_write", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_quiet.func(call.pk)
    assert set(folder.resting_since(timezone.now().timestamp() + 60)) == before, "half a copy stayed"
    Job.objects.all().delete()
    assert hears(as_thomas, call) == 409
    assert Job.objects.filter(name__endswith="make_quiet").count() == 1
    folder.drop(of(call).stored)
    assert make_quiet.func(call.pk) == "", "the sound itself is gone: it is not tried for ever"


@pytest.mark.django_db
@pytest.mark.parametrize("held", [False, True], ids=["removed", "removed under a legal hold"])
def test_the_copy_goes_with_the_sound(
    held: bool, call: Recording, as_camille: Client, camille: User, django_capture_on_commit_callbacks: Any
) -> None:
    mute(as_camille, call)
    copy = make_quiet.func(call.pk)
    if held:
        hold(recording=call, on=True, actor=camille, now=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        sound_removed(recording=call, because="asked", actor=camille, now=timezone.now())
    assert of(call).quiet == ""
    assert not folder.path_of(copy).exists()
    assert bool(of(call).stored) is held


@pytest.mark.django_db
def test_a_word_taken_back_ends_the_tickets_of_the_copy_too(
    call: Recording, as_camille: Client, as_yanis: Client, camille: User, django_capture_on_commit_callbacks: Any
) -> None:
    mute(as_camille, call)
    make_quiet.func(call.pk)
    address = as_yanis.get(f"/calls/{call.pk}/sound?for=library")["Location"]
    assert ask(address, of=as_yanis).status == 200
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(voice=theirs(call), purpose="library", actor=camille, now=timezone.now())
    assert ask(address, of=as_yanis).status == 404
    assert loudest(played(as_camille, call), 2.1, 2.4) < 0.001


@pytest.mark.django_db
def test_tidying_knows_the_copy(call: Recording, as_camille: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    mute(as_camille, call)
    copy = make_quiet.func(call.pk)
    monkeypatch.setattr(work.actions, "RESTS", -timedelta(hours=1))
    work._left_behind(timezone.now())
    assert folder.path_of(copy).exists()
    assert folder.path_of(of(call).stored).exists()

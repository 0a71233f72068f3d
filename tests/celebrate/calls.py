"""Recorded calls for tests, made through the same doors as people's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from rebond.accounts.models import User
from rebond.celebrate.actions.consents import give_consent, name_voice
from rebond.celebrate.actions.recordings import receive_all, start_upload
from rebond.celebrate.models import Consent, Recording, Voice
from rebond.celebrate.sound.folder import path_of
from rebond.celebrate.work.sound import prepare
from rebond.deals.models import Person
from tests.celebrate.sounds import sound

THEN = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def recorded(
    owner: User, *, content: bytes | None = None, title: str = "She asks for the price", helene: Person | None = None,
    agreed: Iterable[str] = (), now: datetime = THEN, ready: bool = True, **more: Any,
) -> Recording:  # fmt: skip
    """A call of ``owner``'s with one other voice, prepared; every voice agreed to ``agreed``."""
    content = content or sound("mp3")
    recording = start_upload(title=title, file_name="call.mp3", size=len(content), actor=owner, now=now, **more)
    name_voice(recording=recording, person=helene, name="" if helene else "Paul Duret", actor=owner, now=now)
    for purpose in agreed:
        all_agree(recording, purpose, owner, now)
    receive_all(recording=recording, pieces=[content], actor=owner, now=now)
    if ready:
        prepare.func(recording.pk)
    return Recording.objects.get(pk=recording.pk)


def all_agree(recording: Recording, purpose: str, actor: User, now: datetime = THEN) -> None:
    for voice in recording.voices.order_by("pk"):
        agrees(voice, purpose, actor, now)


def agrees(voice: Voice, purpose: str, actor: User, now: datetime = THEN) -> Consent:
    return give_consent(voice=voice, purpose=purpose, proof="Said at 0:15", given_on=now.date(), actor=actor, now=now)


def theirs(recording: Recording) -> Voice:
    """The voice that is not the owner's."""
    return recording.voices.exclude(user=recording.owner).get()


def has_sound(recording: Recording) -> bool:
    """Whether a file is there."""
    stored = Recording.objects.get(pk=recording.pk).stored
    return bool(stored) and path_of(stored).exists()


def hears(client: Client, recording: Recording, purpose: str = "coaching") -> int:
    """What the door of the sound answers: 302 to the sound itself, 403, 404."""
    return int(client.get(f"/calls/{recording.pk}/sound?for={purpose}").status_code)

"""A person leaves the calls they are heard in: their word is taken back, so the sound goes; what was learnt stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models, transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.celebrate.actions.lessons import put
from rebond.celebrate.actions.recordings import sound_removed
from rebond.celebrate.kept import voices_of
from rebond.celebrate.models import (
    Cheer,
    Consent,
    Given,
    Lesson,
    Mark,
    Nomination,
    Praise,
    Recording,
    Score,
    Voice,
    WinPart,
)
from rebond.deals.erasing import Erasing

#: Where colleagues may have written somebody's name.
WORDS: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (Recording, ("title", "situation", "transcript", "file_name", "place")), (Voice, ("name",)), (Mark, ("text",)),
    (Consent, ("proof", "place")),
    (Lesson, ("title", "text", "situation")), (Nomination, ("title", "lesson", "situation", "extract", "because")),
    (Score, ("note",)), (Praise, ("did", "text", "because")), (Cheer, ("words",)), (WinPart, ("what",)),
    (Given, ("why",)),
)  # fmt: skip


@transaction.atomic
def erase_person(*, of: Erasing, actor: User | None, now: datetime) -> None:
    """Removes the sound of every call they are heard in, takes their name off it, and out of what was written."""
    voices = list(voices_of(of.person, by_name_anywhere=True).select_related("recording"))
    for voice in voices:
        voice.consents.filter(withdrawn_at=None).update(withdrawn_at=now)
        sound_removed(recording=voice.recording, because="erased", actor=actor, now=now)
        voice.name, voice.person = "", None
        voice.save(update_fields=["name", "person"])
        voice.consents.update(proof="", place="")
    _without_name(of)
    record(verb="celebrate.erase_person", subject=of.person, actor=actor, at=now, voices=len(voices))


def _without_name(of: Erasing) -> None:
    """Every row is read: no database finds a name however it was spaced and cased, and this is done a few times a
    year."""
    if of.named is None:
        return
    for model, fields in WORDS:
        for row in model._default_manager.order_by("pk").only("pk", *fields).iterator(chunk_size=500):
            said = {field: of.without_name(getattr(row, field)) for field in fields}
            if any(getattr(row, field) != text for field, text in said.items()):
                _rewrite(row, said)


def _rewrite(row: models.Model, said: Mapping[str, str]) -> None:
    for field, text in said.items():
        setattr(row, field, text[: row._meta.get_field(field).max_length])  # type: ignore[union-attr]
    if isinstance(row, Lesson):
        put(row)  # what it is found by, too
    else:
        row.save(update_fields=[*said])

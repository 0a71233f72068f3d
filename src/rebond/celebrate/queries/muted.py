"""Which file of a recording is handed out: its own, or the copy in which what is muted is silent."""

from __future__ import annotations

from rebond.accounts.models import User
from rebond.celebrate.models import Recording, RecordingStatus
from rebond.celebrate.queries.recordings import may_manage
from rebond.celebrate.sound.quiet import KIND, Stretch


def muted_in(recording: Recording) -> list[Stretch]:
    """What nobody is to hear, in milliseconds, in order; one query."""
    marked = recording.marks.filter(muted=True, until_ms__isnull=False).order_by("at_ms", "until_ms")
    return [(begins, ends or begins) for begins, ends in marked.values_list("at_ms", "until_ms")]


def to_play(recording: Recording, user: User) -> tuple[str, str] | None:
    """Name and kind of the file for ``user``; ``None`` while the copy is made: then those alone hear the call who look
    after it, and have more of it to mute."""
    if recording.quiet:
        return recording.quiet, KIND
    if being_silenced(recording) and not may_manage(user, recording):
        return None
    return recording.stored, recording.kind


def being_silenced(recording: Recording) -> bool:
    """Whether its copy is still to be made; one query."""
    return recording.status == RecordingStatus.READY and not recording.quiet and bool(muted_in(recording))

"""The background side of recordings: each is heard once, to its end; old ones go; what crashes left is tidied."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django_tasks import task

from rebond.base.dates import local_day
from rebond.celebrate.actions import recordings as actions
from rebond.celebrate.actions.marks import forget_notes
from rebond.celebrate.actions.silencing import keep_quiet
from rebond.celebrate.models import Recording, RecordingStatus
from rebond.celebrate.queries.muted import muted_in
from rebond.celebrate.queries.recordings import unknown_files
from rebond.celebrate.sound import folder, quiet
from rebond.celebrate.sound.opening import hear
from rebond.celebrate.sound.refusals import SoundRefused


@task()
def prepare(pk: int) -> str:
    """How long it is, its outline, or why it cannot be used; what its status is then.

    A worker that is killed meanwhile has written nothing; another hears it again from the beginning.
    """
    recording = Recording.objects.filter(pk=pk, status=RecordingStatus.WORKING).first()
    if recording is None:
        return ""
    try:
        heard = hear(folder.path_of(recording.stored))
    except SoundRefused as refused:
        return actions.refuse(recording=recording, code=refused.code, actor=None, now=timezone.now()).status
    except FileNotFoundError:
        again = Recording.objects.get(pk=pk)
        if again.stored != recording.stored:  # it got another name, or was removed, while it was heard
            return prepare.func(pk)
        return actions.refuse(recording=recording, code="broken_sound", actor=None, now=timezone.now()).status
    return actions.finish(recording=recording, heard=heard, now=timezone.now()).status


@task()
def make_quiet(pk: int) -> str:
    """Makes the copy in which what is muted is silent; its name, empty where none is needed any more.

    Where something else is muted meanwhile, or the file got another name, it begins again; killed, it left a file that
    no row knows, which ``let_go`` removes.
    """
    tried = ""
    while (recording := Recording.objects.filter(pk=pk, status=RecordingStatus.READY).first()) is not None:
        silent = muted_in(recording)
        if recording.quiet or not silent or tried == recording.stored:
            return recording.quiet
        folder.check_room(quiet.bytes_of(recording.duration_ms or 0))
        name, kept = folder.new_name(), False
        try:
            quiet.silence(folder.path_of(recording.stored), recording.kind, silent, folder.path_of(name))
            kept = keep_quiet(recording=recording, name=name, silent=silent, now=timezone.now())
        except FileNotFoundError:
            tried = recording.stored
        finally:
            if not kept:
                folder.drop(name)
    return ""


@task()
def let_go() -> dict[str, int]:
    """Once a day: sound whose time is over goes, uploads that rested for two days, notes that are a year old; run again
    it does nothing."""
    now = timezone.now()
    return {
        "sound": _old(now), "uploads": _resting(now), "files": _left_behind(now), "notes": forget_notes(now=now),
    }  # fmt: skip


def _old(now: datetime) -> int:
    over = Recording.objects.filter(status=RecordingStatus.READY, keep_until__lt=local_day(now), legal_hold=False)
    found = list(over.order_by("pk").defer("peaks", "transcript"))
    for recording in found:
        actions.sound_removed(recording=recording, because="retention", actor=None, now=now)
    return len(found)


def _resting(now: datetime) -> int:
    """An upload is at rest since its file was last written to, or since it was begun."""
    begun = Recording.objects.filter(status=RecordingStatus.UPLOADING, made_at__lt=now - actions.RESTS).order_by("pk")
    resting = [one for one in begun if _written(one.stored) < (now - actions.RESTS).timestamp()]
    for recording in resting:
        actions.drop_unfinished(recording=recording, now=now)
    return len(resting)


def _left_behind(now: datetime) -> int:
    """Files that no row knows any more."""
    gone = unknown_files(folder.resting_since((now - actions.RESTS).timestamp()))
    for name in gone:
        folder.drop(name)
    return len(gone)


def _written(stored: str) -> float:
    path = folder.path_of(stored)
    return path.stat().st_mtime if path.exists() else 0.0

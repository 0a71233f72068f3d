"""Every write of a recording's sound: begun, taken piece by piece, ready, removed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.text import clean
from rebond.celebrate.actions.leaving import leave_contests
from rebond.celebrate.models import Recording, RecordingStatus
from rebond.celebrate.sound import folder
from rebond.celebrate.sound.kinds import HEAD, kind_of
from rebond.celebrate.sound.opening import Heard
from rebond.celebrate.sound.refusals import refusal
from rebond.deals.models import Deal
from rebond.jobs.actions import enqueue

#: One piece of an upload, in bytes, at most. The browser sends 1 MB each, which the server reads before it takes a
#: thread for it (``web.bridge``).
PIECE = 8 * 1024 * 1024
#: How long sound is kept; how long an upload may rest.
KEPT, RESTS = timedelta(days=180), timedelta(days=2)
_UNSAFE = re.compile(r"[^\w.\- ]+")


@transaction.atomic
def start_upload(
    *, title: str, file_name: str, size: int, situation: str = "", deal: Deal | None = None,
    called_on: date | None = None, place: str = "", actor: User, now: datetime,
) -> Recording:  # fmt: skip
    """A recording whose sound is to come; who uploads it is heard in it and named as its first voice.

    Args:
        size: of the whole file, in bytes.

    Raises:
        RebondError: ``empty_file``, ``too_large``, ``disk_full``; nothing was kept.
    """
    if size <= 0:
        raise refusal("empty_file")
    if size > folder.MAX_BYTES:
        raise refusal("too_large")
    folder.check_room(size)
    recording = Recording.objects.create(
        title=clean(title, 160), situation=clean(situation, 160), owner=actor, team=actor.team, deal=deal, size=size,
        file_name=_UNSAFE.sub("_", clean(os.path.basename(file_name), 200)), stored=folder.new_name(),
        called_on=called_on, place=clean(place, 80), made_at=now,
    )  # fmt: skip
    recording.voices.create(user=actor)
    record(verb="celebrate.start_upload", subject=recording, actor=actor, at=now, size=size)
    return recording


@transaction.atomic
def receive(*, recording: Recording, at: int, piece: bytes, actor: User, now: datetime) -> Recording:
    """One piece, written behind what is here; the last one sends it to be prepared.

    The row is locked meanwhile, so of two pieces for the same place one is written and the other is told so. A first
    piece that is no sound ends the upload at once (``refused`` is set, the file is gone).

    Raises:
        RebondError: ``not_uploading``, ``other_place``, ``piece_too_large``, ``disk_full``; what was here before stays.
    """
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.status != RecordingStatus.UPLOADING:
        raise refusal("not_uploading")
    if at != held.received:
        raise refusal("other_place")
    if len(piece) > PIECE or at + len(piece) > held.size:
        raise refusal("piece_too_large")
    if at == 0 and len(piece) >= min(HEAD, held.size) and not kind_of(piece[:HEAD]):
        return refuse(recording=held, code="not_sound", actor=actor, now=now)
    folder.append(held.stored, at, piece)
    held.received = at + len(piece)
    held.save(update_fields=["received"])
    return _complete(held, actor, now) if held.received == held.size else held


def receive_all(*, recording: Recording, pieces: Iterable[bytes], actor: User, now: datetime) -> Recording:
    """A whole file that a form brought, piece by piece, each as if it had come alone."""
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            at = recording.received
            recording = receive(recording=recording, at=at, piece=piece[start : start + PIECE], actor=actor, now=now)
            if recording.status == RecordingStatus.REFUSED:
                return recording
    return recording


def _complete(recording: Recording, actor: User | None, now: datetime) -> Recording:
    from rebond.celebrate.work.sound import prepare

    recording.status = RecordingStatus.WORKING
    recording.save(update_fields=["status"])
    enqueue(task=prepare, kwargs={"pk": recording.pk}, now=now, unique_key=f"celebrate.prepare:{recording.pk}")
    record(verb="celebrate.finish_upload", subject=recording, actor=actor, at=now)
    return recording


@transaction.atomic
def finish(*, recording: Recording, heard: Heard, now: datetime) -> Recording:
    """It was heard to its end: ready. Run again, or after it was removed meanwhile, it changes nothing."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.status != RecordingStatus.WORKING:
        return held
    held.status, held.ready_at, held.keep_until = RecordingStatus.READY, now, local_day(now + KEPT)
    held.kind, held.sha256, held.duration_ms, held.peaks = heard.kind, heard.sha256, heard.duration_ms, heard.peaks
    held.save()
    record(verb="celebrate.finish_recording", subject=held, actor=None, at=now, kind=held.kind, ms=held.duration_ms)
    return held


@transaction.atomic
def refuse(*, recording: Recording, code: str, actor: User | None, now: datetime) -> Recording:
    """It cannot be used, and nothing of it is kept; the row says why."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.status not in (RecordingStatus.UPLOADING, RecordingStatus.WORKING):
        return held
    let_go(held.stored)
    held.status, held.refused, held.stored, held.received = RecordingStatus.REFUSED, code, "", 0
    held.save(update_fields=["status", "refused", "stored", "received"])
    record(verb="celebrate.refuse_recording", subject=held, actor=actor, at=now, why=code)
    return held


@transaction.atomic
def sound_removed(*, recording: Recording, because: str, actor: User | None, now: datetime) -> Recording:
    """Its sound goes, with its outline and transcript; what was learnt from it stays.

    Under legal hold it is heard by nobody any more, and the file waits until the hold is lifted.

    Args:
        because: ``withdrawn``, ``retention``, ``asked``, ``erased``.
    """
    leave_contests(recording=recording, actor=actor, now=now)
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.status == RecordingStatus.REMOVED:
        return held
    held.status, held.removed_at, held.removed_because = RecordingStatus.REMOVED, now, because
    held.peaks, held.transcript = [], "" if not held.legal_hold else held.transcript
    let_go(held.stored)
    let_go(held.quiet)
    held.stored = folder.second_name(held.stored) if held.legal_hold else ""  # no ticket for the old one opens it
    held.quiet = ""
    held.save()
    record(verb="celebrate.remove_sound", subject=held, actor=actor, at=now, because=because, held=held.legal_hold)
    return held


@transaction.atomic
def hold(*, recording: Recording, on: bool, actor: User, now: datetime) -> Recording:
    """A legal hold begins or ends; what should have gone meanwhile goes at its end."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.legal_hold == on:
        return held
    held.legal_hold = on
    if not on and held.status == RecordingStatus.REMOVED:
        let_go(held.stored)
        held.stored, held.transcript = "", ""
    held.save(update_fields=["legal_hold", "stored", "transcript"])
    record(verb="celebrate.hold_recording", subject=held, actor=actor, at=now, on=on)
    return held


@transaction.atomic
def renew_name(*, recording: Recording, actor: User | None, now: datetime) -> None:
    """The file gets another name, so that whoever holds a ticket for the old one hears no more, from this moment; and
    so does its copy in which something is silent."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if not held.stored:
        return
    old = (held.stored, held.quiet)
    held.stored, held.quiet = folder.second_name(held.stored) or held.stored, folder.second_name(held.quiet)
    held.save(update_fields=["stored", "quiet"])
    record(verb="celebrate.renew_name", subject=held, actor=actor, at=now)
    for name in {*old} - {held.stored}:
        let_go(name)


@transaction.atomic
def drop_unfinished(*, recording: Recording, actor: User | None = None, now: datetime) -> None:
    """An upload that is given up, or rested too long, leaves nothing behind."""
    held = Recording.objects.select_for_update(of=("self",)).filter(pk=recording.pk).first()
    if held is None or held.status != RecordingStatus.UPLOADING:
        return
    record(verb="celebrate.drop_upload", subject=held, actor=actor, at=now)
    let_go(held.stored)
    held.delete()


def let_go(stored: str) -> None:
    """A file goes once what was written about it is committed; nothing is lost by a rollback."""
    transaction.on_commit(lambda: folder.drop(stored))

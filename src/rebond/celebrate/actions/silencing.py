"""What nobody is to hear of a recording: from the moment it is said, others are not handed out the file as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.celebrate.actions.recordings import let_go, renew_name
from rebond.celebrate.models import Recording, RecordingStatus
from rebond.celebrate.queries.muted import muted_in
from rebond.celebrate.sound.quiet import Stretch
from rebond.jobs.actions import enqueue
from rebond.jobs.models import JobStatus


@transaction.atomic
def muting_changed(*, recording: Recording, actor: User | None, now: datetime) -> None:
    """A stretch was muted, or is not any more: whoever listens hears no more of what was, and a copy is made."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    let_go(held.quiet)
    held.quiet = ""
    held.save(update_fields=["quiet"])
    renew_name(recording=held, actor=actor, now=now)
    want_quiet(recording=held, now=now)


@transaction.atomic
def want_quiet(*, recording: Recording, now: datetime) -> None:
    """Queues the making of the copy; one that waits already is enough. No audit entry: nothing changed.

    Behind one that is being made another waits: the first may be done with looking at what is muted.
    """
    from rebond.celebrate.work.sound import make_quiet

    key = f"celebrate.quiet:{recording.pk}"
    job = enqueue(task=make_quiet, kwargs={"pk": recording.pk}, now=now, unique_key=key)
    if job.status == JobStatus.RUNNING:
        enqueue(task=make_quiet, kwargs={"pk": recording.pk}, now=now, unique_key=f"{key}.next")


@transaction.atomic
def keep_quiet(*, recording: Recording, name: str, silent: Sequence[Stretch], now: datetime) -> bool:
    """The copy counts from now on; not (``False``) when something else is to be silent meanwhile, or it is gone."""
    held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if held.status != RecordingStatus.READY or not held.stored or muted_in(held) != list(silent):
        return False
    let_go(held.quiet)
    held.quiet = name
    held.save(update_fields=["quiet"])
    record(verb="celebrate.keep_quiet", subject=held, actor=None, at=now, stretches=len(silent))
    return True

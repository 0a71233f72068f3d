"""Notes pinned to a second, clips, and stretches that are not heard (a name, a price)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.audit import record, record_many
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.celebrate.actions.silencing import muting_changed
from rebond.celebrate.models import Lesson, Mark, Nomination, Recording, Score

#: Marks of one recording, at most.
AT_MOST = 500
#: What is noted about a recorded call is kept for a year at most (CNIL on recordings at work; L26). Lessons stay.
NOTED = timedelta(days=365)


@transaction.atomic
def add_mark(
    *, recording: Recording, at_ms: int, until_ms: int | None = None, text: str = "", muted: bool = False, actor: User,
    now: datetime,
) -> Mark:  # fmt: skip
    """A note (without an end) or a stretch.

    Raises:
        RebondError: ``no_such_moment``, ``nothing_said``, ``too_many_marks``; nothing was added.
    """
    length = recording.duration_ms or 0
    if not 0 <= at_ms < max(length, 1) or (until_ms is not None and not at_ms < until_ms <= length):
        raise RebondError(
            _("That moment is not in this recording. Nothing was added. Choose a beginning, and an end after it."),
            code="no_such_moment",
        )
    if not text.strip() and until_ms is None:
        raise RebondError(_("The note is empty. Nothing was added. Write what one hears there."), code="nothing_said")
    if recording.marks.count() >= AT_MOST:
        raise RebondError(_("There are 500 marks already. Nothing was added. Drop some first."), code="too_many_marks")
    mark: Mark = recording.marks.create(
        by=actor, at_ms=at_ms, until_ms=until_ms, text=clean(text, 500), muted=muted and until_ms is not None,
        made_at=now,
    )  # fmt: skip
    record(verb="celebrate.add_mark", subject=mark, actor=actor, at=now, muted=mark.muted)
    if mark.muted:
        muting_changed(recording=recording, actor=actor, now=now)
    return mark


@transaction.atomic
def drop_mark(*, mark: Mark, actor: User, now: datetime) -> None:
    """It goes.

    Raises:
        RebondError: ``mark_in_use``: a call of the month, or what was learnt, is cut by it.
    """
    if Nomination.objects.filter(clip=mark).exists() or Lesson.objects.filter(clip=mark, retired_at=None).exists():
        raise RebondError(
            _("A call of the month or a lesson is cut by this mark. Nothing was changed. Take it out there first."),
            code="mark_in_use", status=409,
        )  # fmt: skip
    record(verb="celebrate.drop_mark", subject=mark, actor=actor, at=now)
    mark.delete()
    if mark.muted:
        muting_changed(recording=mark.recording, actor=actor, now=now)


@transaction.atomic
def forget_notes(*, now: datetime) -> int:
    """Notes, clips and reviewers' words that are a year old go. A stretch that a lesson or a contest is cut by, or that
    is skipped in sound that is still here, stays without its words. How many went, or lost their words."""
    old = Mark.objects.filter(made_at__lt=now - NOTED)
    used = Q(pk__in=Lesson.objects.exclude(clip=None).values("clip"))
    used |= Q(pk__in=Nomination.objects.exclude(clip=None).values("clip"))
    kept = used | (Q(muted=True) & ~Q(recording__stored=""))
    gone = list(old.exclude(kept).select_for_update(of=("self",)).order_by("pk"))
    worded = list(old.filter(kept).exclude(text="").select_for_update(of=("self",)).order_by("pk"))
    noted = Score.objects.filter(at__lt=now - NOTED).exclude(note="")
    scores = list(noted.select_for_update(of=("self",)).order_by("pk"))
    rows = [(one, dict[str, Any]()) for one in (*gone, *worded, *scores)]
    record_many(verb="celebrate.forget_note", subjects=rows, actor=None, at=now)
    Mark.objects.filter(pk__in=[one.pk for one in gone]).delete()
    Mark.objects.filter(pk__in=[one.pk for one in worded]).update(text="")
    Score.objects.filter(pk__in=[one.pk for one in scores]).update(note="")
    return len(gone) + len(worded) + len(scores)

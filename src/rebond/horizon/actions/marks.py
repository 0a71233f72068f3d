"""The journal of "what we changed": a line is written, and taken back when it was a mistake."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.horizon.models import Mark

LONGEST = 160
EARLIEST = date(1990, 1, 1)


@transaction.atomic
def add_mark(*, team: Team | None, on: date, text: str, today: date, actor: User | None, now: datetime) -> Mark:
    """One line; ``team`` ``None`` is everybody's journal. ``RebondError``: ``text_missing``, ``bad_day``."""
    said = clean(" ".join(text.split()), LONGEST)
    if not said:
        raise RebondError(_("Say in a few words what you changed. Nothing was saved."), code="text_missing")
    if not EARLIEST <= on <= today:
        raise RebondError(
            _("The journal is about what has been changed: choose today or an earlier day. Nothing was saved."),
            code="bad_day",
        )
    mark = Mark.objects.create(team=team, on=on, text=said, at=now, by=actor)
    record(
        verb="horizon.add_mark", subject=mark, actor=actor, at=now, on=on.isoformat(), team=team.pk if team else None
    )
    return mark


@transaction.atomic
def take_back_mark(*, mark: Mark, actor: User | None, now: datetime) -> None:
    """It was a mistake; the charts no longer show it. ``Conflict`` ``taken_back`` when it was taken back before."""
    found = Mark.objects.select_for_update(of=("self",)).get(pk=mark.pk)
    if found.taken_back_at is not None:
        raise Conflict(_("This line was taken back already. Nothing was changed."), code="taken_back")
    found.taken_back_at = now
    found.save(update_fields=["taken_back_at"])
    record(verb="horizon.take_back_mark", subject=found, actor=actor, at=now)

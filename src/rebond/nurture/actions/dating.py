"""Dates they gave, and things they missed: both bring us back on their day and not on ours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.base.text import clean, fold
from rebond.deals.models import Deal, Person
from rebond.nurture.actions.rows import BESIDE, after_absence, locked, schedule, set_day
from rebond.nurture.cadence.dates import Taken, with_room
from rebond.nurture.models import DateKind, DueBecause, Enrolment, NamedDate, Standing
from rebond.nurture.queries.standing import aways_of, place, today_of

#: What is further away is a slip of the keyboard.
FURTHEST = timedelta(days=3660)


@transaction.atomic
def name_date(
    *, person: Person, kind: str, on: date, words: str = "", whole_month: bool = False, source: str = "typed",
    deal: Deal | None = None, actor: User | None, now: datetime,
) -> NamedDate:  # fmt: skip
    """A date the person gave; the next touch follows it. The same kind and day twice is once.

    Args:
        on: that day; of a month alone (``whole_month``) its first. A day that has passed is reached now.
        words: theirs.

    Raises:
        RebondError: ``unknown_date_kind``; ``date_too_far`` for more than ten years away.
    """
    if kind not in DateKind.values:
        raise RebondError(_("We do not know this kind of date. Nothing was saved."), code="unknown_date_kind")
    if abs(on - timezone.localdate(now)) > FURTHEST:
        raise RebondError(
            _("This day is more than ten years away. Nothing was saved. Check the year."), code="date_too_far"
        )
    on = on.replace(day=1) if whole_month else on
    standing = NamedDate.objects.filter(person=person, kind=kind, on=on, settled_at=None)
    if found := standing.first():
        return found
    made = NamedDate.objects.create(
        person=person, deal=deal, kind=kind, on=on, whole_month=whole_month, words=clean(words, 300),
        source=clean(source, 20), said_at=now, by=actor,
    )  # fmt: skip
    record(verb="nurture.name_date", subject=made, actor=actor, at=now, kind=kind)
    _follow_dates(person, now)
    return made


@transaction.atomic
def drop_date(*, date: NamedDate, actor: User | None, now: datetime) -> None:
    """The date does not hold any more; the next touch is worked out anew. Twice is once."""
    if not NamedDate.objects.filter(pk=date.pk, settled_at=None).update(settled_at=now):
        return
    date.settled_at = now
    record(verb="nurture.drop_date", subject=date, actor=actor, at=now, kind=date.kind)
    _follow_dates(date.person, now)


def _follow_dates(person: Person, now: datetime) -> None:
    found = Enrolment.objects.filter(person=person, status=Standing.ACTIVE).first()
    if found is not None:
        mine = locked(found)
        schedule(mine, now)
        mine.save()


@transaction.atomic
def shipped(*, feature: str, actor: User | None, now: datetime) -> int:
    """What people missed is there: everybody who waits for it is due, a few a day; how many.

    However it was spelled: compared folded, a part of what was written down is enough ("export" finds "CSV export").
    """
    wanted = fold(feature)
    if not wanted:
        return 0
    waiting = Enrolment.objects.select_for_update(of=("self",)).filter(status=Standing.ACTIVE).exclude(waits_for="")
    people = waiting.exclude(due_because=DueBecause.SHIPPED).select_related(*BESIDE).order_by("due_on", "pk")
    found = [one for one in people if wanted in fold(one.waits_for)]
    aways = aways_of(one.owner_id for one in found)
    taken: dict[int | None, Taken] = {}
    for one in found:
        room, where = taken.setdefault(one.owner_id, Taken()), place(one)
        day = after_absence(today_of(one, now), aways.get(one.owner_id or 0, ()), where.country)
        set_day(one, with_room(day, room, where.country), DueBecause.SHIPPED)
        one.save()
        record(verb="nurture.shipped", subject=one, actor=actor, at=now)
    return len(found)

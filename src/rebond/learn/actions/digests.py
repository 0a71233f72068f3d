"""One digest a month and person, planned on the month's first working day."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import translation

from rebond.accounts.models import User
from rebond.accounts.queries import can_sign_in
from rebond.base.dates import local_day
from rebond.base.workdays import first_workday
from rebond.learn.lessons.digest import compose, letter
from rebond.learn.lessons.monthly import PURPOSE, key_of
from rebond.mail.actions import plan_message
from rebond.mail.models import Message

#: In each reader's own time zone.
AT = time(8, 30)


def plan_digests(*, now: datetime) -> int:
    """For everybody who can sign in and whom there is something to tell, from the first working day on; how many.

    Each is written before its own short transaction begins, since the figures may take seconds. The outbox takes each
    once a month.
    """
    today = local_day(now)
    if today < first_workday(today):
        return 0
    planned = set(Message.objects.filter(purpose=PURPOSE).values_list("key", flat=True))
    people = [user for user in can_sign_in().order_by("pk") if key_of(user, today) not in planned]
    return sum(_plan(user, today, now) for user in people)


def _plan(user: User, today: date, now: datetime) -> bool:
    with translation.override(user.language):
        found = compose(user, today)
    if found.is_empty:
        return False
    plan_message(
        key=key_of(user, today), purpose=PURPOSE, recipient=user.email or "", recipient_name=user.name,
        language=user.language, letter=letter(found), send_at=max(now, _morning(user, now)), actor=None, now=now,
    )  # fmt: skip
    return True


def _morning(user: User, now: datetime) -> datetime:
    zone = ZoneInfo(user.time_zone)
    return datetime.combine(now.astimezone(zone).date(), AT, zone)

"""One cheat sheet a week and person, planned on Monday for the morning where they are."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.accounts.queries import can_sign_in
from rebond.base.dates import show_day
from rebond.loop.cheatsheet.mailing import PURPOSE, key_of
from rebond.loop.cheatsheet.sheet import Sheet, compose
from rebond.loop.queries import local_date
from rebond.mail.actions import plan_message
from rebond.mail.models import Message
from rebond.mail.purposes import Letter

#: In each reader's own time zone.
AT = time(7, 30)
#: Monday; Tuesday for a server that slept.
MORNINGS = (0, 1)


def plan_sheets(*, now: datetime) -> int:
    """For everybody of a team who wants one, whose Monday (or Tuesday, if the server slept) it is; how many.

    The outbox takes each once a week.
    """
    lately = Message.objects.filter(purpose=PURPOSE, planned_at__gt=now - timedelta(days=8))
    planned = set(lately.values_list("key", flat=True))
    people = can_sign_in().filter(weekly_sheet=True).exclude(team=None).order_by("pk")
    due = [user for user in people if local_date(user, now).weekday() in MORNINGS]
    return sum(_plan(user, now) for user in due if key_of(user, _monday(local_date(user, now))) not in planned)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _plan(user: User, now: datetime) -> bool:
    with translation.override(user.language):
        found = letter(compose(user, now=now))
    day = local_date(user, now)
    morning = datetime.combine(day, AT, ZoneInfo(user.time_zone))
    plan_message(
        key=key_of(user, _monday(day)), purpose=PURPOSE, recipient=user.email or "", recipient_name=user.name,
        language=user.language, letter=found, send_at=max(now, morning), actor=None, now=now,
    )  # fmt: skip
    return True


def letter(sheet: Sheet) -> Letter:
    """Plain text, in the language in force."""
    base = settings.CONFIG.public_url.rstrip("/")
    context = {"sheet": sheet, "base": base, "settings_url": reverse("accounts:settings")}
    text = render_to_string("loop/letters/cheatsheet.txt", context).strip() + "\n"
    return Letter(subject=_("Your six lines, %(day)s") % {"day": show_day(sheet.day)}, text=text, from_name="Rebond")

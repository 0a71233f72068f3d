"""Asking buyers: who was asked, who answered, who stays unheard. ``status`` says what Buyer feedback says."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from rebond.learn.models import FeedbackProgramme


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["status"], help="status: how well asking works")
    parser.add_argument("--from", dest="since", default="", metavar="DAY", help="closed from this day; a year ago")
    parser.add_argument("--to", dest="until", default="", metavar="DAY", help="closed up to this day; today")
    plain.add_person(parser)
    plain.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the programme's health for the deals ``--as`` may see."""
    from zoneinfo import ZoneInfo

    from django.conf import settings
    from django.utils import timezone

    from rebond.commands import shared
    from rebond.commands.plain import print_json
    from rebond.learn.feedback import said
    from rebond.learn.models import Exclusion
    from rebond.learn.queries import feedback

    now, user = timezone.now(), shared.person(options)
    today = timezone.localdate(now, ZoneInfo(settings.TIME_ZONE))
    since, until = feedback.period_of(_day(options.since), _day(options.until), today=today)
    health = feedback.health(user, since, until, now=now)
    if options.json:
        print_json(health.as_json() | {"programme": _programme(feedback.programme())})
        return 0
    sys.stdout.write(f"{said.summary(health.noes)}.\n{said.overall(health).headline}.\n")
    for reason, count in health.excluded:
        sys.stdout.write(f"   {Exclusion(reason).label}  {count}\n")
    return 0


def _day(text: str) -> date | None:
    """A day as typed, if one was; ``RebondError`` ``bad_date`` for anything else."""
    from django.utils.translation import gettext as _

    from rebond.base.dates import parse_day
    from rebond.base.errors import RebondError

    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise RebondError(
            _("“%(text)s” is not a date. Nothing was changed. Write 2026-06-09.") % {"text": text}, code="bad_date"
        )
    return day


def _programme(rules: FeedbackProgramme) -> dict[str, Any]:
    """The rules in force."""
    return {
        "version": rules.version,
        "on": rules.is_on,
        "after_wins": rules.include_wins,
        "mode": rules.mode,
        "delay_days": [rules.delay_min, rules.delay_max],
        "reminder_after_days": rules.reminder_after,
        "expires_after_days": rules.expires_after,
        "sender": rules.sender.name if rules.sender else None,
        "reader": rules.reader.name if rules.reader else None,
    }

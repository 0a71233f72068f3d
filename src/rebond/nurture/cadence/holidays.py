"""Days on which nobody is at work where the person is, and the next day on which somebody is.

The calendars themselves are the mail room's (``mail.guarding.windows``), so that a note is due on a day it may leave.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from rebond.mail.guarding.windows import is_working_day

#: Longer than any row of holidays; after it the calendar is wrong, not the day.
FURTHEST = 40


def working_day(day: date, country: str) -> date:
    """``day`` itself when people work on it, else the next one.

    >>> working_day(date(2026, 5, 14), "FR"), working_day(date(2026, 5, 16), "FR")  # Ascension; a Saturday
    (datetime.date(2026, 5, 15), datetime.date(2026, 5, 18))
    """
    return first_fitting(day, lambda one: is_working_day(one, country), FURTHEST)


def working_days_after(day: date, count: int, country: str) -> date:
    """The day ``count`` working days later.

    >>> working_days_after(date(2026, 7, 13), 1, "FR")  # the 14th is a holiday
    datetime.date(2026, 7, 15)
    """
    for _one in range(count):
        day = working_day(day + timedelta(days=1), country)
    return day


def first_fitting(day: date, fits: Callable[[date], bool], furthest: int) -> date:
    """The first day from ``day`` on that ``fits``; ``day`` itself when none of ``furthest`` days does."""
    return next((one for ahead in range(furthest) if fits(one := day + timedelta(days=ahead))), day)

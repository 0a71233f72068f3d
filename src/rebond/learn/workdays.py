"""Working days: Monday to Friday."""

from __future__ import annotations

from datetime import date, timedelta


def add_workdays(day: date, count: int) -> date:
    """The day ``count`` working days after ``day``.

    >>> add_workdays(date(2026, 6, 11), 2)  # a Thursday
    datetime.date(2026, 6, 15)
    >>> add_workdays(date(2026, 6, 13), 1)  # a Saturday
    datetime.date(2026, 6, 15)
    """
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day

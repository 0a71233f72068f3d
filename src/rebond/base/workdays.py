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


def first_workday(day: date) -> date:
    """The first working day of the month of ``day``.

    >>> first_workday(date(2026, 8, 20))  # 1 August was a Saturday
    datetime.date(2026, 8, 3)
    """
    first = day.replace(day=1)
    return first + timedelta(days=7 - first.weekday() if first.weekday() >= 5 else 0)


def next_first_workday(day: date) -> date:
    """The first working day of a month that has not passed on ``day``.

    >>> next_first_workday(date(2026, 8, 3)), next_first_workday(date(2026, 8, 4))
    (datetime.date(2026, 8, 3), datetime.date(2026, 9, 1))
    """
    this = first_workday(day)
    return this if day <= this else first_workday(day.replace(day=28) + timedelta(days=5))

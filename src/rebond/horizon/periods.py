"""One month, one quarter, one year: where each begins and ends, and how one writes it.

A period is typed as ``2026``, ``2026-Q2`` or ``2026-06``, on screens and on the command line.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.findings import words
from rebond.horizon.models import Period

#: Months of each.
LENGTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
_TYPED = re.compile(r"(?P<year>20\d\d|19\d\d)(?:-(?:[Qq](?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII)


def first_day(period: str, day: date) -> date:
    """The first day of the month, quarter or year that holds ``day``.

    >>> first_day("quarter", date(2026, 6, 9)), first_day("year", date(2024, 2, 29))
    (datetime.date(2026, 4, 1), datetime.date(2024, 1, 1))
    """
    length = LENGTHS[Period(period)]
    return date(day.year, (day.month - 1) // length * length + 1, 1)


def shifted(period: str, first: date, by: int) -> date:
    """The first day of the period so many after the one that begins on ``first``; ``by`` may be below 0.

    >>> shifted("quarter", date(2026, 1, 1), -1), shifted("month", date(2026, 12, 1), 1)
    (datetime.date(2025, 10, 1), datetime.date(2027, 1, 1))
    """
    month = 12 * first.year + first.month - 1 + by * LENGTHS[Period(period)]
    return date(month // 12, month % 12 + 1, 1)


def last_day(period: str, first: date) -> date:
    """The last day of the period that begins on ``first``.

    >>> last_day("month", date(2024, 2, 1)), last_day("year", date(2026, 1, 1))
    (datetime.date(2024, 2, 29), datetime.date(2026, 12, 31))
    """
    return shifted(period, first, 1) - timedelta(days=1)


def typed(period: str, first: date) -> str:
    """A period as it is typed.

    >>> typed("year", date(2026, 1, 1)), typed("quarter", date(2026, 4, 1)), typed("month", date(2026, 6, 1))
    ('2026', '2026-Q2', '2026-06')
    """
    if period == Period.YEAR:
        return f"{first.year:04d}"
    if period == Period.QUARTER:
        return f"{first.year:04d}-Q{(first.month + 2) // 3}"
    return f"{first.year:04d}-{first.month:02d}"


def read(text: str) -> tuple[Period, date]:
    """The period that was typed, and its first day; ``RebondError`` ``bad_period``.

    >>> read("2026-Q2")
    (Period.QUARTER, datetime.date(2026, 4, 1))
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise RebondError(
            _("“%(text)s” is no month, quarter or year. Nothing was saved. Write 2026, 2026-Q2 or 2026-06.")
            % {"text": clean(text, 40)},
            code="bad_period",
        )
    year = int(found["year"])
    if found["quarter"]:
        return Period.QUARTER, date(year, 3 * int(found["quarter"]) - 2, 1)
    if found["month"]:
        return Period.MONTH, date(year, int(found["month"]), 1)
    return Period.YEAR, date(year, 1, 1)


def said(period: str, first: date) -> str:
    """A period in words: "2026", "second quarter 2026", "June 2026"."""
    if period == Period.YEAR:
        return str(first.year)
    if period == Period.MONTH:
        return words.month(first)
    names = (
        _("first quarter %(year)s"), _("second quarter %(year)s"), _("third quarter %(year)s"),
        _("fourth quarter %(year)s"),
    )  # fmt: skip
    return names[(first.month - 1) // 3] % {"year": first.year}

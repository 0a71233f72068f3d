"""Whole months before today, as the pages with figures offer them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.base.text import clean

#: Earlier than any deal.
BEGINNING = date(1900, 1, 1)


def begins(name: str, periods: Mapping[str, int | None], today: date) -> date:
    """The first day of a period by its name: so many whole months before the current one; ``None`` has no beginning.

    Raises:
        RebondError: ``bad_period``.

    >>> begins("3m", {"3m": 3, "all": None}, date(2026, 6, 9)), begins("all", {"3m": 3, "all": None}, date(2026, 6, 9))
    (datetime.date(2026, 3, 1), datetime.date(1900, 1, 1))
    """
    if name not in periods:
        said = {"text": clean(name, 60), "names": ", ".join(periods)}
        raise RebondError(
            _("“%(text)s” is no period. Nothing was changed. Choose one of %(names)s.") % said, code="bad_period"
        )
    months = periods[name]
    return BEGINNING if months is None else months_before(today, months)


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before that of ``day``.

    >>> months_before(date(2026, 2, 9), 6)
    datetime.date(2025, 8, 1)
    """
    month = 12 * day.year + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)

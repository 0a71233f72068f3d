"""Days as people say them, in the language and time zone the reader is served in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import get_language

#: The day it is read on, where that is not today; like the language and the zone, the reader's and not the caller's.
_read_on: ContextVar[date | None] = ContextVar("read_on", default=None)


def show_day(value: date | datetime | None) -> str:
    """ "9 June", with the year when it is another one than the reader's; empty for no day at all."""
    if value is None:
        return ""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    reader = _read_on.get() or timezone.localdate()
    return _day(local, local.year == reader.year, get_language() or "en")


@contextmanager
def read_on(day: date) -> Iterator[None]:
    """Days are said as on that day.

    >>> with read_on(date(2026, 6, 9)):
    ...     show_day(date(2026, 3, 2)), show_day(date(2027, 3, 2))
    ('2 March', '2 March 2027')
    """
    before = _read_on.set(day)
    try:
        yield
    finally:
        _read_on.reset(before)


@lru_cache(maxsize=10_000)
def _day(local: date, this_year: bool, language: str) -> str:
    """Kept, since a list shows the same few days a hundred times."""
    locale = _locale(language)
    shown = format_skeleton("MMMMd", local, locale=locale) if this_year else format_date(local, "long", locale=locale)
    return _ordinal(shown, language)


def show_weekday(value: date) -> str:
    """A day with its name: "Tuesday 9 June"."""
    language = get_language() or "en"
    name = format_date(value, "EEEE", locale=_locale(language))
    day = _ordinal(format_skeleton("MMMMd", value, locale=_locale(language)), language)
    return f"{name[0].upper()}{name[1:]} {day}"


def _ordinal(shown: str, language: str) -> str:
    """French counts the first of a month, and only that day: "1er juin".

    >>> _ordinal("1 juin", "fr"), _ordinal("11 juin", "fr"), _ordinal("1 June", "en")
    ('1er juin', '11 juin', '1 June')
    """
    return f"1er{shown[1:]}" if language.startswith("fr") and shown[:2] in ("1 ", "1\u00a0") else shown


def _locale(language: str) -> str:
    """English days are written as in Europe, "9 June", where most of our sellers are."""
    return "en_GB" if language.startswith("en") else language


def local_day(at: datetime) -> date:
    """The day of a moment where the installation is (``REBOND_TIME_ZONE``), whoever looks."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def day_begins(day: date) -> datetime:
    """The moment a day begins where the installation is."""
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))


def moments_of(first: date, last: date) -> tuple[datetime, datetime]:
    """When ``first`` begins and when ``last`` is over, where the installation is: from, and before."""
    return day_begins(first), day_begins(last + timedelta(days=1))


def parse_day(text: str) -> date | None:
    """A day as a browser sends it; ``None`` for anything else.

    >>> parse_day("2026-06-09"), parse_day("2026-02-31"), parse_day("soon")
    (datetime.date(2026, 6, 9), None, None)
    """
    try:
        return parse_date(text)
    except ValueError:
        return None

"""Days as people say them, in the language and time zone the reader is served in."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from django.utils import timezone
from django.utils.translation import get_language


def show_day(value: date | datetime | None) -> str:
    """ "9 June", with the year when it is another one than this; empty for no day at all."""
    if value is None:
        return ""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return _day(local, local.year == timezone.localdate().year, get_language() or "en")


@lru_cache(maxsize=10_000)
def _day(local: date, this_year: bool, language: str) -> str:
    """Kept, since a list shows the same few days a hundred times."""
    locale = _locale(language)
    return format_skeleton("MMMMd", local, locale=locale) if this_year else format_date(local, "long", locale=locale)


def show_weekday(value: date) -> str:
    """A day with its name: "Tuesday 9 June"."""
    locale = _locale(get_language() or "en")
    name = format_date(value, "EEEE", locale=locale)
    return f"{name[0].upper()}{name[1:]} {format_skeleton('MMMMd', value, locale=locale)}"


def _locale(language: str) -> str:
    """English days are written as in Europe, "9 June", where most of our sellers are."""
    return "en_GB" if language.startswith("en") else language

"""Working hours where a person is: a note arrives while they are at work, never on a Sunday or on a holiday.

Local wall time, Monday to Friday, 08:30 to 17:30. A wall time that does not exist (clocks go forward) moves forward
by what is missing; one that exists twice (clocks go back) is the first of the two (RFC 5545, 3.3.5, says the same).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OPENS, CLOSES = time(8, 30), time(17, 30)
#: No country has so many days off in a row; after them we look no further.
FURTHEST = 40
SATURDAY = 5


def next_open(moment: datetime, zone: str, country: str) -> datetime:
    """``moment`` itself within working hours, else when the next ones begin; in UTC.

    Moving to another day also resets the hour: what was late on Friday leaves on Monday morning.

    Args:
        zone: IANA name; one that nobody knows is taken as UTC.
        country: ISO 3166, two letters; holidays of one that nobody knows are not kept.

    >>> next_open(datetime(2026, 5, 13, 20, 0, tzinfo=UTC), "Europe/Paris", "FR").isoformat()  # the 14th is a holiday
    '2026-05-15T06:30:00+00:00'
    """
    for opens, closes in _hours(moment.astimezone(_zone(zone)).date() - timedelta(days=1), zone, country):
        if moment < closes:
            return max(moment.astimezone(UTC), opens)
    return moment.astimezone(UTC)


def is_open(moment: datetime, zone: str, country: str) -> bool:
    """Whether it is working time there.

    >>> is_open(datetime(2026, 6, 9, 8, 0, tzinfo=UTC), "Europe/Paris", "FR")
    True
    """
    return next_open(moment, zone, country) == moment


def instant(day: date, at: time, zone: str) -> datetime:
    """A wall time as a moment in UTC; a missing one moves forward, of a doubled one the first is meant.

    >>> instant(date(2026, 3, 29), time(2, 30), "Europe/Paris").isoformat()  # would be 02:30, is 03:30 in summer time
    '2026-03-29T01:30:00+00:00'
    >>> instant(date(2026, 10, 25), time(2, 30), "Europe/Paris").isoformat()
    '2026-10-25T00:30:00+00:00'
    """
    # Python keeps the offset of before the change for both (PEP 495, fold=0), which is just what we want.
    return datetime.combine(day, at, tzinfo=_zone(zone)).astimezone(UTC)


def wall_time(moment: datetime, zone: str, at: time) -> datetime:
    """That wall time of the day that ``moment`` is on there, in UTC.

    >>> wall_time(datetime(2026, 6, 9, 23, 0, tzinfo=UTC), "Europe/Paris", time(0, 0)).isoformat()
    '2026-06-09T22:00:00+00:00'
    """
    return instant(moment.astimezone(_zone(zone)).date(), at, zone)


def is_working_day(day: date, country: str) -> bool:
    """Monday to Friday, and no public holiday.

    >>> is_working_day(date(2026, 7, 14), "FR"), is_working_day(date(2026, 7, 14), "DE")
    (False, True)
    """
    return day.weekday() < SATURDAY and day not in _holidays(country.upper(), day.year)


def _hours(first: date, zone: str, country: str) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(FURTHEST):
        day = first + timedelta(days=ahead)
        opens = instant(day, OPENS, zone)
        # A day that a country skipped (Samoa, 30 December 2011) would be worked on the one after.
        if is_working_day(day, country) and opens.astimezone(_zone(zone)).date() == day:
            yield opens, instant(day, CLOSES, zone)


@lru_cache(maxsize=700)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # tables of every country: loaded when the first note is planned

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()

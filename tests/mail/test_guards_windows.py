"""Working hours, on every night that clocks change in every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.mail.guarding import windows
from rebond.mail.guarding.windows import CLOSES, OPENS, instant, is_open, is_working_day, next_open

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
BEGINNING = datetime(2011, 1, 1, tzinfo=UTC)
moments = st.integers(0, 21 * 365 * 24 * 3600).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))


@settings(max_examples=400, deadline=None)
@given(moments, st.sampled_from(ZONES), st.sampled_from(["FR", "DE", "US", "CA", "GB", "WS", "", "ZZ"]))
def test_what_is_found_is_open_not_before_and_nothing_open_lies_between(
    moment: datetime, zone: str, country: str
) -> None:
    found = next_open(moment, zone, country)
    assert found >= moment
    local = found.astimezone(ZoneInfo(zone))
    assert OPENS <= local.time() < CLOSES
    assert is_working_day(local.date(), country)
    assert is_open(found, zone, country)
    assert next_open(found, zone, country) == found
    assert found == moment or local.time() == OPENS
    for hours in range(1, 49):
        between = found - timedelta(hours=hours)
        assert between < moment or not is_open(between, zone, country)


def changes(year: int) -> list[tuple[str, datetime, timedelta]]:
    """Every moment in a year at which a zone's clocks change: (zone, the first second after, by how much)."""
    found = []
    for name in ZONES:
        zone, at = ZoneInfo(name), datetime(year, 1, 1, tzinfo=UTC)
        while at.year == year:
            after = at + timedelta(days=1)
            before_offset, after_offset = at.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset()
            if before_offset != after_offset:
                found.append((name, *_exactly(zone, at, after)))
            at = after
    return found


def _exactly(zone: ZoneInfo, before: datetime, after: datetime) -> tuple[datetime, timedelta]:
    old, new = before.astimezone(zone).utcoffset(), after.astimezone(zone).utcoffset()
    assert old is not None
    assert new is not None
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after, new - old


def test_a_missing_hour_moves_forward_and_of_a_doubled_one_the_first_is_taken_in_every_zone() -> None:
    seen = {"missing": 0, "doubled": 0}
    for name, change, by in changes(2026):
        zone = ZoneInfo(name)
        wall = change.astimezone(zone).replace(tzinfo=None)
        if by > timedelta(0):
            missing = wall - by / 2  # between what the clock showed last and what it shows first
            found = instant(missing.date(), missing.time(), name)
            assert found.astimezone(zone).replace(tzinfo=None) == missing + by
            seen["missing"] += 1
        else:
            doubled = wall - by / 2
            found = instant(doubled.date(), doubled.time(), name)
            assert found < change
            assert found.astimezone(zone).replace(tzinfo=None) == doubled
            seen["doubled"] += 1
    assert min(seen.values()) > 100


@pytest.mark.parametrize("zone", ["Pacific/Apia", "Pacific/Fakaofo"])
def test_a_day_that_a_country_skipped_is_no_working_day(zone: str) -> None:
    """Samoa and Tokelau crossed the date line: there was no Friday, 30 December 2011."""
    thursday_night = instant(date(2011, 12, 29), time(18, 0), zone)
    found = next_open(thursday_night, zone, "").astimezone(ZoneInfo(zone))
    assert (found.date(), found.time()) == (date(2012, 1, 2), OPENS)


def test_moving_the_day_also_resets_the_hour() -> None:
    """Late on Friday is early on Monday, and not late on Monday."""
    friday = datetime(2026, 6, 12, 15, 31, tzinfo=UTC)
    assert next_open(friday, "Europe/Paris", "FR") == datetime(2026, 6, 15, 6, 30, tzinfo=UTC)
    assert next_open(friday - timedelta(minutes=2), "Europe/Paris", "FR") == friday - timedelta(minutes=2)


def test_a_zone_or_country_that_nobody_knows_is_the_world_at_large() -> None:
    noon = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    for zone in ("Mars/Olympus", "", "../etc/passwd", "\0"):
        assert next_open(noon, zone, "??") == noon
    assert next_open(noon, "UTC", "fr") == datetime(2026, 7, 15, 8, 30, tzinfo=UTC)
    assert windows.FURTHEST > 30

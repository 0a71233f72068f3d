"""Whose clock counts, through both nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.nurture import actions
from rebond.nurture.cadence.zones import MAIN_ZONE, day_in, exists, opens, place_of, zone_of
from rebond.nurture.models import Enrolment


def test_a_country_in_any_spelling_gives_the_zone_and_its_holidays() -> None:
    found = [place_of(text, "UTC") for text in ("France", "Deutschland", "USA", "États-Unis", "ca", "Australia")]
    assert [(place.zone, place.country) for place in found] == [
        ("Europe/Paris", "FR"), ("Europe/Berlin", "DE"), ("America/New_York", "US"), ("America/New_York", "US"),
        ("America/Toronto", "CA"), ("Australia/Sydney", "AU"),
    ]  # fmt: skip


@pytest.mark.parametrize(("country", "seller", "zone"), [
    ("", "America/Denver", "America/Denver"), ("Mordor", "America/Denver", "America/Denver"),
    ("", "Mars/Base", "Europe/Paris"),
])  # fmt: skip
def test_without_a_country_the_sellers_clock_counts(country: str, seller: str, zone: str) -> None:
    assert (place_of(country, seller).zone, place_of(country, seller).origin) == (zone, "seller")


def test_every_main_zone_is_one() -> None:
    assert [zone for zone in MAIN_ZONE.values() if not exists(zone)] == []
    assert zone_of("LU") == "Europe/Luxembourg"


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("Europe/Paris", date(2026, 3, 29)), ("Europe/Paris", date(2026, 10, 25)),
        ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
        ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ],
)  # fmt: skip
def test_half_past_eight_is_half_past_eight_around_both_nights(zone: str, night: date) -> None:
    for shift in range(-2, 3):
        moment = opens(night + timedelta(days=shift), zone)
        local = moment.astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (night + timedelta(days=shift), 8, 30)
        assert moment.tzinfo is UTC


@given(
    st.integers(0, 3 * 365 * 24 * 4),
    st.sampled_from(
        ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
    ),
)
def test_the_day_that_opens_is_the_day_it_is_there(quarters: int, zone: str) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    assert day_in(zone, opens(day_in(zone, moment), zone)) == day_in(zone, moment)


@pytest.mark.parametrize(("country", "due_at"), [
    ("France", datetime(2026, 10, 26, 7, 30, tzinfo=UTC)),  # the Monday after clocks went back
    ("USA", datetime(2026, 10, 26, 12, 30, tzinfo=UTC)),  # theirs change a week later
    ("Australia", datetime(2026, 10, 25, 21, 30, tzinfo=UTC)),
])  # fmt: skip
def test_a_day_chosen_across_the_change_of_clocks(
    camille: User, helene: Person, now: datetime, country: str, due_at: datetime
) -> None:
    assert helene.company is not None
    helene.company.country = country
    helene.company.save()
    one = actions.begin(person=helene, owner=camille, actor=camille, now=now)

    actions.choose_day(enrolment=one, on=date(2026, 10, 24), actor=camille, now=now)

    assert (one.due_on, one.due_at) == (date(2026, 10, 26), due_at)
    assert Enrolment.objects.get().zone_from == "country"


def test_it_is_due_on_their_day_and_not_on_ours(camille: User, helene: Person) -> None:
    """Sunday evening in Paris is Monday morning in Sydney."""
    assert helene.company is not None
    helene.company.country = "Australia"
    helene.company.save()
    sunday = datetime(2026, 6, 14, 22, 0, tzinfo=UTC)

    one = actions.begin(person=helene, owner=camille, first_on=date(2026, 6, 15), actor=camille, now=sunday)

    assert one.due_on == date(2026, 6, 15)
    assert one.due_at == datetime(2026, 6, 14, 22, 30, tzinfo=UTC)

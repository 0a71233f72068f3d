"""What this practice puts on Today: a colleague to write to, and one's own wins on a day of many noes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rebond.accounts.models import User
from rebond.celebrate.models import Praise
from rebond.deals.models import CloseEvent, Deal, Outcome
from rebond.loop.queries import listed_for, nav_counts
from tests.celebrate.test_praise import many_praises, says
from tests.celebrate.won import praise_of, win, wishes
from tests.factories import make_closed_deal, make_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def keys(client: Client) -> list[str]:
    return [one.key for one in client.get("/today").context["listed"].items if one.key.startswith("celebrate.")]


def no(owner: User, name: str, now: datetime, **more: object) -> CloseEvent:
    """A no of ``owner``'s that they close now."""
    deal = make_deal(name, owner=owner, outcome=Outcome.LOST, closed_at=now)
    values = {"recorded_by": owner, "source": "screen", "closed_at": now, "recorded_at": now} | more
    return CloseEvent.objects.create(deal=deal, outcome=Outcome.LOST, **values)


def test_the_leader_finds_a_colleague_to_write_to_and_nobody_else_does(
    as_nadia: Client, as_camille: Client, as_yanis: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    assert keys(as_nadia) == [f"celebrate.praise:{praise_of(found).pk}"]
    assert (keys(as_camille), keys(as_yanis)) == ([], [])
    page = as_nadia.get("/today").text
    for said in ("Camille Aubry", "Write to Camille", "about Groupe Valmy, while it is fresh"):
        assert said in page
    assert f"/wins/{found.pk}/praise" in page


def test_it_has_no_price_and_takes_three_minutes(deal: Deal, camille: User, nadia: User, now: datetime) -> None:
    win(deal, camille, now)
    [one] = [one for one in listed_for(nadia, now=now).candidates if one.kind == "celebrate.praise"]
    assert (one.price, one.minutes) == (None, 3)


def test_a_customer_that_is_kept_out_is_not_on_the_list(
    as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, show_customer=False)
    win(deal, camille, now)
    page = as_nadia.get("/today").text
    assert "about a win, while it is fresh" in page
    assert "Groupe Valmy" not in page


def test_written_it_is_off_the_list_and_its_minutes_are_spent(
    as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    assert nav_counts(nadia, now=now)["wins"] == 1
    assert says(as_nadia, found, "private") == 302
    assert keys(as_nadia) == []
    counts, listed = nav_counts(nadia, now=timezone.now()), listed_for(nadia, now=timezone.now())
    assert (counts["wins"], counts["today"]) == (0, 0)
    assert (listed.day.spent, [one.label for one in listed.done]) == (3, ["Camille Aubry"])


def test_three_noes_in_a_day_offer_ones_own_wins_and_two_do_not(
    as_camille: Client, camille: User, now: datetime
) -> None:
    make_closed_deal(Outcome.WON, owner=camille, closed_at=now - timedelta(days=100))
    for number in range(2):
        no(camille, f"No {number}", now)
    assert keys(as_camille) == []
    no(camille, "No 3", now)
    [key] = keys(as_camille)
    assert key.startswith("celebrate.my_wins:")
    page = as_camille.get("/today").text
    assert "A day of many noes" in page
    assert nav_counts(camille, now=now)["today"] == 1
    as_camille.post("/today/decide", {"item": key, "decision": "done"})
    assert keys(as_camille) == []


def test_noes_of_yesterday_in_bulk_by_others_or_taken_back_do_not_make_such_a_day(
    as_camille: Client, camille: User, nadia: User, now: datetime
) -> None:
    make_closed_deal(Outcome.WON, owner=camille, closed_at=now - timedelta(days=100))
    for number in range(3):
        no(camille, f"Yesterday {number}", now, recorded_at=now - timedelta(days=2))
        no(camille, f"Bulk {number}", now, in_bulk=True)
        no(camille, f"Other {number}", now, recorded_by=nadia)
    assert keys(as_camille) == []


def test_whoever_has_not_won_yet_is_not_shown_an_empty_page(as_camille: Client, camille: User, now: datetime) -> None:
    for number in range(4):
        no(camille, f"No {number}", now)
    assert keys(as_camille) == []


def test_the_number_beside_wins_and_today_is_what_the_list_holds(
    as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    win(deal, camille, now)
    counts = nav_counts(nadia, now=now)
    assert (counts["wins"], counts["today"]) == (1, 1)
    wishes(camille, form="none")
    assert (nav_counts(nadia, now=now)["wins"], keys(as_nadia)) == (0, [])


def test_a_thousand_colleagues_to_write_to_cost_no_more_queries_than_one(
    as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    win(deal, camille, now)
    as_nadia.get("/today")
    with CaptureQueriesContext(connection) as one:
        as_nadia.get("/today")
    many_praises(camille, nadia, now, 999)
    assert Praise.objects.count() == 1000
    with CaptureQueriesContext(connection) as thousand:
        as_nadia.get("/today")
    assert len(thousand) <= len(one)

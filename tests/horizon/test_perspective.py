from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent
from rebond.horizon.models import GoalKind
from rebond.horizon.queries import perspective
from tests.factories import make_closed_deal
from tests.horizon.made import goal, part, text, years
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method


@pytest.fixture
def closes(camille: User, now: datetime) -> list[CloseEvent]:
    """Forty decided deals of Camille's, one in four won, and some that do not count."""
    events = []
    for number in range(40):
        outcome = "won" if number % 4 == 0 else "lost"
        events.append(make_closed_deal(outcome, owner=camille, closed_at=now - timedelta(days=40 - number))[1])
    make_closed_deal("duplicate", owner=camille, closed_at=now - timedelta(days=3))
    make_closed_deal("won", owner=camille, closed_at=now - timedelta(days=500))
    return events


def test_it_counts_the_year_with_and_without_this_deal(closes: list[CloseEvent]) -> None:
    shown = perspective(closes[-1])
    assert (shown.before.k, shown.before.n) == (10, 39)
    assert (shown.after.k, shown.after.n) == (10, 40)
    assert sum(dot.won for dot in shown.dots) == 10
    assert [dot.this_one for dot in shown.dots].count(True) == 1


def test_the_page_says_k_of_n_and_a_range_in_words(as_camille: Client, closes: list[CloseEvent]) -> None:
    page = as_camille.get(f"/perspective/{closes[-1].pk}").content.decode()
    assert "<b>10 of 40</b>" in page
    assert "8 chances in 10" in page
    assert 'role="img"' in page


def test_with_few_deals_it_says_how_many_more(as_camille: Client, camille: User, now: datetime) -> None:
    _deal, event = make_closed_deal("lost", owner=camille, closed_at=now)
    page = as_camille.get(f"/perspective/{event.pk}").content.decode()
    assert "too few" in page
    assert "4 more" in page
    assert "%" not in page.split('id="main"')[1].split("</main>")[0]


def test_the_doors(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, closes: list[CloseEvent]
) -> None:
    path = f"/perspective/{closes[0].pk}"
    assert [client.get(path).status_code for client in (as_camille, as_nadia, as_yanis, as_admin)] == [
        200,
        200,
        404,
        200,
    ]
    assert_wrong_method(as_camille, path, "get")
    assert_signed_out_is_sent_to_sign_in(path)


def test_the_line_of_the_year_does_not_fall_with_a_no(as_camille: Client, closes: list[CloseEvent]) -> None:
    shown = perspective(closes[-1])
    assert [n for _part, n in shown.line] == [*range(1, 11), 10]
    assert shown.line[-1][0] == 1.0
    assert perspective(closes[36]).line[-1] == (1.0, 10)  # a yes lifts it
    page = as_camille.get(f"/perspective/{closes[-1].pk}").content.decode()
    assert page.count('class="p-curve ours"') == 1
    assert "The line does not fall." in page
    assert f'data-block="/long/block/after?event={closes[-1].pk}&amp;part=1"' in page


def test_what_a_no_changes_about_the_goal_is_said_to_who_may_know(
    as_camille: Client, as_nadia: Client, as_yanis: Client, camille: User
) -> None:
    years(camille)
    goal(camille, 24)
    goal(camille, 29, kind=GoalKind.PERSONAL)
    event = CloseEvent.objects.filter(deal__owner=camille, outcome="lost").order_by("-closed_at")[0]
    said = text(part(as_camille, "after", f"event={event.pk}"))
    assert "The chance to reach 24 sales in 2026" in said
    assert "29 sales" in said
    seen = text(part(as_nadia, "after", f"event={event.pk}"))
    assert "24 sales in 2026" in seen
    assert "29 sales" not in seen
    assert as_yanis.get(f"/long/block/after?event={event.pk}&part=1").status_code == 404

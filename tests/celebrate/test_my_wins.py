"""My wins: everything somebody won, what was said about it, for them alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.celebrate.actions.wins import cheer_win, name_part
from rebond.celebrate.models import Cheer, Lesson, Praise
from rebond.deals.models import Deal, Outcome
from rebond.loop.close import reopen
from tests.celebrate.won import praise_of, win, wishes
from tests.factories import make_closed_deal, make_company, make_deal, make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def titles(client: Client, page: str = "") -> list[str]:
    return [one.deal.name for one in client.get(f"/wins/mine{page}").context["own"].wins]


def test_deals_won_before_there_was_a_bell_are_here_newest_first(
    as_camille: Client, camille: User, deal: Deal, now: datetime
) -> None:
    make_closed_deal(Outcome.WON, owner=camille, name="Long ago", closed_at=now - timedelta(days=900))
    make_closed_deal(Outcome.LOST, owner=camille, name="A no", closed_at=now - timedelta(days=1))
    make_deal("Open", owner=camille)
    win(deal, camille, now)
    assert titles(as_camille) == ["Maintenance, 3 sites", "Long ago"]


def test_nobody_else_s_wins_are_on_anybody_s_page(
    as_camille: Client, as_nadia: Client, as_admin: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    win(deal, camille, now)
    for client in (as_nadia, as_admin):
        assert titles(client) == []
        assert "Groupe Valmy" not in client.get("/wins/mine").text
        assert "Your wins will stand here" in client.get("/wins/mine").text


def test_a_part_in_a_colleague_s_win_counts_as_one_s_own(
    as_nadia: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    found = win(deal, camille, now)
    name_part(win=found, user=nadia, what="the offer", actor=camille, now=now)
    assert titles(as_nadia) == ["Maintenance, 3 sites"]
    assert "you had a part in it" in as_nadia.get("/wins/mine").text


def test_it_stays_with_whoever_won_it_when_the_customer_moves_to_another(
    as_camille: Client, as_nadia: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    win(deal, camille, now)
    Deal.objects.filter(pk=deal.pk).update(owner=nadia)
    assert (titles(as_camille), titles(as_nadia)) == (["Maintenance, 3 sites"], [])


def test_taken_back_it_is_gone(as_camille: Client, camille: User, deal: Deal, now: datetime) -> None:
    win(deal, camille, now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(hours=1))
    assert titles(as_camille) == []


def test_cheers_words_of_praise_and_lessons_stand_with_them(
    as_camille: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    found = win(deal, camille, now)
    thomas = make_user("Thomas Girard", team=camille.team)
    cheer_win(win=found, words="What a finish", actor=thomas, now=now)
    Praise.objects.filter(pk=praise_of(found).pk).update(
        status="sent", form="private", text="You asked why.", sent_at=now, leader=nadia
    )
    lesson = Lesson.objects.create(title="Ask why first", text="It opens.", author=camille, made_at=now)
    Cheer.objects.create(lesson=lesson, by=thomas, at=now)
    page = as_camille.get("/wins/mine").text
    for said in ("What a finish", "You asked why.", "Nadia Belkacem", "Ask why first", "1 thank-you", "Did me good"):
        assert said in page


def test_earlier_noes_stand_beside_the_yes_and_the_perspective_counts_both(
    as_camille: Client, camille: User, now: datetime
) -> None:
    company = make_company("Brasserie du Lac")
    for number in range(4):
        make_closed_deal(
            owner=camille, company=company, name=f"No {number}", closed_at=now - timedelta(days=90 + number)
        )
    win(make_deal("Yes", owner=camille, company=company), camille, now)
    page = as_camille.get("/wins/mine").text
    assert "after 4 noes" in page
    assert "1 of 5 of your decided deals were won: 4 noes were part of the way there." in page


def test_of_few_decided_deals_no_share_is_told(as_camille: Client, camille: User, deal: Deal, now: datetime) -> None:
    win(deal, camille, now)
    page = as_camille.get("/wins/mine").text
    assert "of your decided deals" not in page
    assert "for the days of many noes" in page


def test_it_is_read_by_nobody_but_oneself_whatever_one_lets_others_hear(
    as_camille: Client, as_nadia: Client, camille: User, deal: Deal, now: datetime
) -> None:
    wishes(camille, visibility="nobody")
    win(deal, camille, now)
    assert titles(as_camille) == ["Maintenance, 3 sites"]
    assert titles(as_nadia) == []


def test_the_door_right_method_wrong_method_and_signed_out(as_camille: Client) -> None:
    assert status(as_camille, "get", "/wins/mine") == 200
    assert_wrong_method(as_camille, "/wins/mine", "get")
    assert_signed_out_is_sent_to_sign_in("/wins/mine")


def test_a_thousand_wins_come_in_pages_and_take_as_many_queries_as_one(
    as_camille: Client, camille: User, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    deals = Deal.objects.bulk_create(
        Deal(name=f"Won {n:04}", owner=camille, team=camille.team, outcome=Outcome.WON, created_at=now, updated_at=now,
             closed_at=now - timedelta(minutes=n))
        for n in range(1000)
    )  # fmt: skip
    assert len(deals) == 1000
    with django_assert_max_num_queries(17):
        assert len(titles(as_camille)) == 50
    assert titles(as_camille, "?page=20")[-1] == "Won 0999"

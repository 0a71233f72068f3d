"""For who leads: was praise given in time, who has heard nothing; nobody ranked, nobody named who would rather not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed
from rebond.celebrate.models import Cheer, Praise, PraiseStatus, Win
from rebond.celebrate.queries.equity import equity_of, in_time, unheard
from rebond.deals.models import Outcome
from rebond.numbers.rates import proportion
from tests.celebrate.won import wishes
from tests.factories import make_closed_deal, make_user
from tests.walks import status

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def praised(owner: User, leader: User, at: datetime, *, days: int | None, state: str = PraiseStatus.SENT) -> Win:
    """A win of ``owner``, praised ``days`` after it was due (before it, below 0); never, without."""
    deal, event = make_closed_deal(Outcome.WON, owner=owner, closed_at=at)
    won = Win.objects.create(deal=deal, close_event=event, owner=owner, team=owner.team, at=at, rung_at=at)
    due = at.date()
    sent = None if days is None else at + timedelta(days=days)
    Praise.objects.create(win=won, leader=leader, due_on=due, made_at=at, status=state, sent_at=sent, form="private")
    return won


def old(name: str, like: User, now: datetime) -> User:
    """A colleague of ``like`` who has been here for a year."""
    return make_user(name, team=like.team, joined_at=now - timedelta(days=365))


def test_a_share_is_told_from_five_wins_on_with_its_range(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    ago = now - timedelta(days=20)
    for days in (-1, 0, 0, 3):
        praised(camille, nadia, ago, days=days)
    assert "1 more sale and a first figure appears" in as_nadia.get("/wins/praise").text
    praised(camille, nadia, ago, days=None, state=PraiseStatus.LEFT)
    found = equity_of(nadia, now=now)
    assert (found.in_time.k, found.in_time.n, found.figure) == (3, 5, "3 of 5")
    assert found.likely.startswith("likely ")
    page = as_nadia.get("/wins/praise").text
    assert "3 of 5" in page
    assert "in 100" in page


def test_what_is_not_due_yet_counts_neither_way_and_what_was_taken_back_not_at_all(
    camille: User, nadia: User, now: datetime
) -> None:
    for _number in range(5):
        praised(camille, nadia, now - timedelta(days=10), days=0)
    praised(camille, nadia, now + timedelta(days=2), days=None, state=PraiseStatus.WAITING)
    Win.objects.filter(pk=praised(camille, nadia, now - timedelta(days=9), days=None).pk).update(withdrawn_at=now)
    late = praised(camille, nadia, now - timedelta(days=9), days=None, state=PraiseStatus.WAITING)
    assert late.praise.status == PraiseStatus.WAITING
    share = in_time(nadia, now)
    assert (share.k, share.n) == (5, 6)


def test_who_heard_nothing_is_named_in_alphabetical_order_without_a_figure(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    User.objects.filter(pk=camille.pk).update(joined_at=now - timedelta(days=365))
    for name in ("Zoe Last", "Abel First", "Paul Praised", "Chloe Cheered"):
        old(name, camille, now)
    make_user("Nina New", team=camille.team, joined_at=now - timedelta(days=5))
    praised(User.objects.get(name="Paul Praised"), nadia, now - timedelta(days=30), days=1)
    cheered = praised(User.objects.get(name="Chloe Cheered"), nadia, now - timedelta(days=300), days=1)
    Cheer.objects.create(win=cheered, by=camille, at=now - timedelta(days=2))
    assert [one.name for one in unheard(nadia, now)] == ["Abel First", "Camille Aubry", "Zoe Last"]
    names = as_nadia.get("/wins/praise").context["equity"].unheard
    assert [one.name for one in names] == ["Abel First", "Camille Aubry", "Zoe Last"]


@pytest.mark.parametrize("wish", [{"visibility": "nobody"}, {"form": "none"}, {"leader_may_see": False}])
def test_who_keeps_it_to_themselves_is_not_named(
    wish: dict[str, object], camille: User, nadia: User, now: datetime
) -> None:
    User.objects.filter(pk=camille.pk).update(joined_at=now - timedelta(days=365))
    assert unheard(nadia, now) == [camille]
    wishes(camille, **wish)
    assert unheard(nadia, now) == []


def test_another_team_is_none_of_theirs(camille: User, nadia: User, yanis: User, now: datetime) -> None:
    User.objects.all().update(joined_at=now - timedelta(days=365))
    for _number in range(6):
        praised(yanis, yanis, now - timedelta(days=9), days=0)
    assert (in_time(nadia, now).n, unheard(nadia, now)) == (0, [camille])


def test_a_seller_never_sees_it(as_camille: Client, camille: User, now: datetime) -> None:
    assert status(as_camille, "get", "/wins/praise") == 403
    with pytest.raises(NotAllowed):
        equity_of(camille, now=now)


def test_an_administrator_without_a_team_leads_nobody(
    as_admin: Client, camille: User, admin_user: User, now: datetime
) -> None:
    assert equity_of(admin_user, now=now).unheard == []
    assert "Nobody whom we may name here" in as_admin.get("/wins/praise").text


@given(k=st.integers(0, 60), more=st.integers(0, 60))
def test_the_share_is_that_of_numbers_and_its_range_holds_it(k: int, more: int) -> None:
    share = proportion(k, k + more, minimum=5, unit="wins")
    if k + more < 5:
        assert share.need == 5 - k - more
    else:
        assert share.lo80 is not None
        assert share.hi80 is not None
        assert share.lo80 <= k / (k + more) <= share.hi80

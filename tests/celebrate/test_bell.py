"""The bell: one win, one ring, told as the people who won it let it be heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.celebrate.actions.wins import name_part
from rebond.celebrate.models import Cheer, Milestone, Praise, Preference, Win
from rebond.deals.models import CloseEvent, CloseSource, Deal, Outcome, Person
from rebond.deals.records import DealRecord
from rebond.learn.actions import ReasonGiven
from rebond.live.models import LiveEvent
from rebond.loop.close import close, record_history, reopen
from rebond.refer.models import Referral
from tests.factories import make_closed_deal, make_deal, make_user
from tests.refer.introductions import advocate, path, referral
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """What the clock says: screens show the last three months."""
    return timezone.now()


def win(deal: Deal, actor: User, now: datetime, **more: Any) -> Win:
    close(deal=deal, outcome=Outcome.WON, actor=actor, source=CloseSource.SCREEN, now=now, **more)
    return Win.objects.order_by("-pk")[0]


def bells() -> list[LiveEvent]:
    return list(LiveEvent.objects.filter(kind="bell").order_by("pk"))


def wishes(user: User, **wish: Any) -> None:
    Preference.objects.update_or_create(user=user, defaults=wish)


def test_closing_as_won_rings_once_for_the_team_without_the_amount(
    as_camille: Client, camille: User, deal: Deal
) -> None:
    assert as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "won"}).status_code == 302
    [bell] = bells()
    assert bell.audience == [f"team:{camille.team_id}"]
    assert bell.data["en"] == {"title": "Signed! Camille, Groupe Valmy", "line": "", "milestones": ["the very first"]}
    assert "6,200" not in str(bell.data)
    assert "6200" not in str(bell.data)
    assert Win.objects.get().rung_at is not None
    assert AuditEntry.objects.filter(verb="celebrate.record_win").count() == 1


@pytest.mark.parametrize(
    ("wish", "audience", "counts"),
    [
        ("everyone", ["everyone"], 0),
        ("team", ["team:{team}"], 0),
        ("leader", ["user:{nadia}", "user:{camille}"], 1),
        ("nobody", ["user:{camille}"], 1),
    ],
)
def test_each_circle_hears_what_the_seller_lets_it_hear(
    wish: str, audience: list[str], counts: int, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, visibility=wish)
    win(deal, camille, now)
    names = {"team": camille.team_id, "nadia": nadia.pk, "camille": camille.pk}
    assert sorted(bells()[0].audience) == sorted(one.format(**names) for one in audience)
    counted = LiveEvent.objects.filter(kind="count").order_by("pk")
    assert [event.data for event in counted] == [{"team": camille.team_id}] * counts


def test_name_customer_and_amount_are_each_shown_or_not(deal: Deal, camille: User, now: datetime) -> None:
    wishes(camille, show_name=False, show_customer=False, show_amount=True)
    win(deal, camille, now)
    said = bells()[0].data["en"]
    assert said["title"] == "Signed! One more for the team"
    assert said["line"] == "€6,200"
    assert "Camille" not in str(bells()[0].data)
    assert "Valmy" not in str(bells()[0].data)


def test_the_most_private_of_all_who_had_a_part_decides(
    as_yanis: Client, as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    wishes(camille, visibility="everyone", show_amount=True)
    found = win(deal, camille, now)
    assert status(as_yanis, "get", f"/wins/{found.pk}") == 200
    wishes(nadia, visibility="team")
    name_part(win=found, user=nadia, what="the offer", actor=camille, now=now)
    assert status(as_yanis, "get", f"/wins/{found.pk}") == 404
    assert "€6,200" in as_nadia.get("/wins").text  # her own win now, all of it


def test_a_wish_counts_from_the_moment_it_is_made(as_nadia: Client, deal: Deal, camille: User, now: datetime) -> None:
    found = win(deal, camille, now)
    assert "Groupe Valmy" in as_nadia.get("/wins").text
    wishes(camille, visibility="nobody")
    assert "Groupe Valmy" not in as_nadia.get("/wins").text
    assert status(as_nadia, "get", f"/wins/{found.pk}") == 404


def test_an_import_never_rings(camille: User, now: datetime) -> None:
    rows = [DealRecord(name="Old", external_id="1", owner_id=camille.pk, team_id=camille.team_id, outcome=Outcome.WON,
                       opened_at=now - timedelta(days=9), closed_at=now - timedelta(days=1))]  # fmt: skip
    record_history(rows=rows, reasons={}, source="csv", actor=camille, now=now)
    assert Deal.objects.get().outcome == Outcome.WON
    assert (Win.objects.count(), LiveEvent.objects.count()) == (0, 0)


def test_a_win_dated_back_by_more_than_a_week_counts_and_stays_quiet(deal: Deal, camille: User, now: datetime) -> None:
    found = win(deal, camille, now, closed_at=now - timedelta(days=8))
    assert found.rung_at is None
    assert LiveEvent.objects.count() == 0


def test_opened_again_it_leaves_the_feeds_without_a_word_and_won_again_it_does_not_ring_twice(
    as_nadia: Client, deal: Deal, camille: User, now: datetime
) -> None:
    found = win(deal, camille, now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(days=1))
    assert "Groupe Valmy" not in as_nadia.get("/wins").text
    withdrawn = LiveEvent.objects.get(kind="withdrawn")
    assert (withdrawn.data, withdrawn.audience) == ({"win": found.pk}, [f"team:{camille.team_id}"])
    deal.refresh_from_db()
    win(deal, camille, now + timedelta(days=30))
    assert len(bells()) == 1
    assert Win.objects.get().withdrawn_at is None
    assert "Groupe Valmy" in as_nadia.get("/wins").text


def test_won_again_after_more_than_ninety_days_is_another_win(deal: Deal, camille: User, now: datetime) -> None:
    win(deal, camille, now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(days=10))
    deal.refresh_from_db()
    second = win(deal, camille, now + timedelta(days=91))
    assert (second.number, len(bells())) == (2, 2)


def test_a_loss_never_rings(deal: Deal, camille: User, now: datetime) -> None:
    reasons = [ReasonGiven("no_budget")]
    close(deal=deal, outcome=Outcome.LOST, reasons=reasons, actor=camille, source=CloseSource.SCREEN, now=now)
    assert (Win.objects.count(), LiveEvent.objects.count()) == (0, 0)


def test_after_noes_it_says_after_how_many(deal: Deal, helene: Person, camille: User, now: datetime) -> None:
    for number in range(3):
        make_closed_deal(owner=camille, name=f"No {number}", company=helene.company)
    found = win(deal, camille, now)
    assert Milestone.AFTER_A_NO in found.milestones
    assert bells()[0].data["en"]["line"] == "after 3 noes"


def test_the_first_after_a_dry_spell_is_said(deal: Deal, camille: User, now: datetime) -> None:
    make_deal("Long ago", owner=camille, outcome=Outcome.WON, closed_at=now - timedelta(days=61))
    assert Milestone.DRY_SPELL in win(deal, camille, now).milestones


def test_a_win_last_month_is_no_dry_spell(deal: Deal, camille: User, now: datetime) -> None:
    make_deal("Lately", owner=camille, outcome=Outcome.WON, closed_at=now - timedelta(days=30))
    assert Milestone.DRY_SPELL not in win(deal, camille, now).milestones


def test_a_colleague_cheers_once_and_may_say_why(as_nadia: Client, nadia: User, deal: Deal, camille: User,
                                                 now: datetime) -> None:  # fmt: skip
    found = win(deal, camille, now)
    for words in ("", "Patient work", ""):
        assert as_nadia.post(f"/wins/{found.pk}/cheer", {"words": words}).status_code == 302
    cheer = found.cheers.get()
    assert (cheer.by, cheer.words) == (nadia, "Patient work")
    assert "Patient work" in as_nadia.get(f"/wins/{found.pk}").text


def test_who_may_open_every_door(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, deal: Deal, camille: User, now: datetime
) -> None:
    mate = Client()
    mate.force_login(make_user("Marc Delvaux", team=camille.team))
    found = win(deal, camille, now)
    for name, right, answers in (
        ("", "get", [200, 200, 200, 404, 404]), ("/cheer", "post", [403, 302, 302, 404, 404]),
        ("/parts", "post", [400, 400, 403, 404, 404]),
    ):  # fmt: skip
        address = f"/wins/{found.pk}{name}"
        people = (as_camille, as_nadia, mate, as_yanis, as_admin)
        assert [status(one, right, address) for one in people] == answers, name
        assert_wrong_method(as_camille, address, right)
        assert_signed_out_is_sent_to_sign_in(address, right)
    for address in ("/wins", "/wins/ring"):
        assert [status(one, "get", address) for one in (as_camille, as_yanis, as_admin)] == [200, 200, 200]
        assert_wrong_method(as_camille, address, "get")
        assert_signed_out_is_sent_to_sign_in(address)


def test_where_the_bell_is_rung_ones_own_open_deals_stand(as_camille: Client, as_yanis: Client, deal: Deal) -> None:
    assert "Maintenance, 3 sites" in as_camille.get("/wins/ring").text
    assert "Maintenance, 3 sites" not in as_yanis.get("/wins/ring").text


def test_a_thousand_wins_come_in_pages_and_take_as_many_queries_as_one(
    as_nadia: Client, camille: User, nadia: User, north: Team, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    deals = Deal.objects.bulk_create(
        Deal(name=f"Won {n}", owner=camille, team=camille.team, outcome="won", created_at=now, updated_at=now)
        for n in range(1000)
    )
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="won", closed_at=now, recorded_at=now, source="screen") for deal in deals
    )
    wins = Win.objects.bulk_create(
        Win(
            deal=one.deal, close_event=one, owner=camille, team=camille.team, at=now - timedelta(minutes=n), rung_at=now
        )
        for n, one in enumerate(events)
    )
    Cheer.objects.bulk_create(Cheer(win=one, by=nadia, words="Well done", at=now) for one in wins)
    with django_assert_max_num_queries(16):
        assert as_nadia.get("/wins").text.count('class="win"') == 50
    with django_assert_max_num_queries(16):
        last = as_nadia.get("/wins?page=20").text
    assert (last.count('class="win"'), "Won 999" in last) == (50, True)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_no_role_sees_more_than_it_is_let(role: str, deal: Deal, camille: User, now: datetime) -> None:
    wishes(camille, visibility="nobody")
    found = win(deal, camille, now)
    reader = Client()
    reader.force_login(make_user("Rosa Reader", team=camille.team, role=role))
    assert status(reader, "get", f"/wins/{found.pk}") == 404
    page = reader.get("/wins").text
    assert "Groupe Valmy" not in page
    assert "1 win more of the team" in page


def test_an_introduction_that_led_to_it_is_said(deal: Deal, camille: User, now: datetime) -> None:
    whose = advocate(camille, now - timedelta(days=40))
    led = referral(whose, path(now - timedelta(days=30), "asked", "agreed", "introduced", "qualified"), owner=camille)
    Referral.objects.filter(pk=led.pk).update(deal=deal)
    found = win(deal, camille, now)
    assert Milestone.BY_REFERRAL in found.milestones
    assert "by an introduction" in bells()[0].data["en"]["milestones"]
    other = win(make_deal("Not introduced", owner=camille), camille, now)
    assert Milestone.BY_REFERRAL not in other.milestones


@pytest.mark.parametrize("outcome", [Outcome.LOST, Outcome.DUPLICATE])
def test_an_import_that_says_it_is_none_takes_a_win_out_of_every_feed(
    outcome: str, as_nadia: Client, camille: User, deal: Deal, now: datetime
) -> None:
    Deal.objects.filter(pk=deal.pk).update(source="csv", external_id="7")
    deal.refresh_from_db()
    found = win(deal, camille, now)
    assert "Groupe Valmy" in as_nadia.get("/wins").text
    row = DealRecord(name=deal.name, external_id="7", owner_id=camille.pk, team_id=camille.team_id, outcome=outcome,
                     opened_at=deal.opened_at, closed_at=now)  # fmt: skip
    record_history(rows=[row], reasons={}, source="csv", actor=camille, now=now)
    found.refresh_from_db()
    assert found.withdrawn_at is not None
    assert "Groupe Valmy" not in as_nadia.get("/wins").text
    assert LiveEvent.objects.filter(kind="withdrawn").count() == 1


def test_won_again_by_somebody_else_it_is_theirs_and_no_second_bell(
    as_nadia: Client, deal: Deal, camille: User, nadia: User, now: datetime
) -> None:
    """What was written to the first stays with them, and what the second wishes is what holds."""
    first = win(deal, camille, now)
    Praise.objects.filter(win=first).update(status="sent", text="To Camille alone", form="private", sent_at=now)
    deal.refresh_from_db()
    reopen(deal=deal, actor=camille, now=now + timedelta(days=1))
    thomas = make_user("Thomas Girard", team=camille.team)
    wishes(thomas, visibility="nobody")
    Deal.objects.filter(pk=deal.pk).update(owner=thomas)
    deal.refresh_from_db()
    second = win(deal, thomas, now + timedelta(days=2))
    first.refresh_from_db()
    assert (second.owner, second.rung_at, first.withdrawn_at is not None) == (thomas, None, True)
    assert len(bells()) == 1
    assert "Groupe Valmy" not in as_nadia.get("/wins").text
    own = Client()
    own.force_login(thomas)
    page = own.get("/wins/mine").text
    assert "Groupe Valmy" in page
    assert "To Camille alone" not in page


def test_a_wrong_day_that_is_put_right_rings_after_all_and_once(deal: Deal, camille: User, now: datetime) -> None:
    win(deal, camille, now, closed_at=now - timedelta(days=30))
    for _slip in range(2):
        assert len(bells()) == _slip
        deal.refresh_from_db()
        reopen(deal=deal, actor=camille, now=now)
        deal.refresh_from_db()
        win(deal, camille, now)
    assert len(bells()) == 1
    assert Win.objects.get().rung_at == now

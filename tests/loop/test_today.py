from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.actions import save_deals
from rebond.deals.models import Deal, Touch
from rebond.deals.records import DealRecord
from rebond.learn.models import Action, Debrief
from rebond.loop.models import TodayDecision
from tests.factories import make_deal
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method


@pytest.fixture
def quiet(camille: User) -> Deal:
    """A deal of Camille's nobody has talked to for four weeks."""
    before = timezone.now() - timedelta(days=60)
    return make_deal("Quiet one", owner=camille, opened_at=before, last_touch_at=timezone.now() - timedelta(days=28))


@pytest.fixture
def promise(camille: User) -> Action:
    today = timezone.localdate()
    return Action.objects.create(owner=camille, text="Send the reference", due_on=today, created_at=timezone.now())


def keys(client: Client) -> list[str]:
    return [item.key for item in client.get("/today").context["listed"].items]


def decide(client: Client, item: str, decision: str, **more: str) -> int:
    return client.post("/today/decide", {"item": item, "decision": decision} | more).status_code


def test_debriefs_come_before_actions_before_quiet_deals(
    as_camille: Client, camille: User, quiet: Deal, promise: Action
) -> None:
    lost = make_deal("Lost one", owner=camille)
    as_camille.post(f"/deals/{lost.pk}/close", {"outcome": "lost", "reason": "timing"})
    debrief = Debrief.objects.get()
    expected = [f"learn.debrief:{debrief.pk}", f"learn.action:{promise.pk}", f"loop.quiet:{quiet.pk}"]
    assert keys(as_camille) == expected


def test_a_deal_is_quiet_between_three_weeks_and_a_year(as_camille: Client, camille: User, quiet: Deal) -> None:
    now = timezone.now()
    for days in (5, 20, 366, 800):
        make_deal(
            f"{days}", owner=camille, opened_at=now - timedelta(days=900), last_touch_at=now - timedelta(days=days)
        )
    assert keys(as_camille) == [f"loop.quiet:{quiet.pk}"]


def test_called_logs_a_touch_and_is_done(as_camille: Client, camille: User, quiet: Deal) -> None:
    as_camille.post(f"/today/touched/{quiet.pk}", {"channel": "call"})
    touch = Touch.objects.get()
    assert (touch.deal, touch.channel, touch.owner) == (quiet, "call", camille)
    assert keys(as_camille) == []
    assert as_camille.get("/today").context["listed"].day.spent == 5


@pytest.mark.parametrize("channel", ["call", "email", "meeting"])
def test_a_contact_logged_by_mistake_is_undone_within_ten_seconds_and_the_deal_is_quiet_again(
    as_camille: Client, camille: User, quiet: Deal, channel: str
) -> None:
    heard = timezone.now() - timedelta(days=30)
    Touch.objects.create(deal=quiet, owner=camille, channel="call", direction="out", at=heard)
    page = as_camille.post(f"/today/touched/{quiet.pk}", {"channel": channel}, follow=True)
    assert "data-toast" in page.content.decode()
    as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}")
    assert [touch.at for touch in Touch.objects.all()] == [heard]
    quiet.refresh_from_db()
    assert quiet.last_touch_at == heard
    assert keys(as_camille) == [f"loop.quiet:{quiet.pk}"]
    assert as_camille.get("/today").context["listed"].day.spent == 0


def test_done_settles_an_action_and_undo_takes_it_back(as_camille: Client, promise: Action) -> None:
    decide(as_camille, f"learn.action:{promise.pk}", "done")
    promise.refresh_from_db()
    assert promise.done_at is not None
    assert keys(as_camille) == []
    as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}")
    promise.refresh_from_db()
    assert promise.done_at is None
    assert keys(as_camille) == [f"learn.action:{promise.pk}"]


@pytest.mark.parametrize(("until", "days"), [("tomorrow", 1), ("week", 7), ("month", 30)])
def test_later_comes_back_on_its_day(as_camille: Client, quiet: Deal, until: str, days: int) -> None:
    assert decide(as_camille, f"loop.quiet:{quiet.pk}", "later", until=until) == 302
    assert keys(as_camille) == []
    decision = TodayDecision.objects.get()
    assert decision.until == timezone.localdate() + timedelta(days=days)
    TodayDecision.objects.update(until=timezone.localdate())
    assert keys(as_camille) == [f"loop.quiet:{quiet.pk}"]


@pytest.mark.parametrize("form", [{}, {"day": "2020-01-01"}, {"day": "x"}, {"until": "never"}])
def test_later_without_a_coming_day_is_refused(as_camille: Client, quiet: Deal, form: dict[str, str]) -> None:
    assert decide(as_camille, f"loop.quiet:{quiet.pk}", "later", **form) == 400
    assert keys(as_camille) == [f"loop.quiet:{quiet.pk}"]


def test_not_useful_goes_and_can_be_undone_for_ten_seconds_and_after(as_camille: Client, quiet: Deal) -> None:
    decide(as_camille, f"loop.quiet:{quiet.pk}", "not_useful")
    page = as_camille.get("/today").content.decode()
    assert "data-toast" in page
    assert "1 settled today" in page
    as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}")
    assert keys(as_camille) == [f"loop.quiet:{quiet.pk}"]
    assert as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}").status_code == 409


def test_after_a_decision_the_next_item_has_the_focus(as_camille: Client, camille: User, quiet: Deal) -> None:
    heard = timezone.now() - timedelta(days=30)
    other = make_deal("Next one", owner=camille, opened_at=heard, last_touch_at=heard)
    assert "data-focus" not in as_camille.get("/today").content.decode()
    form = {"item": f"loop.quiet:{quiet.pk}", "decision": "not_useful"}
    page = as_camille.post("/today/decide", form, follow=True).content.decode()
    assert f'?item=loop.quiet%3A{other.pk}" data-row aria-current="true" data-focus' in page


def test_the_minutes_of_the_day_cut_the_list(as_camille: Client, camille: User) -> None:
    heard = timezone.now() - timedelta(days=30)
    for number in range(6):
        make_deal(f"Quiet {number}", owner=camille, opened_at=heard, last_touch_at=heard)
    as_camille.post("/today/minutes", {"minutes": "15"})
    listed = as_camille.get("/today").context["listed"]
    assert (len(listed.ranked.fitting), len(listed.ranked.waiting), listed.ranked.minutes) == (3, 3, 15)
    assert "your 15 minutes end here; the rest can wait" in as_camille.get("/today").content.decode()


@pytest.mark.parametrize("minutes", ["7", "-15", "x", ""])
def test_other_minutes_are_refused(as_camille: Client, camille: User, minutes: str) -> None:
    assert as_camille.post("/today/minutes", {"minutes": minutes}).status_code == 400
    camille.refresh_from_db()
    assert camille.day_minutes == 45


def test_nothing_is_ever_overdue(as_camille: Client, camille: User) -> None:
    long_ago = timezone.localdate() - timedelta(days=40)
    Action.objects.create(owner=camille, text="Old promise", due_on=long_ago, created_at=timezone.now())
    page = as_camille.get("/today").content.decode().lower()
    assert "old promise" in page
    assert "overdue" not in page
    assert "late " not in page


def test_an_empty_day_says_what_comes_next(as_camille: Client, camille: User) -> None:
    day = timezone.localdate() + timedelta(days=2)
    Action.objects.create(owner=camille, text="Send the reference", due_on=day, created_at=timezone.now())
    page = as_camille.get("/today").content.decode()
    assert "Nothing worth your time right now" in page
    assert "Next: Send the reference" in page


def test_an_item_of_somebody_else_cannot_be_decided(as_yanis: Client, quiet: Deal) -> None:
    assert decide(as_yanis, f"loop.quiet:{quiet.pk}", "done") == 404
    assert as_yanis.post(f"/today/touched/{quiet.pk}", {"channel": "call"}).status_code == 404
    assert not TodayDecision.objects.exists()


def test_a_decision_of_somebody_else_cannot_be_undone(as_camille: Client, as_nadia: Client, quiet: Deal) -> None:
    decide(as_camille, f"loop.quiet:{quiet.pk}", "not_useful")
    assert as_nadia.post(f"/today/undo/{TodayDecision.objects.get().pk}").status_code == 404


def test_a_thousand_deals_take_few_queries(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    opened = timezone.now() - timedelta(days=50)
    rows = [
        DealRecord(name=f"Deal {n}", external_id=str(n), company=f"Firm {n}", owner_id=camille.pk,
                   team_id=camille.team_id, opened_at=opened)
        for n in range(1000)
    ]  # fmt: skip
    save_deals(rows=rows, source="csv", actor=None, now=timezone.now())
    with django_assert_max_num_queries(24):
        page = as_camille.get("/today")
    assert len(page.content) < 100_000
    path = f"/deals/{Deal.objects.earliest('pk').pk}"
    with django_assert_max_num_queries(14):  # how the team's plan counts a sale; who introduced it
        assert as_camille.get(path).status_code == 200


def test_the_doors(as_camille: Client, deal: Deal) -> None:
    for path in ("/today/decide", "/today/minutes", "/today/undo/1", f"/today/touched/{deal.pk}"):
        assert_wrong_method(as_camille, path, "post")
        assert_signed_out_is_sent_to_sign_in(path, "post")
    assert_wrong_method(as_camille, "/today", "get")
    assert_signed_out_is_sent_to_sign_in("/today")

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import CLOSED_OUTCOMES, CloseEvent, Deal
from rebond.learn.models import Action, Debrief
from tests.factories import make_deal, make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status


def test_a_no_leads_to_the_six_questions(as_camille: Client, camille: User, deal: Deal) -> None:
    form = {"outcome": "lost", "reason": "no_budget", "competitor": "none", "note": "Frozen until June"}
    answer = as_camille.post(f"/deals/{deal.pk}/close", form)
    event, debrief = CloseEvent.objects.get(), Debrief.objects.get()
    deal.refresh_from_db()
    assert answer["Location"] == f"/debriefs/{debrief.pk}"
    assert (event.outcome, event.competitor, event.recorded_by, event.source) == ("lost", "none", camille, "screen")
    assert event.reasons.get().code == "no_budget"
    assert (deal.outcome, deal.stage.kind) == ("lost", "lost")  # type: ignore[union-attr]
    assert (debrief.assignee, debrief.deal) == (camille, deal)
    assert AuditEntry.objects.filter(verb="deals.close").count() == 1


@pytest.mark.parametrize("outcome", [o.value for o in CLOSED_OUTCOMES])
def test_each_of_the_seven_outcomes_closes(as_camille: Client, deal: Deal, outcome: str) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": outcome, "reason": "not_known_yet"})
    deal.refresh_from_db()
    assert deal.outcome == outcome
    assert Debrief.objects.exists() == (outcome not in ("duplicate", "disqualified"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"outcome": "lost"}, "A reason is missing"),
        ({"outcome": "lost", "reason": "tming"}, "There is no reason"),
        ({"outcome": "eaten", "reason": "timing"}, "not a way to close"),
        ({"outcome": "lost", "reason": "other"}, "needs a few words"),
        ({"outcome": "lost", "reason": "timing", "closed_on": "2099-01-01"}, "in the future"),
        ({"outcome": "lost", "reason": "timing", "closed_on": "x"}, "not a date"),
    ],
)
def test_what_is_missing_is_said_and_the_deal_stays_open(
    as_camille: Client, deal: Deal, form: dict[str, str], words: str
) -> None:
    answer = as_camille.post(f"/deals/{deal.pk}/close", form)
    deal.refresh_from_db()
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert deal.is_open
    assert not CloseEvent.objects.exists()


def test_closing_twice_is_refused(as_camille: Client, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    assert as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "won"}).status_code == 409
    assert CloseEvent.objects.count() == 1


def test_reopening_keeps_both_ends_and_asks_only_about_the_last(as_camille: Client, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "no_budget"})
    as_camille.post(f"/deals/{deal.pk}/reopen")
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    page = as_camille.get(f"/deals/{deal.pk}").content.decode()
    assert "It ended 2 times, each with its own reasons" in page
    assert "No budget, or budget cut" in page
    assert "Wrong moment, on hold" in page
    assert [item.key for item in as_camille.get("/today").context["listed"].items] == [
        f"learn.debrief:{Debrief.objects.latest('pk').pk}"
    ]


def test_closing_deletes_nothing_that_was_planned(as_camille: Client, camille: User, deal: Deal, now: datetime) -> None:
    Action.objects.create(owner=camille, deal=deal, text="Send the reference", due_on=now.date(), created_at=now)
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    assert Action.objects.filter(done_at=None, dropped_at=None).count() == 1


def test_when_the_owner_cannot_sign_in_whoever_closed_is_asked(as_nadia: Client, nadia: User) -> None:
    gone = make_user("Gone Seller", team=nadia.team, is_active=False)
    deal = make_deal(owner=gone)
    as_nadia.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    assert Debrief.objects.get().assignee == nadia


def test_several_are_closed_at_once_and_flagged(as_camille: Client, camille: User) -> None:
    deals = [make_deal(f"Deal {n}", owner=camille) for n in range(3)]
    chosen = {"deal": [deal.pk for deal in deals[:2]]}
    page = as_camille.get("/deals/close", chosen).content.decode()
    assert "Close 2 deals" in page
    as_camille.post("/deals/close", chosen | {"outcome": "lost", "reason": "timing"})
    assert Deal.objects.filter(outcome="lost").count() == 2
    assert set(CloseEvent.objects.values_list("in_bulk", "source")) == {(True, "bulk")}
    assert Debrief.objects.count() == 2


def test_in_bulk_all_are_closed_or_none(as_camille: Client, camille: User) -> None:
    deals = [make_deal(f"Deal {n}", owner=camille) for n in range(3)]
    answer = as_camille.post("/deals/close", {"deal": [d.pk for d in deals], "outcome": "lost", "reason": "x"})
    assert answer.status_code == 400
    assert Deal.objects.filter(outcome="open").count() == 3


def test_in_bulk_another_teams_deals_are_left_alone(as_yanis: Client, deal: Deal) -> None:
    as_yanis.post("/deals/close", {"deal": [deal.pk], "outcome": "lost", "reason": "timing"})
    deal.refresh_from_db()
    assert deal.is_open


def test_a_debrief_is_due_in_two_working_days(as_camille: Client, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    debrief = Debrief.objects.get()
    planned_on = timezone.localtime(debrief.planned_at, ZoneInfo("Europe/Paris")).date()  # Camille's day
    assert timedelta(days=2) <= debrief.due_on - planned_on <= timedelta(days=4)
    assert debrief.due_on.weekday() < 5


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_the_doors(verb: str, as_camille: Client, as_nadia: Client, as_yanis: Client, deal: Deal) -> None:
    path = f"/deals/{deal.pk}/{verb}"
    assert status(as_yanis, "post", path) == 404
    assert status(as_nadia, "post", path) in (302, 400, 409)
    assert_wrong_method(as_camille, path, "post")
    assert_signed_out_is_sent_to_sign_in(path, "post")

"""How often per reason, who is away, and what leaves without being seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.nurture.models import Away, Policy, Step, StepSwitch
from tests.factories import make_user
from tests.nurture.people import keep
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
EDITION = {
    "first_days": "50", "every_days": "100", "longest_days": "200", "before_days": "20", "unanswered_limit": "2",
    "stop_days": "", "then_yearly": "on",
}  # fmt: skip


def text(page: Any) -> str:
    return str(page.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def test_the_table_marks_hypotheses_and_says_what_was_measured(as_camille: Client, camille: User) -> None:
    one, now = keep(camille), timezone.now()
    for number, (sent, answered) in enumerate([(100, 90), (80, None), (70, 5), (10, None)], start=1):
        Step.objects.create(
            enrolment=one, number=number, channel="email", status="done", at=now - timedelta(days=sent),
            done_at=now - timedelta(days=sent), answered_at=now - timedelta(days=answered) if answered else None,
        )  # fmt: skip
    page = text(as_camille.get("/keep/rules"))
    assert "1 of 3 answered" in page  # one too late to count, one too young
    assert page.count("hypothesis</span>") == 11
    assert "30 days before the date they gave" in page
    assert "/keep/rules/price" not in page  # who does not lead reads


def test_a_lead_writes_a_new_edition(as_nadia: Client, nadia: User) -> None:
    assert "/keep/rules/price" in text(as_nadia.get("/keep/rules"))
    assert "we began with 60" in text(as_nadia.get("/keep/rules/price"))
    assert as_nadia.post("/keep/rules/price", EDITION).status_code == 302
    kept = Policy.objects.get()
    assert (kept.key, kept.version, kept.first_days, kept.stop_days, kept.then_yearly, kept.by) == (
        "price", 2, 50, None, True, nadia,
    )  # fmt: skip
    assert "edition 2" in text(as_nadia.get("/keep/rules"))


@pytest.mark.parametrize(
    "wrong", [{"first_days": "soon"}, {"every_days": ""}, {"longest_days": "1", "every_days": "90"}]
)
def test_what_is_no_interval_changes_nothing(as_nadia: Client, wrong: dict[str, str]) -> None:
    assert as_nadia.post("/keep/rules/price", EDITION | wrong).status_code == 400
    assert Policy.objects.count() == 0


def test_a_seller_lets_a_later_note_leave_by_itself_and_takes_it_back(as_camille: Client, camille: User) -> None:
    assert "You see every note of yours before it leaves" in text(as_camille.get("/keep/rules"))
    as_camille.post("/keep/switch", {"cadence": "price", "number": "2", "on": "1"})
    kept = StepSwitch.objects.get()
    assert (kept.owner, kept.cadence, kept.number) == (camille, "price", 2)
    page = text(as_camille.get("/keep/rules"))
    assert "1 of your notes leaves without you seeing it first" in page
    assert page.count('aria-pressed="true"') == 1
    as_camille.post("/keep/switch", {"cadence": "price", "number": "2", "on": "0"})
    assert StepSwitch.objects.count() == 0


def test_the_first_note_always_needs_a_person(as_camille: Client) -> None:
    assert as_camille.post("/keep/switch", {"cadence": "price", "number": "1", "on": "1"}).status_code == 400
    assert as_camille.post("/keep/switch", {"cadence": "price", "number": "x", "on": "1"}).status_code == 400
    assert StepSwitch.objects.count() == 0


def test_a_colleagues_switches_are_their_own(as_camille: Client, as_nadia: Client) -> None:
    as_camille.post("/keep/switch", {"cadence": "price", "number": "2", "on": "1"})
    assert 'aria-pressed="true"' not in text(as_nadia.get("/keep/rules"))


def test_away_from_one_day_to_another_and_here_after_all(as_camille: Client, camille: User) -> None:
    first, last = (timezone.localdate() + timedelta(days=days) for days in (0, 14))
    as_camille.post("/keep/away", {"first_on": first.isoformat(), "last_on": last.isoformat()})
    kept = Away.objects.get()
    assert (kept.user, kept.first_on, kept.last_on) == (camille, first, last)
    keep(camille)
    assert "You are away until" in text(as_camille.get("/keep"))
    as_camille.post(f"/keep/away/{kept.pk}/cancel")
    kept.refresh_from_db()
    assert kept.cancelled_at is not None
    assert "You are away" not in text(as_camille.get("/keep"))


@pytest.mark.parametrize("form", [{}, {"first_on": "2026-06-09"}, {"first_on": "x", "last_on": "y"}])
def test_away_needs_two_days(as_camille: Client, form: dict[str, str]) -> None:
    assert as_camille.post("/keep/away", form).status_code == 400
    assert Away.objects.count() == 0


def test_a_lead_sees_the_teams_days_and_a_colleague_does_not(
    as_nadia: Client, as_camille: Client, as_yanis: Client, camille: User, yanis: User
) -> None:
    today, now = timezone.localdate(), timezone.now()
    thomas = make_user("Thomas Girard", team=camille.team)
    for user in (thomas, yanis):
        Away.objects.create(user=user, first_on=today, last_on=today + timedelta(days=3), made_at=now)
    assert "Thomas Girard" in text(as_nadia.get("/keep/away"))
    assert "Yanis" not in text(as_nadia.get("/keep/away"))
    assert "Thomas Girard" not in text(as_camille.get("/keep/away"))
    theirs = Away.objects.get(user=thomas)
    assert status(as_camille, "post", f"/keep/away/{theirs.pk}/cancel") == 404
    assert status(as_yanis, "post", f"/keep/away/{theirs.pk}/cancel") == 404
    assert status(as_nadia, "post", f"/keep/away/{theirs.pk}/cancel") == 302


def test_every_door_of_the_rules(as_camille: Client, as_nadia: Client) -> None:
    assert status(as_camille, "get", "/keep/rules/price") == 403
    assert status(as_camille, "post", "/keep/rules/price") == 403
    assert status(as_nadia, "get", "/keep/rules/never") == 404
    assert status(as_nadia, "get", "/keep/rules/no-such") == 404
    for path, right in (("/keep/rules", "get"), ("/keep/switch", "post"), ("/keep/away/1/cancel", "post")):
        assert_wrong_method(as_camille, path, right)
        assert_signed_out_is_sent_to_sign_in(path, right)
    for path in ("/keep/away", "/keep/rules/price"):
        assert as_nadia.put(path).status_code == 405
        assert_signed_out_is_sent_to_sign_in(path)

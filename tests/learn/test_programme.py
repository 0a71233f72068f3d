"""The rules of asking: an administrator sets them, within limits; each change is a new version."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import AuditEntry, Role, User
from rebond.base.errors import RebondError
from rebond.learn.actions.invitations import set_programme
from rebond.learn.models import FeedbackProgramme, Mode
from rebond.learn.queries.feedback import programme
from tests.factories import make_user
from tests.walks import status

RULES = {
    "is_on": "on", "include_wins": "on", "mode": "confidential", "delay_min": "4", "delay_max": "20",
    "reminder_after": "6", "expires_after": "45", "sender": "", "reader": "", "company_name": "Rebond SA",
    "contact": "ask@rebond.example",
}  # fmt: skip


@pytest.mark.django_db
def test_before_anybody_sets_them_the_defaults_hold() -> None:
    rules = programme()
    assert (rules.version, rules.pk, rules.is_on, rules.mode) == (0, None, True, "confidential")
    assert (rules.delay_min, rules.delay_max, rules.reminder_after, rules.expires_after) == (3, 21, 7, 60)


def test_an_administrator_sets_them_and_each_change_is_a_version(
    as_admin: Client, admin_user: User, nadia: User
) -> None:
    assert as_admin.post("/feedback/programme", RULES)["Location"] == "/feedback/programme"
    as_admin.post("/feedback/programme", RULES | {"delay_max": "30", "sender": str(nadia.pk)})
    first, second = FeedbackProgramme.objects.order_by("version")
    assert [(v.version, v.delay_min, v.delay_max, v.sender, v.by) for v in (first, second)] == [
        (1, 4, 20, None, admin_user), (2, 4, 30, nadia, admin_user),
    ]  # fmt: skip
    assert (second.company_name, second.contact, second.expires_after) == ("Rebond SA", "ask@rebond.example", 45)
    details = AuditEntry.objects.filter(verb="learn.set_programme").order_by("pk").values_list("detail", flat=True)
    assert details[1] == {"version": 2, "changed": ["delay_max", "sender"]}
    assert "Version 2" in as_admin.get("/feedback/programme").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"delay_min": "1"}, "delay_min"),
        ({"delay_min": "-4"}, "delay_min"),
        ({"delay_max": "61"}, "delay_max"),
        ({"delay_min": "20", "delay_max": "10"}, "delay_max"),
        ({"reminder_after": "2"}, "reminder_after"),
        ({"reminder_after": "31"}, "reminder_after"),
        ({"expires_after": "13"}, "expires_after"),
        ({"expires_after": "181"}, "expires_after"),
        ({"expires_after": ""}, "expires_after"),
        ({"mode": "shared"}, "mode"),
        ({"mode": "public"}, "mode"),
        ({"sender": "999999"}, "sender"),
        ({"reader": "x"}, "reader"),
    ],
)
def test_what_is_outside_the_limits_is_said_beside_its_field_and_nothing_is_saved(
    as_admin: Client, wrong: dict[str, str], field: str
) -> None:
    page = as_admin.post("/feedback/programme", RULES | wrong)
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]
    assert "Not saved yet" in page.content.decode()
    assert not FeedbackProgramme.objects.exists()


def test_others_read_them_and_cannot_change_them(as_camille: Client, as_nadia: Client, as_yanis: Client) -> None:
    for client in (as_camille, as_nadia, as_yanis):
        page = client.get("/feedback/programme").content.decode()
        assert "3 to 21 days after the close, at random" in page
        assert '<form method="post" class="form"' not in page
        assert status(client, "post", "/feedback/programme") == 403
    assert not FeedbackProgramme.objects.exists()


@pytest.mark.django_db
def test_the_action_itself_lets_no_seller_and_no_slip_through(camille: User, admin_user: User) -> None:
    now, gone = timezone.now(), make_user("Gone", team=None, role=Role.MANAGER, is_active=False)
    attempts: list[tuple[User, dict[str, Any], str]] = [
        (camille, {"is_on": False}, "not_allowed"),
        (admin_user, {"delay_min": 1}, "bad_programme"),
        (admin_user, {"delay_min": 30}, "bad_programme"),
        (admin_user, {"mode": Mode.SHARED}, "bad_programme"),
        (admin_user, {"reader": gone}, "bad_programme"),
    ]
    for actor, changes, code in attempts:
        with pytest.raises(RebondError) as refused:
            set_programme(changes=changes, actor=actor, now=now)
        assert refused.value.code == code
    assert not FeedbackProgramme.objects.exists()


def test_switched_off_the_page_says_so(as_admin: Client, as_camille: Client) -> None:
    as_admin.post("/feedback/programme", {name: value for name, value in RULES.items() if name != "is_on"})
    assert "The programme is switched off" in as_camille.get("/feedback").content.decode()


class AnyRules(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(-5, 70), st.integers(-5, 70), st.integers(-5, 40), st.integers(0, 200), st.text(max_size=300))
    def test_whatever_is_asked_for_what_is_in_force_is_within_the_limits(
        self, least: int, most: int, reminder: int, expires: int, name: str
    ) -> None:
        changes = {"delay_min": least, "delay_max": most, "reminder_after": reminder, "expires_after": expires}
        refusals = set()
        try:
            set_programme(changes=changes | {"company_name": name}, actor=None, now=timezone.now())
        except RebondError as refused:
            refusals.add(refused.code)
        assert refusals <= {"bad_programme"}
        rules = programme()
        assert 2 <= rules.delay_min <= rules.delay_max <= 60
        assert 3 <= rules.reminder_after <= 30
        assert 14 <= rules.expires_after <= 180
        assert len(rules.company_name) <= 120
        assert "\0" not in rules.company_name

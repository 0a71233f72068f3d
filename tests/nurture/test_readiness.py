"""Signs of readiness from other rooms: an answer that says so, the CRM; each noted once, and no mail ever opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import DealPerson, FieldChange, Stage, StageChange
from rebond.learn.models import Debrief, Invitation, Response, Verbatim
from rebond.loop.readiness import look_for_signs
from rebond.loop.work import look_for_signs as task
from rebond.nurture.models import Enrolment, Signal
from tests.factories import make_deal
from tests.learn.surveys import invite
from tests.nurture.people import keep, many

pytestmark = pytest.mark.django_db


def look() -> int:
    return look_for_signs(now=timezone.now())


@pytest.fixture
def one(camille: User) -> Enrolment:
    """Hélène, in touch with Camille for 100 days."""
    return keep(camille, due_in=60)


# ---- what a buyer answered


def answered(one: Enrolment, *, debriefed: bool = True, **fields: Any) -> Response:
    """Hélène's answer about the lost deal, and Camille's own debrief of it."""
    now = timezone.now()
    event = one.close_event
    assert event is not None
    Debrief.objects.create(
        close_event=event, deal=event.deal, assignee=one.owner, planned_at=now, due_on=timezone.localdate(),
        finished_at=now if debriefed else None,
    )  # fmt: skip
    invitation: Invitation = invite(event, one.person, status="answered", answered_on=timezone.localdate())
    values: dict[str, Any] = {"is_final": True, "mode": "shared", "may_contact": True, "submitted_at": now}
    return Response.objects.create(invitation=invitation, **(values | fields))


def test_a_shared_answer_that_says_we_may_contact_them_is_a_sign(one: Enrolment) -> None:
    answer = answered(one)
    Verbatim.objects.create(response=answer, asked="own_words", text="Ask again in June", consent="named")
    assert look() == 1
    sign = Signal.objects.get()
    assert (sign.person, sign.owner, sign.kind, sign.ref) == (one.person, one.owner, "survey", f"survey:{answer.pk}")
    assert "Ask again in June" in sign.words


@pytest.mark.parametrize("consent", ["no", "anonymous", "ask"])
def test_words_that_may_not_be_quoted_by_name_are_not(one: Enrolment, consent: str) -> None:
    Verbatim.objects.create(response=answered(one), asked="own_words", text="Ask again in June", consent=consent)
    assert look() == 1
    assert "June" not in Signal.objects.get().words


@pytest.mark.parametrize(
    "hidden",
    [
        {"mode": "confidential"},
        {"mode": "anonymous"},
        {"may_contact": False},
        {"is_final": False},
        {"debriefed": False},
    ],
)
def test_what_the_seller_may_not_see_is_no_sign(one: Enrolment, hidden: dict[str, Any]) -> None:
    answered(one, **hidden)
    assert look() == 0
    assert Signal.objects.count() == 0


def test_it_becomes_one_when_the_debrief_is_done(one: Enrolment) -> None:
    answered(one, debriefed=False)
    assert look() == 0
    Debrief.objects.update(finished_at=timezone.now())
    assert look() == 1


# ---- what moved in the CRM


def test_a_new_open_deal_with_them_is_a_sign(one: Enrolment, yanis: User) -> None:
    now = timezone.now()
    deal = make_deal("A fourth site", owner=yanis, opened_at=now - timedelta(days=1), source="crm")
    DealPerson.objects.create(deal=deal, person=one.person, role="unknown")
    assert look() == 1
    sign = Signal.objects.get()
    assert (sign.kind, sign.words) == ("stage", "a new deal with them is open: A fourth site")


def test_what_the_seller_typed_is_no_news_to_them(one: Enrolment, camille: User) -> None:
    deal = make_deal("A fourth site", owner=camille, opened_at=timezone.now(), source="typed")
    DealPerson.objects.create(deal=deal, person=one.person, role="unknown")
    assert look() == 0


def test_a_planned_close_that_moved_is_a_sign(one: Enrolment) -> None:
    later = timezone.localdate() + timedelta(days=60)
    FieldChange.objects.create(deal=one.deal, field="expected_close", after=later.isoformat(), at=timezone.now())
    assert look() == 1
    assert "is planned to close on" in Signal.objects.get().words


@pytest.mark.parametrize(("field", "days"), [("expected_close", -60), ("next_step", 60)])
def test_a_day_that_has_passed_or_another_field_is_none(one: Enrolment, field: str, days: int) -> None:
    after = (timezone.localdate() + timedelta(days=days)).isoformat()
    FieldChange.objects.create(deal=one.deal, field=field, after=after, at=timezone.now())
    assert look() == 0


def test_a_lost_deal_at_an_open_stage_again_is_a_sign(one: Enrolment) -> None:
    stage = Stage.objects.get(name="Proposal")
    StageChange.objects.create(deal=one.deal, stage=stage, entered_at=timezone.now())
    assert look() == 1
    assert Signal.objects.get().words == "Maintenance stands at “Proposal”"


def test_its_words_are_in_the_language_of_who_reads_them(one: Enrolment) -> None:
    User.objects.filter(pk=one.owner_id).update(language="fr")
    StageChange.objects.create(deal=one.deal, stage=Stage.objects.get(name="Proposal"), entered_at=timezone.now())
    look()
    assert "Proposal" in Signal.objects.get().words


def test_nobody_in_touch_is_nobody_to_tell(one: Enrolment) -> None:
    Enrolment.objects.update(status="ended")
    StageChange.objects.create(deal=one.deal, stage=Stage.objects.get(name="Proposal"), entered_at=timezone.now())
    assert look() == 0


# ---- once


def test_looking_again_notes_nothing_twice_even_after_it_was_settled(one: Enrolment) -> None:
    answered(one)
    StageChange.objects.create(deal=one.deal, stage=Stage.objects.get(name="Proposal"), entered_at=timezone.now())
    assert (look(), look()) == (2, 0)
    Signal.objects.update(settled_at=timezone.now(), verdict="nothing")
    assert task.call() == 0
    assert Signal.objects.count() == 2


def test_many_deals_and_many_people_take_few_queries(
    one: Enrolment, camille: User, yanis: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(camille, 300)
    for number in range(20):
        make_deal(f"Extension {number}", owner=yanis, opened_at=timezone.now(), people={one.person: "decision_maker"})
    assert look() == 20
    with django_assert_max_num_queries(8):
        assert look() == 0

"""Introductions on a deal's page and on a person's, and what they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import Deal, Outcome, Person
from rebond.loop.referrals_shown import of_deal, of_person
from rebond.refer.actions.following import link_deal, open_deal
from rebond.refer.actions.introducing import introduce
from rebond.refer.models import AskStatus, Referral, ReferralAsk, State
from tests.factories import make_closed_deal, make_deal, make_person, make_user
from tests.refer.own_pages import advocate, names

pytestmark = pytest.mark.django_db


def in_talks(camille: User, who: str = "Hélène Marchetti", name: str = "Karim Benali") -> Referral:
    """``who`` introduced ``name``, and a deal was opened from it."""
    now = timezone.now()
    one = introduce(
        referral=names(advocate(camille, name=who), name), mode="forward", evidence="a call", actor=camille, now=now
    )
    return open_deal(referral=one, name=f"Deal of {name}", actor=camille, now=now)


def asked(deal: Deal, person: Person, status: str, **fields: object) -> ReferralAsk:
    return ReferralAsk.objects.create(
        deal=deal, person=person, owner=deal.owner, team=deal.team, moment="talk", status=status,
        planned_at=timezone.now(), **fields,
    )  # fmt: skip


def deal_page(client: Client, deal: Deal) -> str:
    return client.get(reverse("loop:deal", args=[deal.pk])).content.decode()


def person_page(client: Client, person: Person) -> str:
    return client.get(reverse("deals:person", args=[person.pk])).content.decode()


def test_a_referred_deal_says_who_introduced_whom_and_where_it_stands(as_camille: Client, camille: User) -> None:
    one = in_talks(camille)
    shown = deal_page(as_camille, one.deal)
    assert "Hélène Marchetti introduced Karim Benali of Atelier Benali" in shown
    assert reverse("refer:referral", args=[one.pk]) in shown
    assert "In conversation" in shown


def test_the_whole_chain_is_told(as_camille: Client, camille: User) -> None:
    helene = "helene@groupe-valmy.example"
    first = names(advocate(camille, name="Marc Delvaux"), "Hélène Marchetti", email=helene)
    introduce(referral=first, mode="forward", evidence="a call", actor=camille, now=timezone.now())
    shown = deal_page(as_camille, in_talks(camille).deal)
    assert "Marc Delvaux introduced Hélène Marchetti" in shown
    assert "Hélène Marchetti introduced Karim Benali" in shown


def test_an_open_deal_that_nobody_introduced_says_nothing_of_it(as_camille: Client, deal: Deal) -> None:
    assert 'id="introductions"' not in deal_page(as_camille, deal)


def test_a_duplicate_is_not_shown_as_the_way_it_came(as_camille: Client, camille: User) -> None:
    one = in_talks(camille)
    Referral.objects.update(state=State.DUPLICATE)
    assert "introduced Karim" not in deal_page(as_camille, one.deal)


def test_after_a_no_the_page_leads_to_the_ask(as_camille: Client, camille: User, helene: Person) -> None:
    lost, _event = make_closed_deal(owner=camille, people={helene: "decision_maker"})
    ask = asked(lost, helene, AskStatus.PLANNED, due_on=timezone.localdate())
    shown = deal_page(as_camille, lost)
    assert "Whom they know may fit better" in shown
    assert reverse("refer:ask", args=[ask.pk]) in shown
    assert "Ask for an introduction" in shown


def test_whoever_is_not_asked_stands_there_with_why(as_camille: Client, camille: User, helene: Person) -> None:
    lost, _event = make_closed_deal(owner=camille, people={helene: "decision_maker"})
    asked(lost, helene, AskStatus.EXCLUDED, because="not_met")
    shown = deal_page(as_camille, lost)
    assert "not asked: nobody ever met them" in shown
    assert "Ask for an introduction" not in shown


def test_two_moments_for_one_person_are_one_line_and_asked_says_when(
    as_camille: Client, camille: User, helene: Person
) -> None:
    lost, _event = make_closed_deal(owner=camille, people={helene: "decision_maker"})
    asked(lost, helene, AskStatus.ASKED, asked_at=timezone.now() - timedelta(days=3))
    ReferralAsk.objects.create(
        deal=lost, person=helene, owner=camille, team=camille.team, moment="written", status=AskStatus.CANCELLED,
        planned_at=timezone.now(),
    )  # fmt: skip
    assert len(of_deal(lost, camille).asks) == 1
    assert "asked " in deal_page(as_camille, lost).partition('id="introductions"')[2]


def test_a_no_from_before_offers_to_ask_whoever_decided(as_camille: Client, camille: User, helene: Person) -> None:
    lost, _event = make_closed_deal(owner=camille, people={helene: "decision_maker"})
    shown = deal_page(as_camille, lost)
    assert "Ask Hélène Marchetti" in shown
    answer = as_camille.post(reverse("refer:new_ask"), {"person": helene.pk, "deal": lost.pk})
    assert answer.status_code in (302, 409)


def test_a_teammate_sees_whom_and_is_given_no_button(camille: User, helene: Person) -> None:
    lost, _event = make_closed_deal(owner=camille, people={helene: "decision_maker"})
    asked(lost, helene, AskStatus.PLANNED, due_on=timezone.localdate())
    thomas = Client()
    thomas.force_login(make_user("Thomas Girard", team=camille.team))
    shown = deal_page(thomas, lost)
    assert "Whom they know may fit better" in shown
    assert "Ask for an introduction" not in shown


def test_a_person_shows_who_introduced_them_and_whom_they_introduced(as_camille: Client, camille: User) -> None:
    one = in_talks(camille)
    assert "Introduced by Hélène Marchetti" in person_page(as_camille, one.person)
    shown = person_page(as_camille, one.advocate.person)
    assert "Introduced Karim Benali of Atelier Benali" in shown
    assert reverse("refer:advocate", args=[one.advocate_id]) in shown


def test_a_person_without_introductions_says_nothing(as_camille: Client, helene: Person) -> None:
    assert 'id="introductions"' not in person_page(as_camille, helene)


def test_introductions_of_another_team_are_not_told(yanis: User, camille: User) -> None:
    one = in_talks(camille)
    assert not of_person(one.advocate.person, yanis).anything
    assert not of_deal(one.deal, yanis).anything


def test_many_introductions_cost_as_little_as_one(
    as_camille: Client, camille: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, now = in_talks(camille), timezone.now()
    Referral.objects.bulk_create(
        Referral(
            advocate=one.advocate, person=one.advocate.person, owner=camille, team=camille.team, state=State.LAPSED,
            state_at=now, name=f"P {n}", created_at=now - timedelta(days=n),
        )
        for n in range(1000)
    )  # fmt: skip
    with django_assert_num_queries(3):
        told = of_person(one.advocate.person, camille)
    assert (len(told.introduced), len(told.introduced_by)) == (6, 6)
    lost, _event = make_closed_deal(owner=camille)
    for n in range(40):
        asked(lost, make_person(f"Person {n}"), AskStatus.PLANNED)
    with django_assert_num_queries(2):
        assert len(of_deal(lost, camille).asks) == 40


def test_a_deal_that_was_linked_says_the_same_as_one_that_was_opened(as_camille: Client, camille: User) -> None:
    now = timezone.now()
    one = introduce(
        referral=names(advocate(camille)), mode="forward", evidence="a call", actor=camille, now=now
    )  # fmt: skip
    deal = make_deal("Workshop", owner=camille, outcome=Outcome.OPEN)
    link_deal(referral=one, deal=deal, actor=camille, now=now)
    assert "Hélène Marchetti introduced Karim Benali of Atelier Benali" in deal_page(as_camille, deal)

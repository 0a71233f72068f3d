"""Who introduced whom on the way to a deal; and lists that cost the same with a thousand referrals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.deals.models import Deal, Person
from rebond.refer.access import (
    advocates_for,
    get_advocate,
    get_ask,
    get_flag,
    get_payout,
    get_referral,
    get_reward,
    referrals_for,
)
from rebond.refer.actions.following import open_deal
from rebond.refer.actions.registering import Named
from rebond.refer.documents import referral_json
from rebond.refer.models import Advocate, Payout, Referral, ReferralAsk, Reward, RiskFlag
from rebond.refer.queries.chain import LONGEST, chain_of
from rebond.refer.queries.referrals import history, listed
from tests.factories import make_person
from tests.refer.world import DAY, deal_of, in_conversation, introduce, introduced, make_advocate, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


def _row(by: Person, camille: User, length: int) -> Deal:
    """Everybody introduces the next; the last one's deal."""
    advocate, deal = make_advocate(by, camille), None
    for number in range(length):
        at = DAY + timedelta(days=number)
        who = Named(f"Person {number}", f"p{number}@x{number}.example", company_name=f"Firm {number}")
        referral = in_conversation(advocate, who, now=at)
        deal = deal_of(referral)
        assert referral.person is not None
        advocate = make_advocate(referral.person, camille)
    assert deal is not None
    return deal


def test_a_deal_knows_who_introduced_whom_the_first_first(helene: Person, camille: User) -> None:
    deal = _row(helene, camille, 3)

    links = chain_of(deal, None)

    assert [(link.advocate, link.referred) for link in links] == [
        ("Hélène Marchetti", "Person 0"), ("Person 0", "Person 1"), ("Person 1", "Person 2"),
    ]  # fmt: skip
    assert [link.at for link in links] == [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert links[0].advocate_person == helene.pk
    assert links[1].advocate_person == links[0].referred_person


def test_a_deal_that_nobody_introduced_has_none(advocate: Advocate, deal: Deal) -> None:
    named(advocate)

    assert chain_of(deal, None) == []


def test_a_ring_ends_where_it_would_begin_anew(advocate: Advocate, helene: Person, camille: User) -> None:
    first = introduced(advocate)
    paul = make_advocate(make_person("Paul Roux", email="paul@lumen.example"), camille)
    back = named(paul, Named("Hélène M.", helene.email), now=DAY + timedelta(days=1))
    introduce(back, DAY + timedelta(days=2))
    open_deal(referral=first, actor=camille, now=DAY + timedelta(days=3))

    assert [(link.advocate, link.referred) for link in chain_of(deal_of(first), None)] == [
        ("Paul Roux", "Hélène M."), ("Hélène Marchetti", "Paul Roux"),
    ]  # fmt: skip


def test_a_name_alone_is_no_introduction(advocate: Advocate, helene: Person, camille: User) -> None:
    other = make_advocate(make_person("Luc Morel", email="luc@third.example"), camille)
    named(other, Named("Hélène M.", helene.email))
    deal = deal_of(in_conversation(advocate))

    assert [link.advocate for link in chain_of(deal, None)] == ["Hélène Marchetti"]


def test_a_long_chain_costs_a_query_a_link_and_ends(
    helene: Person, camille: User, django_assert_max_num_queries: Any
) -> None:
    deal = _row(helene, camille, 3)
    with django_assert_max_num_queries(4):
        chain_of(deal, None)
    assert LONGEST == 12


def test_an_advocate_who_was_erased_ends_it_without_a_name(advocate: Advocate, helene: Person) -> None:
    deal = deal_of(in_conversation(advocate))
    Advocate.objects.filter(pk=advocate.pk).update(person=None)

    assert [(link.advocate, link.advocate_person, link.referred) for link in chain_of(deal, None)] == [
        ("", None, "Paul Roux")
    ]


# ---- lists


def test_a_thousand_cost_what_one_does(advocate: Advocate, camille: User, django_assert_num_queries: Any) -> None:
    Referral.objects.bulk_create(
        Referral(
            advocate=advocate, owner=camille, team=camille.team, state="agreed", state_at=DAY, created_at=DAY,
            name=f"Person {number}", registered_at=DAY,
        )
        for number in range(1000)
    )  # fmt: skip

    with django_assert_num_queries(1):
        found = [referral_json(one) for one in listed(camille)]

    assert len(found) == 1000
    assert found[0]["advocate"]["name"] == "Hélène Marchetti"


def test_history_names_who_moved_in_one_query(
    advocate: Advocate, camille: User, django_assert_num_queries: Any
) -> None:
    referral = introduced(advocate)
    with django_assert_num_queries(1):
        assert [(one.to_state, one.by and one.by.name) for one in history(referral)] == [
            ("agreed", "Camille Aubry"), ("introduced", "Camille Aubry"),
        ]  # fmt: skip


# ---- whose


def test_absent_and_forbidden_look_the_same(
    advocate: Advocate, helene: Person, camille: User, yanis: User, nadia: User, admin_user: User
) -> None:
    referral = named(advocate)
    ask = ReferralAsk.objects.create(owner=camille, team=camille.team, person=helene, moment="talk", planned_at=DAY)
    flag = RiskFlag.objects.create(referral=referral, code="ring", raised_at=DAY)
    for get, pk in ((get_referral, referral.pk), (get_advocate, advocate.pk), (get_ask, ask.pk), (get_flag, flag.pk)):
        for reader, key in ((yanis, pk), (camille, pk + 1000)):
            with pytest.raises(NotFound):
                get(reader, key)
        assert get(admin_user, pk).pk == get(nadia, pk).pk == pk
    with pytest.raises(NotAllowed):
        get_flag(camille, flag.pk)
    assert list(referrals_for(None)) == [referral]


def test_rewards_are_seen_by_the_team_and_decided_by_who_leads(
    advocate: Advocate, camille: User, nadia: User, yanis: User
) -> None:
    from tests.refer.world import make_programme, won

    make_programme(hold_days=0)
    won(advocate)
    reward, payout = Reward.objects.get(), Payout.objects.get()

    assert get_reward(camille, reward.pk) == reward
    assert (get_reward(nadia, reward.pk, to_write=True), get_payout(nadia, payout.pk)) == (reward, payout)
    for refused, error in ((yanis, NotFound), (camille, NotAllowed)):
        with pytest.raises(error):
            get_payout(refused, payout.pk)
        with pytest.raises(error):
            get_reward(refused, reward.pk, to_write=True)


def test_another_teams_advocate_is_seen_once_they_name_somebody_to_us(
    advocate: Advocate, yanis: User, camille: User
) -> None:
    assert list(advocates_for(yanis)) == []

    named(advocate, actor=yanis)

    assert list(advocates_for(yanis)) == [advocate]
    with pytest.raises(NotAllowed):
        get_advocate(yanis, advocate.pk, to_write=True)
    assert get_advocate(camille, advocate.pk, to_write=True) == advocate

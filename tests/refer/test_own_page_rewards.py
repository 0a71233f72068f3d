"""What an advocate reads of their rewards, from the customer to the payment and back: words, amounts, statement."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.refer.actions.advocates import new_link
from rebond.refer.actions.rewards import take_back
from rebond.refer.models import Advocate, RewardKind, RiskFlag, State
from tests.factories import make_deal
from tests.refer.own_pages import link, said
from tests.refer.rewarded import accrued, approved, handed_out, make_advocate, make_programme, won

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def opened(who: Advocate, camille: User) -> Advocate:
    new_link(advocate=who, actor=camille, now=timezone.now())
    return who


@pytest.fixture
def ines(camille: User) -> Advocate:
    return opened(make_advocate(owner=camille), camille)


def test_a_reward_is_told_from_due_to_given_and_taken_back(
    client: Client, ines: Advocate, nadia: User, admin_user: User, now: datetime
) -> None:
    referral = won(ines, make_programme(two_above_minor=1), now=now)
    assert "it is being worked out" in said(client, link(ines))
    reward = accrued(referral, now=now)
    page = said(client, link(ines))
    assert "Tomasz Zieliński" in page
    assert "Your reward: a voucher, worth €50." in page
    assert "Next: a person here approves it" in page
    assert "On its way to you: €50." in page
    assert "6,200" not in page
    approved(reward, nadia, admin_user, now=now)
    assert handed_out(actor=admin_user, now=now)
    page = said(client, link(ines))
    assert "Your reward was given on" in page
    assert "On its way to you: €0." in page
    referral.refresh_from_db()
    take_back(referral=referral, because="refunded", actor=nadia, now=now + timedelta(days=1))
    page = said(client, link(ines))
    assert "The order was taken back" in page
    assert "Nothing is asked of you now." in page
    assert "To be set against your next one: €50." in page
    statement = said(client, link(ines, "/statement"))
    assert statement.count("Tomasz Zieliński") == 3
    assert ("+ €50" in statement, "− €50" in statement) == (True, True)


def test_a_limit_that_cut_a_reward_is_explained(client: Client, ines: Advocate, now: datetime) -> None:
    programme = make_programme(per_referral_minor=3_000, per_year_minor=4_000)
    accrued(won(ines, programme, now=now), now=now)
    page = said(client, link(ines))
    assert "worth €30." in page
    assert "€20 less than the rule gives: one introduction brings at most €30." in page
    accrued(won(ines, programme, now=now), now=now)
    assert "one person receives at most €40 in a year." in said(client, link(ines))
    accrued(won(ines, programme, now=now), now=now)  # nothing is left of the year
    assert "There is no reward for it this time." in said(client, link(ines))


def test_of_a_share_the_rule_is_told_and_the_amount_of_the_deal_is_not(
    client: Client, ines: Advocate, now: datetime
) -> None:
    accrued(won(ines, make_programme(basis_points=100, minor=None), now=now), now=now)
    page = said(client, link(ines))
    assert "worth €62." in page
    assert "It is 1% of the amount of the deal, rounded once." in page
    assert "6,200" not in page


def test_where_it_goes_is_asked_for_once_it_is_due(client: Client, camille: User, now: datetime) -> None:
    ines = opened(make_advocate(owner=camille, typed=None), camille)
    referral = won(ines, make_programme(), now=now)
    assert "A reward of yours is waiting" not in said(client, link(ines))
    accrued(referral, now=now)
    page = said(client, link(ines))
    assert "A reward of yours is waiting" in page
    assert "Next: tell us where it should go." in page
    assert client.post(link(ines, "/payee"), {"email": "ines@roussel.example"}).status_code == 303
    page = said(client, link(ines))
    assert "A reward of yours is waiting" not in page
    assert "Next: a person here approves it" in page


@pytest.mark.parametrize(
    ("allows", "sentence"),
    [
        ("no", "Your employer does not allow it. A donation or credit for your company stays possible."),
        ("public", "we give no reward. Our thanks stay."),
        ("regulated", "we give no reward. Our thanks stay."),
    ],
)
def test_why_nothing_may_be_given_is_said_plainly(
    client: Client, camille: User, now: datetime, allows: str, sentence: str
) -> None:
    ines = opened(make_advocate(owner=camille, allows=allows), camille)
    won(ines, make_programme(), now=now)
    assert sentence in said(client, link(ines))


def test_while_their_own_deal_is_open_they_read_that_nothing_is_given_yet(
    client: Client, ines: Advocate, camille: User, now: datetime
) -> None:
    assert ines.person is not None
    make_deal("Their own", owner=camille, people={ines.person: "decision_maker"})
    won(ines, make_programme(), now=now)
    page = said(client, link(ines))
    assert "While your company is talking with us about a deal, we give nothing." in page
    assert "Their own" not in page


def test_a_doubt_is_told_as_somebody_looking_and_no_more(client: Client, ines: Advocate, now: datetime) -> None:
    referral = won(ines, make_programme(), now=now)
    RiskFlag.objects.create(referral=referral, code="same_domain", detail="one domain", raised_at=now)
    page = said(client, link(ines))
    assert "a person here looks at it before your reward is due" in page
    assert "domain" not in page


def test_whoever_wants_nothing_is_asked_for_nothing(client: Client, camille: User, now: datetime) -> None:
    ines = opened(make_advocate(owner=camille, wants="none"), camille)
    won(ines, make_programme(), now=now)
    page = said(client, link(ines))
    assert "Your choice: no reward." in page or "You asked for no reward." in page
    assert "Next: your reward" not in page
    assert client.get(link(ines, "/payee")).status_code == 303


@pytest.mark.parametrize("state", [State.FORFEITED, State.PAID, State.REWARD_DUE, State.CLAWED_BACK])
def test_a_reward_whose_row_is_missing_breaks_no_page(
    client: Client, ines: Advocate, now: datetime, state: str
) -> None:
    won(ines, make_programme(), now=now, state=state)
    assert "Tomasz" in said(client, link(ines))


def test_credit_is_for_your_company_on_your_own_page(client: Client, camille: User, now: datetime) -> None:
    ines = opened(make_advocate(owner=camille, wants=RewardKind.CREDIT), camille)
    accrued(won(ines, make_programme(kind=RewardKind.CREDIT), now=now), now=now)
    assert "Your reward: credit for your company, worth €50." in said(client, link(ines))

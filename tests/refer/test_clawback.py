"""A deal that was rewarded is cancelled or refunded: reversed before, clawed back inside the window, told after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict, NotAllowed
from rebond.ledger.accounts import CASH_OUT, EXPENSE, payable, recoverable
from rebond.ledger.models import Account, LedgerTransaction
from rebond.ledger.queries import balance, check, replayed
from rebond.refer.actions import rewards as actions
from rebond.refer.models import Advocate, Payout, Programme, Referral, Reward, State
from tests.factories import make_user
from tests.refer.rewarded import accrued, approved, handed_out, make_advocate, make_programme, won

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


@pytest.fixture
def ines(camille: User) -> Advocate:
    return make_advocate(owner=camille)


@pytest.fixture
def programme(db: None) -> Programme:
    return make_programme(clawback_days=90)


def given_out(advocate: Advocate, programme: Programme, nadia: User, at: datetime) -> Reward:
    """A reward that was handed out at ``at``."""
    reward = accrued(won(advocate, programme, now=at), now=at)
    approved(reward, nadia, now=at)
    run = actions.start_run(actor=nadia, now=at)
    actions.pay(payout=reward.payout, run=run, now=at)
    reward.refresh_from_db()
    return reward


def owed(advocate: Advocate) -> tuple[int, int]:
    """What we owe them, and what they have to make up for."""
    return -balance(payable(advocate.holder), "EUR"), balance(recoverable(advocate.holder), "EUR")


def test_before_it_is_given_it_is_reversed(ines: Advocate, programme: Programme, nadia: User, now: datetime) -> None:
    reward = accrued(won(ines, programme, now=now), now=now)
    approved(reward, nadia, now=now)

    assert actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=now) == "reversed"

    reward.refresh_from_db()
    assert (reward.status, Payout.objects.get().status) == ("reversed", "cancelled")
    reversal = LedgerTransaction.objects.get(kind="reverse")
    assert reversal.reverses is not None
    assert reversal.reverses.key == reward.transaction_key
    assert (owed(ines), balance(EXPENSE, "EUR")) == ((0, 0), 0)
    assert actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=now) == "nothing"
    with pytest.raises(Conflict):
        actions.start_run(actor=nadia, now=now)


@pytest.mark.parametrize(("days", "became"), [(0, "clawed_back"), (90, "clawed_back"), (91, "outside")])
def test_after_it_was_given_the_window_decides(
    ines: Advocate, programme: Programme, nadia: User, now: datetime, days: int, became: str
) -> None:
    reward = given_out(ines, programme, nadia, now)
    later = now + timedelta(days=days)

    assert actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=later) == became

    reward.refresh_from_db()
    if became == "clawed_back":
        assert (reward.status, reward.referral.state, owed(ines)) == ("clawed_back", State.CLAWED_BACK, (0, 5_000))
        assert balance(EXPENSE, "EUR") == 0
    else:
        assert (reward.status, reward.referral.state, owed(ines)) == ("paid", State.PAID, (0, 0))
        assert AuditEntry.objects.filter(verb="refer.outside_window").count() == 1
    assert check() == []


def test_the_day_of_the_refund_counts_and_not_the_day_somebody_noted_it(
    ines: Advocate, programme: Programme, nadia: User, now: datetime
) -> None:
    reward = given_out(ines, programme, nadia, now)
    Referral.objects.update(refunded_on=(now + timedelta(days=80)).date())
    noted = now + timedelta(days=120)
    assert actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=noted) == "clawed_back"


def test_a_deal_that_is_only_open_again_keeps_what_was_given(
    ines: Advocate, programme: Programme, nadia: User, now: datetime
) -> None:
    reward = given_out(ines, programme, nadia, now)
    assert actions.take_back(referral=reward.referral, because="reopened", actor=nadia, now=now) == "kept"
    assert owed(ines) == (0, 0)


def test_told_twice_it_is_clawed_back_once(ines: Advocate, programme: Programme, nadia: User, now: datetime) -> None:
    reward = given_out(ines, programme, nadia, now)
    got = [
        actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=now) for _time in range(3)
    ]  # fmt: skip
    assert got == ["clawed_back", "nothing", "nothing"]
    assert owed(ines) == (0, 5_000)


def test_the_next_payout_is_set_off_first(ines: Advocate, programme: Programme, nadia: User, now: datetime) -> None:
    first = given_out(ines, programme, nadia, now)
    actions.take_back(referral=first.referral, because="refunded", actor=nadia, now=now)
    bigger = make_programme(minor=8_000)

    second = given_out(ines, bigger, nadia, now)

    assert (second.payout.amount_minor, second.payout.netted_minor) == (8_000, 5_000)
    assert (owed(ines), balance(CASH_OUT, "EUR")) == ((0, 0), -8_000)  # 50 once, then 30
    assert [one.kind for one in LedgerTransaction.objects.order_by("pk")][-2:] == ["net", "pay"]
    assert check() == []


def test_a_payout_smaller_than_what_is_owed_back_hands_out_nothing(
    ines: Advocate, programme: Programme, nadia: User, now: datetime
) -> None:
    first = given_out(ines, programme, nadia, now)
    actions.take_back(referral=first.referral, because="refunded", actor=nadia, now=now)
    second = given_out(ines, make_programme(minor=2_000), nadia, now)
    assert (second.payout.netted_minor, second.status) == (2_000, "paid")
    assert (owed(ines), balance(CASH_OUT, "EUR")) == ((0, 3_000), -5_000)


# Write-offs


def test_what_cannot_be_recovered_is_let_go_by_two_people(
    ines: Advocate, programme: Programme, nadia: User, admin_user: User, now: datetime
) -> None:
    reward = given_out(ines, programme, nadia, now)
    actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=now)

    proposed = actions.propose_write_off(advocate=ines, currency="EUR", actor=nadia, now=now)
    assert (proposed.status, owed(ines)) == ("waiting", (0, 5_000))
    with pytest.raises(Conflict):
        actions.approve(payout=proposed, actor=nadia, now=now)
    with pytest.raises(Conflict) as twice:
        actions.propose_write_off(advocate=ines, currency="EUR", actor=admin_user, now=now)
    assert twice.value.code == "proposed_already"

    done = actions.approve(payout=proposed, actor=admin_user, now=now)
    assert (done.status, owed(ines), balance(EXPENSE, "EUR")) == ("paid", (0, 0), 5_000)
    assert check() == []


def test_a_payout_meanwhile_leaves_less_to_let_go(
    ines: Advocate, programme: Programme, nadia: User, admin_user: User, now: datetime
) -> None:
    reward = given_out(ines, programme, nadia, now)
    actions.take_back(referral=reward.referral, because="refunded", actor=nadia, now=now)
    proposed = actions.propose_write_off(advocate=ines, currency="EUR", actor=nadia, now=now)
    given_out(ines, make_programme(minor=3_000), nadia, now)
    assert actions.approve(payout=proposed, actor=admin_user, now=now).amount_minor == 2_000
    assert owed(ines) == (0, 0)


def test_there_must_be_something_to_let_go_and_a_lead_to_say_so(ines: Advocate, camille: User, nadia: User) -> None:
    with pytest.raises(Conflict) as nothing:
        actions.propose_write_off(advocate=ines, currency="EUR", actor=nadia, now=WHEN)
    assert nothing.value.code == "nothing_to_write_off"
    with pytest.raises(NotAllowed):
        actions.propose_write_off(advocate=ines, currency="EUR", actor=camille, now=WHEN)


class AnyOrder(TestCase):
    """Wins, payouts, refunds, forfeits in any order: the books stay right, and nothing owed goes below zero."""

    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["win", "pay", "refund", "forfeit", "write_off"]), st.integers(0, 5)),
                    max_size=14))  # fmt: skip
    def test_the_books_equal_a_plain_count(self, steps: list[tuple[str, int]]) -> None:
        team = Team.objects.create(name="North")
        nadia, alix = (make_user(name, team=team, role=Role.MANAGER) for name in ("Nadia B", "Alix A"))
        ines, rewards = make_advocate(owner=nadia), list[Reward]()
        programmes = [make_programme(minor=minor) for minor in (1_000, 2_500)]
        back = 0
        for what, which in steps:
            mine = rewards[which % len(rewards)] if rewards else None
            if what == "win":
                rewards.append(accrued(won(ines, programmes[which % 2], now=WHEN), now=WHEN))
            elif what == "write_off" and back:
                proposed = actions.propose_write_off(advocate=ines, currency="EUR", actor=nadia, now=WHEN)
                actions.approve(payout=proposed, actor=alix, now=WHEN)
                back = 0
            elif mine is not None:
                mine.refresh_from_db()
                if what == "pay" and mine.status == "due":
                    approved(mine, alix, now=WHEN)
                    assert handed_out(actor=alix, now=WHEN)["paid"] == 1
                    back -= min(back, mine.amount_minor)
                elif what == "forfeit" and mine.status == "due":
                    actions.forfeit(reward=mine, because="unwanted", actor=alix, now=WHEN)
                elif what == "refund":
                    became = actions.take_back(referral=mine.referral, because="refunded", actor=alix, now=WHEN)
                    back += mine.amount_minor if became == "clawed_back" else 0
        due = sum(one.amount_minor for one in Reward.objects.filter(status="due"))
        assert owed(ines) == (due, back)
        assert replayed() == dict(Account.objects.values_list("code", "balance_minor"))
        assert check() == []

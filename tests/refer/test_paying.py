"""From due to handed out: who may approve, what a run hands out, what it leaves, what is noted of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.jobs.models import Job
from rebond.ledger.accounts import CASH_OUT, payable
from rebond.ledger.queries import balance, check
from rebond.refer.actions import rewards as actions
from rebond.refer.models import Allows, Payout, PayoutRun, Reward, RiskFlag, State
from rebond.refer.queries.waiting import payout_waits
from rebond.refer.work.rewards import pay_out, sweep_rewards
from tests.factories import make_person, make_user
from tests.refer.rewarded import accrued, approved, handed_out, make_advocate, make_programme, won

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(camille: User, now: datetime) -> Reward:
    """50 euro for Inès, through Camille's deal; two people above 40."""
    return accrued(won(make_advocate(owner=camille), make_programme(two_above_minor=4_000), now=now), now=now)


@pytest.fixture
def small(camille: User, now: datetime) -> Reward:
    """50 euro for Inès; one person is enough."""
    return accrued(won(make_advocate(owner=camille), make_programme(two_above_minor=5_000), now=now), now=now)


def waits(payout: Payout, now: datetime) -> list[str]:
    return [one.code for one in payout_waits([Payout.objects.get(pk=payout.pk)], now=now)[payout.pk]]


def test_above_the_threshold_two_different_people_approve(
    due: Reward, nadia: User, admin_user: User, now: datetime
) -> None:
    payout = approved(due, nadia, now=now)
    assert (payout.status, payout.needs) == ("waiting", 2)
    assert "1 of 2, by Nadia Belkacem" in payout_waits([payout], now=now)[payout.pk][0].words
    with pytest.raises(Conflict) as again:
        actions.approve(payout=payout, actor=nadia, now=now)
    assert again.value.code == "approved_already"
    assert approved(due, admin_user, now=now).status == "approved"
    assert AuditEntry.objects.filter(verb="refer.approve").count() == 2


def test_at_the_threshold_one_person_is_enough(small: Reward, nadia: User, now: datetime) -> None:
    assert approved(small, nadia, now=now).status == "approved"
    with pytest.raises(Conflict) as late:
        actions.approve(payout=small.payout, actor=nadia, now=now)
    assert late.value.code == "not_waiting"


def test_the_deals_owner_never_approves_alone(nadia: User, admin_user: User, now: datetime) -> None:
    mine = accrued(won(make_advocate(owner=nadia), make_programme(), now=now), now=now)
    payout = approved(mine, nadia, now=now)
    assert payout.status == "waiting"
    assert "whose deal it was" in payout_waits([payout], now=now)[payout.pk][0].words
    assert approved(mine, admin_user, now=now).status == "approved"


def test_the_deal_may_be_a_colleagues_and_then_it_is_that_colleague(
    camille: User, nadia: User, admin_user: User, now: datetime
) -> None:
    """The referral is Camille's, the deal Nadia's: Nadia alone is not enough."""
    one = accrued(won(make_advocate(owner=camille), make_programme(), now=now, deal_owner=nadia), now=now)
    assert approved(one, nadia, now=now).status == "waiting"
    assert waits(one.payout, now) == ["approval"]
    assert approved(one, admin_user, now=now).status == "approved"


def test_a_seller_approves_nothing_and_nobody_their_own(camille: User, nadia: User, now: datetime) -> None:
    herself = make_person("Nadia Belkacem", email=(nadia.email or "").upper())
    mine = accrued(won(make_advocate(owner=camille, person=herself), make_programme(), now=now), now=now)
    for who in (camille, nadia):
        with pytest.raises(NotAllowed):
            actions.approve(payout=mine.payout, actor=who, now=now)
    assert not mine.payout.approvals.exists()


def test_a_run_hands_out_what_is_approved_and_books_it(
    due: Reward, nadia: User, admin_user: User, now: datetime
) -> None:
    approved(due, nadia, admin_user, now=now)
    assert handed_out(actor=nadia, now=now) == {"paid": 1, "waiting": 0}

    due.refresh_from_db()
    run = PayoutRun.objects.get()
    assert (due.status, due.payout.status, due.referral.state) == ("paid", "paid", State.PAID)
    assert (due.payout.run, run.by) == (run, nadia)
    assert run.finished_at is not None
    assert (balance(payable(due.advocate.holder), "EUR"), balance(CASH_OUT, "EUR")) == (0, -5_000)
    assert check() == []


def test_nothing_is_handed_out_without_approval(due: Reward, nadia: User, now: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        actions.start_run(actor=nadia, now=now)
    assert refused.value.code == "nothing_approved"
    assert not PayoutRun.objects.exists()
    run = PayoutRun.objects.create(at=now, by=nadia)
    with pytest.raises(Conflict):
        actions.pay(payout=due.payout, run=run, now=now)
    assert balance(CASH_OUT, "EUR") == 0


def test_holds_never_expire_into_payment(due: Reward, now: datetime) -> None:
    for day in range(0, 720, 60):
        actions.sweep(now=now + timedelta(days=day))
    assert (Payout.objects.get().status, balance(CASH_OUT, "EUR")) == ("waiting", 0)


@pytest.mark.parametrize("what", ["payee", "permission", "flag", "year_paid"])
def test_what_is_missing_again_at_the_last_moment_leaves_it_for_a_later_run(
    small: Reward, nadia: User, now: datetime, what: str
) -> None:
    payout = approved(small, nadia, now=now)
    advocate, kept = small.advocate, small.advocate.payee
    if what == "payee":
        advocate.payee = ""
    elif what == "permission":
        advocate.allows = Allows.UNKNOWN
    elif what == "flag":
        RiskFlag.objects.create(referral=small.referral, code="same_domain", raised_at=now)
    else:  # the year's most was paid meanwhile, from another year's accrual
        tight = make_programme(per_year_minor=9_000)
        Reward.objects.filter(pk=small.pk).update(programme=tight)
        Payout.objects.create(
            advocate=advocate, status="paid", amount_minor=5_000, currency="EUR", kind="voucher", made_at=now,
            paid_at=now, reward=None,
        )  # fmt: skip
    advocate.save()

    run = actions.start_run(actor=nadia, now=now)
    assert waits(payout, now) == [what]
    with pytest.raises(Conflict) as refused:
        actions.pay(payout=payout, run=run, now=now)
    assert refused.value.detail["codes"] == [what]
    actions.release(payout=payout, actor=nadia, now=now, codes=[what])
    payout.refresh_from_db()
    assert (payout.status, payout.run, balance(CASH_OUT, "EUR")) == ("approved", None, 0)

    advocate.allows, advocate.payee = Allows.YES, kept
    advocate.save()
    RiskFlag.objects.update(verdict="honest")
    Payout.objects.exclude(pk=payout.pk).delete()
    assert handed_out(actor=nadia, now=now) == {"paid": 1, "waiting": 0}


def test_a_run_says_how_many_it_had_to_leave(small: Reward, nadia: User, now: datetime) -> None:
    approved(small, nadia, now=now)
    small.advocate.payee = ""
    small.advocate.save()
    assert handed_out(actor=nadia, now=now) == {"paid": 0, "waiting": 1}
    assert AuditEntry.objects.get(verb="refer.payout_waits").detail == {"codes": ["payee"]}
    assert PayoutRun.objects.get().finished_at is not None


def test_a_run_told_twice_pays_once(small: Reward, nadia: User, now: datetime) -> None:
    approved(small, nadia, now=now)
    run = actions.start_run(actor=nadia, now=now)
    assert Job.objects.filter(unique_key=f"refer.run:{run.pk}").count() == 1
    assert [pay_out.call(run.pk)["paid"] for _time in range(3)] == [1, 0, 0]
    assert actions.pay(payout=small.payout, run=run, now=now).status == "paid"
    assert balance(CASH_OUT, "EUR") == -5_000


def test_a_run_whose_worker_gave_up_is_taken_up_by_the_sweep(small: Reward, nadia: User, now: datetime) -> None:
    approved(small, nadia, now=now)
    actions.start_run(actor=nadia, now=now)
    Job.objects.all().delete()
    sweep_rewards.call()
    assert Job.objects.filter(name="rebond.refer.work.rewards.pay_out").count() == 1


def test_a_managers_run_takes_their_own_team_alone(
    small: Reward, nadia: User, south: Team, yanis: User, admin_user: User, now: datetime
) -> None:
    theirs = accrued(won(make_advocate("Other", owner=yanis), make_programme(), now=now), now=now)
    approved(small, nadia, now=now)
    approved(theirs, admin_user, now=now)
    boss = make_user("Sofia South", team=south, role=Role.MANAGER)
    assert handed_out(actor=boss, now=now) == {"paid": 1, "waiting": 0}
    assert (Payout.objects.get(reward=theirs).status, Payout.objects.get(reward=small).status) == ("paid", "approved")
    assert handed_out(actor=admin_user, now=now) == {"paid": 1, "waiting": 0}


def test_a_seller_starts_no_run(camille: User, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        actions.start_run(actor=camille, now=now)


def test_what_shows_it_reached_them_is_noted_and_may_be_corrected(small: Reward, nadia: User, now: datetime) -> None:
    with pytest.raises(Conflict):
        actions.note_proof(payout=small.payout, proof="V-1", actor=nadia, now=now)
    approved(small, nadia, now=now)
    handed_out(actor=nadia, now=now)
    for text in ("", "   ", "x" * 121):
        with pytest.raises(RebondError) as refused:
            actions.note_proof(payout=small.payout, proof=text, actor=nadia, now=now)
        assert refused.value.code == "proof_missing"
    for text in ("V-1", " V-2 "):
        actions.note_proof(payout=small.payout, proof=text, actor=nadia, now=now)
    assert Payout.objects.get(pk=small.payout.pk).proof == "V-2"
    assert not any("V-2" in str(entry.detail) for entry in AuditEntry.objects.all())

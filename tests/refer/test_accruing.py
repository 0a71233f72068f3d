"""A reward comes due once, under its caps, and not before everything it waits for is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict
from rebond.deals.models import Outcome
from rebond.ledger.accounts import EXPENSE, payable
from rebond.ledger.models import LedgerTransaction
from rebond.ledger.queries import balance, check
from rebond.refer.actions import rewards as actions
from rebond.refer.models import Allows, Move, Payout, Referral, Reward, RiskFlag, State
from rebond.refer.queries.waiting import waits_for
from rebond.refer.work.rewards import sweep_rewards
from tests.factories import make_user
from tests.mail.test_at_once import beside
from tests.refer.rewarded import accrued, approved, handed_out, make_advocate, make_programme, own_deal, won

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def codes(referral: Referral, now: datetime) -> list[str]:
    referral = Referral.objects.select_related("advocate__person", "deal", "programme", "rule").get(pk=referral.pk)
    return [one.code for one in waits_for(referral, now=now)]


def test_a_won_referral_brings_its_reward_with_its_booking_and_its_payout(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(), now=now)

    reward = actions.accrue(referral=one, actor=None, now=now)

    assert reward is not None
    assert (one.state, reward.amount_minor, reward.currency, reward.clamps) == (State.REWARD_DUE, 5_000, "EUR", [])
    assert balance(payable(reward.advocate.holder), "EUR") == -5_000
    assert balance(EXPENSE, "EUR") == 5_000
    assert (reward.payout.status, reward.payout.needs, reward.payout.kind) == ("waiting", 1, "voucher")
    assert AuditEntry.objects.filter(verb="refer.accrue").count() == 1
    assert check() == []


def test_a_share_is_rounded_half_to_even_once(camille: User, now: datetime) -> None:
    programme = make_programme(basis_points=5_000)
    advocate = make_advocate(owner=camille)
    whole = [accrued(won(advocate, programme, now=now, minor=minor), now=now).amount_minor for minor in (3, 5, 7)]
    assert whole == [2, 2, 4]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"payment_on": None}, "payment"), ({"payment_on": date(2026, 5, 11)}, "hold"), ({"programme": None}, ""),
        ({"state": State.QUALIFIED}, ""), ({"state": State.LOST}, ""), ({"refunded_on": date(2026, 6, 1)}, "refunded"),
    ],
)  # fmt: skip
def test_nothing_is_due_before_its_time(camille: User, now: datetime, fields: dict[str, Any], code: str) -> None:
    one = won(make_advocate(owner=camille), make_programme(), now=now)
    Referral.objects.filter(pk=one.pk).update(**fields)

    assert actions.accrue(referral=one, actor=None, now=now) is None
    assert not Reward.objects.exists()
    if code:
        assert codes(one, now) == [code]


def test_the_holding_period_ends_on_its_day(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(hold_days=30), now=now, paid_on=date(2026, 5, 11))
    assert actions.accrue(referral=one, actor=None, now=now) is None
    assert actions.accrue(referral=one, actor=None, now=now + timedelta(days=1)) is not None


def test_a_programme_may_count_from_the_day_it_was_won(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(hold_from="close", hold_days=50), now=now)
    Referral.objects.update(payment_on=None)
    assert actions.accrue(referral=one, actor=None, now=now - timedelta(days=1)) is None
    assert actions.accrue(referral=one, actor=None, now=now) is not None


def test_an_open_question_holds_it_until_somebody_settled_it(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(), now=now)
    flag = RiskFlag.objects.create(referral=one, code="same_domain", raised_at=now)
    assert codes(one, now) == ["flag"]
    assert actions.accrue(referral=one, actor=None, now=now) is None

    flag.verdict = "honest"
    flag.save()
    assert actions.accrue(referral=one, actor=None, now=now) is not None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"allows": Allows.UNKNOWN}, "permission"), ({"allows": Allows.NO}, "employer_refuses"),
        ({"allows": Allows.PUBLIC}, "public_official"), ({"wants": "none"}, "wants_none"),
    ],
)  # fmt: skip
def test_the_gift_gate_refuses_and_it_stays_won(
    camille: User, now: datetime, fields: dict[str, Any], code: str
) -> None:
    advocate = make_advocate(owner=camille)
    one = won(advocate, make_programme(), now=now)
    for name, value in fields.items():
        setattr(advocate, name, value)
    advocate.save()

    assert actions.accrue(referral=one, actor=None, now=now) is None
    assert codes(one, now) == [code]
    one.refresh_from_db()
    assert one.state == State.WON


def test_nothing_is_due_while_their_own_deal_is_open_or_freshly_lost(camille: User, now: datetime) -> None:
    open_one, lost = make_advocate("Open", owner=camille), make_advocate("Lost", owner=camille)
    programme = make_programme(own_deal_days=90)
    own_deal(open_one.person, owner=camille)
    own_deal(lost.person, owner=camille, outcome=Outcome.LOST, closed_at=now - timedelta(days=89))
    first, second = won(open_one, programme, now=now), won(lost, programme, now=now)
    assert (codes(first, now), codes(second, now)) == (["own_deal_open"], ["own_deal_lost"])
    assert actions.accrue(referral=second, actor=None, now=now) is None
    assert actions.accrue(referral=second, actor=None, now=now + timedelta(days=1)) is not None


def test_a_share_of_a_deal_in_another_currency_waits_for_its_amount(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(basis_points=100), now=now, currency="USD")
    assert codes(one, now) == ["amount"]
    assert actions.accrue(referral=one, actor=None, now=now) is None


def test_told_again_and_again_it_is_due_once(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(), now=now)
    got = {accrued(one, now=now + timedelta(minutes=n)).pk for n in range(10)}
    assert len(got) == Reward.objects.count() == Payout.objects.count() == LedgerTransaction.objects.count() == 1


def test_opened_again_and_won_anew_it_is_a_second_round(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(per_year_minor=5_000), now=now)
    accrued(one, now=now)
    assert actions.take_back(referral=one, because="reopened", actor=camille, now=now) == "reversed"
    Referral.objects.update(state=State.WON)  # as the deal's reopening and new win would leave it
    again = accrued(one, now=now)
    assert (again.round, again.amount_minor) == (1, 5_000)
    assert balance(payable(again.advocate.holder), "EUR") == -5_000
    assert list(Reward.objects.order_by("round").values_list("status", flat=True)) == ["reversed", "due"]


# Caps


def test_each_cap_takes_its_part_and_says_so(camille: User, now: datetime) -> None:
    programme = make_programme(per_referral_minor=4_000, per_year_minor=6_000, per_month_minor=9_000)
    first, second = make_advocate("A", owner=camille), make_advocate("B", owner=camille)
    made = [accrued(won(one, programme, now=now), now=now) for one in (first, first, second, second)]
    assert [one.amount_minor for one in made] == [4_000, 2_000, 3_000, 0]
    assert made[1].clamps == [
        {"cap": "per_referral", "taken_minor": 1_000}, {"cap": "per_year", "taken_minor": 2_000},
    ]  # fmt: skip
    assert made[3].clamps[-1] == {"cap": "per_month", "taken_minor": 3_000}


def test_where_nothing_is_left_the_reward_says_why_and_nothing_is_booked(camille: User, now: datetime) -> None:
    programme, advocate = make_programme(per_year_minor=5_000), make_advocate(owner=camille)
    accrued(won(advocate, programme, now=now), now=now)
    one = won(advocate, programme, now=now)
    nothing = accrued(one, now=now)
    one.refresh_from_db()
    assert (nothing.amount_minor, nothing.transaction_key, one.state) == (0, "", State.WON)
    assert nothing.clamps == [{"cap": "per_year", "taken_minor": 5_000}]
    assert not Payout.objects.filter(reward=nothing).exists()
    assert actions.sweep(now=now) == {"due": 0, "forfeited": 0}


def test_a_new_year_has_room_again(camille: User, now: datetime) -> None:
    programme, advocate = make_programme(per_year_minor=5_000), make_advocate(owner=camille)
    december = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    assert accrued(won(advocate, programme, now=december), now=december).amount_minor == 5_000
    january = december + timedelta(hours=1)  # midnight where the installation is (Paris)
    after = accrued(won(advocate, programme, now=january), now=january)
    assert after.amount_minor == 5_000


class _Twin:
    """The caps, said once more and simply: every accrual so far, added up by hand."""

    def __init__(self, referral: int | None, year: int | None, month: int | None) -> None:
        self.caps, self.made = (referral, year, month), list[tuple[int, int]]()

    def give(self, advocate: int, whole: int) -> int:
        referral, year, month = self.caps
        of_year = sum(minor for who, minor in self.made if who == advocate)
        rooms = [whole] + [
            cap - used for cap, used in ((referral, 0), (year, of_year), (month, self.total)) if cap is not None
        ]
        self.made.append((advocate, max(0, min(rooms))))
        return self.made[-1][1]

    @property
    def total(self) -> int:
        return sum(minor for _who, minor in self.made)


CAP = st.none() | st.integers(0, 20_000)


class CapsAsATwinSaysThem(TestCase):
    @settings(max_examples=8, deadline=None)
    @given(
        caps=st.tuples(CAP, CAP, CAP), wins=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9_000)), max_size=5)
    )
    def test_no_sequence_of_wins_passes_a_cap(
        self, caps: tuple[int | None, int | None, int | None], wins: list[tuple[int, int]]
    ) -> None:
        team = Team.objects.create(name="North")
        owner = make_user("Camille Aubry", team=team, role=Role.SELLER)
        names = ("per_referral_minor", "per_year_minor", "per_month_minor")
        of_caps: dict[str, Any] = dict(zip(names, caps, strict=True))
        programme = make_programme(basis_points=10_000, **of_caps)
        advocates = [make_advocate(name, owner=owner) for name in ("A", "B")]
        twin = _Twin(*caps)
        for who, whole in wins:
            reward = accrued(won(advocates[who], programme, now=WHEN, minor=whole), now=WHEN)
            assert reward.amount_minor == twin.give(who, whole)
            taken = sum(one["taken_minor"] for one in reward.clamps)
            assert reward.earned_minor == whole == reward.amount_minor + taken
        assert balance(EXPENSE, "EUR") == twin.total
        assert check() == []


# At once


#: More than a test server lets in at once would only wait at its door.
THREADS = 20


def _at_once(threads: int, what: Callable[[], object], *, times: int = 1) -> int:
    """Runs ``what`` so many times in each of so many threads that begin together; how many went through."""
    start, done = threading.Barrier(threads), list[object]()

    def body() -> None:
        start.wait(30)
        for _time in range(times):
            done.append(what())

    for thread in [beside(body) for _one in range(threads)]:
        thread.join(60)
    return len(done)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_deliveries_of_one_win_at_once_are_one_accrual(camille: User, now: datetime) -> None:
    one = won(make_advocate(owner=camille), make_programme(), now=now)

    def deliver() -> object:
        return actions.accrue(referral=Referral.objects.get(pk=one.pk), actor=None, now=now)

    assert _at_once(THREADS, deliver, times=5) == 100
    assert (Reward.objects.count(), Payout.objects.count(), LedgerTransaction.objects.count()) == (1, 1, 1)
    assert Move.objects.filter(referral=one, to_state=State.REWARD_DUE).count() == 1
    assert balance(EXPENSE, "EUR") == 5_000
    assert check() == []


@pytest.mark.django_db(transaction=True)
def test_wins_at_once_do_not_pass_a_cap_together(camille: User, now: datetime) -> None:
    programme = make_programme(per_month_minor=12_000)
    waiting = [won(make_advocate(f"Advocate {n}", owner=camille), programme, now=now).pk for n in range(6)]

    def one_of_them() -> None:
        actions.accrue(referral=Referral.objects.get(pk=waiting.pop()), actor=None, now=now)

    assert _at_once(6, one_of_them) == 6
    amounts = sorted(Reward.objects.values_list("amount_minor", flat=True))
    assert amounts == [0, 0, 0, 2_000, 5_000, 5_000]


# By the clock


def test_the_sweep_makes_due_what_waited_for_time_alone_and_pays_nothing(camille: User, now: datetime) -> None:
    programme = make_programme()
    ready = won(make_advocate("Ready", owner=camille), programme, now=now)
    won(make_advocate("Not paid", owner=camille), programme, now=now, payment_on=None)
    assert actions.sweep(now=now) == {"due": 1, "forfeited": 0}
    assert actions.sweep(now=now + timedelta(days=300)) == {"due": 0, "forfeited": 0}
    ready.refresh_from_db()
    assert (ready.state, Payout.objects.get().status) == (State.REWARD_DUE, "waiting")


def test_after_twelve_months_what_nobody_claimed_is_forfeited(camille: User, now: datetime) -> None:
    unclaimed, claimed = make_advocate("A", owner=camille, typed=None), make_advocate("B", owner=camille)
    programme = make_programme()
    lost, kept = (accrued(won(one, programme, now=now), now=now) for one in (unclaimed, claimed))

    assert actions.sweep(now=now + timedelta(days=364)) == {"due": 0, "forfeited": 0}
    assert actions.sweep(now=now + timedelta(days=365)) == {"due": 0, "forfeited": 1}
    assert actions.sweep(now=now + timedelta(days=366)) == {"due": 0, "forfeited": 0}

    lost.refresh_from_db()
    kept.refresh_from_db()
    assert (lost.status, lost.payout.status, lost.referral.state) == ("forfeited", "cancelled", State.FORFEITED)
    assert kept.status == "due"  # it waits for us alone
    assert balance(payable(unclaimed.holder), "EUR") == 0
    assert balance(payable(claimed.holder), "EUR") == -5_000


def test_a_forfeited_reward_is_forfeited_once_and_for_a_reason(camille: User, nadia: User, now: datetime) -> None:
    reward = accrued(won(make_advocate(owner=camille), make_programme(), now=now), now=now)
    actions.forfeit(reward=reward, because="refused", actor=nadia, now=now)
    with pytest.raises(Conflict) as again:
        actions.forfeit(reward=reward, because="unwanted", actor=nadia, now=now)
    assert again.value.code == "not_due"
    assert LedgerTransaction.objects.filter(kind="forfeit").count() == 1


def test_the_hourly_job_runs(camille: User, nadia: User, now: datetime) -> None:
    won(make_advocate(owner=camille), make_programme(), now=now)
    assert sweep_rewards.call() == {"due": 1}
    assert approved(Reward.objects.get(), nadia, now=now).status == "approved"
    assert handed_out(actor=nadia, now=now)["paid"] == 1

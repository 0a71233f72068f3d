"""A reward comes due, once; is taken back, before or after it was given; is forfeited. Every sum is in the ledger.

Rows are locked in one order everywhere (referral, advocate, payout, programme), so that a hundred deliveries of one
win, or two wins that would pass a cap together, come one after the other. Handing out is in ``actions.paying``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, RebondError
from rebond.ledger import accounts
from rebond.ledger.actions import post, reverse
from rebond.ledger.models import LedgerTransaction
from rebond.refer.actions.moving import move
from rebond.refer.actions.paying import (
    approve,
    finish_run,
    note_export,
    note_proof,
    pay,
    propose_write_off,
    release,
    start_run,
)
from rebond.refer.amounts import clamp
from rebond.refer.models import (
    Advocate,
    Payout,
    PayoutStatus,
    Programme,
    Referral,
    Reward,
    RewardRule,
    RewardStatus,
    State,
)
from rebond.refer.queries import unclaimed
from rebond.refer.queries.waiting import amount_of, known_about, room_of, rule_for, waits_for

__all__ = [
    "accrue", "approve", "finish_run", "forfeit", "note_export", "note_proof", "pay", "propose_write_off", "release",
    "start_run", "sweep", "take_back",
]  # fmt: skip
#: Why a reward is forfeited.
BECAUSE = ("refused", "unclaimed", "unwanted")


@transaction.atomic
def accrue(*, referral: Referral, actor: User | None, now: datetime) -> Reward | None:
    """Makes the reward of a won referral due; told again, the same one is returned.

    ``None`` while something is missing: no programme or reward was chosen, the holding period runs, a flag is open, the
    gift-policy gate refuses (``queries.waiting.waits_for`` says which). Where caps leave nothing, the reward is kept
    with amount 0 and its clamps, and the referral stays ``won``.
    """
    locked = _locked(referral)
    if standing := _standing(locked):
        return standing
    advocate = _locked_advocate(locked.advocate_id)
    if locked.state != State.WON or locked.programme is None or waits_for(locked, now=now):
        return None
    programme = _locked_programme(locked.programme)
    rule = rule_for(locked, known_about([locked]))
    whole = amount_of(locked, rule) if rule is not None else None
    if rule is None or whole is None:
        return None
    reward = _made(locked, rule, whole, programme, now)
    if reward.amount_minor:
        _book_accrual(reward, advocate, actor, now)
        move(referral=locked, to=State.REWARD_DUE, actor=actor, now=now, evidence=f"refer.reward:{reward.pk}")
    referral.refresh_from_db()
    record(
        verb="refer.accrue", subject=reward, actor=actor, at=now, amount_minor=reward.amount_minor,
        currency=reward.currency, clamps=reward.clamps,
    )  # fmt: skip
    return reward


def _locked(referral: Referral) -> Referral:
    beside = Referral.objects.select_related("advocate__person", "deal", "programme", "rule")
    return beside.select_for_update(of=("self",), no_key=True).get(pk=referral.pk)


def _locked_advocate(pk: int) -> Advocate:
    return Advocate.objects.select_for_update(no_key=True).get(pk=pk)


def _locked_programme(programme: Programme) -> Programme:
    """One row stands for the budget of all versions: two accruals of a month come one after the other."""
    Programme.objects.select_for_update(no_key=True).order_by("version").first()
    return programme


def _standing(referral: Referral) -> Reward | None:
    """The reward it brought already, unless that was reversed."""
    return referral.rewards.exclude(status=RewardStatus.REVERSED).order_by("-round").first()


def _made(referral: Referral, rule: RewardRule, whole: int, programme: Programme, now: datetime) -> Reward:
    left = clamp(whole, room_of(programme, advocate_id=referral.advocate_id, today=local_day(now)))
    return Reward.objects.create(
        referral=referral, advocate_id=referral.advocate_id, programme=programme, rule=rule, kind=rule.kind,
        round=referral.rewards.count(), earned_minor=whole, amount_minor=left.amount_minor,
        currency=programme.currency, clamps=list(left.clamps), at=now,
        status=RewardStatus.DUE if left.amount_minor else RewardStatus.FORFEITED,
    )  # fmt: skip


def _book_accrual(reward: Reward, advocate: Advocate, actor: User | None, now: datetime) -> None:
    """Dr expense / Cr payable; and the payout that waits for its approvals."""
    key = f"refer.accrue:{reward.referral_id}.{reward.programme_id}.{reward.kind}.{reward.round}"
    post(
        key=key, kind="accrue", currency=reward.currency, subject=f"refer.referral:{reward.referral_id}",
        legs=accounts.accrual(advocate.holder, reward.amount_minor), actor=actor, now=now,
    )  # fmt: skip
    reward.transaction_key = key
    reward.save(update_fields=["transaction_key"])
    above = reward.programme.two_above_minor
    Payout.objects.create(
        reward=reward, advocate=advocate, amount_minor=reward.amount_minor, currency=reward.currency,
        kind=reward.kind, needs=2 if above is not None and reward.amount_minor > above else 1, made_at=now,
    )  # fmt: skip


# Taken back


@transaction.atomic
def take_back(*, referral: Referral, because: str, actor: User | None, now: datetime) -> str:
    """What a deal that is opened again, cancelled or refunded does to the reward it brought.

    Args:
        because: ``refunded``, ``reopened``, ``void``.

    Returns:
        ``reversed``: it was due, and is not any more (the referral's own move is the caller's); ``clawed_back``: it was
        given, and is to be made up for (the referral is moved); ``outside``: it was given too long ago; ``kept``: it
        was given and the deal is only open again; ``nothing``: there is none.
    """
    locked = _locked(referral)
    advocate = _locked_advocate(locked.advocate_id)
    reward = _standing(locked)
    if reward is None or reward.status not in (RewardStatus.DUE, RewardStatus.PAID):
        return "nothing"
    if reward.status == RewardStatus.DUE:
        _reverse(reward, because, actor, now)
        return "reversed"
    if because == "reopened":
        return "kept"
    if not _inside(reward, locked, now):
        record(verb="refer.outside_window", subject=reward, actor=actor, at=now, because=because)
        return "outside"
    _claw_back(reward, advocate, because, actor, now)
    if because != "void":
        move(referral=locked, to=State.CLAWED_BACK, actor=actor, now=now, reason=because)
        referral.refresh_from_db()
    return "clawed_back"


def _reverse(reward: Reward, because: str, actor: User | None, now: datetime) -> None:
    """It was never handed out: the accrual is reversed, and its payout is cancelled."""
    made = LedgerTransaction.objects.get(key=reward.transaction_key)
    reverse(transaction=made, key=f"refer.reverse:{reward.pk}", memo=because, actor=actor, now=now)
    _end(reward, RewardStatus.REVERSED)
    record(verb="refer.reverse", subject=reward, actor=actor, at=now, because=because)


def _end(reward: Reward, status: RewardStatus) -> None:
    reward.status = status
    reward.save(update_fields=["status"])
    waiting = Payout.objects.filter(reward=reward, status__in=(PayoutStatus.WAITING, PayoutStatus.APPROVED))
    waiting.update(status=PayoutStatus.CANCELLED)


def _inside(reward: Reward, referral: Referral, now: datetime) -> bool:
    """Whether the refund (its day, where it was noted) is at most so many days after the reward was given."""
    paid_at = reward.payout.paid_at
    told = referral.refunded_on or local_day(now)
    return paid_at is not None and told <= local_day(paid_at) + timedelta(days=reward.programme.clawback_days)


def _claw_back(reward: Reward, advocate: Advocate, because: str, actor: User | None, now: datetime) -> None:
    """Dr recoverable / Cr expense; the next payout is set off against it."""
    post(
        key=f"refer.claw_back:{reward.pk}", kind="claw_back", currency=reward.currency, memo=because,
        subject=f"refer.referral:{reward.referral_id}", actor=actor, now=now,
        legs=accounts.claw_back(advocate.holder, reward.amount_minor),
    )  # fmt: skip
    reward.status = RewardStatus.CLAWED_BACK
    reward.save(update_fields=["status"])
    record(verb="refer.claw_back", subject=reward, actor=actor, at=now, because=because,
           amount_minor=reward.amount_minor)  # fmt: skip


# Forfeited


@transaction.atomic
def forfeit(*, reward: Reward, because: str, actor: User | None, now: datetime) -> Reward:
    """What is due is due no longer: the employer refuses, nobody claimed it in time, or it is not wanted.

    Raises:
        RebondError: ``choose_one``; Conflict: ``not_due``.
    """
    if because not in BECAUSE:
        raise RebondError(_("Choose why. Nothing was changed."), code="choose_one", field="because")
    referral = _locked(reward.referral)
    advocate = _locked_advocate(reward.advocate_id)
    mine = Reward.objects.select_for_update(no_key=True).get(pk=reward.pk)
    if mine.status != RewardStatus.DUE:
        raise Conflict(
            _("This reward is not due any more. Nothing was changed. Reload the page to see what became of it."),
            code="not_due",
        )
    post(
        key=f"refer.forfeit:{mine.pk}", kind="forfeit", currency=mine.currency, memo=because,
        subject=f"refer.referral:{referral.pk}", legs=accounts.forfeiture(advocate.holder, mine.amount_minor),
        actor=actor, now=now,
    )  # fmt: skip
    _end(mine, RewardStatus.FORFEITED)
    move(referral=referral, to=State.FORFEITED, actor=actor, now=now, reason=because)
    record(verb="refer.forfeit", subject=mine, actor=actor, at=now, because=because)
    return mine


# By the clock


def sweep(*, now: datetime) -> dict[str, int]:
    """What time alone brings about: rewards whose holding period is over come due (a person still approves each), and
    those an advocate did not claim in time are forfeited. Run twice, it does nothing more."""
    due = [one for one in unclaimed.ready_to_accrue(now) if _tried(lambda one=one: _come_due(one, now))]  # type: ignore[misc]
    lapsed = [one for one in unclaimed.run_out(now) if _tried(lambda one=one: _lapse(one, now))]  # type: ignore[misc]
    return {"due": len(due), "forfeited": len(lapsed)}


def _come_due(referral: Referral, now: datetime) -> bool:
    return accrue(referral=referral, actor=None, now=now) is not None


def _lapse(reward: Reward, now: datetime) -> bool:
    forfeit(reward=reward, because="unclaimed", actor=None, now=now)
    return True


def _tried(what: Callable[[], bool]) -> bool:
    """Somebody else may have decided about it at the same moment; the others go on."""
    try:
        return what()
    except Conflict:
        return False

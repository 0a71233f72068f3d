"""From approved to handed out: approvals by people, runs that survive being killed, proofs, write-offs.

A run binds what is approved when it starts; each payout is then paid in a transaction of its own, under its lock, so
that a worker that is killed leaves each either paid with its booking, or neither. The next worker goes on
where it stopped.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean
from rebond.jobs.actions import enqueue
from rebond.ledger import accounts
from rebond.ledger.actions import post
from rebond.ledger.queries import balance
from rebond.refer.access import is_own, payouts_for
from rebond.refer.actions.moving import move
from rebond.refer.models import (
    Advocate,
    Approval,
    Payout,
    PayoutRun,
    PayoutStatus,
    Referral,
    Reward,
    RewardStatus,
    State,
)
from rebond.refer.queries.waiting import deal_owner, payout_waits

#: A run is tried again as often as workers die on it.
ATTEMPTS = 50
PROOF = 120


@transaction.atomic
def approve(*, payout: Payout, actor: User, now: datetime) -> Payout:
    """One person says yes. Above the programme's threshold two must; the owner of the deal never alone.

    Raises:
        NotAllowed: ``not_allowed`` for sellers, and for the advocate themself.
        Conflict: ``approved_already`` by this person; ``not_waiting``.
    """
    _check_may_approve(payout, actor)
    mine = _locked(payout)
    _check_waiting(mine, actor)
    Approval.objects.create(payout=mine, by=actor, at=now)
    if _is_enough(mine):
        mine.status = PayoutStatus.APPROVED
        mine.save(update_fields=["status"])
        if mine.write_off:
            _write_off(mine, actor, now)
    record(verb="refer.approve", subject=mine, actor=actor, at=now, status=str(mine.status), needs=mine.needs)
    return mine


def _check_may_approve(payout: Payout, actor: User) -> None:
    if not actor.is_lead:
        raise NotAllowed(_("Rewards are approved by who leads. Nothing was changed. Ask your manager."))
    if is_own(payout.advocate, actor):
        raise NotAllowed(_("This reward is your own: somebody else approves it. Nothing was changed."))


def _locked(payout: Payout) -> Payout:
    """Referral, advocate, payout: the order of all locks of rewards."""
    if payout.reward_id is not None:
        Referral.objects.select_for_update(no_key=True).get(rewards=payout.reward_id)
    Advocate.objects.select_for_update(no_key=True).get(pk=payout.advocate_id)
    beside = Payout.objects.select_related("advocate__person", "reward__programme", "reward__referral")
    return beside.select_for_update(of=("self",), no_key=True).get(pk=payout.pk)


def _check_waiting(payout: Payout, actor: User) -> None:
    if payout.status != PayoutStatus.WAITING:
        raise Conflict(
            _("This was decided already. Nothing was changed. Reload the page to see how it stands."),
            code="not_waiting",
        )
    if payout.approvals.filter(by=actor).exists():
        raise Conflict(
            _("You approved this already; it waits for somebody else. Nothing was changed."), code="approved_already"
        )


def _is_enough(payout: Payout) -> bool:
    """As many people as it needs, and not the deal's owner alone."""
    people = set(payout.approvals.order_by().values_list("by", flat=True))
    owner = deal_owner(payout)
    return len(people) >= payout.needs and bool(people - {owner})


# A run


@transaction.atomic
def start_run(*, actor: User, now: datetime) -> PayoutRun:
    """Takes everything approved that ``actor`` is in charge of, and queues its handing out.

    Raises:
        NotAllowed: for sellers; Conflict: ``nothing_approved``.
    """
    from rebond.refer.work.rewards import pay_out

    if not actor.is_lead:
        raise NotAllowed
    theirs = payouts_for(actor).filter(status=PayoutStatus.APPROVED, run=None, write_off=False)
    chosen = Payout.objects.filter(pk__in=list(theirs.order_by("pk").values_list("pk", flat=True)), run=None)
    run = PayoutRun.objects.create(at=now, by=actor)
    count = chosen.filter(status=PayoutStatus.APPROVED).update(run=run)
    if not count:
        raise Conflict(
            _("Nothing is approved and still to be handed out. Nothing was changed."), code="nothing_approved"
        )
    record(verb="refer.start_run", subject=run, actor=actor, at=now, count=count)
    enqueue(task=pay_out, kwargs={"run_id": run.pk}, now=now, unique_key=run_key(run.pk), max_attempts=ATTEMPTS)
    return run


def run_key(pk: int) -> str:
    """Under which a run stands in the queue, once."""
    return f"refer.run:{pk}"


@transaction.atomic
def pay(*, payout: Payout, run: PayoutRun, now: datetime) -> Payout:
    """Hands out one payout: what is to be made up for is set off first, the rest goes out. Paid once, however often
    it is asked.

    Raises:
        Conflict: ``payout_waits`` with ``codes`` where something is missing: payee data, permission, a cap, a flag.
    """
    mine = _locked(payout)
    if mine.status == PayoutStatus.PAID:
        return mine
    if mine.status != PayoutStatus.APPROVED or mine.reward is None:
        raise Conflict(_("This is not approved. Nothing was handed out."), code="payout_waits", codes=["approval"])
    if waits := payout_waits([mine], now=now)[mine.pk]:
        raise Conflict(
            _("This waits for: %(what)s. Nothing was handed out.") % {"what": "; ".join(one.words for one in waits)},
            code="payout_waits", codes=[one.code for one in waits],
        )  # fmt: skip
    _book(mine, mine.reward, run.by, now)
    mine.status, mine.run, mine.paid_at = PayoutStatus.PAID, run, now
    mine.save(update_fields=["status", "run", "paid_at", "netted_minor"])
    Reward.objects.filter(pk=mine.reward.pk).update(status=RewardStatus.PAID)
    move(referral=mine.reward.referral, to=State.PAID, actor=run.by, now=now, evidence=f"refer.payout:{mine.pk}")
    record(
        verb="refer.pay", subject=mine, actor=run.by, at=now, run=run.pk, amount_minor=mine.amount_minor,
        netted_minor=mine.netted_minor, currency=mine.currency,
    )  # fmt: skip
    return mine


def _book(payout: Payout, reward: Reward, actor: User | None, now: datetime) -> None:
    """Dr payable / Cr recoverable for what is set off, Dr payable / Cr cash for the rest."""
    holder, currency = payout.advocate.holder, payout.currency
    payout.netted_minor = min(payout.amount_minor, balance(accounts.recoverable(holder), currency))
    rest = payout.amount_minor - payout.netted_minor
    legs = {
        "net": accounts.netting(holder, payout.netted_minor) if payout.netted_minor else None,
        "pay": accounts.payment(holder, rest) if rest else None,
    }
    for kind, of_kind in legs.items():
        if of_kind is not None:
            post(
                key=f"refer.{kind}:{payout.pk}", kind=kind, currency=currency, legs=of_kind,
                subject=f"refer.referral:{reward.referral_id}", actor=actor, now=now,
            )  # fmt: skip


@transaction.atomic
def release(*, payout: Payout, actor: User | None, now: datetime, codes: list[str]) -> None:
    """A run could not hand it out: it stays approved, for a later run."""
    Payout.objects.filter(pk=payout.pk, status=PayoutStatus.APPROVED).update(run=None)
    record(verb="refer.payout_waits", subject=payout, actor=actor, at=now, codes=codes)


@transaction.atomic
def finish_run(*, run: PayoutRun, now: datetime) -> bool:
    """The run is through; ``False`` while one of its payouts still stands, or where it was through already."""
    if run.payouts.filter(status=PayoutStatus.APPROVED).exists():
        return False
    return bool(PayoutRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now))


@transaction.atomic
def note_proof(*, payout: Payout, proof: str, actor: User, now: datetime) -> Payout:
    """What shows that it reached them: a voucher's number, a bank's reference. May be corrected.

    Raises:
        RebondError: ``proof_missing``; Conflict: ``not_paid``.
    """
    text = clean(proof, PROOF + 1)
    if not text or len(text) > PROOF:
        raise RebondError(
            _("Enter the voucher’s number or the bank’s reference, at most %(limit)d characters. Nothing was changed.")
            % {"limit": PROOF},
            code="proof_missing",
        )
    mine = _locked(payout)
    if mine.status != PayoutStatus.PAID or mine.write_off:
        raise Conflict(_("This was not handed out yet. Nothing was changed."), code="not_paid")
    mine.proof = text
    mine.save(update_fields=["proof"])
    record(verb="refer.proof", subject=mine, actor=actor, at=now)
    return mine


@transaction.atomic
def note_export(*, what: str, count: int, actor: User, now: datetime) -> None:
    """Somebody took payees' data out of the house: who, when, how many lines."""
    record(verb="refer.export", subject=actor, actor=actor, at=now, what=what, count=count)


# What cannot be recovered


@transaction.atomic
def propose_write_off(*, advocate: Advocate, currency: str, actor: User, now: datetime) -> Payout:
    """All that an advocate has to make up for, to be let go; the proposal counts as the first of two approvals.

    Raises:
        NotAllowed: for sellers, and for the advocate themself.
        Conflict: ``nothing_to_write_off``, ``proposed_already``.
    """
    if not actor.is_lead:
        raise NotAllowed
    if is_own(advocate, actor):
        raise NotAllowed(_("This is about yourself: somebody else proposes it. Nothing was changed."))
    Advocate.objects.select_for_update(no_key=True).get(pk=advocate.pk)
    amount = balance(accounts.recoverable(advocate.holder), currency)
    if amount <= 0:
        raise Conflict(_("There is nothing to let go of. Nothing was changed."), code="nothing_to_write_off")
    standing = Payout.objects.filter(advocate=advocate, currency=currency, write_off=True)
    if standing.filter(status=PayoutStatus.WAITING).exists():
        raise Conflict(_("It was proposed already, and waits for somebody’s approval."), code="proposed_already")
    made = Payout.objects.create(
        advocate=advocate, write_off=True, amount_minor=amount, currency=currency, needs=2, made_at=now
    )
    Approval.objects.create(payout=made, by=actor, at=now)
    record(verb="refer.propose_write_off", subject=made, actor=actor, at=now, amount_minor=amount, currency=currency)
    return made


def _write_off(payout: Payout, actor: User, now: datetime) -> None:
    """Dr expense / Cr recoverable, of what is still to be made up for; a payout may have been set off meanwhile."""
    holder = payout.advocate.holder
    payout.amount_minor = min(payout.amount_minor, balance(accounts.recoverable(holder), payout.currency))
    if payout.amount_minor:
        post(
            key=f"refer.write_off:{payout.pk}", kind="write_off", currency=payout.currency,
            subject=f"refer.advocate:{payout.advocate_id}", legs=accounts.write_off(holder, payout.amount_minor),
            actor=actor, now=now,
        )  # fmt: skip
    payout.status, payout.paid_at = PayoutStatus.PAID, now
    payout.save(update_fields=["status", "paid_at", "amount_minor"])

"""Programmes, advocates and won referrals, as the product would have left them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import Outcome, Person
from rebond.jobs.models import Job
from rebond.refer import payee as payees
from rebond.refer.actions import rewards as actions
from rebond.refer.models import (
    Advocate,
    Allows,
    Basis,
    Payout,
    Programme,
    Referral,
    Reward,
    RewardKind,
    RewardRule,
    State,
)
from rebond.refer.work.rewards import pay_out
from tests.factories import THEN, make_deal, make_person

IBAN = "FR7630006000011234567890189"
#: What a payout of each kind needs, as typed.
TYPED = {
    RewardKind.GIFT: {"legal_name": "Inès Ferrand", "address": "1 rue du Lac\n69001 Lyon", "country": "FR"},
    RewardKind.VOUCHER: {"email": "ines@roussel.example"},
    RewardKind.DONATION: {"charity": "Les Restos"},
    RewardKind.CREDIT: {"company": "Atelier Roussel"},
    RewardKind.CASH: {"legal_name": "Inès Ferrand", "address": "1 rue du Lac\n69001 Lyon", "country": "FR",
                      "iban": IBAN},
}  # fmt: skip


def make_programme(*, kind: str = RewardKind.VOUCHER, minor: int | None = 5_000, **fields: Any) -> Programme:
    """The next version, in euro, with one reward of ``minor``, or of a share (``basis_points``) of the deal."""
    points = fields.pop("basis_points", None)
    values: dict[str, Any] = {"currency": "EUR", "at": THEN, "version": Programme.objects.count() + 1}
    made = Programme.objects.create(**(values | fields))
    basis = Basis.SHARE if points else Basis.FIXED
    RewardRule.objects.create(
        programme=made, kind=kind, basis=basis, amount_minor=None if points else minor, basis_points=points
    )
    return made


def make_advocate(
    name: str = "Inès Ferrand", *, owner: User, wants: str = RewardKind.VOUCHER, **fields: Any
) -> Advocate:
    """Their employer allows it, and they told us where it should go."""
    person = fields.pop("person", None) or make_person(name)
    typed = fields.pop("typed", TYPED.get(RewardKind(wants)) if wants in RewardKind.values else None)
    data = payees.parse(wants, typed) if typed else None
    values: dict[str, Any] = {
        "allows": Allows.YES, "wants": wants, "since": THEN, "payee": payees.seal(data) if data else "",
        "payee_marks": payees.marks(data) if data else [],
    }  # fmt: skip
    return Advocate.objects.create(person=person, owner=owner, team=owner.team, **(values | fields))


def won(
    advocate: Advocate, programme: Programme | None, *, now: datetime, minor: int | None = 620_000,
    currency: str = "EUR", paid_on: date | None = None, **fields: Any,
) -> Referral:  # fmt: skip
    """A won referral whose holding period is over: the buyer paid 40 days before ``now``."""
    owner = fields.pop("deal_owner", advocate.owner)
    assert owner is not None
    deal = make_deal(
        "Their friend’s deal", owner=owner, outcome=Outcome.WON, closed_at=now - timedelta(days=50),
        amount_minor=minor, currency=currency,
    )  # fmt: skip
    rule = programme.rules.first() if programme else None
    values: dict[str, Any] = {
        "state": State.WON, "state_at": now - timedelta(days=50), "created_at": THEN, "name": "Tomasz Zieliński",
        "programme": programme, "rule": rule, "deal": deal,
        "payment_on": paid_on or (now - timedelta(days=40)).date(),
    }  # fmt: skip
    return Referral.objects.create(
        advocate=advocate, owner=advocate.owner, team=advocate.team, **(values | fields)
    )  # fmt: skip


def accrued(referral: Referral, *, now: datetime) -> Reward:
    """Its reward, which must come due."""
    made = actions.accrue(referral=referral, actor=None, now=now)
    assert made is not None
    return made


def approved(reward: Reward, *people: User, now: datetime) -> Payout:
    """Its payout, after each of them said yes."""
    payout = reward.payout
    for one in people:
        payout = actions.approve(payout=payout, actor=one, now=now)
    return payout


def handed_out(*, actor: User, now: datetime) -> dict[str, int]:
    """A whole run, as the worker does it."""
    run = actions.start_run(actor=actor, now=now)
    Job.objects.all().delete()
    done: dict[str, int] = pay_out.call(run.pk)
    return done


def own_deal(person: Person | None, *, owner: User, **fields: Any) -> None:
    """A deal the advocate decides on themselves."""
    assert person is not None
    make_deal("Their own", owner=owner, people={person: "decision_maker"}, **fields)

"""The rewards screen: what is due and what each waits for, what is out and unproven, what is to be made up for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.paging import Page, page_of
from rebond.ledger.models import Account, AccountKind
from rebond.refer import tax
from rebond.refer.access import advocates_for, is_own, payouts_for, referrals_for
from rebond.refer.models import (
    Advocate,
    Approval,
    Payout,
    PayoutStatus,
    Referral,
    Reward,
    RewardKind,
    RewardStatus,
    State,
)
from rebond.refer.payee import masked, opened
from rebond.refer.queries.programme import Budget, budget, in_force
from rebond.refer.queries.unclaimed import WARNED, is_unclaimed, runs_out_on, unproven
from rebond.refer.queries.unclaimed import soon as runs_out_soon
from rebond.refer.queries.waiting import Wait, payout_waits, waits_of
from rebond.refer.terms import exactly

#: Lines of each list below the first; the rest is counted.
SHOWN = 20
_BESIDE = ("advocate__person__company", "reward__referral__deal", "reward__referral__programme",
           "reward__referral__rule", "reward__referral__advocate__person", "reward__referral__owner",
           "reward__programme")  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A payout on its way, as the screen shows it.

    Attributes:
        waits: what it waits for; empty: the next run hands it out.
        can_approve: whether the reader may still say yes.
        seller: whom they introduced them to.
        runs_out: the day it is forfeited unless they claim it, where that is near.
    """

    payout: Payout
    name: str
    amount: str
    kind: str
    introduced: str
    seller: str
    waits: Sequence[Wait]
    can_approve: bool
    clamps: Sequence[str] = ()
    runs_out: date | None = None

    @property
    def in_run(self) -> bool:
        """Bound by a run that is under way."""
        return self.payout.status == PayoutStatus.APPROVED and self.payout.run_id is not None


@dataclass(frozen=True)
class Coming:
    """A won referral whose reward is not due yet."""

    referral: Referral
    name: str
    introduced: str
    seller: str
    waits: Sequence[Wait]


@dataclass(frozen=True)
class Handed:
    """What was handed out and is not proven yet; ``payee``: label and covered text."""

    payout: Payout
    name: str
    amount: str
    kind: str
    payee: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Owing:
    """What an advocate has to make up for; ``proposed``: a write-off that waits for approval."""

    advocate: Advocate
    name: str
    amount: str
    currency: str
    proposed: Row | None


@dataclass(frozen=True)
class Screen:
    """Everything on it. ``more_*``: how many lines are not shown."""

    page: Page[Payout]
    rows: list[Row]
    approved: int
    sums: str
    coming: list[Coming]
    more_coming: int
    handed: list[Handed]
    more_handed: int
    owing: list[Owing]
    soon: list[tuple[str, str, date]]
    budget: Budget | None
    near: list[tax.Line]
    years: list[int]
    was_given: bool

    @property
    def budget_used(self) -> str:
        """What came due this month."""
        return exactly(self.budget.used_minor, self.budget.currency) if self.budget else ""

    @property
    def budget_cap(self) -> str:
        """The most for a month; empty for no cap."""
        cap = self.budget.cap_minor if self.budget else None
        return exactly(cap, self.budget.currency) if self.budget and cap is not None else ""

    @property
    def is_empty(self) -> bool:
        """Nothing was ever won by a referral."""
        return not (self.rows or self.coming or self.handed or self.owing or self.was_given)


def screen(user: User, *, now: datetime, number: str | None = None) -> Screen:
    """For who leads; the number of queries does not grow with the lists."""
    today = local_day(now)
    open_ones = _on_their_way(user)
    page = page_of(open_ones.order_by("made_at", "pk"), number)
    coming, more_coming = _coming(user, now)
    handed, more_handed = _handed(user)
    rewards = Reward.objects.filter(payout__in=open_ones).select_related("advocate__person", "programme")
    programme = in_force(today)
    return Screen(
        page=page, rows=_rows(user, page.rows, now), approved=_approved(user), sums=_sums(open_ones), coming=coming,
        more_coming=more_coming, handed=handed, more_handed=more_handed, owing=_owing(user, now),
        soon=[(_name(one.advocate), exactly(one.amount_minor, one.currency), runs_out_on(one))
              for one in runs_out_soon(rewards.order_by("at", "pk"), now)[:SHOWN]],
        budget=budget(programme, today) if programme else None,
        near=[line for line in tax.lines(user, today.year) if line.wants_tax_data], years=tax.years(user, today),
        was_given=payouts_for(user).filter(status=PayoutStatus.PAID).exists(),
    )  # fmt: skip


def _on_their_way(user: User) -> QuerySet[Payout]:
    waiting = payouts_for(user).filter(status__in=(PayoutStatus.WAITING, PayoutStatus.APPROVED), write_off=False)
    return waiting.select_related(*_BESIDE)


def _approved(user: User) -> int:
    return payouts_for(user).filter(status=PayoutStatus.APPROVED, run=None, write_off=False).count()


def _sums(payouts: QuerySet[Payout]) -> str:
    """What is due in all, one sum per currency: "€150, $40"."""
    total = payouts.order_by("currency").values_list("currency").annotate(sum=Sum("amount_minor"))
    return ", ".join(exactly(minor, currency) for currency, minor in total)


def _name(advocate: Advocate) -> str:
    return advocate.person.name if advocate.person else _("somebody who was erased")


def _rows(user: User, payouts: Sequence[Payout], now: datetime) -> list[Row]:
    waits = payout_waits(payouts, now=now)
    said_yes = set(_approved_by(user, payouts))
    return [_row(user, one, waits[one.pk], one.pk in said_yes, local_day(now)) for one in payouts]


def _approved_by(user: User, payouts: Sequence[Payout]) -> Iterable[int]:
    """Which of these the user approved."""
    mine = Approval.objects.filter(by=user, payout__in=[one.pk for one in payouts])
    return mine.order_by().values_list("payout_id", flat=True)


def _row(user: User, payout: Payout, waits: Sequence[Wait], said_yes: bool, today: date) -> Row:
    reward, own = payout.reward, is_own(payout.advocate, user)
    return Row(
        payout=payout, name=_name(payout.advocate), amount=exactly(payout.amount_minor, payout.currency),
        kind=str(RewardKind(payout.kind).label) if payout.kind else "",
        introduced=_introduced(reward.referral) if reward else "", seller=_seller(reward.referral) if reward else "",
        waits=waits,
        can_approve=payout.status == PayoutStatus.WAITING and not said_yes and not own,
        clamps=clamp_words(reward) if reward else (),
        runs_out=_runs_out(payout, reward, today) if reward else None,
    )  # fmt: skip


def _runs_out(payout: Payout, reward: Reward, today: date) -> date | None:
    """The day, where it is near and nobody claimed it."""
    day = runs_out_on(reward)
    return day if day <= today + WARNED and is_unclaimed(payout.advocate, payout.kind) else None


def _seller(referral: Referral) -> str:
    return referral.owner.name if referral.owner else ""


def _introduced(referral: Referral) -> str:
    return referral.company_name or referral.name or (referral.deal.name if referral.deal else "")


def clamp_words(reward: Reward) -> list[str]:
    """Each cap that took something, as a sentence; for the team and for the advocate."""
    said = {
        "per_referral": _("%(sum)s less: the most for one introduction"),
        "per_year": _("%(sum)s less: the most for one person in a year"),
        "per_month": _("%(sum)s less: what was left of the month’s budget"),
    }
    return [
        said[one["cap"]] % {"sum": exactly(one["taken_minor"], reward.currency)}
        for one in reward.clamps
        if one["cap"] in said
    ]


def _coming(user: User, now: datetime) -> tuple[list[Coming], int]:
    """Won, and not due yet: what each waits for. Without a programme there is nothing to come."""
    done = Reward.objects.exclude(status=RewardStatus.REVERSED).values("referral")
    won = referrals_for(user).filter(state=State.WON, programme__isnull=False, refunded_on=None).exclude(pk__in=done)
    found = list(won.order_by("state_at", "pk")[:SHOWN])
    waits = waits_of(found, now=now)
    more = won.count() - len(found) if len(found) == SHOWN else 0
    return [Coming(one, _name(one.advocate), _introduced(one), _seller(one), waits[one.pk]) for one in found], more


def _handed(user: User) -> tuple[list[Handed], int]:
    out = unproven(payouts_for(user))
    found = list(out[:SHOWN])
    more = out.count() - len(found) if len(found) == SHOWN else 0
    return [
        Handed(
            one, _name(one.advocate), exactly(one.amount_minor - one.netted_minor, one.currency),
            str(RewardKind(one.kind).label), masked(opened(one.advocate.payee)),
        )
        for one in found
    ], more  # fmt: skip


def _owing(user: User, now: datetime) -> list[Owing]:
    """Whoever has to make up for something, by name, with the write-off that was proposed."""
    accounts = Account.objects.filter(kind=AccountKind.RECOVERABLE, balance_minor__gt=0)
    owed = {(one.holder, one.currency): one.balance_minor for one in accounts.order_by("pk")}
    keys = {int(holder.rpartition(":")[2]) for holder, _currency in owed if holder.startswith("refer.advocate:")}
    known = {one.holder: one for one in advocates_for(user).filter(pk__in=keys)} if keys else {}
    waiting = _proposed(user, now) if known else {}
    found = [
        Owing(known[holder], _name(known[holder]), exactly(minor, currency), currency,
              waiting.get((known[holder].pk, currency)))
        for (holder, currency), minor in owed.items()
        if holder in known
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.name.casefold(), one.advocate.pk, one.currency))


def _proposed(user: User, now: datetime) -> dict[tuple[int, str], Row]:
    standing = payouts_for(user).filter(write_off=True, status=PayoutStatus.WAITING)
    found = list(standing.select_related("advocate__person").order_by("pk"))
    return {(row.payout.advocate_id, row.payout.currency): row for row in _rows(user, found, now)}


# What has to be handed out, as a file


def to_hand_out(user: User) -> QuerySet[Payout]:
    """Handed out by a run and unproven, with whom they go to; for the file that is worked through."""
    return unproven(payouts_for(user)).select_related("advocate__person", "reward__referral")

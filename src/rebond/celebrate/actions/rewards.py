"""Small rewards for colleagues: a catalogue, a budget a quarter, what was given, handed over, taken back.

What is owed is in the ledger, under the holder ``celebrate.colleague:KEY``: it accrues when a reward is given, is paid
when it is handed over, reversed when it is taken back. Unexpected thanks for good work do good; fixed prizes for
routine acts cost more than they bring (Gubler, Larkin, Pierce, "Motivational spillovers from awards", Organization
Science 27, 2016), so a reward needs a win, a contest, or a reason out of the ordinary.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.money import CURRENCIES, show
from rebond.base.text import clean
from rebond.celebrate.models import Budget, Contest, ContestState, Given, Incentive, Nomination, Treat, Win
from rebond.celebrate.queries.rewards import budgets_of, likes_of, quarter_of, standing_of
from rebond.celebrate.telling import people_of
from rebond.ledger.accounts import accrual, payment
from rebond.ledger.actions import post, reverse
from rebond.ledger.models import LedgerTransaction

#: The same treat to the same person within so long is a habit, and is asked about.
LATELY = timedelta(days=30)
#: Small rewards are small: at most so many minor units for one.
DEAREST = 100_000_000


@transaction.atomic
def add_treat(*, kind: str, label: str, amount_minor: int, currency: str, actor: User, now: datetime) -> Treat:
    """One more in the catalogue. ``RebondError`` ``treat_kind``, ``treat_empty``, ``bad_amount``, ``bad_currency``."""
    if kind not in Incentive.values or kind == Incentive.NONE:
        raise RebondError(_("No kind was chosen. Nothing was added. Choose what it is."), code="treat_kind")
    if not clean(label, 120):
        raise RebondError(_("It has no name yet. Nothing was added. Say what it is."), code="treat_empty")
    _check(amount_minor, currency)
    made = Treat.objects.create(
        kind=kind, label=clean(label, 120), amount_minor=amount_minor, currency=currency, at=now
    )
    record(verb="celebrate.add_treat", subject=made, actor=actor, at=now, kind=kind, amount=amount_minor)
    return made


def _check(amount_minor: int, currency: str) -> None:
    if currency not in CURRENCIES:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was changed. Write its three letters, such as EUR.")
            % {"text": clean(currency, 10)},
            code="bad_currency",
        )
    if not 0 <= amount_minor <= DEAREST:
        raise RebondError(
            _("An amount is nothing or more, and small. Nothing was changed. Write 25, for example."), code="bad_amount"
        )


@transaction.atomic
def retire_treat(*, treat: Treat, actor: User, now: datetime) -> Treat:
    """No longer offered; what was given of it stays."""
    if treat.retired_at is None:
        treat.retired_at = now
        treat.save(update_fields=["retired_at"])
        record(verb="celebrate.retire_treat", subject=treat, actor=actor, at=now)
    return treat


@transaction.atomic
def set_budget(
    *, team: Team | None, quarter: date, amount_minor: int, currency: str, actor: User | None, now: datetime
) -> Budget:
    """So much for one team, or for everybody, in the quarter of that day; the newest holds, the others stay."""
    _check(amount_minor, currency)
    made = Budget.objects.create(
        team=team, quarter=quarter_of(quarter), amount_minor=amount_minor, currency=currency, at=now, by=actor
    )
    record(verb="celebrate.set_budget", subject=made, actor=actor, at=now, amount=amount_minor, currency=currency)
    return made


@transaction.atomic
def give(
    *, treat: Treat, user: User, win: Win | None = None, contest: Contest | None = None, why: str = "",
    again: bool = False, actor: User, now: datetime,
) -> Given:  # fmt: skip
    """A reward for ``user``, as they like it, within what is left of the quarter's budget.

    Args:
        why: what it is for; needed without a win and a contest, and where they said they like something else.
        again: given lately too, and meant.

    Raises:
        NotAllowed: to oneself, or to somebody of another team.
        RebondError: ``wants_nothing``, ``why_needed``, ``treat_retired``, ``not_their_occasion``.
        Conflict: ``given_lately``, ``no_budget``, ``over_budget``.
    """
    why = clean(why, 200)
    _may_give(actor, user)
    _is_wanted(treat, user, why)
    _has_occasion(user, win, contest, why)
    _lock(user.team, now)
    if not again:
        _not_lately(treat, user, now)
    _within_budget(treat, user.team, now)
    given = Given.objects.create(
        treat=treat, user=user, by=actor, team=user.team, win=win, contest=contest, why=why,
        amount_minor=treat.amount_minor, currency=treat.currency, at=now,
    )  # fmt: skip
    record(verb="celebrate.give", subject=given, actor=actor, at=now, treat=treat.pk, user=user.pk)
    return _accrue(given, actor, now)


def _may_give(actor: User, user: User) -> None:
    same = actor.team_id is not None and actor.team_id == user.team_id
    if not actor.is_lead or not (actor.is_admin or same):
        raise NotAllowed
    if actor.pk == user.pk:
        raise NotAllowed(_("Nobody gives a reward to themselves. Nothing was given. Ask whoever leads you."))


def _is_wanted(treat: Treat, user: User, why: str) -> None:
    likes = likes_of(user)
    if treat.retired_at is not None:
        raise RebondError(_("This is no longer offered. Nothing was given. Choose another."), code="treat_retired")
    if likes.nothing:
        raise RebondError(
            _("%(name)s would rather be given nothing. Nothing was given. A sincere word may do more good.")
            % {"name": user.first_name},
            code="wants_nothing",
        )
    if not likes.fits(treat.kind) and not why:
        raise RebondError(
            _("%(name)s said they like something else. Nothing was given yet. Choose that, or say why this.")
            % {"name": user.first_name},
            code="why_needed",
        )


def _has_occasion(user: User, win: Win | None, contest: Contest | None, why: str) -> None:
    """A win of theirs, a contest they stood in, or a reason out of the ordinary."""
    theirs = win is None or (win.withdrawn_at is None and user in people_of(win))
    stood = contest is None or (
        contest.state in (ContestState.ANNOUNCED, ContestState.ARCHIVED)
        and Nomination.objects.filter(contest=contest, nominee=user).exists()
    )
    if not theirs or not stood:
        raise RebondError(
            _("They had no part in this. Nothing was given. Choose another occasion."), code="not_their_occasion"
        )
    if win is None and contest is None and not why:
        raise RebondError(
            _("What is it for? Nothing was given yet. Choose a win, or say what was out of the ordinary."),
            code="why_needed",
        )


def _lock(team: Team | None, now: datetime) -> None:
    """Whoever gives of the same budget waits here: all rows of the quarter are taken, the oldest first, so that the
    two meet at it even while a newer one is being set."""
    mine = Q(team=None) | Q(team=team) if team else Q(team=None)
    rows = Budget.objects.select_for_update(of=("self",)).filter(mine, quarter=quarter_of(local_day(now)))
    list(rows.order_by("pk"))


def _not_lately(treat: Treat, user: User, now: datetime) -> None:
    lately = Given.objects.filter(treat=treat, user=user, taken_back_at=None, at__gt=now - LATELY)
    if lately.exists():
        raise Conflict(
            _("%(name)s was given the same less than 30 days ago. Nothing was given yet. What comes by habit means "
              "less; choose another, or say that you mean it.") % {"name": user.first_name},
            code="given_lately",
        )  # fmt: skip


def _within_budget(treat: Treat, team: Team | None, now: datetime) -> None:
    """Whatever costs something needs a budget, and every budget that covers it must hold it."""
    if not treat.amount_minor:
        return
    budgets = budgets_of(team, quarter_of(local_day(now)))
    if not any(one.currency == treat.currency for one in budgets):
        raise Conflict(
            _("There is no budget in %(currency)s for this quarter. Nothing was given. Ask an administrator for one.")
            % {"currency": treat.currency},
            code="no_budget",
        )
    for standing in (standing_of(one) for one in budgets if one.currency == treat.currency):
        if treat.amount_minor > standing.left_minor:
            left = show(standing.left_minor, treat.currency, get_language() or "en", cents=True)
            raise Conflict(
                _("The budget of this quarter has %(left)s left. Nothing was given. Choose something smaller, or ask "
                  "an administrator.") % {"left": left},
                code="over_budget",
            )  # fmt: skip


def holder(given: Given) -> str:
    """Whose account it is in the ledger."""
    return f"celebrate.colleague:{given.user_id}"


def _accrue(given: Given, actor: User, now: datetime) -> Given:
    if given.amount_minor:
        given.transaction_key = f"celebrate.give:{given.pk}"
        given.save(update_fields=["transaction_key"])
        post(
            key=given.transaction_key, kind="accrue", currency=given.currency, subject=f"celebrate.given:{given.pk}",
            legs=accrual(holder(given), given.amount_minor), actor=actor, now=now,
        )  # fmt: skip
    return given


@transaction.atomic
def hand(*, given: Given, actor: User, now: datetime) -> Given:
    """It was handed over; said twice is once. ``Conflict`` ``taken_back`` when it was taken back before."""
    given = Given.objects.select_for_update(of=("self",)).get(pk=given.pk)
    if given.taken_back_at is not None:
        raise Conflict(_("This was taken back before. Nothing was changed. Give it anew."), code="taken_back")
    if given.handed_at is None:
        given.handed_at = now
        given.save(update_fields=["handed_at"])
        record(verb="celebrate.hand", subject=given, actor=actor, at=now)
        if given.amount_minor:
            post(
                key=f"celebrate.handed:{given.pk}", kind="pay", currency=given.currency,
                subject=f"celebrate.given:{given.pk}", legs=payment(holder(given), given.amount_minor), actor=actor,
                now=now,
            )  # fmt: skip
    return given


@transaction.atomic
def take_back(*, given: Given, actor: User, now: datetime) -> Given:
    """A slip, put right before it was handed over; said twice is once. ``Conflict`` ``handed`` afterwards."""
    given = Given.objects.select_for_update(of=("self",)).get(pk=given.pk)
    if given.handed_at is not None:
        raise Conflict(_("This was handed over, and is theirs. Nothing was changed."), code="handed")
    if given.taken_back_at is None:
        given.taken_back_at = now
        given.save(update_fields=["taken_back_at"])
        record(verb="celebrate.take_back", subject=given, actor=actor, at=now)
        if given.transaction_key:
            booked = LedgerTransaction.objects.get(key=given.transaction_key)
            reverse(transaction=booked, key=f"celebrate.take_back:{given.pk}", actor=actor, now=now)
    return given

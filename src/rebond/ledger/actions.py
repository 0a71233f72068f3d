"""Booking: one occasion, one transaction, once. A correction is a reversal; nothing is ever changed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.money import CURRENCIES
from rebond.ledger.accounts import Name
from rebond.ledger.models import Account, LedgerTransaction


@transaction.atomic
def post(
    *, key: str, kind: str, currency: str, legs: Mapping[Name, int], subject: str, memo: str = "",
    actor: User | None, now: datetime,
) -> LedgerTransaction:  # fmt: skip
    """Books ``legs``; the transaction of that ``key`` is returned, as it is, when there is one already.

    Who books waits for whoever books until their transaction ends (on both databases), so lock what else is needed
    before, and book last.

    Args:
        key: names the occasion and no person, at most 160 characters: ``refer.accrue:12.3.7``.
        kind: ``accrue``, ``pay``, ``net``, ``claw_back``, ``forfeit``, ``write_off``.
        legs: minor units of ``currency`` by account (``ledger.accounts``), debits above zero; zeros are left out.
        subject: what it is about, e.g. ``refer.referral:12``.
        memo: at most 200 characters, no names of people: what is booked is kept for good.

    Raises:
        RebondError: ``unbalanced``, ``unknown_currency``.
        Conflict: ``key_taken`` when something else was booked under this key; ``below_zero`` when more would be paid
            than is owed, or more made up for than there is.
    """
    wanted = {name: minor for name, minor in legs.items() if minor}
    _check(wanted, currency)
    made = LedgerTransaction(
        key=key, kind=kind, currency=currency, subject=subject, memo=memo, at=now, by=actor,
        legs=_accounts(wanted, currency),
    )  # fmt: skip
    return _book(made)


@transaction.atomic
def reverse(
    *, transaction: LedgerTransaction, key: str, memo: str = "", actor: User | None, now: datetime
) -> LedgerTransaction:
    """Books the opposite of ``transaction`` and points at it; the same key again is the same reversal.

    Raises:
        Conflict: ``already_reversed``, ``is_reversal``, ``key_taken``; ``below_zero`` when what it brought has been
            paid out meanwhile.
    """
    if transaction.reverses_id is not None:
        raise Conflict(
            _("This takes something back already, and cannot be taken back itself. Nothing was booked. Book it anew."),
            code="is_reversal",
        )
    made = LedgerTransaction(
        key=key, kind="reverse", currency=transaction.currency, subject=transaction.subject, memo=memo, at=now,
        by=actor, reverses=transaction, legs={account: -minor for account, minor in transaction.legs.items()},
    )  # fmt: skip
    return _book(made)


def _check(legs: Mapping[Name, int], currency: str) -> None:
    if currency not in CURRENCIES:
        raise RebondError(
            _("“%(code)s” is no currency we know. Nothing was booked. Write its three letters, such as EUR.")
            % {"code": currency[:20]},
            code="unknown_currency",
        )
    if not legs or sum(legs.values()) != 0:
        raise RebondError(
            _("What is booked on one side must be booked on the other. Nothing was booked. Look at the amounts again."),
            code="unbalanced",
        )


def _accounts(legs: Mapping[Name, int], currency: str) -> dict[str, int]:
    """The legs by the ids of their accounts; accounts are opened when something is first booked on them."""
    names = {name.code(currency): name for name in legs}
    found = Account.objects.in_bulk([*names], field_name="code")
    for code in sorted(names.keys() - found.keys()):
        kind, holder = names[code].kind, names[code].holder
        new = {"kind": kind, "holder": holder, "currency": currency}
        found[code] = Account.objects.get_or_create(code=code, defaults=new)[0]
    return {str(found[code].pk): legs[name] for code, name in names.items()}


def _book(made: LedgerTransaction) -> LedgerTransaction:
    """Books it in one statement: the database makes the entries of the legs, and keeps the balances."""
    if found := LedgerTransaction.objects.filter(key=made.key).first():
        return _same(found, made)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if found := LedgerTransaction.objects.filter(key=made.key).first():
            return _same(found, made)  # another process booked it since we looked
        if refused := _why_refused(made, str(error)):
            raise refused from error
        raise
    record(verb="ledger.post", subject=made, actor=made.by, at=made.at, key=made.key, kind=made.kind)
    return made


def _same(found: LedgerTransaction, made: LedgerTransaction) -> LedgerTransaction:
    """The one that is there, if it is the same; what the memo says does not matter."""
    if (found.kind, found.currency, found.legs) == (made.kind, made.currency, made.legs):
        return found
    raise Conflict(
        _("Something else was booked for this occasion before. It was kept, nothing was added. See the statement."),
        code="key_taken",
    )


def _why_refused(made: LedgerTransaction, error: str) -> Conflict | None:
    """What the database's refusal means to a person; ``None`` for what is our own mistake."""
    if "_never_below_zero" in error:
        return Conflict(
            _("This is more than is owed, or than is to be made up for. Nothing was booked. See the statement."),
            code="below_zero",
        )
    if made.reverses_id and LedgerTransaction.objects.filter(reverses_id=made.reverses_id).exists():
        return Conflict(
            _("This was taken back already. Nothing was booked. See the statement for when."), code="already_reversed"
        )
    return None

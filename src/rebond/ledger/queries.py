"""What is owed, how it came to that, and whether the books are right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Sum, Window
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from rebond.ledger.accounts import Name
from rebond.ledger.models import Account, AccountKind, LedgerEntry, LedgerTransaction

#: What happened, as a statement says it to whom it is about.
WHAT: dict[str, str | Promise] = {
    "accrue": pgettext_lazy("ledger", "Reward earned"),
    "pay": pgettext_lazy("ledger", "Reward handed out"),
    "net": pgettext_lazy("ledger", "Set against what was to be made up for"),
    "claw_back": pgettext_lazy("ledger", "Reward taken back, to be made up for"),
    "forfeit": pgettext_lazy("ledger", "Reward forfeited"),
    "write_off": pgettext_lazy("ledger", "No longer to be made up for"),
    "reverse": pgettext_lazy("ledger", "Taken back"),
}
#: What the database holds the books with (``ledger/sql``); the last two are PostgreSQL's.
GUARDS = frozenset(
    f"ledger_{what}"
    for what in (
        "account_is_new", "account_stays", "account_is_kept", "transaction_is_right", "transaction_is_booked",
        "transaction_stays", "transaction_is_kept", "entry_is_a_leg", "entry_stays", "entry_is_kept",
    )
)  # fmt: skip
GUARDS_POSTGRESQL = GUARDS | {"ledger_transaction_not_emptied", "ledger_entry_not_emptied"}


@dataclass(frozen=True)
class Line:
    """One line of a holder's statement, from their side.

    Attributes:
        day: in the installation's time zone.
        kind: of the transaction, for machines; ``what``: in words, translated.
        amount_minor: above zero in their favour (earned, written off), below zero otherwise.
        owed_minor: what we owe them after it, in this currency; ``recoverable_minor``: what they have to make up for.
        subject: what it is about (``refer.referral:12``); ``key``: of the transaction.
        memo: a note, if one was made.
    """

    day: date
    kind: str
    what: str
    amount_minor: int
    owed_minor: int
    recoverable_minor: int
    currency: str
    subject: str
    key: str
    memo: str = ""


def balance(name: Name, currency: str) -> int:
    """Minor units, debits above zero: what is owed (``payable``) is below. 0 where nothing was ever booked."""
    found = Account.objects.filter(code=name.code(currency)).values_list("balance_minor", flat=True).first()
    return found or 0


def statement(holder: str) -> list[Line]:
    """Everything that was booked for ``holder``, in the order it was booked; one query."""
    entries = (
        LedgerEntry.objects.filter(account__holder=holder)
        .exclude(account__holder="")
        .select_related("account", "transaction")
        .order_by("transaction_id", "account__kind")
    )
    legs: dict[LedgerTransaction, dict[str, LedgerEntry]] = {}
    for entry in entries:
        legs.setdefault(entry.transaction, {})[entry.account.kind] = entry
    standing: dict[tuple[str, str], int] = {}
    return [_line(made, found, standing) for made, found in legs.items()]


def _line(made: LedgerTransaction, legs: dict[str, LedgerEntry], standing: dict[tuple[str, str], int]) -> Line:
    for kind, leg in legs.items():
        standing[made.currency, kind] = leg.after_minor
    first = legs.get(AccountKind.PAYABLE) or next(iter(legs.values()))
    return Line(
        day=timezone.localdate(made.at), kind=made.kind, what=str(WHAT.get(made.kind, made.kind)),
        amount_minor=-first.amount_minor, owed_minor=-standing.get((made.currency, AccountKind.PAYABLE), 0),
        recoverable_minor=standing.get((made.currency, AccountKind.RECOVERABLE), 0),
        currency=made.currency, subject=made.subject, key=made.key, memo=made.memo,
    )  # fmt: skip


def replayed() -> dict[str, int]:
    """Every account's balance, added up anew from its entries: minor units by code."""
    sums = Account.objects.annotate(total=Sum("entries__amount_minor")).values_list("code", "total").order_by("code")
    return {code: total or 0 for code, total in sums}


def check() -> list[str]:
    """What is wrong with the books, in sentences; empty when nothing is. Reads it all; others may book meanwhile."""
    return [*_unbalanced(), *_adrift(), *_out_of_step(), *_unguarded()]


def _unbalanced() -> list[str]:
    made = LedgerTransaction.objects.annotate(total=Sum("entries__amount_minor")).exclude(total=0)
    empty = LedgerTransaction.objects.filter(entries=None)
    return [
        _("Transaction %(key)s does not sum to zero.") % {"key": key}
        for key in sorted({*made.values_list("key", flat=True), *empty.values_list("key", flat=True)})
    ]


def _adrift() -> list[str]:
    """Both figures in one query: between two, somebody may book."""
    accounts = Account.objects.annotate(total=Sum("entries__amount_minor")).order_by("code")
    return [
        _("Account %(code)s says %(kept)s, and its entries add up to %(again)s (minor units).")
        % {"code": code, "kept": minor, "again": total or 0}
        for code, minor, total in accounts.values_list("code", "balance_minor", "total")
        if minor != (total or 0)
    ]


def _out_of_step() -> list[str]:
    """Statements read the balance after each entry, so each is replayed."""
    running = Window(Sum("amount_minor"), partition_by="account", order_by="id")
    wrong = LedgerEntry.objects.annotate(running=running).exclude(after_minor=F("running"))
    codes = Account.objects.filter(pk__in={entry.account_id for entry in wrong}).order_by("code")
    return [
        _("The statement of account %(code)s does not follow from its entries.") % {"code": code}
        for code in codes.values_list("code", flat=True)
    ]


def _unguarded() -> list[str]:
    """Triggers can be dropped by whoever may change the schema, and on SQLite a table that is made anew loses them."""
    postgresql = connection.vendor == "postgresql"
    here = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        if postgresql
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(here)
        found = {name for (name,) in cursor.fetchall()}
    return [
        _("The database no longer guards the books: %(name)s is missing.") % {"name": name}
        for name in sorted((GUARDS_POSTGRESQL if postgresql else GUARDS) - found)
    ]

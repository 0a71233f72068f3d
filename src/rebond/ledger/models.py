"""What is owed to whom, in double entry: accounts, transactions, entries. Only ``ledger.actions`` writes them.

The database itself holds the rules (``ledger/sql``): a transaction is one statement, which brings all its legs. Legs
that do not sum to zero are refused; of the others the database makes the entries, and keeps the balances. Entries and
transactions can be neither changed nor deleted, and none is added to a transaction later; nothing payable goes below
zero. A correction is a reversal that points at what it reverses.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rebond.deals.models import AppendOnly


class AccountKind(models.TextChoices):
    """The five kinds of account a reward needs."""

    EXPENSE = "reward_expense", pgettext_lazy("ledger", "Rewards given")
    PAYABLE = "payable", pgettext_lazy("ledger", "Owed")
    CASH_OUT = "cash_out", pgettext_lazy("ledger", "Paid out")
    RECOVERABLE = "recoverable", pgettext_lazy("ledger", "To be made up for")
    FORFEITED = "forfeited", pgettext_lazy("ledger", "Forfeited")


class Account(models.Model):
    """One account in one currency.

    Attributes:
        code: ``kind[:holder]:CURRENCY``, made by ``ledger.accounts``.
        holder: whose it is, e.g. ``refer.advocate:12``; empty for the house's own.
        balance_minor: the sum of its entries, debits above zero; kept by the database, never written by us.
    """

    code = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=14, choices=AccountKind.choices)
    holder = models.CharField(max_length=80, blank=True, default="", db_index=True)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(kind="payable") | Q(balance_minor__lte=0), name="payable_never_below_zero"
            ),
            models.CheckConstraint(
                condition=~Q(kind="recoverable") | Q(balance_minor__gte=0), name="recoverable_never_below_zero"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class LedgerTransaction(AppendOnly):
    """Something that happened once, in one currency: its entries sum to zero.

    Attributes:
        key: names the occasion; the same one again is the same transaction (``refer.accrue:12.3.7``).
        kind: ``accrue``, ``pay``, ``claw_back``, ``net``, ``forfeit``, ``write_off``, ``reverse``.
        subject: what it is about, e.g. ``refer.referral:12``.
        legs: minor units by account id, debits above zero; the database makes the entries of them.
        reverses: the transaction it takes back; one can be taken back once.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    subject = models.CharField(max_length=80, db_index=True)
    memo = models.CharField(max_length=200, blank=True, default="")
    legs = models.JSONField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversal")

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return self.key


class LedgerEntry(AppendOnly):
    """One leg: a debit above zero, a credit below. Made by the database when its transaction is booked, never by us.

    Attributes:
        after_minor: the account's balance after it.
    """

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount_minor = models.BigIntegerField()
    after_minor = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["account", "id"], name="entry_of_account")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="entry_not_zero"),
            models.UniqueConstraint(fields=["transaction", "account"], name="entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_minor}"

"""The names of accounts, and the legs of what happens to a reward: which accounts, which side.

A debit is above zero, a credit below, so what is owed to somebody is a balance below zero.

Example:
    >>> payable("refer.advocate:12").code("EUR"), CASH_OUT.code("EUR")
    ('payable:refer.advocate:12:EUR', 'cash_out:EUR')
    >>> sum(accrual("refer.advocate:12", 5_000).values())
    0
"""

from __future__ import annotations

from dataclasses import dataclass

Legs = dict["Name", int]


@dataclass(frozen=True)
class Name:
    """An account, whatever the currency.

    Attributes:
        kind: one of ``models.AccountKind``.
        holder: whose it is, without names of people (``refer.advocate:12``), at most 80 characters; empty for the
            house's own.
    """

    kind: str
    holder: str = ""

    def code(self, currency: str) -> str:
        """As ``Account.code`` has it: ``kind[:holder]:CURRENCY``."""
        return ":".join(part for part in (self.kind, self.holder, currency) if part)


EXPENSE = Name("reward_expense")
CASH_OUT = Name("cash_out")
FORFEITED = Name("forfeited")


def payable(holder: str) -> Name:
    """What we owe them."""
    return Name("payable", holder)


def recoverable(holder: str) -> Name:
    """What they were given and is to be made up for."""
    return Name("recoverable", holder)


def accrual(holder: str, minor: int) -> Legs:
    """A reward is earned."""
    return {EXPENSE: minor, payable(holder): -minor}


def payment(holder: str, minor: int) -> Legs:
    """What is owed is handed out."""
    return {payable(holder): minor, CASH_OUT: -minor}


def netting(holder: str, minor: int) -> Legs:
    """What is owed goes against what is to be made up for; before a payment, never more than either."""
    return {payable(holder): minor, recoverable(holder): -minor}


def claw_back(holder: str, minor: int) -> Legs:
    """A reward that was handed out is to be made up for."""
    return {recoverable(holder): minor, EXPENSE: -minor}


def forfeiture(holder: str, minor: int) -> Legs:
    """What is owed is owed no longer."""
    return {payable(holder): minor, FORFEITED: -minor}


def write_off(holder: str, minor: int) -> Legs:
    """What was to be made up for never will be, and is a reward given after all."""
    return {EXPENSE: minor, recoverable(holder): -minor}

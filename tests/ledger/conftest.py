"""One advocate, and the few words the tests book with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from rebond.ledger import actions
from rebond.ledger.accounts import Legs, accrual
from rebond.ledger.models import LedgerTransaction

WHO = "refer.advocate:12"
Book = Callable[..., LedgerTransaction]


@pytest.fixture
def book(db: None, now: datetime) -> Book:
    """Books legs in euros; an accrual of 50 euros when none are said."""

    def body(key: str = "refer.accrue:1", kind: str = "accrue", legs: Legs | None = None, currency: str = "EUR"):  # noqa: ANN202
        return actions.post(
            key=key, kind=kind, currency=currency, legs=accrual(WHO, 5_000) if legs is None else legs,
            subject="refer.referral:1", actor=None, now=now,
        )  # fmt: skip

    return body

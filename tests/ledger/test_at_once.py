"""The same occasion, and other ones, booked by many at the same moment, on a real database file or server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.conf import settings

from rebond.accounts.models import AuditEntry
from rebond.base.errors import RebondError
from rebond.ledger import accounts, actions, queries
from rebond.ledger.accounts import CASH_OUT, EXPENSE, payable
from rebond.ledger.models import LedgerEntry, LedgerTransaction
from tests.ledger.conftest import WHO, Book
from tests.mail.test_at_once import beside

pytestmark = pytest.mark.django_db(transaction=True)
#: A hundred bookings; a PostgreSQL for tests takes fewer connections than that.
THREADS, EACH = (20, 5) if settings.CONFIG.database_url else (100, 1)


def hundred_at_once(what: Callable[[int], object]) -> list[str]:
    """What became of each: ``done``, or the code of its refusal."""
    start, got = threading.Barrier(THREADS), list[str]()

    def one(number: int) -> str:
        try:
            what(number)
        except RebondError as refused:
            return refused.code
        return "done"

    def body(thread: int) -> None:
        start.wait(60)
        for turn in range(EACH):
            got.append(one(thread * EACH + turn))

    threads = [beside(lambda thread=thread: body(thread)) for thread in range(THREADS)]
    for thread in threads:
        thread.join(120)
    return got


def test_one_occasion_booked_a_hundred_times_at_once_is_one(book: Book) -> None:
    got = hundred_at_once(lambda _number: book())

    assert got == ["done"] * 100
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count(), AuditEntry.objects.count()) == (1, 2, 1)
    assert (queries.balance(EXPENSE, "EUR"), queries.check()) == (5_000, [])


def test_a_hundred_occasions_on_the_same_accounts_lose_none(book: Book) -> None:
    got = hundred_at_once(lambda number: book(f"refer.accrue:{number}", legs=accounts.accrual(WHO, number + 1)))

    assert got == ["done"] * 100
    assert queries.balance(payable(WHO), "EUR") == -5_050
    assert queries.replayed() == {"payable:refer.advocate:12:EUR": -5_050, "reward_expense:EUR": 5_050}
    assert queries.check() == []


def test_of_a_hundred_payments_at_once_only_what_is_owed_is_paid(book: Book) -> None:
    book()
    got = hundred_at_once(lambda number: book(f"refer.pay:{number}", "pay", accounts.payment(WHO, 700)))

    assert sorted(got) == ["below_zero"] * 93 + ["done"] * 7
    assert (queries.balance(payable(WHO), "EUR"), queries.balance(CASH_OUT, "EUR")) == (-100, -4_900)


def test_a_transaction_is_taken_back_once_by_whoever_comes_first(book: Book, now: datetime) -> None:
    made = book()
    got = hundred_at_once(
        lambda number: actions.reverse(transaction=made, key=f"refer.reverse:{number}", actor=None, now=now)
    )

    assert sorted(got) == ["already_reversed"] * 99 + ["done"]
    assert (queries.balance(payable(WHO), "EUR"), queries.check()) == (0, [])


def test_two_who_book_several_things_in_another_order_do_not_stop_each_other(book: Book) -> None:
    """On PostgreSQL they would, each holding the account that the other waits for: the ledger has one lock."""
    from django.db import transaction

    for who in ("a", "b"):
        book(f"first:{who}", legs=accounts.accrual(who, 100_000))

    def several(number: int) -> None:
        order = ("a", "b") if number % 2 else ("b", "a")
        with transaction.atomic():
            for who in order:
                book(f"pay:{number}:{who}", "pay", accounts.payment(who, 1))

    assert hundred_at_once(several) == ["done"] * 100
    assert [queries.balance(payable(who), "EUR") for who in ("a", "b")] == [-99_900, -99_900]

"""What is booked, how often, and what is said when it cannot be."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import transaction

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.ledger import accounts, actions, queries
from rebond.ledger.accounts import CASH_OUT, EXPENSE, Name, payable, recoverable
from rebond.ledger.models import Account, AccountKind, LedgerEntry, LedgerTransaction
from tests.ledger.conftest import WHO, Book


def refused(what: object) -> str:
    """The code of a refusal; nothing may have been booked by it."""
    before = LedgerTransaction.objects.count(), queries.replayed()
    with pytest.raises(RebondError) as caught, transaction.atomic():
        what()  # type: ignore[operator]
    assert (LedgerTransaction.objects.count(), queries.replayed()) == before
    assert str(caught.value)
    return caught.value.code


def test_a_reward_is_owed_and_then_handed_out(book: Book) -> None:
    made = book()
    assert queries.balance(payable(WHO), "EUR") == -5_000
    book("refer.pay:1", "pay", accounts.payment(WHO, 5_000))

    assert sorted(made.entries.values_list("account__code", "amount_minor")) == [
        ("payable:refer.advocate:12:EUR", -5_000),
        ("reward_expense:EUR", 5_000),
    ]
    assert [queries.balance(name, "EUR") for name in (payable(WHO), EXPENSE, CASH_OUT)] == [0, 5_000, -5_000]
    assert queries.check() == []


def test_the_same_occasion_again_books_nothing(book: Book) -> None:
    assert book() == book()
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count(), AuditEntry.objects.count()) == (1, 2, 1)


def test_something_else_for_the_same_occasion_is_refused(book: Book) -> None:
    book()
    assert refused(lambda: book(legs=accounts.accrual(WHO, 4_000))) == "key_taken"
    assert refused(lambda: book(legs=accounts.accrual("refer.advocate:13", 5_000))) == "key_taken"
    assert refused(lambda: book(currency="USD")) == "key_taken"
    assert refused(lambda: book(kind="write_off")) == "key_taken"


def test_one_side_without_the_other_is_refused(book: Book) -> None:
    assert refused(lambda: book(legs={EXPENSE: 5_000})) == "unbalanced"
    assert refused(lambda: book(legs={EXPENSE: 5_000, payable(WHO): -4_999})) == "unbalanced"
    assert refused(lambda: book(legs={})) == "unbalanced"
    assert refused(lambda: book(legs={EXPENSE: 0, payable(WHO): 0})) == "unbalanced"


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XX1", "QQQ"])
def test_a_currency_nobody_knows_is_refused(book: Book, code: str) -> None:
    assert refused(lambda: book(currency=code)) == "unknown_currency"


def test_more_than_is_owed_is_never_paid(book: Book) -> None:
    book()
    assert refused(lambda: book("refer.pay:1", "pay", accounts.payment(WHO, 5_001))) == "below_zero"
    assert refused(lambda: book("refer.pay:1", "pay", accounts.payment(WHO, 1), currency="USD")) == "below_zero"
    assert queries.balance(payable(WHO), "EUR") == -5_000


def test_more_than_is_to_be_made_up_for_is_never_netted(book: Book) -> None:
    book()
    book("refer.pay:1", "pay", accounts.payment(WHO, 5_000))
    book("refer.claw:1", "claw_back", accounts.claw_back(WHO, 5_000))
    book("refer.accrue:2", legs=accounts.accrual(WHO, 8_000))
    assert refused(lambda: book("refer.net:2", "net", accounts.netting(WHO, 5_001))) == "below_zero"
    book("refer.net:2", "net", accounts.netting(WHO, 5_000))
    assert (queries.balance(payable(WHO), "EUR"), queries.balance(recoverable(WHO), "EUR")) == (-3_000, 0)


def test_a_leg_of_nothing_is_left_out(book: Book) -> None:
    made = book(legs={**accounts.accrual(WHO, 5_000), recoverable(WHO): 0})
    assert made.entries.count() == 2


def test_a_reversal_is_the_opposite_and_points_at_what_it_reverses(book: Book, now: datetime, nadia: User) -> None:
    made = book()
    again = [actions.reverse(transaction=made, key="refer.reverse:1", actor=nadia, now=now) for _time in range(2)]

    assert again[0] == again[1]
    assert (again[0].reverses, again[0].kind, again[0].subject) == (made, "reverse", made.subject)
    assert queries.replayed() == {"payable:refer.advocate:12:EUR": 0, "reward_expense:EUR": 0}
    assert AuditEntry.objects.filter(verb="ledger.post", actor=nadia).count() == 1


def test_nothing_is_taken_back_twice_nor_a_reversal_itself(book: Book, now: datetime) -> None:
    made = book()
    taken = actions.reverse(transaction=made, key="refer.reverse:1", actor=None, now=now)
    assert refused(lambda: actions.reverse(transaction=made, key="b", actor=None, now=now)) == "already_reversed"
    assert refused(lambda: actions.reverse(transaction=taken, key="c", actor=None, now=now)) == "is_reversal"
    assert refused(lambda: actions.reverse(transaction=made, key=made.key, actor=None, now=now)) == "key_taken"


def test_what_was_paid_out_cannot_be_taken_back_by_a_reversal(book: Book, now: datetime) -> None:
    made = book()
    book("refer.pay:1", "pay", accounts.payment(WHO, 5_000))
    assert refused(lambda: actions.reverse(transaction=made, key="b", actor=None, now=now)) == "below_zero"


def test_a_refusal_leaves_what_was_booked_with_it(book: Book) -> None:
    """A caller may catch it and go on, in one transaction."""
    with transaction.atomic():
        book()
        with pytest.raises(Conflict):
            book("refer.pay:1", "pay", accounts.payment(WHO, 6_000))
        book("refer.pay:2", "pay", accounts.payment(WHO, 5_000))
    assert queries.balance(payable(WHO), "EUR") == 0


def test_every_kind_of_account_has_its_name(db: None) -> None:
    names = [EXPENSE, CASH_OUT, accounts.FORFEITED, payable(WHO), recoverable(WHO)]
    assert {name.kind for name in names} == {*AccountKind.values}
    assert Name("payable", WHO).code("EUR") == "payable:refer.advocate:12:EUR"


def test_a_currency_has_accounts_of_its_own(book: Book) -> None:
    book()
    book("refer.accrue:2", currency="USD")
    assert Account.objects.filter(holder=WHO).count() == 2
    assert (queries.balance(payable(WHO), "USD"), queries.balance(payable(WHO), "GBP")) == (-5_000, 0)

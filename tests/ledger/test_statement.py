"""What a holder reads of what was booked for them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from rebond.ledger import accounts, actions, queries
from rebond.ledger.accounts import CASH_OUT, EXPENSE, payable, recoverable
from tests.ledger.conftest import WHO, Book


def test_a_statement_says_what_happened_and_what_is_left(book: Book) -> None:
    book("refer.accrue:1")
    book("refer.pay:1", "pay", accounts.payment(WHO, 5_000))
    book("refer.claw:1", "claw_back", accounts.claw_back(WHO, 5_000))
    book("refer.accrue:2", legs=accounts.accrual(WHO, 7_000))
    book("refer.net:2", "net", accounts.netting(WHO, 4_000))
    book("refer.forfeit:2", "forfeit", accounts.forfeiture(WHO, 3_000))
    book("refer.write_off:1", "write_off", accounts.write_off(WHO, 1_000))

    assert [(one.what, one.amount_minor, one.owed_minor, one.recoverable_minor) for one in queries.statement(WHO)] == [
        ("Reward earned", 5_000, 5_000, 0),
        ("Reward handed out", -5_000, 0, 0),
        ("Reward taken back, to be made up for", -5_000, 0, 5_000),
        ("Reward earned", 7_000, 7_000, 5_000),
        ("Set against what was to be made up for", -4_000, 3_000, 1_000),
        ("Reward forfeited", -3_000, 0, 1_000),
        ("No longer to be made up for", 1_000, 0, 0),
    ]


def test_a_reward_taken_back_before_it_was_given_leaves_nothing(book: Book, now: datetime) -> None:
    actions.reverse(transaction=book(), key="refer.reverse:1", memo="opened again", actor=None, now=now)

    last = queries.statement(WHO)[-1]
    assert (last.kind, last.what, last.amount_minor, last.owed_minor) == ("reverse", "Taken back", -5_000, 0)
    assert (last.subject, last.key, last.memo) == ("refer.referral:1", "refer.reverse:1", "opened again")


def test_each_currency_runs_by_itself(book: Book) -> None:
    book("1")
    book("2", legs=accounts.accrual(WHO, 900), currency="JPY")
    book("3", "pay", accounts.payment(WHO, 2_000))

    assert [(one.currency, one.amount_minor, one.owed_minor) for one in queries.statement(WHO)] == [
        ("EUR", 5_000, 5_000),
        ("JPY", 900, 900),
        ("EUR", -2_000, 3_000),
    ]


def test_a_statement_is_of_one_holder_alone(book: Book) -> None:
    book()
    book("2", legs=accounts.accrual("refer.advocate:1", 100))

    assert [one.key for one in queries.statement("refer.advocate:1")] == ["2"]
    assert queries.statement("refer.advocate:2") == queries.statement("") == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_something_unheard_of_is_listed_under_its_own_name(book: Book, language: str) -> None:
    book(kind="bonus")
    with translation.override(language):
        assert queries.statement(WHO)[0].what == "bonus"


def test_the_day_is_the_installations(db: None) -> None:
    late = datetime(2026, 6, 9, 22, 30, tzinfo=UTC)  # the tenth in Paris
    legs = accounts.accrual(WHO, 100)
    actions.post(key="1", kind="accrue", currency="EUR", legs=legs, subject="x", actor=None, now=late)
    assert queries.statement(WHO)[0].day == date(2026, 6, 10)


def test_a_thousand_bookings_are_one_query(book: Book, django_assert_num_queries) -> None:  # noqa: ANN001
    for number in range(1_000):
        book(str(number), legs={payable(WHO): -2, EXPENSE: 1, recoverable(WHO): 1})
    with django_assert_num_queries(1):
        assert len(queries.statement(WHO)) == 1_000
    with django_assert_num_queries(1):
        assert queries.balance(payable(WHO), "EUR") == -2_000
    assert queries.balance(CASH_OUT, "EUR") == 0

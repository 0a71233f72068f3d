"""The books against a naive twin: whatever happens in whatever order, both refuse the same and stand at the same."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from rebond.base.errors import Conflict
from rebond.ledger import accounts, actions, queries
from rebond.ledger.accounts import Legs, Name
from rebond.ledger.models import Account, LedgerEntry, LedgerTransaction

NOW = datetime(2026, 6, 9, 8, tzinfo=UTC)
HOLDERS = ("refer.advocate:1", "refer.advocate:2", "wins.person:3")
CURRENCIES = ("EUR", "JPY")
WAYS: dict[str, Callable[[str, int], Legs]] = {
    "accrue": accounts.accrual, "pay": accounts.payment, "net": accounts.netting, "claw_back": accounts.claw_back,
    "forfeit": accounts.forfeiture, "write_off": accounts.write_off,
}  # fmt: skip


class Twin:
    """The same books as a dictionary and a list; the rules in three lines."""

    def __init__(self) -> None:
        self.balances: Counter[tuple[Name, str]] = Counter()
        self.booked: list[tuple[str, Legs, str]] = []
        self.reversed: set[int] = set()

    def book(self, kind: str, legs: Legs, currency: str) -> bool:
        after = {name: self.balances[name, currency] + minor for name, minor in legs.items()}
        if any(minor > 0 for name, minor in after.items() if name.kind == "payable"):
            return False
        if any(minor < 0 for name, minor in after.items() if name.kind == "recoverable"):
            return False
        self.balances.update({(name, currency): minor for name, minor in legs.items()})
        self.booked.append((kind, legs, currency))
        return True

    def reverse(self, number: int) -> bool:
        kind, legs, currency = self.booked[number]
        if kind == "reverse" or number in self.reversed:
            return False
        if not self.book("reverse", {name: -minor for name, minor in legs.items()}, currency):
            return False
        self.reversed.add(number)
        return True


class Books:
    """Both at once. Each step is taken by both, and both must say the same of it."""

    def __init__(self) -> None:
        self.twin = Twin()
        self.made: list[LedgerTransaction] = []

    def step(self, kind: str, holder: str, minor: int, currency: str) -> bool:
        legs = WAYS[kind](holder, minor)
        key = f"test:{len(self.made)}"
        return self._both(
            self.twin.book(kind, legs, currency),
            lambda: actions.post(key=key, kind=kind, currency=currency, legs=legs, subject="test", actor=None, now=NOW),
        )

    def take_back(self, number: int) -> bool:
        number %= len(self.twin.booked) or 1
        if number >= len(self.made):
            return False
        key = f"test:{len(self.made)}"
        return self._both(
            self.twin.reverse(number),
            lambda: actions.reverse(transaction=self.made[number], key=key, actor=None, now=NOW),
        )

    def _both(self, expected: bool, what: Callable[[], LedgerTransaction]) -> bool:
        try:
            self.made.append(what())
            done = True
        except Conflict:
            done = False
        assert done == expected
        return done

    def agree(self) -> None:
        stored = dict(Account.objects.values_list("code", "balance_minor"))
        expected = {name.code(currency): minor for (name, currency), minor in self.twin.balances.items()}
        assert {code: minor for code, minor in stored.items() if minor} == {c: m for c, m in expected.items() if m}
        assert queries.replayed() == stored
        assert queries.check() == []
        assert not Account.objects.filter(kind="payable", balance_minor__gt=0).exists()

    def statements_agree(self) -> None:
        for holder in HOLDERS:
            last = {line.currency: line for line in queries.statement(holder)}
            for currency, line in last.items():
                owed = self.twin.balances[accounts.payable(holder), currency]
                back = self.twin.balances[accounts.recoverable(holder), currency]
                assert (line.owed_minor, line.recoverable_minor) == (-owed, back)


class AnyBooks(RuleBasedStateMachine):
    """Nothing in the ledger can be deleted, so each run is a savepoint that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.books = Books()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @rule(
        kind=st.sampled_from(sorted(WAYS)),
        holder=st.sampled_from(HOLDERS),
        minor=st.integers(1, 6),
        currency=st.sampled_from(CURRENCIES),
    )
    def book(self, kind: str, holder: str, minor: int, currency: str) -> None:
        self.books.step(kind, holder, minor, currency)

    @rule(number=st.integers(0, 30))
    def take_back(self, number: int) -> None:
        self.books.take_back(number)

    @rule(number=st.integers(0, 30))
    def hear_of_it_again(self, number: int) -> None:
        """The same occasion with the same legs is the same transaction."""
        if number < len(self.books.made) and self.books.made[number].kind != "reverse":
            kind, legs, currency = self.books.twin.booked[number]
            again = actions.post(
                key=f"test:{number}", kind=kind, currency=currency, legs=legs, subject="test", actor=None, now=NOW
            )
            assert again == self.books.made[number]

    @invariant()
    def both_agree(self) -> None:
        self.books.agree()
        self.books.statements_agree()


class AnyOrder(TestCase):
    def test_the_books_and_their_twin_agree(self) -> None:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            AnyBooks,
            settings=settings(
                max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )


def at_random(count: int, seed: int) -> Iterator[bool]:
    """So many operations, each as likely, of which about half are refused; one of each is held against the twin."""
    chance, books = random.Random(seed), Books()
    for _number in range(count):
        if chance.random() < 0.15:
            yield books.take_back(chance.randrange(10_000))
        else:
            kind, holder = chance.choice(sorted(WAYS)), chance.choice(HOLDERS)
            yield books.step(kind, holder, chance.randint(1, 5_000), chance.choice(CURRENCIES))
    books.agree()
    books.statements_agree()


def held(count: int, seed: int) -> None:
    done = Counter(at_random(count, seed))
    assert done[True] > count / 4
    assert done[False] > count / 10
    entries = LedgerEntry.objects.values("transaction").annotate(total=Sum("amount_minor"))
    assert not entries.exclude(total=0).exists()
    assert entries.count() == done[True]


def test_a_thousand_random_operations_balance(db: None) -> None:
    held(1_000, seed=7)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_thousand_random_operations_balance(seed: int) -> None:
    """Each committed, as in life: in one transaction PostgreSQL would keep every version of every account."""
    began = time.perf_counter()
    held(10_000, seed)
    print(f"\n10,000 operations: {time.perf_counter() - began:.1f} s")

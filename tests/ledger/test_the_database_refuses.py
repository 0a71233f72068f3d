"""Raw SQL, past the program: what the database itself refuses, whatever the hand that writes."""

from __future__ import annotations

import json
import sqlite3

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from rebond.deals.models import AppendOnlyError
from rebond.ledger import accounts, queries
from rebond.ledger.accounts import EXPENSE, FORFEITED, payable
from rebond.ledger.models import Account, LedgerEntry, LedgerTransaction
from tests import flushing
from tests.ledger.conftest import WHO, Book

MADE = (
    "{verb} INTO ledger_ledgertransaction (key, kind, currency, subject, memo, legs, at, reverses_id)"
    " VALUES ('{key}', 'accrue', '{currency}', 'x', '', '{legs}', '2026-06-09 08:00:00+00', {reverses})"
)
OPENED = (
    "{verb} INTO ledger_account (code, kind, holder, currency, balance_minor)"
    " VALUES ('{code}', '{kind}', '{holder}', '{currency}', {balance})"
)


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def made(legs: object, *, verb: str = "INSERT", key: str = "raw", currency: str = "EUR", reverses: str = "NULL") -> str:
    text = legs if isinstance(legs, str) else json.dumps(legs)
    return MADE.format(verb=verb, key=key, currency=currency, legs=text, reverses=reverses)


def opened(verb: str = "INSERT", **changed: str) -> str:
    fields = {"code": "payable:a:EUR", "kind": "payable", "holder": "a", "currency": "EUR", "balance": "0"} | changed
    return OPENED.format(verb=verb, **fields)


def books() -> object:
    return (
        sorted(Account.objects.values_list()),
        sorted(LedgerTransaction.objects.values_list("pk", "key")),
        sorted(LedgerEntry.objects.values_list()),
    )


def refuses(sql: str, why: str) -> None:
    before = books()
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        execute(sql)
    assert books() == before


@pytest.fixture
def ids(book: Book) -> dict[str, int]:
    """A reward of 50 euros that is owed, one of 20 dollars; the ids of accounts by code."""
    book()
    book("refer.accrue:2", legs=accounts.accrual(WHO, 2_000), currency="USD")
    return dict(Account.objects.values_list("code", "pk"))


@pytest.fixture
def pair(ids: dict[str, int]) -> tuple[int, int]:
    """The accounts of the first: expense and payable."""
    return ids[EXPENSE.code("EUR")], ids[payable(WHO).code("EUR")]


@pytest.mark.parametrize("table", ["ledger_ledgerentry", "ledger_ledgertransaction"])
def test_what_was_booked_is_neither_changed_nor_deleted(ids: dict[str, int], table: str) -> None:
    column = "amount_minor" if table.endswith("entry") else "memo"
    refuses(f"UPDATE {table} SET {column} = {column}", "append-only")
    refuses(f"UPDATE {table} SET id = id + 1000", "append-only")
    refuses(f"DELETE FROM {table}", "append-only")
    refuses(f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})", "append-only")


def test_nor_by_the_program(book: Book) -> None:
    entry = book().entries.order_by("pk")[0]
    for what in (entry.save, entry.delete, entry.transaction.save, entry.transaction.delete):
        with pytest.raises(AppendOnlyError):
            what()
    for what in (LedgerEntry.objects.all().delete, lambda: LedgerEntry.objects.update(amount_minor=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            what()


def test_an_old_transaction_gets_no_further_entry(pair: tuple[int, int], ids: dict[str, int]) -> None:
    first = LedgerTransaction.objects.get(key="refer.accrue:1").pk
    into = "INTO ledger_ledgerentry (transaction_id, account_id, amount_minor, after_minor)"
    other = Account.objects.create(code=FORFEITED.code("EUR"), kind="forfeited", currency="EUR").pk
    why = "entries come with their transaction"
    refuses(f"INSERT {into} VALUES ({first}, {other}, 5, 5)", why)
    refuses(f"INSERT {into} VALUES ({first}, {other}, 5, 5), ({first}, {ids['reward_expense:USD']}, -5, 0)", why)
    refuses(f"INSERT {into} VALUES ({first}, {pair[0]}, 5000, 10000)", why)


@pytest.mark.parametrize(
    ("legs", "why"),
    [
        ({}, "sum to zero"),
        ({"a": 5}, "sum to zero"),
        ({"a": 5, "b": -4}, "sum to zero"),
        ({"a": 0, "b": 0}, "whole number other than 0"),
        ({"a": 0.5, "b": -0.5}, "whole number"),
        ({"a": "5", "b": "-5"}, "whole number"),
        ({"a": None}, "whole number"),
        ({"a": True, "b": -1}, "whole number"),
        ({"a": 10**18, "b": -(10**18)}, "whole number"),
        ({"a": 10**30, "b": -(10**30)}, "whole number|overflow"),
        ({"0a": 5, "b": -5}, "whole number"),
        ({"none": 5, "b": -5}, "whole number"),
        ({"999999": 5, "b": -5}, "every leg is on an account of the currency"),
        ({"a": 5, "usd": -5}, "every leg is on an account of the currency"),
        ([["a", 5], ["b", -5]], "minor units by account id"),
        (None, "minor units by account id"),
        ("{", "minor units by account id|invalid input syntax"),
    ],
)
def test_legs_that_are_not_right_are_no_transaction(
    pair: tuple[int, int], ids: dict[str, int], legs: object, why: str
) -> None:
    named = {"a": pair[0], "b": pair[1], "usd": ids["reward_expense:USD"]}
    if isinstance(legs, dict):
        legs = {str(named.get(name, name.replace("0a", f"0{pair[0]}"))): minor for name, minor in legs.items()}
    refuses(made(legs), why)


def test_an_account_named_twice_in_one_transaction_is_refused(pair: tuple[int, int]) -> None:
    sql = made(f'{{"{pair[0]}": 5, "{pair[0]}": -5}}')
    refuses(sql, "whole number" if connection.vendor == "sqlite" else "sum to zero")  # jsonb keeps the last of both


def test_a_transaction_right_in_itself_is_booked_with_its_entries_and_balances(pair: tuple[int, int]) -> None:
    execute(made({str(pair[0]): 700, str(pair[1]): -700}))
    assert queries.balance(payable(WHO), "EUR") == -5_700
    assert queries.check() == []


def test_payables_and_recoverables_never_go_below_zero(pair: tuple[int, int], book: Book) -> None:
    refuses(made({str(pair[0]): -5_001, str(pair[1]): 5_001}), "payable_never_below_zero")
    book("claw", "claw_back", accounts.claw_back(WHO, 100))
    recoverable = Account.objects.get(kind="recoverable").pk
    refuses(made({str(pair[0]): 101, str(recoverable): -101}), "recoverable_never_below_zero")


def test_a_reversal_that_is_not_the_opposite_is_refused(pair: tuple[int, int], book: Book) -> None:
    first = str(LedgerTransaction.objects.get(key="refer.accrue:1").pk)
    why = "the opposite of what it reverses"
    refuses(made({str(pair[0]): -4_999, str(pair[1]): 4_999}, reverses=first), why)
    refuses(made({str(pair[0]): 5_000, str(pair[1]): -5_000}, reverses=first), why)
    refuses(made({str(pair[0]): -5_000, str(pair[1]): 5_000}, reverses="999999"), why)
    execute(made({str(pair[0]): -5_000, str(pair[1]): 5_000}, reverses=first))
    again = made({str(pair[0]): -5_000, str(pair[1]): 5_000}, key="again", reverses=first)
    refuses(again, "booked already|duplicate key")
    taken = str(LedgerTransaction.objects.get(key="raw").pk)
    refuses(made({str(pair[0]): 5_000, str(pair[1]): -5_000}, key="again", reverses=taken), why)


@pytest.mark.parametrize(
    "change",
    ["code = 'payable:b:EUR'", "kind = 'cash_out'", "holder = 'b'", "currency = 'USD'", "id = id + 1000"],
)
def test_an_account_stays_what_it_is(pair: tuple[int, int], change: str) -> None:
    refuses(f"UPDATE ledger_account SET {change} WHERE id = {pair[1]}", "stays what it is")


def test_a_balance_is_written_by_nobody_else(pair: tuple[int, int]) -> None:
    for minor in ("0", "-5001", "balance_minor - 1", "NULL"):
        refuses(f"UPDATE ledger_account SET balance_minor = {minor} WHERE id = {pair[1]}", "what its entries say")
    execute("UPDATE ledger_account SET balance_minor = balance_minor")  # to what it is: nothing happens


def test_an_account_with_entries_is_kept(pair: tuple[int, int]) -> None:
    refuses(f"DELETE FROM ledger_account WHERE id = {pair[1]}", "account with entries is kept|foreign key")
    execute(opened())
    execute("DELETE FROM ledger_account WHERE code = 'payable:a:EUR'")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"balance": "-5"}, "begins at 0"),
        ({"code": "payable:b:EUR"}, "kind.:holder.:CURRENCY"),
        ({"code": "payable:a:USD"}, "kind.:holder.:CURRENCY"),
        ({"code": "payable:a:eur", "currency": "eur"}, "kind.:holder.:CURRENCY"),
    ],
)
def test_an_account_is_opened_with_nothing_under_its_own_name(db: None, changed: dict[str, str], why: str) -> None:
    refuses(opened(**changed), why)


lenient = pytest.mark.skipif(bool(settings.CONFIG.database_url), reason="SQLite's own ways to make a statement lenient")


@lenient
@pytest.mark.parametrize("how", ["IGNORE", "REPLACE", "FAIL", "ABORT"])
def test_a_lenient_statement_gets_no_further_on_sqlite(pair: tuple[int, int], how: str) -> None:
    verb = f"INSERT OR {how}"
    refuses(made({str(pair[0]): -5_001, str(pair[1]): 5_001}, verb=verb), "payable_never_below_zero")
    refuses(made({str(pair[0]): 5}, verb=verb), "sum to zero")
    refuses(made({str(pair[0]): 5, str(pair[1]): -5}, verb=verb, key="refer.accrue:1"), "booked already")
    refuses(opened(verb, code=f"payable:{WHO}:EUR", holder=WHO), "exists already")
    columns = "(id, transaction_id, account_id, amount_minor, after_minor)"
    same = "SELECT id, transaction_id, account_id, amount_minor, after_minor FROM ledger_ledgerentry"
    refuses(f"{verb} INTO ledger_ledgerentry {columns} {same}", "entries come with their transaction")
    refuses(f"UPDATE OR {how} ledger_account SET balance_minor = 0", "what its entries say")
    refuses(f"UPDATE OR {how} ledger_ledgerentry SET amount_minor = 1", "append-only")


@lenient
@pytest.mark.django_db(transaction=True)
def test_another_program_that_looks_at_no_foreign_keys_is_refused_too(book: Book) -> None:
    """As the ``sqlite3`` shell opens a file: foreign keys off, each statement by itself."""
    book()
    expense, owed = (Account.objects.get(code=name.code("EUR")).pk for name in (EXPENSE, payable(WHO)))
    before = books()
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    assert other.execute("PRAGMA foreign_keys").fetchone() == (0,)
    for sql in (
        "DELETE FROM ledger_account", "DELETE FROM ledger_ledgerentry", "DELETE FROM ledger_ledgertransaction",
        made({str(expense): 5}), made({}), made({str(expense): 5, "999": -5}),
        made({str(expense): -9_000, str(owed): 9_000}),
        f"INSERT INTO ledger_ledgerentry (transaction_id, account_id, amount_minor, after_minor)"
        f" VALUES (999, {expense}, 5, 5)",
    ):  # fmt: skip
        with pytest.raises(sqlite3.IntegrityError):
            other.execute(sql)
    other.close()
    assert books() == before


@pytest.mark.skipif(not settings.CONFIG.database_url, reason="PostgreSQL's own ways")
@pytest.mark.django_db(transaction=True)
def test_postgresql_neither_empties_nor_defers(book: Book) -> None:
    book()
    for table in ("entry", "transaction CASCADE"):
        refuses(f"TRUNCATE ledger_ledger{table}", "append-only")
    refuses("TRUNCATE ledger_account CASCADE", "append-only")
    refuses("SET CONSTRAINTS ALL DEFERRED; DELETE FROM ledger_ledgerentry", "append-only")


@pytest.mark.django_db(transaction=True)
def test_all_tables_are_emptied_by_tests_alone(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book()
    monkeypatch.setattr("django.db.backends.base.operations.BaseDatabaseOperations.execute_sql_flush", flushing.flush)
    with pytest.raises(CommandError):
        call_command("flush", interactive=False, verbosity=0)
    assert (LedgerEntry.objects.count(), queries.check()) == (2, [])
    monkeypatch.undo()
    call_command("flush", interactive=False, verbosity=0)
    assert (LedgerEntry.objects.count(), queries.check()) == (0, [])


def test_books_that_were_tampered_with_are_noticed(ids: dict[str, int]) -> None:
    """Whoever may change the schema can lift the guards; the check says so, and what came of it."""
    table, owed = "ledger_ledgerentry", ids["payable:refer.advocate:12:EUR"]
    for name in ("ledger_entry_is_kept", "ledger_entry_stays"):
        execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    lifted = [
        "The database no longer guards the books: ledger_entry_is_kept is missing.",
        "The database no longer guards the books: ledger_entry_stays is missing.",
    ]
    assert queries.check() == lifted
    execute(f"UPDATE {table} SET after_minor = -1 WHERE account_id = {owed}")
    off = "The statement of account payable:refer.advocate:12:EUR does not follow from its entries."
    assert queries.check() == [off, *lifted]
    execute(f"DELETE FROM {table} WHERE account_id = {owed}")
    assert queries.check() == [
        "Transaction refer.accrue:1 does not sum to zero.",
        "Account payable:refer.advocate:12:EUR says -5000, and its entries add up to 0 (minor units).",
        *lifted,
    ]

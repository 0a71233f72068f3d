"""``rebond doctor`` looks at the books."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from rebond.cli import main
from tests.ledger.conftest import Book


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    main(["doctor", "--json"])
    return next(one for one in json.loads(capsys.readouterr().out)["findings"] if one["about"] == "ledger")


def test_books_in_order_are_said_to_be(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    book()
    assert (told(capsys)["code"], told(capsys)["level"]) == ("ledger_ok", "ok")


def test_books_that_are_off_are_said_with_what_to_do(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    book()
    with connection.cursor() as cursor:
        on = " ON ledger_ledgertransaction" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER ledger_transaction_stays{on}")
    found = told(capsys)
    assert (found["code"], found["level"]) == ("ledger_off", "wrong")
    assert found["found"] == (
        "The database no longer guards the books: ledger_transaction_stays is missing. Findings in all: 1."
    )
    assert main(["doctor"]) == 1
    assert "Wrong: Books of rewards\n" in capsys.readouterr().out

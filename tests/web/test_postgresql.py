"""A kept connection that no longer stands is found out before a page uses it, without asking the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no line to lose"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def kept() -> Iterator[Any]:
    """A second connection to the database of the test, as a thread keeps one."""
    second = connection.copy("kept")
    second.ensure_connection()
    yield second
    second.close()


def test_one_that_stands_is_used_again(kept: Any) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
    before = kept.connection
    assert kept.is_usable()
    kept.health_check_enabled = True
    kept.close_if_health_check_failed()
    assert kept.connection is before


def test_one_that_the_server_ended_is_opened_anew(kept: Any) -> None:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    until = time.monotonic() + 10
    while kept.is_usable() and time.monotonic() < until:
        time.sleep(0.01)
    assert not kept.is_usable()
    kept.settings_dict["CONN_HEALTH_CHECKS"] = kept.health_check_enabled = True
    kept.health_check_done = False
    with kept.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_one_that_was_closed_is_not_usable(kept: Any) -> None:
    kept.close()
    assert not kept.is_usable()

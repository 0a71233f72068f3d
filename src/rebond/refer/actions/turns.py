"""One at a time: who names or introduces the same person waits for the other to be done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection


def wait_turn(keys: Iterable[str]) -> None:
    """Holds these keys until the transaction ends; the same ones in another transaction wait.

    PostgreSQL's advisory locks, in one order for all, so that two never wait for each other. SQLite has one writer
    anyway: its transactions begin by taking the database (``BEGIN IMMEDIATE``).
    """
    if connection.vendor != "postgresql":
        return
    numbers = {int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True) for key in keys if key}
    with connection.cursor() as cursor:
        for number in sorted(numbers):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

"""Django's SQLite backend, with writers that queue.

SQLite lets one transaction write at a time; who comes second sleeps and asks again, at growing intervals up to a tenth
of a second, and wakes long after the first is done. Here a writer first takes a lock file: threads of one process wait
for each other without sleeping, and processes ask for the file five times a millisecond (once a millisecond cost a
fifth of all writes). Measured with 50 clients, see docs/benchmarks.md. SQLite's own lock still decides: who does not
know the queue is kept apart as before.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from typing import Any

from django.db.backends.sqlite3 import base

PAUSE = 0.0002
_threads: dict[str, threading.Lock] = {}


class Queue:
    """One connection's place among those that want to write to the same file."""

    def __init__(self, name: str, timeout: float) -> None:
        self.timeout = timeout
        self.inside = _threads.setdefault(name, threading.Lock())
        self.file = os.open(f"{name}-writers", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.held = False

    def enter(self) -> None:
        """Waits for its turn; after ``timeout`` seconds goes on, and SQLite says what it thinks of that."""
        until = time.monotonic() + self.timeout
        self.held = self.inside.acquire(timeout=self.timeout)
        while self.held and not self._taken() and time.monotonic() < until:
            time.sleep(PAUSE)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        if self.held:
            self.held = False
            fcntl.flock(self.file, fcntl.LOCK_UN)
            self.inside.release()

    def close(self) -> None:
        self.leave()
        os.close(self.file)


class DatabaseWrapper(base.DatabaseWrapper):
    """The same database, entered in turn. (The stubs do not know the methods that begin and end a transaction.)"""

    queue: Queue | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self.queue = Queue(str(self.settings_dict["NAME"]), conn_params.get("timeout", 5.0))
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        if self.queue:
            self.queue.enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.queue:
                self.queue.close()
                self.queue = None

    def _leave(self) -> None:
        if self.queue:
            self.queue.leave()

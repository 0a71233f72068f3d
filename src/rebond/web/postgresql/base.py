"""Django's PostgreSQL backend, which finds out without a question whether a kept connection still stands.

Before each page Django asks every connection that it kept for the number 1, which costs a journey to the server and
back. A server that stopped, or that ended the connection, has closed its end, and the system knows: there is something
to read on a line where nothing was asked. What is only silent (a cable pulled out) neither way finds out at once.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The same database, asked once less per page."""

    def is_usable(self) -> bool:
        connection: Any = self.connection
        if connection is None or connection.closed:
            return False
        line = select.poll()
        line.register(connection.fileno(), select.POLLIN)
        return not line.poll(0)

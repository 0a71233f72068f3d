"""Whether nothing may be told for now, since this database was restored or moved: ``loop/apps.py`` says who knows.

Each claim counts one on, in its transaction, and before anything leaves the count is kept outside the database, so that
one that was put back from earlier is found behind it. What was due then may have been told already; it is set aside as
unknown, and a person says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Source:
    """Who knows.

    Attributes:
        look: looks whether the database was restored, and writes down that it was; for workers.
        since: since when everything is held back; ``None`` when nothing is. Changes nothing; for screens.
        count: counts one claim on, in the transaction it is called in; what it returns is given to ``keep``.
        keep: keeps the count outside the database, once that transaction is committed.
    """

    look: Callable[[datetime], object]
    since: Callable[[], datetime | None]
    count: Callable[[datetime], Any]
    keep: Callable[[Any], None]


_source: list[Source] = []


def set_source(source: Source) -> None:
    """Told once, when the program starts."""
    _source[:] = [source]


def look(now: datetime) -> datetime | None:
    """Looks first, then says since when: before anything is told."""
    if _source:
        _source[0].look(now)
    return since()


def since() -> datetime | None:
    """Since when; nothing is held back while nobody can say."""
    return _source[0].since() if _source else None


def count(now: datetime) -> Any:
    """One claim more; inside its transaction."""
    return _source[0].count(now) if _source else None


def keep(counted: Any) -> None:
    """Before anything leaves."""
    if counted is not None:
        _source[0].keep(counted)

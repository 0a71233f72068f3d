"""Where a person's price list comes from: the loop makes it of what every practice learnt, and says here how."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from rebond.accounts.models import User
from rebond.numbers.pricing import Prices


class Source(Protocol):
    """As ``loop.prices.prices_for``."""

    def __call__(self, user: User, *, now: datetime) -> Prices:
        """The price list of that person."""


_sources: list[Source] = []


def set_source(source: Source) -> None:
    """Told once, when the program starts (``loop/apps.py``)."""
    _sources[:] = [source]


def prices_for(user: User, *, now: datetime) -> Prices:
    """What this person's contacts are worth."""
    return _sources[0](user, now=now)

"""What opens a stream: a signed list of topics that is good for a quarter of an hour.

The stream's own path never asks the database who somebody is; when a ticket runs out the browser fetches another by an
ordinary page, with its session. So somebody who was taken off a team hears no more of it after that time at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Max

from rebond.live.models import LiveEvent

GOOD_FOR = timedelta(minutes=15)
_SALT = "rebond.live"


@dataclass(frozen=True)
class Ticket:
    """Whose screen (a name that counts its streams), what it listens to, until when (seconds since 1970)."""

    holder: str
    topics: frozenset[str]
    until: float


def ticket(*, holder: str, topics: Sequence[str], now: datetime) -> str:
    """A ticket as it stands in an address."""
    until = (now + GOOD_FOR).timestamp()
    return signing.dumps([holder, sorted(topics), until], salt=_SALT, compress=True)


def given(*, holder: str, topics: Sequence[str], now: datetime) -> dict[str, Any]:
    """What a browser needs to listen: a ticket, how many seconds it is good, the newest event there is, and our clock
    (a screen's own may be wrong); one query."""
    return {
        "ticket": ticket(holder=holder, topics=topics, now=now),
        "after": LiveEvent.objects.aggregate(last=Max("pk"))["last"] or 0,
        "seconds": int(GOOD_FOR.total_seconds()),
        "now": now.isoformat(),
    }


def read(text: str, now: datetime) -> Ticket | None:
    """The ticket, or ``None``: forged, cut short, run out.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 6, 9, 12, tzinfo=UTC)
    >>> one = ticket(holder="user:5", topics=["everyone"], now=noon)
    >>> read(one, noon).holder, read(one, noon + GOOD_FOR), read(one + "x", noon)
    ('user:5', None, None)
    """
    try:
        holder, topics, until = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    if until <= now.timestamp():
        return None
    return Ticket(str(holder), frozenset(topics), float(until))

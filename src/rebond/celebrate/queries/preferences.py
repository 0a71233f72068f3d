"""What praise somebody wants: their own words, or the default."""

from __future__ import annotations

from datetime import datetime, timedelta

from rebond.accounts.models import User
from rebond.celebrate.models import Preference

#: Whoever put it off is asked once more after so long; whoever puts it off again is left in peace.
AGAIN, TIMES = timedelta(days=30), 2


def preference_of(user: User) -> Preference:
    """What ``user`` said; an unsaved row with the default where they have not; one query."""
    return Preference.objects.filter(user=user).first() or Preference(user=user)


def to_be_asked(said_at: datetime | None, asked_at: datetime | None, put_off: int, now: datetime) -> bool:
    """Whether somebody is asked which praise they like: until they said it, and at most twice.

    >>> from datetime import UTC
    >>> june = datetime(2026, 6, 9, tzinfo=UTC)
    >>> to_be_asked(None, None, 0, june), to_be_asked(june, None, 0, june)
    (True, False)
    >>> [to_be_asked(None, june, times, june + timedelta(days=days)) for times, days in ((1, 29), (1, 30), (2, 90))]
    [False, True, False]
    """
    if said_at is not None or put_off >= TIMES:
        return False
    return asked_at is None or now - asked_at >= AGAIN

"""The only way from what a person typed to an item of their Today list or a decision about one."""

from __future__ import annotations

from datetime import datetime

from rebond.accounts.models import User
from rebond.base.errors import NotFound
from rebond.base.play import Play
from rebond.loop.models import TodayDecision
from rebond.loop.queries import Listed, filled, listed_for


def get_item(user: User, key: str, *, now: datetime, listed: Listed | None = None) -> Play:
    """The item of that key, if it is on ``user``'s list; ``NotFound`` otherwise. ``listed``: ranked already."""
    listed = listed or listed_for(user, now=now)
    found = listed.find(key)
    plays = filled(user, [found], listed.prices, now=now) if found else []
    if not plays:
        raise NotFound
    return plays[0]


def get_decision(user: User, pk: int) -> TodayDecision:
    """A decision of one's own."""
    found = TodayDecision.objects.filter(pk=pk, user=user).first()
    if found is None:
        raise NotFound
    return found

"""Wins for tests, through the door they come by, and what their people want."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rebond.accounts.models import User
from rebond.celebrate.models import Praise, Preference, Win
from rebond.deals.models import CloseSource, Deal, Outcome
from rebond.loop.close import close


def win(deal: Deal, actor: User, now: datetime, **more: Any) -> Win:
    """``deal`` is closed as won, as a screen does it."""
    close(deal=deal, outcome=Outcome.WON, actor=actor, source=CloseSource.SCREEN, now=now, **more)
    return Win.objects.order_by("-pk")[0]


def wishes(user: User, **wish: Any) -> Preference:
    """What ``user`` wants from now on."""
    return Preference.objects.update_or_create(user=user, defaults=wish)[0]


def praise_of(found: Win) -> Praise:
    """The leader's task about a win."""
    return Praise.objects.get(win=found)

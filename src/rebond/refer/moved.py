"""Who else wants to know that a referral moved: rooms above this one register at start (``loop/apps.py``).

Listeners are called inside the transaction of the move, so that what they store is stored with it or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rebond.refer.models import Move

Listener = Callable[[Move, datetime], object]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """From now on ``listener(move, now)`` is called after each move."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(move: Move, now: datetime) -> None:
    """A referral moved."""
    for listener in _listeners:
        listener(move, now)

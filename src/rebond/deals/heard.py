"""Who wants to know that records were written: a contact logged, a deal changed.

``deals`` knows no room above it; those that keep something of the records up to date (the facts) listen here. Listeners
are called inside the transaction of the write, so that what they queue is queued with it or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Listener = Callable[[datetime], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """From now on ``listener(now)`` is called at each write of a touch or of what a deal is worth."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(now: datetime) -> None:
    """Something was written that figures count."""
    for listener in _listeners:
        listener(now)

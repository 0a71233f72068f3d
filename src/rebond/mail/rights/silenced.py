"""Who wants to know that an address asked for silence. Rooms above this one register theirs in ``apps.py``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rebond.mail.models import Suppression

#: Called in the transaction that silences, whichever door it came through; again when it is said again.
Listener = Callable[["Suppression", datetime], None]

_LISTENERS: list[Listener] = []


def listen(listener: Listener) -> None:
    """Makes a listener known; the same one twice is once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def tell(silence: Suppression, now: datetime) -> None:
    """Tells every listener."""
    for listener in _LISTENERS:
        listener(silence, now)

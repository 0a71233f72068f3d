"""Who wants to know what came in. Rooms above this one register theirs in ``apps.py`` (``ready``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rebond.mail.models import Received

#: Called in the transaction that marks the mail as followed, once per mail and once more when a person corrects how
#: it was understood; must stand being called for a mail it has seen.
Listener = Callable[["Received", datetime], None]

_LISTENERS: list[Listener] = []


def listen(listener: Listener) -> None:
    """Makes a listener known; the same twice is once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def listeners() -> tuple[Listener, ...]:
    """Everybody who listens, in the order in which they came."""
    return tuple(_LISTENERS)

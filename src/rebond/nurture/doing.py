"""Who wants to know that something of this practice's was done, or taken back: whoever made promises about it.

Rooms above this one register theirs in ``apps.py`` (``ready``). A listener is asked *before* anything is written, while
the item still stands on the list; what it answers with is called with the record's name once it is done. All of it
happens inside the transaction of the deed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rebond.accounts.models import User

#: Called with the record that says it is done ("nurture.step:12").
Done = Callable[[str], None]
#: (key of the item, who does it, now): what to call when it is done; ``None`` where it is nobody's concern.
Before = Callable[[str, User, datetime], Done | None]
#: (name of the record, now).
Back = Callable[[str, datetime], None]

_before: list[Before] = []
_back: list[Back] = []


def listen(*, before: Before, back: Back) -> None:
    """Makes listeners known; the same twice is once."""
    if before not in _before:
        _before.append(before)
    if back not in _back:
        _back.append(back)


def about_to(key: str, user: User | None, now: datetime) -> Done:
    """``user`` is about to do the item ``key``; the answer is called when it is done. ``None``: it runs by itself."""
    asked = [ask(key, user, now) for ask in _before] if user is not None else []

    def tell(ref: str) -> None:
        for done in asked:
            if done is not None:
                done(ref)

    return tell


def taken_back(ref: str, now: datetime) -> None:
    """What was done is not done after all."""
    for tell in _back:
        tell(ref, now)

"""What a chat message is for: what may stop it, who writes it. Rooms above this one register theirs in ``apps.py``.

``channels`` tells and knows nothing of wins. A purpose that nobody registers is told as it was planned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from rebond.channels.models import Delivery


@dataclass(frozen=True)
class Said:
    """What a channel is told: a title (at most 200 characters) and what stands below it, both plain text."""

    title: str
    body: str


#: Looked at inside the claim: "" to let it go, a reason (snake_case) never to tell it.
Guard = Callable[["Delivery", datetime], str]
#: Writes it inside the claim, in the channel's language.
Write = Callable[["Delivery", datetime], Said]


def _no_page(_delivery: Delivery) -> str:
    return ""


def _never(_delivery: Delivery, _now: datetime) -> str:
    return ""


def as_planned(delivery: Delivery, _now: datetime) -> Said:
    """What was written when it was planned."""
    return Said(delivery.title, delivery.body)


@dataclass(frozen=True)
class Purpose:
    """One kind of chat message.

    Attributes:
        name: stored with each delivery, e.g. ``celebrate.bell``.
        when_off: told although the channel is switched off (somebody tries it).
        title: what this kind is called on screens; ``reasons``: its guard's reasons, as screens say them.
        page: the address of what it is about, where whoever opens it is asked who they are; "" for none. Screens of
            channels show no text: it was for the people of that channel.
    """

    name: str
    guard: Guard = _never
    write: Write = as_planned
    when_off: bool = False
    title: str | Promise = ""
    reasons: Mapping[str, str | Promise] = field(default_factory=dict)
    page: Callable[[Delivery], str] = _no_page


_PURPOSES: dict[str, Purpose] = {}


def register(
    name: str, *, guard: Guard = _never, write: Write = as_planned, when_off: bool = False, title: str | Promise = "",
    reasons: Mapping[str, str | Promise] | None = None, page: Callable[[Delivery], str] = _no_page,
) -> None:  # fmt: skip
    """Makes a purpose known; said again, the last word counts."""
    _PURPOSES[name] = Purpose(name, guard, write, when_off, title, reasons or {}, page)


def get(name: str) -> Purpose:
    """The purpose of that name; one that lets all go and tells it as planned, where nobody registers it."""
    return _PURPOSES.get(name) or Purpose(name)

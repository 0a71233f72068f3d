"""What became of a message that was handed over, as far as anybody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Fate(Enum):
    """How it ended.

    Attributes:
        ACCEPTED: the service said it has it.
        AGAIN: it said that it has it not, or could not be reached; later it may.
        REFUSED: it will never take it: the address is wrong, gone, or not to be connected to.
        UNKNOWN: the line went dead after the text had begun to leave; only the service knows.
    """

    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A fate, the service's own words, and how long it asked us to wait."""

    fate: Fate
    said: str = ""
    wait: timedelta = timedelta(0)


#: A gateway that waited in vain for the service behind it: it may have it.
_NOBODY_KNOWS = (504, 524)
#: "Later": request timeout, too early, too many requests.
_LATER = (408, 425, 429)


def fate_of(status: int) -> Fate:
    """What an HTTP status means (RFC 9110).

    A redirect is a refusal: the text would go where nobody checked.

    >>> [fate_of(code).value for code in (204, 302, 404, 429, 500, 503, 504)]
    ['accepted', 'refused', 'refused', 'again', 'again', 'again', 'unknown']
    """
    if 200 <= status < 300:
        return Fate.ACCEPTED
    if status in _NOBODY_KNOWS:
        return Fate.UNKNOWN
    return Fate.AGAIN if status >= 500 or status in _LATER else Fate.REFUSED

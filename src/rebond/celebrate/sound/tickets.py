"""What opens a sound: a file's name, signed, good for its length and an hour, in the browser it was given to alone.

A page gives it after it looked who asks and what everybody who is heard agreed to. Browsers keep the address it leads
to for as long as they play, so it outlasts the call and a break; the player asks for another whenever one runs out.
When somebody takes their word back, the file gets another name or is gone, and every ticket with it. It is void, too,
once whoever it was given to has signed out: their session's cookie is gone then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing

#: Beyond the length of the sound.
BREAK = timedelta(hours=1)
PATH = "/live/sound"
_SALT = "rebond.sound"


@dataclass(frozen=True)
class SoundTicket:
    """Which file of the folder, and of which kind."""

    stored: str
    kind: str


def sound_ticket(*, stored: str, kind: str, length_ms: int, session: str, now: datetime) -> str:
    """A ticket as it stands in an address; ``session``: the session's cookie of the browser that asks."""
    until = int((now + timedelta(milliseconds=length_ms) + BREAK).timestamp())
    return signing.dumps([stored, kind, _digest(session), until], salt=_SALT)


def address_of(*, stored: str, kind: str, length_ms: int, session: str, now: datetime) -> str:
    """Where that sound is played from, for so long."""
    ticket = sound_ticket(stored=stored, kind=kind, length_ms=length_ms, session=session, now=now)
    return f"{PATH}?ticket={ticket}"


def read(text: str, session: str, now: datetime) -> SoundTicket | None:
    """The ticket, or ``None``: forged, cut short, run out, another browser's.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 6, 9, 12, tzinfo=UTC)
    >>> one = sound_ticket(stored="0" * 32, kind="mp3", length_ms=600_000, session="mine", now=noon)
    >>> read(one, "mine", noon + BREAK).kind, read(one, "mine", noon + 2 * BREAK), read(one + "x", "mine", noon)
    ('mp3', None, None)
    >>> read(one, "theirs", noon), read(one, "", noon), read("", "mine", noon)
    (None, None, None)
    """
    try:
        stored, kind, holder, until = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    if until <= now.timestamp() or not session or holder != _digest(session):
        return None
    return SoundTicket(str(stored), str(kind))


def _digest(session: str) -> str:
    """Whose it is, without saying the secret that is in their cookie."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]

"""What a mail is for: who writes it, what may stop it, what follows. Rooms above this one register theirs.

``mail`` sends and knows nothing of surveys or digests; a practice names its purposes in ``apps.py`` (``ready``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from rebond.mail.models import Message, Received


@dataclass(frozen=True)
class Letter:
    """What a mail says.

    Attributes:
        subject, text, html: ``html`` may be empty.
        kept: the text as the outbox keeps it, without personal links; ``text`` when empty.
        from_name: shown before our own sending address.
        reply_to: where an answer goes; several addresses with commas between them.
        headers: further ones, e.g. ``List-Unsubscribe``.
    """

    subject: str
    text: str
    html: str = ""
    kept: str = ""
    from_name: str = ""
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Later:
    """Not now: the mail is planned again for ``until``, with the reason (snake_case) shown in the outbox."""

    until: datetime
    reason: str


#: What a guard says: "" to let it go, a reason (snake_case) never to send it, or ``Later``.
Verdict = str | Later


def _never(_message: Message, _now: datetime) -> Verdict:
    return ""


def _nothing(_message: Message, _now: datetime) -> None:
    return None


def _unheard(_message: Message, _received: Received, _now: datetime) -> None:
    return None


def _any_time(_message: Message) -> tuple[str, str] | None:
    return None


@dataclass(frozen=True)
class Purpose:
    """One kind of mail.

    Attributes:
        name: stored with each message, e.g. ``learn.invitation``.
        scope: the ``mail.models.Scope`` that silences it (``all`` always does); empty for mail to colleagues.
        write: makes the letter, inside the claim's transaction, in the recipient's language.
        guard: looked at inside the claim's transaction, after the mail room's own (``mail.guarding.guards``).
        accepted: called in the transaction that records that the server took it, or that somebody takes it as sent.
        stopped: called in the transaction that records that it will never be sent: skipped, rejected, or cancelled
            because the address asked for silence or an administrator took it back. Not by ``cancel_message``, whose
            caller knows already.
        answered: called when something came in that belongs to such a mail: a reply, a bounce, a complaint; once each.
        use: the ``mail.models.Use`` that needs a lawful basis in force; empty for mail that needs none.
        cadence: a note to somebody we stay in touch with: frequency, window, quota and complaint limits hold it
            back, a halt of cadence mail stops it, and it can be unsubscribed from with one click (RFC 8058).
        window: the person's time zone (IANA) and country (ISO 3166, two letters), whose working hours a note keeps
            to; ``None`` for any time.
        title: what this kind of mail is called on screens; its name when empty.
        reasons: its guard's reasons, as screens say them.
    """

    name: str
    scope: str
    write: Callable[[Message, datetime], Letter]
    guard: Callable[[Message, datetime], Verdict] = _never
    accepted: Callable[[Message, datetime], None] = _nothing
    stopped: Callable[[Message, datetime], None] = _nothing
    answered: Callable[[Message, Received, datetime], None] = _unheard
    use: str = ""
    cadence: bool = False
    title: str | Promise = ""
    reasons: Mapping[str, str | Promise] = field(default_factory=dict)
    window: Callable[[Message], tuple[str, str] | None] = _any_time


_PURPOSES: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Makes a purpose known; the same name twice is a slip of the programmer."""
    if _PURPOSES.get(purpose.name, purpose) is not purpose:
        raise ValueError(f"{purpose.name} is registered twice")
    _PURPOSES[purpose.name] = purpose


def get(name: str) -> Purpose:
    """The purpose of that name; ``KeyError`` for one that nobody registered."""
    return _PURPOSES[name]


def find(name: str) -> Purpose | None:
    """The purpose of that name, if a room that is installed registers it."""
    return _PURPOSES.get(name)


def silenced_by(scope: str) -> list[str]:
    """Names of the purposes that a suppression of one scope (not ``all``, which silences every one) covers."""
    return [purpose.name for purpose in _PURPOSES.values() if purpose.scope == scope]


def to_people() -> list[str]:
    """Names of the purposes of mail to people outside: those that somebody may ask us to stop."""
    return [purpose.name for purpose in _PURPOSES.values() if purpose.scope]

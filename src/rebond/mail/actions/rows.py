"""What the writes of the outbox share."""

from __future__ import annotations

from datetime import datetime

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.mail import purposes
from rebond.mail.compose import one_line
from rebond.mail.models import Message, MessageStatus

#: Claimable: never tried, or to be tried again.
DUE = (MessageStatus.PLANNED, MessageStatus.DEFERRED)
#: No byte of the text has left.
WAITING = (*DUE, MessageStatus.CLAIMED)


def stopped(message: Message, now: datetime) -> None:
    """Tells the message's purpose that it will never be sent; a purpose that is gone has nobody to tell."""
    if purpose := purposes.find(message.purpose):
        purpose.stopped(message, now)


def accepted(message: Message, now: datetime) -> None:
    """Tells the message's purpose that it was sent, or is taken as sent."""
    if purpose := purposes.find(message.purpose):
        purpose.accepted(message, now)


def cancel(message: Message, reason: str, actor: User | None, now: datetime) -> bool:
    """One conditional update: a sender that has claimed the mail finds it gone when it is about to begin."""
    changes = {"status": MessageStatus.CANCELLED, "reason": one_line(reason, 40), "finished_at": now}
    if not Message.objects.filter(pk=message.pk, status__in=WAITING).update(lease_until=None, **changes):
        return False
    message.refresh_from_db()
    record(verb="mail.cancel", subject=message, actor=actor, at=now, key=message.key, reason=message.reason)
    return True

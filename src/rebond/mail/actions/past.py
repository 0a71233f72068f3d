"""A mail that left by other means than our line: a demo company's past, or one that somebody sent by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.mail.actions.rows import WAITING, accepted
from rebond.mail.models import Message, MessageStatus


@transaction.atomic
def note_sent(*, message: Message, actor: User | None, at: datetime) -> bool:
    """Takes a waiting mail as sent at that moment, and what follows from sending follows.

    ``False`` when it waits no more.
    """
    waiting = Message.objects.filter(pk=message.pk, status__in=WAITING)
    if not waiting.update(status=MessageStatus.ASSUMED_SENT, finished_at=at, lease_until=None):
        return False
    message.refresh_from_db()
    record(verb="mail.note_sent", subject=message, actor=actor, at=at, key=message.key)
    accepted(message, at)
    return True

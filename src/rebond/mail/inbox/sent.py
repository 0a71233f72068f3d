"""Mails of which nobody knows whether they left: a copy in the Sent folder of their own mailbox says that they did.

Only the Sent folder counts. A copy in the inbox proves nothing about the recipient's. One that is not found stays
unknown, for a person: not every server keeps a copy.
"""

from __future__ import annotations

from datetime import datetime

from rebond.base.errors import Conflict
from rebond.mail.actions.receiving import found_in_sent
from rebond.mail.inbox.imap import Line
from rebond.mail.models import Mailbox, Message, MessageStatus

#: Asked for in one run; when there are more, each run asks for others.
AT_ONCE = 50


def unknown_of(mailbox: Mailbox) -> list[Message]:
    """Mails of this mailbox with an unknown fate, oldest first."""
    unknown = Message.objects.filter(status=MessageStatus.UNKNOWN).order_by("pk")
    mine = unknown.filter(mailbox=mailbox)
    return list(mine | unknown.filter(mailbox=None) if mailbox.is_house else mine)


def settle(mailbox: Mailbox, line: Line, folder: str, *, now: datetime, at_once: int = AT_ONCE) -> int:
    """Looks for them; how many were found.

    Args:
        folder: the Sent folder, as the mailbox' settings or the server (RFC 6154) name it.
        at_once: how many are asked for.
    """
    unknown = unknown_of(mailbox)
    if not unknown:
        return 0
    first = int(now.timestamp() // 60) * at_once % len(unknown) if len(unknown) > at_once else 0
    line.open(folder)
    return sum(_settle(message, line, now) for message in (unknown[first:] + unknown[:first])[:at_once])


def _settle(message: Message, line: Line, now: datetime) -> bool:
    if not line.with_message_id(message.message_id):
        return False
    try:
        found_in_sent(message=message, now=now)
    except Conflict:
        return False  # settled by somebody since we looked
    return True

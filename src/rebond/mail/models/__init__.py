"""Tables of the room: the outbox, mailboxes, what came in, and whom we may write to."""

from rebond.mail.models.inbox import Kind, MatchedBy, Received
from rebond.mail.models.mailboxes import Folder, Mailbox
from rebond.mail.models.outbox import Aftermath, Halt, HaltReason, Halts, Mark, Message, MessageStatus
from rebond.mail.models.suppression import (
    Basis,
    Ground,
    InterestRecord,
    Rhythm,
    Scope,
    Suppression,
    Use,
    Why,
    Wish,
)

__all__ = [
    "Aftermath",
    "Basis",
    "Folder",
    "Ground",
    "Halt",
    "HaltReason",
    "Halts",
    "InterestRecord",
    "Kind",
    "Mailbox",
    "Mark",
    "MatchedBy",
    "Message",
    "MessageStatus",
    "Received",
    "Rhythm",
    "Scope",
    "Suppression",
    "Use",
    "Why",
    "Wish",
]

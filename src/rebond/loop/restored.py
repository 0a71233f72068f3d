"""A database that was restored or moved: mail finds out (``mail.outgoing.restored``), and chat is held back with it."""

from __future__ import annotations

from datetime import datetime

from rebond.channels.held import Source
from rebond.mail.actions.marks import advance_mark
from rebond.mail.models import Halt, HaltReason, Mark
from rebond.mail.outgoing import restored


def _look(now: datetime) -> bool:
    """Says so once; from then on a halt stands for it."""
    return restored.check(now=now)


def restored_since() -> datetime | None:
    """When it was found, until a person says that this installation goes on; one query."""
    halt = Halt.objects.filter(because=HaltReason.RESTORED, lifted_at=None).order_by("at").first()
    return halt.at if halt else None


def _count(now: datetime) -> Mark:
    return advance_mark(now=now)


def for_chat() -> Source:
    """What the chat outbox asks: one count for both, so that each tells of the other."""
    return Source(look=_look, since=restored_since, count=_count, keep=restored.keep)

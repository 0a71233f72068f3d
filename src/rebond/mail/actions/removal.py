"""Words somebody wants gone leave the mails that the outbox keeps, too."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.mail.models import Message


@transaction.atomic
def remove_words(*, purpose: str, words: str, instead: str, actor: User | None, now: datetime) -> int:
    """Takes ``words`` out of every mail of a purpose, sent or waiting; how many mails held them.

    A mail that waits goes without them. One that has arrived cannot be called back; ours forgets what it said.
    """
    found = Message.objects.select_for_update().filter(purpose=purpose, text__contains=words)
    held = [message for message in found if words in message.text]
    for message in held:
        message.text = message.text.replace(words, instead)
        message.save(update_fields=["text"])
        record(verb="mail.remove_words", subject=message, actor=actor, at=now, key=message.key)
    return len(held)

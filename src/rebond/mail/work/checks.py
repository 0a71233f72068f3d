"""The background side of a mailbox's check: the mail it wrote to itself is looked for, a few times."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_tasks import task

from rebond.jobs.actions import enqueue
from rebond.mail.boxes.checking import look_for
from rebond.mail.models import Mailbox, Message

#: After each look; mail that takes longer than all of them together is looked for by hand.
PAUSES = (30, 30, 60, 120, 300, 600, 1800)


@task()
def look_for_check(mailbox_id: int, message_id: int, look: int) -> str:
    """``found`` when the check mail has arrived, ``later`` when it is looked for again, ``given_up``, or ``gone``."""
    now = timezone.now()
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    message = Message.objects.filter(pk=message_id, mailbox_id=mailbox_id).first()
    if mailbox is None or message is None:
        return "gone"
    if look_for(mailbox, message, now=now) is not None:
        return "found"
    if look > len(PAUSES):
        return "given_up"
    arguments = {"mailbox_id": mailbox_id, "message_id": message_id, "look": look + 1}
    enqueue(task=look_for_check, kwargs=arguments, now=now, run_at=now + timedelta(seconds=PAUSES[look - 1]))
    return "later"

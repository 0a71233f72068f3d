"""A mailbox writes to itself, and what came of it is written down (L02)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from rebond.accounts.models import User
from rebond.jobs.actions import enqueue
from rebond.mail.actions.mailboxes import note_checked, note_found, note_unchecked
from rebond.mail.actions.planning import plan_message
from rebond.mail.boxes import selfcheck
from rebond.mail.doctor.finding import Finding, Level
from rebond.mail.models import Mailbox, Message

#: Long enough for a mail to go round, short enough to be waited for.
FIRST_LOOK = timedelta(seconds=20)


@transaction.atomic
def check_mailbox(*, mailbox: Mailbox, actor: User | None, now: datetime) -> Message:
    """Plans a mail from the mailbox to itself, and a job that looks for it; see ``mail.boxes.checking``."""
    from rebond.mail.work.checks import look_for_check  # the job concludes by these actions

    number = Message.objects.filter(key__startswith=selfcheck.key_of(mailbox, 0)[:-1]).count() + 1
    message = plan_message(
        key=selfcheck.key_of(mailbox, number), purpose=selfcheck.NAME, recipient=mailbox.address,
        recipient_name=mailbox.name, sender=actor, language=actor.language if actor else "en", send_at=now,
        actor=actor, now=now,
    )  # fmt: skip
    Message.objects.filter(pk=message.pk).update(mailbox=mailbox)
    message.mailbox = mailbox
    arguments = {"mailbox_id": mailbox.pk, "message_id": message.pk, "look": 1}
    enqueue(task=look_for_check, kwargs=arguments, now=now, run_at=now + FIRST_LOOK)
    return message


@transaction.atomic
def note_signature(*, mailbox: Mailbox, finding: Finding, actor: User | None, now: datetime) -> None:
    """How the check mail was signed. A good signature lets notes leave; a bad one stops them, unless signed off."""
    kept = {"signature": finding.as_json(), "signature_at": now.isoformat()}
    if finding.level is Level.OK:
        note_checked(mailbox=mailbox, found={**kept, "signed_off": None}, actor=actor, now=now)
    elif finding.level is Level.WRONG:
        note_unchecked(mailbox=mailbox, found=kept, actor=actor, now=now)
    else:
        note_found(mailbox=mailbox, found=kept, actor=actor, now=now)

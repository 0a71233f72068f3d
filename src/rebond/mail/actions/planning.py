"""A mail is planned once; until its text is handed over it can be moved or taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean, one_line
from rebond.jobs.actions import enqueue
from rebond.mail.actions.rows import cancel, stopped
from rebond.mail.addresses import fingerprint, normalised
from rebond.mail.models import Mailbox, Message, MessageStatus
from rebond.mail.outgoing.compose import message_id
from rebond.mail.purposes import Letter

LONGEST_TEXT = 100_000


@transaction.atomic
def plan_message(
    *, key: str, purpose: str, recipient: str, recipient_name: str = "", sender: User | None = None,
    language: str = "en", letter: Letter | None = None, mailbox: Mailbox | None = None, send_at: datetime,
    actor: User | None, now: datetime,
) -> Message:  # fmt: skip
    """Puts one mail into the outbox; the message of that ``key`` is returned, as it is, when there is one already.

    What is due is sent at once: a job is queued in the caller's own transaction.

    Args:
        key: at most 120 characters; names the occasion and no person, since it is kept in the audit log.
        recipient: stored in lower case, its domain in ASCII. One that cannot be used is planned too, and then
            skipped with ``bad_address``: nothing is dropped silently.
        letter: subject and text when they are written now already, because that takes longer than a claim may, or
            because a person has read them; the purpose's ``write`` finds them on the message.
        mailbox: where it leaves from; the installation's own when there is none.
    """
    if found := Message.objects.filter(key=key).first():
        return found
    message = Message(
        key=key, purpose=purpose, recipient=clean(normalised(recipient), 254), language=language, sender=sender,
        recipient_name=one_line(recipient_name, 200), fingerprint=fingerprint(recipient), planned_at=now,
        send_at=send_at, message_id=message_id(key), mailbox=mailbox,
        subject=one_line(letter.subject) if letter else "", text=clean(letter.text, LONGEST_TEXT) if letter else "",
    )  # fmt: skip
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        return Message.objects.get(key=key)  # another process planned it since we looked
    record(verb="mail.plan", subject=message, actor=actor, at=now, key=key, purpose=purpose)
    if send_at <= now:
        send_soon(now=now)
    return message


def send_soon(*, now: datetime) -> None:
    """Queues the job that sends what is due, unless it is queued already."""
    from rebond.mail.work.sending import send_due  # the job sends by these actions

    enqueue(task=send_due, kwargs={}, now=now, unique_key="mail.send_due")


@transaction.atomic
def move_message(*, key: str, send_at: datetime, actor: User | None, now: datetime) -> bool:
    """Another time for a mail that waits for its first try; ``False`` when it is too late or there is none."""
    moved = Message.objects.filter(key=key, status=MessageStatus.PLANNED).update(send_at=send_at)
    if moved:
        record(verb="mail.move", subject=Message.objects.get(key=key), actor=actor, at=now, key=key)
        if send_at <= now:
            send_soon(now=now)
    return bool(moved)


@transaction.atomic
def cancel_message(*, key: str, reason: str, actor: User | None, now: datetime) -> bool:
    """Takes a mail back while its text has not begun to leave; ``False`` when it is too late or there is none.

    Its purpose is not told: who calls this knows. (``take_back`` is the administrator's way, and tells it.)
    """
    message = Message.objects.filter(key=key).first()
    return message is not None and cancel(message, reason, actor, now)


@transaction.atomic
def take_back(*, message: Message, actor: User | None, now: datetime) -> None:
    """An administrator takes one mail back. ``Conflict`` ``already_leaving`` when it has gone or is just going."""
    if not cancel(message, "by_hand", actor, now):
        raise Conflict(
            _("This mail has left already, or is just leaving. Nothing was changed. Look at it again in a minute."),
            code="already_leaving",
        )
    stopped(message, now)

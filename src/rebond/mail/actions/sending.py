"""A mail is claimed, handed over, and its fate written down: at most once, and where nobody knows, that is said."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean
from rebond.mail import purposes
from rebond.mail.actions.planning import LONGEST_TEXT, send_soon
from rebond.mail.actions.rows import DUE, accepted, stopped
from rebond.mail.addresses import usable
from rebond.mail.compose import compose, one_line
from rebond.mail.models import Message, MessageStatus
from rebond.mail.purposes import Letter
from rebond.mail.queries import suppressed

log = logging.getLogger("rebond.mail")
#: Longer than any answer of a server is waited for (``mail.smtp``).
LEASE = timedelta(minutes=5)
#: A mail that could not leave for so long would come out of the blue.
TOO_LATE = timedelta(days=14)
#: How long to wait after the first try that did not succeed, the second ...; after the last of them it is given up.
PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))


@dataclass(frozen=True)
class Claimed:
    """A mail that this worker, and no other, may hand over. ``raw`` holds its personal link and is never stored."""

    message: Message
    raw: bytes = field(repr=False)


@dataclass
class Claim:
    """What one claim brought: mails to send, and how many were settled without being sent."""

    mails: list[Claimed] = field(default_factory=list)
    settled: int = 0

    def __bool__(self) -> bool:
        return bool(self.mails or self.settled)


@transaction.atomic(durable=True)
def claim(*, worker: str, now: datetime, limit: int = 10, lease: timedelta = LEASE) -> Claim:
    """Takes up to ``limit`` mails that are due, and writes them; committed before anybody connects.

    Looked at in this transaction, in this order: suppression, too late, a usable address, the purpose's guard. What
    fails is skipped, with the reason. An empty (false) answer means that nothing is due.
    """
    due = Message.objects.filter(status__in=DUE, send_at__lte=now).order_by("send_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    taken, name = Claim(), f"{worker[:60]}:{uuid.uuid4().hex[:12]}"
    for message in due[:limit]:
        raw = _written_or_settled(message, now)
        if raw is None:
            taken.settled += 1
        else:
            _take(message, name, now + lease)
            taken.mails.append(Claimed(message, raw))
    return taken


def _take(message: Message, worker: str, lease_until: datetime) -> None:
    message.status, message.worker, message.attempts = MessageStatus.CLAIMED, worker, message.attempts + 1
    message.lease_until = lease_until
    message.save(update_fields=["status", "worker", "attempts", "lease_until", "subject", "text"])


def _written_or_settled(message: Message, now: datetime) -> bytes | None:
    """The mail as it goes out; ``None`` when it was skipped, or put off since it could not be written.

    A purpose is another room's code: one that breaks must not hold up everybody's mail behind its own.
    """
    try:
        with transaction.atomic():
            if not (reason := _why_not(message, now)):
                return _write(message, now)
            _skip(message, reason, now)
    except Exception as error:
        log.exception("mail %s could not be written", message.key)
        _put_off_unwritten(message, type(error).__name__, now)
    return None


def _why_not(message: Message, now: datetime) -> str:
    purpose = purposes.get(message.purpose)
    if suppressed([message.recipient], purpose.scope):
        return "suppressed"
    if now - message.send_at > TOO_LATE:
        return "too_late"
    if not usable(message.recipient) or not message.recipient.isascii():
        return "bad_address"
    return purpose.guard(message, now)


def _write(message: Message, now: datetime) -> bytes:
    with translation.override(message.language):
        letter = purposes.get(message.purpose).write(message, now)
        raw = compose(message, letter, now)
    _keep(message, letter)
    return raw


def _keep(message: Message, letter: Letter) -> None:
    message.subject, message.text = one_line(letter.subject), clean(letter.kept or letter.text, LONGEST_TEXT)


def _skip(message: Message, reason: str, now: datetime) -> None:
    _mark_skipped(message, reason, now)
    stopped(message, now)


def _mark_skipped(message: Message, reason: str, now: datetime) -> None:
    message.status, message.reason, message.finished_at = MessageStatus.SKIPPED, one_line(reason, 40), now
    message.save(update_fields=["status", "reason", "finished_at"])
    record(verb="mail.skip", subject=message, actor=None, at=now, key=message.key, reason=message.reason)


def _put_off_unwritten(message: Message, error: str, now: datetime) -> None:
    """Tried again as after a refusal, since somebody may mend the program; skipped in the end."""
    message.refresh_from_db()
    message.attempts, message.answer = message.attempts + 1, error[:300]
    if message.attempts <= len(PAUSES):
        message.status, message.send_at = MessageStatus.DEFERRED, now + PAUSES[message.attempts - 1]
        message.save(update_fields=["attempts", "answer", "status", "send_at"])
        return
    message.save(update_fields=["attempts", "answer"])
    _mark_skipped(message, "could_not_be_written", now)
    try:
        with transaction.atomic():
            stopped(message, now)
    except Exception:
        log.exception("the room of mail %s could not be told that it will not go", message.key)


def _mine(message: Message, *statuses: str) -> QuerySet[Message]:
    """The row, if it is still this worker's and this attempt's."""
    return Message.objects.filter(pk=message.pk, status__in=statuses, worker=message.worker, attempts=message.attempts)


#: A late answer still counts: the server's own word is better than "unknown".
_HANDED_OVER = (MessageStatus.DATA_STARTED, MessageStatus.UNKNOWN)


@transaction.atomic(durable=True)
def begin_data(*, message: Message, now: datetime, lease: timedelta = LEASE) -> bool:
    """Committed just before the text leaves: from here on a crash means ``unknown``.

    ``False`` when the mail is no longer ours: taken back, silenced, or claimed by another since our lease ran out.
    """
    mine = _mine(message, MessageStatus.CLAIMED)
    return bool(mine.update(status=MessageStatus.DATA_STARTED, lease_until=now + lease))


@transaction.atomic
def accept(*, message: Message, answer: str, now: datetime) -> bool:
    """The server took it. ``False`` when it was no longer ours, and then nothing is written."""
    changes = {"status": MessageStatus.ACCEPTED, "answer": clean(answer, 300), "finished_at": now}
    if not _mine(message, *_HANDED_OVER).update(lease_until=None, **changes):
        return False
    message.refresh_from_db()
    record(verb="mail.accept", subject=message, actor=None, at=now, key=message.key)
    accepted(message, now)
    return True


@transaction.atomic
def defer(*, message: Message, answer: str, now: datetime) -> bool:
    """Not taken this time (4xx, or no connection): tried again after a pause, refused after the last one."""
    if message.attempts > len(PAUSES):
        return reject(message=message, answer=answer, now=now)
    changes = {"status": MessageStatus.DEFERRED, "answer": clean(answer, 300)}
    again = now + PAUSES[message.attempts - 1]
    mine = _mine(message, MessageStatus.CLAIMED, *_HANDED_OVER)
    return bool(mine.update(send_at=again, lease_until=None, **changes))


@transaction.atomic
def reject(*, message: Message, answer: str, now: datetime) -> bool:
    """Refused for good (5xx, or tried often enough)."""
    changes = {"status": MessageStatus.REJECTED, "answer": clean(answer, 300), "finished_at": now}
    if not _mine(message, MessageStatus.CLAIMED, *_HANDED_OVER).update(lease_until=None, **changes):
        return False
    message.refresh_from_db()
    record(verb="mail.reject", subject=message, actor=None, at=now, key=message.key, code=message.answer[:3])
    stopped(message, now)
    return True


@transaction.atomic
def lose(*, message: Message, answer: str, now: datetime) -> bool:
    """The line went dead while the text was being handed over: nobody but the server knows whether it has it."""
    said = clean(answer, 300)
    mine = _mine(message, MessageStatus.DATA_STARTED)
    if not mine.update(status=MessageStatus.UNKNOWN, answer=said, lease_until=None):
        return False
    record(verb="mail.lose", subject=message, actor=None, at=now, key=message.key)
    return True


@transaction.atomic
def recover(*, now: datetime) -> int:
    """What workers that died left behind; how many.

    Only claimed: planned again, and the try does not count, since nothing was tried. Being handed over: ``unknown``,
    until a person says what is to be done.
    """
    gone = Message.objects.filter(lease_until__lt=now)
    freed = gone.filter(status=MessageStatus.CLAIMED).update(
        status=MessageStatus.PLANNED, worker="", lease_until=None, attempts=F("attempts") - 1
    )
    lost = [one for one in gone.filter(status=MessageStatus.DATA_STARTED) if lose(message=one, answer="", now=now)]
    return freed + len(lost)


@transaction.atomic
def resolve_unknown(*, message: Message, delivered: bool, actor: User | None, now: datetime) -> None:
    """What a person decided: taken as sent, or sent again though it may arrive twice.

    Raises:
        Conflict: ``not_unknown`` when there is nothing to decide (any more).
    """
    unknown = Message.objects.filter(pk=message.pk, status=MessageStatus.UNKNOWN)
    if delivered:
        done = unknown.update(status=MessageStatus.ASSUMED_SENT, finished_at=now)
    else:
        done = unknown.update(
            status=MessageStatus.PLANNED, send_at=now, attempts=0, worker="", reason="may_arrive_twice"
        )
    if not done:
        raise Conflict(
            _("What became of this mail is known already. Nothing was changed. Its page says what it was."),
            code="not_unknown",
        )
    message.refresh_from_db()
    record(verb="mail.resolve", subject=message, actor=actor, at=now, key=message.key, delivered=delivered)
    if delivered:
        accepted(message, now)
    else:
        send_soon(now=now)

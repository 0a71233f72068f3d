"""A claimed mail is handed over, and its fate written down: at most once, and where nobody knows, that is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.audit import record, record_many
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean
from rebond.mail.actions.claiming import LEASE, PAUSES
from rebond.mail.actions.events import note_refusal
from rebond.mail.actions.marks import ASSUMED_AFTER
from rebond.mail.actions.planning import send_soon
from rebond.mail.actions.rows import accepted, all_accepted, numbers_held, still_held, stopped, write_each
from rebond.mail.models import Halt, HaltReason, Message, MessageStatus
from rebond.mail.outgoing.smtp import Answer, Fate

#: A late answer still counts: the server's own word is better than "unknown".
_HANDED_OVER = (MessageStatus.DATA_STARTED, MessageStatus.UNKNOWN)
Ended = tuple[Message, Answer]


def _mine(message: Message, *statuses: str) -> QuerySet[Message]:
    """The row, if it is still this worker's and this attempt's."""
    return Message.objects.filter(pk=message.pk, status__in=statuses, worker=message.worker, attempts=message.attempts)


# ---- many at once


@transaction.atomic(durable=True)
def advance(
    *, begun: Collection[Message] = (), ended: Sequence[Ended] = (), now: datetime, lease: timedelta = LEASE
) -> set[int]:
    """One commit for all lines of a worker: which texts are about to leave, and what became of those that have.

    Returns:
        The numbers of those that may begin; the others are no longer ours: taken back, silenced, or claimed by
        another since our lease ran out. Only when this has returned may a byte of their text leave.
    """
    _accept([(message, answer) for message, answer in ended if answer.fate is Fate.ACCEPTED], now)
    for message, answer in ended:
        settle(message=message, answer=answer, now=now)
    held = numbers_held(begun, [MessageStatus.CLAIMED]) if begun else set()
    if held:
        Message.objects.filter(pk__in=held).update(status=MessageStatus.DATA_STARTED, lease_until=now + lease)
    return held


def _accept(ended: Sequence[Ended], now: datetime) -> int:
    """The server took them; how many were still ours. The answers differ, nearly everything else does not."""
    if not ended:
        return 0
    held = still_held([message for message, _answer in ended], _HANDED_OVER)
    for message, answer in ended:
        if row := held.get(message.pk):
            row.status, row.answer, row.provider_id = MessageStatus.ACCEPTED, clean(answer.said, 300), answer.number
            row.finished_at, row.lease_until = now, None
    rows = list(held.values())
    write_each(rows, ("status", "answer", "provider_id", "finished_at", "lease_until"))
    record_many(verb="mail.accept", subjects=[(row, {"key": row.key}) for row in rows], actor=None, at=now)
    all_accepted(rows, now)
    return len(rows)


def settle(*, message: Message, answer: Answer, now: datetime) -> None:
    """Writes down what is known when the mail was not taken."""
    if answer.fate is Fate.AGAIN:
        defer(message=message, answer=answer.said, now=now)
    elif answer.fate is Fate.REFUSED:
        reject(message=message, answer=answer.said, now=now)
    elif answer.fate is Fate.UNKNOWN:
        lose(message=message, answer=answer.said, now=now)


# ---- one by one


def begin_data(*, message: Message, now: datetime, lease: timedelta = LEASE) -> bool:
    """Committed just before the text leaves: from here on a crash means ``unknown``."""
    return message.pk in advance(begun=[message], now=now, lease=lease)


@transaction.atomic
def accept(*, message: Message, answer: str, now: datetime) -> bool:
    """The server took it. ``False`` when it was no longer ours, and then nothing is written."""
    return _accept([(message, Answer(Fate.ACCEPTED, answer))], now) == 1


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
    note_refusal(message=message, answer=message.answer, now=now)
    return True


@transaction.atomic
def lose(*, message: Message, answer: str, now: datetime) -> bool:
    """The line went dead while the text was being handed over: nobody but the server knows whether it has it."""
    said = clean(answer, 300)
    mine = _mine(message, MessageStatus.DATA_STARTED)
    if not mine.update(status=MessageStatus.UNKNOWN, answer=said, lease_until=now + ASSUMED_AFTER):
        return False
    record(verb="mail.lose", subject=message, actor=None, at=now, key=message.key)
    return True


# ---- what is left lying


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
def assume_sent(*, now: datetime) -> int:
    """What nobody could say for three days is taken as sent, so that what follows goes on; how many.

    Never while a halt stands because the database was restored: then a person looks first.
    """
    if Halt.objects.filter(because=HaltReason.RESTORED, lifted_at=None).exists():
        return 0
    unknown = Message.objects.filter(status=MessageStatus.UNKNOWN)
    unknown.filter(lease_until=None).update(lease_until=now + ASSUMED_AFTER)  # from before this was counted
    taken = 0
    for message in unknown.filter(lease_until__lt=now).order_by("pk"):
        if _assume(message, "assumed_after_72_hours", now):
            record(verb="mail.assume", subject=message, actor=None, at=now, key=message.key)
            accepted(message, now)
            taken += 1
    return taken


def _assume(message: Message, reason: str, now: datetime) -> bool:
    unknown = Message.objects.filter(pk=message.pk, status=MessageStatus.UNKNOWN)
    if not unknown.update(status=MessageStatus.ASSUMED_SENT, reason=reason, finished_at=now, lease_until=None):
        return False
    message.refresh_from_db()
    return True


@transaction.atomic
def resolve_unknown(*, message: Message, delivered: bool, actor: User | None, now: datetime) -> None:
    """What a person decided: taken as sent, or sent again though it may arrive twice.

    Raises:
        Conflict: ``not_unknown`` when there is nothing to decide (any more).
    """
    if not (_assume(message, "", now) if delivered else _again(message, now)):
        raise Conflict(
            _("What became of this mail is known already. Nothing was changed. Its page says what it was."),
            code="not_unknown",
        )
    record(verb="mail.resolve", subject=message, actor=actor, at=now, key=message.key, delivered=delivered)
    if delivered:
        accepted(message, now)
    else:
        send_soon(now=now)


def _again(message: Message, now: datetime) -> bool:
    unknown = Message.objects.filter(pk=message.pk, status=MessageStatus.UNKNOWN)
    changes = {"attempts": 0, "worker": "", "reason": "may_arrive_twice"}
    if not unknown.update(status=MessageStatus.PLANNED, send_at=now, lease_until=None, **changes):
        return False
    message.refresh_from_db()
    return True

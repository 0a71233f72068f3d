"""What is due is claimed and written, committed before anybody connects; what may not go is settled and says why."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import translation

from rebond.accounts.audit import record, record_many
from rebond.base.text import clean, one_line
from rebond.mail import purposes
from rebond.mail.actions.marks import advance_mark
from rebond.mail.actions.planning import LONGEST_TEXT
from rebond.mail.actions.rows import DUE, still_held, stopped, write_each
from rebond.mail.guarding import guards
from rebond.mail.guarding.guards import Broken
from rebond.mail.models import Halt, Halts, Mark, Message, MessageStatus
from rebond.mail.outgoing import restored
from rebond.mail.outgoing.compose import compose
from rebond.mail.purposes import Later, Letter, Verdict

log = logging.getLogger("rebond.mail")
#: Longer than any answer of a server is waited for (``mail.outgoing.smtp``).
LEASE = timedelta(minutes=5)
#: So many at a time: writing them holds the database's one writer for some ten milliseconds.
BATCH = 24
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


def claim(
    *, worker: str, now: datetime, limit: int = BATCH, lease: timedelta = LEASE, closed: Collection[int] = (),
    only: Collection[int] | None = None,
) -> Claim:  # fmt: skip
    """Takes up to ``limit`` mails that are due, and writes them; committed before anybody connects.

    Every guard (``mail.guarding.guards``) is looked at in this transaction. What fails is skipped with the reason, or
    planned again for later with it. An empty (false) answer means that nothing is due, or that a halt of everything
    stands.

    Args:
        closed: numbers of mailboxes that nothing is taken for.
        only: takes nothing but what leaves from these mailboxes, where the installation itself has no way out.
    """
    taken, mark = _claim(f"{worker[:60]}:{uuid.uuid4().hex[:12]}", now, limit, lease, closed, only)
    if mark is not None:
        restored.keep(mark)  # before anything leaves: a database restored from earlier finds itself behind
    return taken


@transaction.atomic(durable=True)
def _claim(
    worker: str, now: datetime, limit: int, lease: timedelta, closed: Collection[int], only: Collection[int] | None
) -> tuple[Claim, Mark | None]:
    if Halt.objects.filter(covers=Halts.EVERYTHING, lifted_at=None).exists():
        return Claim(), None
    due = list(_due(now, closed, only)[:limit])
    if not due:
        return Claim(), None
    verdicts = guards.look_at(due, now)
    going = [message for message in due if verdicts[message.pk] == ""]
    for message in due:
        if verdict := verdicts[message.pk]:
            _settle(message, verdict, now)
    mails = _written(going, now)
    _take(mails, worker, now + lease)
    # Last: on PostgreSQL other workers wait for this row until the commit.
    return Claim(mails, len(due) - len(mails)), advance_mark(now=now)


def _due(now: datetime, closed: Collection[int], only: Collection[int] | None) -> QuerySet[Message]:
    due = Message.objects.filter(status__in=DUE, send_at__lte=now).select_related("mailbox")
    if closed:
        due = due.exclude(mailbox__in=closed)
    if only is not None:
        due = due.filter(mailbox__in=only)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    return due.order_by("send_at", "pk")


def _take(mails: list[Claimed], worker: str, lease_until: datetime) -> None:
    for message in (mail.message for mail in mails):
        message.status, message.worker, message.lease_until = MessageStatus.CLAIMED, worker, lease_until
        message.attempts += 1
        if message.reason != "may_arrive_twice":
            message.reason = ""  # what held it back has passed
    fields = ("status", "worker", "attempts", "lease_until", "subject", "text", "reason")
    write_each([mail.message for mail in mails], fields)


# ---- what goes


def _written(messages: list[Message], now: datetime) -> list[Claimed]:
    """The mails as they go out; one that cannot be written is put off.

    A purpose is another room's code: one that breaks must not hold up everybody's mail behind its own. Nearly always
    none does, and then one savepoint is enough for all.
    """
    try:
        with transaction.atomic():
            letters = [(message, *_write(message, now)) for message in messages]
    except Exception:  # noqa: BLE001 (looked at one by one, and logged there)
        letters = [one for message in messages if (one := _written_alone(message, now))]
    for message, letter, _raw in letters:
        message.subject, message.text = one_line(letter.subject), clean(letter.kept or letter.text, LONGEST_TEXT)
    return [Claimed(message, raw) for message, _letter, raw in letters]


def _written_alone(message: Message, now: datetime) -> tuple[Message, Letter, bytes] | None:
    try:
        with transaction.atomic():
            return message, *_write(message, now)
    except Exception as error:
        log.exception("mail %s could not be written", message.key)
        _put_off_unwritten(message, type(error).__name__, now)
    return None


def _write(message: Message, now: datetime) -> tuple[Letter, bytes]:
    with translation.override(message.language):
        letter = purposes.get(message.purpose).write(message, now)
        return letter, compose(message, letter, now)


# ---- what does not


def _settle(message: Message, verdict: Verdict | Broken, now: datetime) -> None:
    if isinstance(verdict, Broken):
        log.error("mail %s cannot be looked at: %r", message.key, verdict.error)
        _put_off_unwritten(message, type(verdict.error).__name__, now)
    elif isinstance(verdict, Later):
        _put_off(message, verdict, now)
    else:
        _skip(message, verdict, now)


def _put_off(message: Message, later: Later, now: datetime) -> None:
    message.status, message.send_at = MessageStatus.PLANNED, later.until
    message.reason = one_line(later.reason, 40)
    message.save(update_fields=["status", "send_at", "reason"])
    record(verb="mail.put_off", subject=message, actor=None, at=now, key=message.key, reason=message.reason)


def _skip(message: Message, reason: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            _mark_skipped(message, reason, now)
            stopped(message, now)
    except Exception as error:
        log.exception("the room of mail %s could not be told that it will not go", message.key)
        _put_off_unwritten(message, type(error).__name__, now)


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


# ---- given back


@transaction.atomic
def give_back(*, messages: Collection[Message], now: datetime) -> int:
    """What was claimed and not begun is planned again, untried: a worker that is told to stop ends so. How many."""
    held = still_held(messages, [MessageStatus.CLAIMED])
    back = Message.objects.filter(pk__in=held)
    given = back.update(status=MessageStatus.PLANNED, worker="", lease_until=None, attempts=F("attempts") - 1)
    record_many(verb="mail.give_back", subjects=[(one, {"key": one.key}) for one in held.values()], actor=None, at=now)
    return given

"""What the writes of the outbox share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.text import one_line
from rebond.mail import purposes
from rebond.mail.actions.basis import note_all_told
from rebond.mail.models import Message, MessageStatus

#: Claimable: never tried, or to be tried again.
DUE = (MessageStatus.PLANNED, MessageStatus.DEFERRED)
#: No byte of the text has left.
WAITING = (*DUE, MessageStatus.CLAIMED)


def stopped(message: Message, now: datetime) -> None:
    """Tells the message's purpose that it will never be sent; a purpose that is gone has nobody to tell."""
    if purpose := purposes.find(message.purpose):
        purpose.stopped(message, now)


def accepted(message: Message, now: datetime) -> None:
    """Tells the message's purpose that it was sent, or is taken as sent; a note told of the right to object (L14)."""
    all_accepted([message], now)


def all_accepted(messages: Iterable[Message], now: datetime) -> None:
    """The same for many, each purpose told of each, inside the caller's transaction."""
    told: dict[str, list[str]] = {}
    for message in messages:
        if purpose := purposes.find(message.purpose):
            purpose.accepted(message, now)
            if purpose.cadence and purpose.use:
                told.setdefault(purpose.use, []).append(message.fingerprint)
    for use, fingerprints in told.items():
        note_all_told(fingerprints=fingerprints, use=use, now=now)


def cancel(message: Message, reason: str, actor: User | None, now: datetime) -> bool:
    """One conditional update: a sender that has claimed the mail finds it gone when it is about to begin."""
    changes = {"status": MessageStatus.CANCELLED, "reason": one_line(reason, 40), "finished_at": now}
    if not Message.objects.filter(pk=message.pk, status__in=WAITING).update(lease_until=None, **changes):
        return False
    message.refresh_from_db()
    record(verb="mail.cancel", subject=message, actor=actor, at=now, key=message.key, reason=message.reason)
    return True


def still_held(messages: Iterable[Message], statuses: Sequence[str]) -> dict[int, Message]:
    """Fresh rows of those that are still this worker's and this attempt's, locked, by number; one query.

    The caller's transaction may then write them by number alone.
    """
    known = {message.pk: (message.worker, message.attempts) for message in messages}
    rows = _held(known, statuses)
    return {row.pk: row for row in rows if known[row.pk] == (row.worker, row.attempts)}


def numbers_held(messages: Iterable[Message], statuses: Sequence[str]) -> set[int]:
    """Only the numbers of ``still_held``, their rows locked just so."""
    known = {message.pk: (message.worker, message.attempts) for message in messages}
    rows = _held(known, statuses).values_list("pk", "worker", "attempts")
    return {number for number, worker, attempts in rows if known[number] == (worker, attempts)}


def _held(numbers: Iterable[int], statuses: Sequence[str]) -> QuerySet[Message]:
    rows = Message.objects.filter(pk__in=list(numbers), status__in=statuses).order_by("pk")
    return rows.select_for_update(of=("self",)) if connection.features.has_select_for_update else rows


def write_each(rows: Sequence[Message], fields: Sequence[str]) -> None:
    """Writes these fields of every row by one prepared statement: ``bulk_update`` at a tenth of its cost."""
    columns = [column for column in Message._meta.concrete_fields if column.name in fields]
    quoted = connection.ops.quote_name
    changes = ", ".join(f"{quoted(str(column.column))} = %s" for column in columns)
    statement = f"UPDATE {quoted(Message._meta.db_table)} SET {changes} WHERE id = %s"  # noqa: S608 (our own names)
    values = [
        [*(column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns), row.pk]
        for row in rows
    ]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)

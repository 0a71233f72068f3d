"""How far this database has got, and what follows when it turns out to have been restored or moved."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from rebond.accounts.audit import record_many
from rebond.mail.models import Halt, HaltReason, Halts, Mark, Message, MessageStatus

#: The one row.
ONE = 1
#: How long a mail whose fate nobody knows waits for somebody to say; then it is taken as sent.
ASSUMED_AFTER = timedelta(hours=72)


@transaction.atomic
def first_mark(*, now: datetime) -> Mark:
    """The row, made when there is none; its name tells this database from any other beside the same folder."""
    from rebond.mail.outgoing import restored  # which looks at these rows

    mark = Mark(pk=ONE, number=0, host=secrets.token_hex(16), at=now)
    restored.keep(mark)  # first: another process that finds the row finds the file too
    found, made = Mark.objects.get_or_create(pk=ONE, defaults={"number": 0, "host": mark.host, "at": now})
    if not made:
        restored.forget(mark)
    return found


@transaction.atomic
def advance_mark(*, now: datetime) -> Mark:
    """One more; its new state."""
    if not Mark.objects.filter(pk=ONE).update(number=F("number") + 1, at=now):
        first_mark(now=now)
        Mark.objects.filter(pk=ONE).update(number=F("number") + 1, at=now)
    return Mark.objects.get(pk=ONE)


@transaction.atomic
def stop_restored(*, mark: Mark, beyond: int, note: str, now: datetime) -> Mark:
    """Halts everything until a person says that this installation goes on; counts on from beyond the old number."""
    from rebond.mail.actions.halts import halt  # which plans, and needs these rows

    halt(
        covers=Halts.EVERYTHING, because=HaltReason.RESTORED, note=note, since=mark.at, actor=None, now=now
    )  # fmt: skip
    Mark.objects.filter(pk=mark.pk).update(number=max(mark.number, beyond) + 1, at=now)
    mark.refresh_from_db()
    return mark


@transaction.atomic
def doubt(*, halt: Halt, now: datetime) -> int:
    """What was due when a restored database was found may have left before: ``unknown``, until a person decides.

    Called when such a halt is lifted; how many.
    """
    was_due = Q(send_at__lte=halt.at) | Q(reason="halted")
    waiting = (MessageStatus.PLANNED, MessageStatus.DEFERRED, MessageStatus.CLAIMED, MessageStatus.DATA_STARTED)
    found = list(Message.objects.select_for_update().filter(was_due, status__in=waiting, planned_at__lte=halt.at))
    Message.objects.filter(pk__in=[message.pk for message in found]).update(
        status=MessageStatus.UNKNOWN, reason="restored", worker="", lease_until=now + ASSUMED_AFTER
    )
    record_many(verb="mail.doubt", subjects=[(one, {"key": one.key}) for one in found], actor=halt.lifted_by, at=now)
    return len(found)

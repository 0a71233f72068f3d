"""What is due is claimed and written, committed before anybody connects; what may not be told is settled, with why."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import translation

from rebond.accounts.audit import record
from rebond.channels import held, purposes
from rebond.channels.actions.planning import UNSAID, as_text
from rebond.channels.actions.telling import TWICE, pause_after
from rebond.channels.models import Delivery, DeliveryStatus

log = logging.getLogger("rebond.channels")
#: Longer than any answer of a service is waited for (``channels.handing``).
LEASE = timedelta(minutes=2)
#: So many are handed over side by side.
BATCH = 8
DUE = (DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED)


@dataclass
class Claim:
    """What one claim brought: deliveries to hand over, and how many were settled without."""

    deliveries: list[Delivery] = field(default_factory=list)
    settled: int = 0

    def __bool__(self) -> bool:
        return bool(self.deliveries or self.settled)


def claim(*, worker: str, now: datetime, limit: int = BATCH, lease: timedelta = LEASE) -> Claim:
    """Takes up to ``limit`` deliveries that are due, for this worker alone.

    Guard and text of each purpose are looked at in this transaction, so that what was withdrawn or is wished otherwise
    until now is not told, or told so.
    """
    claimed, counted = _claim(f"{worker[:60]}:{uuid.uuid4().hex[:12]}", now, limit, lease)
    held.keep(counted)
    return claimed


@transaction.atomic(durable=True)
def _claim(name: str, now: datetime, limit: int, lease: timedelta) -> tuple[Claim, Any]:
    due = list(_due(now)[:limit])
    going = [one for one in due if _may_go(one, now) and _written(one, now)]
    for one in going:
        one.status, one.worker, one.lease_until = DeliveryStatus.CLAIMED, name, now + lease
        one.attempts += 1
        if one.reason != TWICE:
            one.reason = ""  # what held it back has passed
        one.save(update_fields=["status", "worker", "lease_until", "attempts", "title", "body", "reason"])
    # Last: on PostgreSQL other workers wait for its row until the commit.
    return Claim(going, len(due) - len(going)), held.count(now) if going else None


def _due(now: datetime) -> QuerySet[Delivery]:
    due = Delivery.objects.filter(status__in=DUE, send_at__lte=now).select_related("channel__team")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    return due.order_by("send_at", "pk")


def _may_go(delivery: Delivery, now: datetime) -> bool:
    """A purpose is another room's code: one that breaks must not hold up everybody's messages behind its own."""
    try:
        with transaction.atomic():
            reason = _reason(delivery, now)
    except Exception as error:
        log.exception("delivery %s cannot be looked at", delivery.key)
        _put_off(delivery, error, now)
        return False
    if reason:
        _skip(delivery, reason, now)
    return not reason


def _reason(delivery: Delivery, now: datetime) -> str:
    """Why it is not told; empty to tell it."""
    channel, purpose = delivery.channel, purposes.get(delivery.purpose)
    if channel.ended_at is not None:
        return "channel_ended"
    if not channel.is_on and not purpose.when_off:
        return "channel_off"
    return purpose.guard(delivery, now)


def _written(delivery: Delivery, now: datetime) -> bool:
    try:
        with transaction.atomic(), translation.override(delivery.channel.language):
            said = purposes.get(delivery.purpose).write(delivery, now)
    except Exception as error:
        log.exception("delivery %s could not be written", delivery.key)
        _put_off(delivery, error, now)
        return False
    for name, text in as_text(said.title, said.body).items():
        setattr(delivery, name, text)
    return True


def _skip(delivery: Delivery, reason: str, now: datetime) -> None:
    changes = {"status": DeliveryStatus.SKIPPED, "reason": reason[:40], "finished_at": now, **UNSAID}
    for name, value in changes.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=[*changes])
    record(verb="channels.skip", subject=delivery, actor=None, at=now, key=delivery.key, reason=delivery.reason)


def _put_off(delivery: Delivery, error: Exception, now: datetime) -> None:
    """Tried again as after a refusal, since somebody may mend the program; not told in the end."""
    delivery.attempts, delivery.answer = delivery.attempts + 1, type(error).__name__[:300]
    pause = pause_after(delivery.attempts)
    if pause is None:
        _skip(delivery, "could_not_be_written", now)
    else:
        delivery.status, delivery.send_at = DeliveryStatus.DEFERRED, now + pause
    delivery.save(update_fields=["attempts", "answer", "status", "send_at"])

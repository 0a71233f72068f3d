"""A message to one channel is planned once; until it is handed over it can be taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from rebond.accounts.audit import record, record_many
from rebond.accounts.models import User
from rebond.base.text import clean, one_line
from rebond.channels.models import ChatChannel, Delivery, DeliveryStatus
from rebond.jobs.actions import enqueue

#: Nothing has left yet.
WAITING = (DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED, DeliveryStatus.CLAIMED)
#: Nothing ever left: taken back by whoever planned it, or withdrawn when it was looked at.
NEVER_LEFT = (DeliveryStatus.CANCELLED, DeliveryStatus.SKIPPED)
LONGEST = 3000
#: What was never told need not be kept: an earlier try may have written names that are to stay out since.
UNSAID = {"title": "", "body": ""}


@transaction.atomic
def plan_delivery(
    *, key: str, channel: ChatChannel, purpose: str, subject: str = "", title: str = "", body: str = "",
    send_at: datetime | None = None, actor: User | None, now: datetime,
) -> Delivery:  # fmt: skip
    """Puts one message to one channel into the outbox; that ``key`` once, whoever plans it how often.

    What was taken back before it left is planned again by the same key. What is due is told at once: a job is queued
    in the caller's own transaction.

    Args:
        key: at most 120 characters; names the occasion and no person, since it is kept in the audit log.
        title, body: plain text, as far as it is known now; the purpose may write both anew when it is told.
    """
    said = as_text(title, body)
    found = Delivery.objects.filter(key=key).first()
    if found is not None and not _again(found, said, send_at or now, now):
        return found
    found = found or _planned(key, channel, purpose, subject, said, send_at, now)
    if found is None:  # another process planned it since we looked
        return Delivery.objects.get(key=key)
    record(verb="channels.plan", subject=found, actor=actor, at=now, key=key, purpose=purpose)
    if found.send_at <= now:
        send_soon(now=now)
    return found


def as_text(title: str, body: str) -> dict[str, str]:
    """A title is one line, whatever a name of a CRM has in it; what stands below it has several."""
    return {"title": one_line(title, 200), "body": clean(body, LONGEST)}


def _planned(
    key: str, channel: ChatChannel, purpose: str, subject: str, said: dict[str, str], send_at: datetime | None,
    now: datetime,
) -> Delivery | None:  # fmt: skip
    try:
        with transaction.atomic():
            return Delivery.objects.create(
                key=key, channel=channel, purpose=purpose, subject=subject, planned_at=now, send_at=send_at or now,
                **said,
            )  # fmt: skip
    except IntegrityError:
        return None


def _again(delivery: Delivery, said: dict[str, str], send_at: datetime, now: datetime) -> bool:
    """One conditional update: only what never left is planned again."""
    never = Delivery.objects.filter(pk=delivery.pk, status__in=NEVER_LEFT).exclude(reason="left_unsaid")
    fresh = {"attempts": 0, "worker": "", "reason": "", "answer": "", "finished_at": None, "lease_until": None}
    if not never.update(status=DeliveryStatus.PLANNED, planned_at=now, send_at=send_at, **said, **fresh):
        return False
    delivery.refresh_from_db()
    return True


def send_soon(*, now: datetime) -> None:
    """Queues the job that tells what is due, unless it is queued already."""
    from rebond.channels.work import send_due  # the job tells by these actions

    enqueue(task=send_due, kwargs={}, now=now, unique_key="channels.send_due")


@transaction.atomic
def cancel_deliveries(
    *, subject: str, purpose: str = "", reason: str = "withdrawn", actor: User | None, now: datetime
) -> int:
    """Takes back everything about ``subject`` that has not left; how many. What was told stays told."""
    waiting = Delivery.objects.select_for_update(of=("self",)).filter(subject=subject, status__in=WAITING)
    found = list((waiting.filter(purpose=purpose) if purpose else waiting).order_by("pk"))
    Delivery.objects.filter(pk__in=[one.pk for one in found], status__in=WAITING).update(
        status=DeliveryStatus.CANCELLED, reason=reason[:40], finished_at=now, lease_until=None, **UNSAID
    )
    subjects = [(one, {"key": one.key, "reason": reason}) for one in found]
    record_many(verb="channels.cancel", subjects=subjects, actor=actor, at=now)
    return len(found)

"""A claimed message is handed over, and its fate written down: at most once, and where nobody knows, that is said."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.audit import record, record_many
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean
from rebond.channels.actions.planning import WAITING, send_soon
from rebond.channels.fates import Answer, Fate
from rebond.channels.models import Delivery, DeliveryStatus

#: Minutes until the next try, doubling up to an hour; together a day.
PAUSES = (*(timedelta(minutes=2**n) for n in range(6)), *[timedelta(hours=1)] * 23)
#: A service that asks for more patience than that is tried all the same.
LONGEST_WAIT = timedelta(hours=2)
#: The reason of one that a person had told again.
TWICE = "may_be_told_twice"
#: A late answer still counts: the service's own word is better than "unknown".
_HANDED_OVER = (DeliveryStatus.STARTED, DeliveryStatus.UNKNOWN)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many tries; ``None``: it is given up.

    >>> pause_after(1), pause_after(7), pause_after(30)
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=3600), None)
    >>> sum(PAUSES, timedelta(0))
    datetime.timedelta(days=1, seconds=180)
    """
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


@transaction.atomic(durable=True)
def begin(*, deliveries: Collection[Delivery], now: datetime, lease: timedelta) -> set[int]:
    """They are about to be handed over; only when this has returned may a byte leave.

    Returns:
        The numbers of those that may; the others are no longer ours: taken back, or claimed by another since.
    """
    begun = set()
    for one in deliveries:
        mine = _mine(one, DeliveryStatus.CLAIMED)
        if mine.update(status=DeliveryStatus.STARTED, lease_until=now + lease):
            begun.add(one.pk)
    return begun


def _mine(delivery: Delivery, *statuses: str) -> QuerySet[Delivery]:
    """The row, if it is still this worker's and this attempt's."""
    of_this_try = {"worker": delivery.worker, "attempts": delivery.attempts}
    return Delivery.objects.filter(pk=delivery.pk, status__in=statuses, **of_this_try)


@transaction.atomic
def note(*, delivery: Delivery, answer: Answer, now: datetime) -> bool:
    """Writes down what became of it; ``False`` when somebody else has decided since."""
    said = clean(answer.said, 300)
    pause = pause_after(delivery.attempts) if answer.fate is Fate.AGAIN else None
    if pause is not None:
        again = now + max(pause, min(answer.wait, LONGEST_WAIT))
        changes: dict[str, object] = {"status": DeliveryStatus.DEFERRED, "send_at": again}
    else:
        changes = _ended(answer.fate, now)
    lease = {"lease_until": None, "answer": said}
    if not _mine(delivery, DeliveryStatus.CLAIMED, *_HANDED_OVER).update(**lease, **changes):
        return False
    delivery.refresh_from_db()
    if delivery.status != DeliveryStatus.DEFERRED:
        record(verb=f"channels.{delivery.status}", subject=delivery, actor=None, at=now, key=delivery.key)
    return True


def _ended(fate: Fate, now: datetime) -> dict[str, object]:
    if fate is Fate.ACCEPTED:
        return {"status": DeliveryStatus.ACCEPTED, "finished_at": now}
    if fate is Fate.UNKNOWN:
        return {"status": DeliveryStatus.UNKNOWN}
    gave_up = {"reason": "gave_up"} if fate is Fate.AGAIN else {}
    return {"status": DeliveryStatus.REJECTED, "finished_at": now, **gave_up}


@transaction.atomic
def recover(*, now: datetime) -> int:
    """What workers that died left behind; how many.

    Only claimed: planned again, and the try does not count. Being handed over: ``unknown``, until a person says.
    """
    gone = Delivery.objects.filter(lease_until__lt=now)
    freed = gone.filter(status=DeliveryStatus.CLAIMED).update(
        status=DeliveryStatus.PLANNED, worker="", lease_until=None, attempts=F("attempts") - 1
    )
    lost = [one for one in gone.filter(status=DeliveryStatus.STARTED).order_by("pk") if _lose(one, now)]
    return freed + len(lost)


def _lose(delivery: Delivery, now: datetime) -> bool:
    if not _mine(delivery, DeliveryStatus.STARTED).update(status=DeliveryStatus.UNKNOWN, lease_until=None):
        return False
    record(verb="channels.lose", subject=delivery, actor=None, at=now, key=delivery.key)
    return True


@transaction.atomic
def doubt(*, since: datetime, now: datetime) -> int:
    """What was due when this database was found restored may have been told before: ``unknown``; how many."""
    due = Delivery.objects.filter(status__in=(*WAITING, DeliveryStatus.STARTED), send_at__lte=since)
    found = list(due.filter(planned_at__lte=since).order_by("pk"))
    Delivery.objects.filter(pk__in=[one.pk for one in found]).update(
        status=DeliveryStatus.UNKNOWN, reason="restored", worker="", lease_until=None
    )
    record_many(verb="channels.doubt", subjects=[(one, {"key": one.key}) for one in found], actor=None, at=now)
    return len(found)


@transaction.atomic
def forget_texts(*, before: datetime) -> int:
    """Blanks what messages said that ended before, and what services answered (some repeat the message); that they
    were told stays. How many.

    No audit entry: nothing is decided by it.
    """
    old = Delivery.objects.filter(finished_at__lt=before).exclude(title="", body="", answer="")
    return old.update(title="", body="", answer="")


@transaction.atomic
def settle(*, delivery: Delivery, decision: str, actor: User, now: datetime) -> Delivery:
    """What a person who looked says of one that nobody knew of: ``told``, ``again`` (it may be told twice), ``leave``.

    Raises:
        Conflict: ``not_unknown`` when there is nothing to decide (any more).
    """
    changes = {
        "told": {"status": DeliveryStatus.ACCEPTED, "reason": "by_hand", "finished_at": now},
        "again": {"status": DeliveryStatus.PLANNED, "reason": TWICE, "send_at": now, "attempts": 0},
        "leave": {"status": DeliveryStatus.SKIPPED, "reason": "left_unsaid", "finished_at": now},
    }[decision]
    unknown = Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.UNKNOWN)
    if not unknown.update(worker="", lease_until=None, **changes):
        raise Conflict(
            _("What became of this message is known already. Nothing was changed. It stands beside it."),
            code="not_unknown",
        )
    delivery.refresh_from_db()
    record(verb="channels.settle", subject=delivery, actor=actor, at=now, key=delivery.key, decision=decision)
    if decision == "again":
        send_soon(now=now)
    return delivery

"""Something is told to open screens; what is old is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from rebond.live.models import LiveEvent

#: The PostgreSQL channel that server processes listen on; an id is sent, the rest is read from the table.
CHANNEL = "rebond_live"
#: How long a screen may sleep and still be told what it missed.
KEPT = timedelta(days=2)


@transaction.atomic(savepoint=False)
def tell(*, key: str, kind: str, audience: Sequence[str], data: Mapping[str, Any], now: datetime) -> LiveEvent | None:
    """Tells every open screen of the audience, when the caller's transaction is committed; the same key once.

    No audit entry: what happened is audited where it happened, this only says so.

    Returns:
        the event; ``None`` when nobody is to be told, or it was told before.
    """
    if not audience or LiveEvent.objects.filter(key=key).exists():
        return None
    try:
        with transaction.atomic():
            event = LiveEvent.objects.create(key=key, kind=kind, audience=sorted(audience), data=dict(data), at=now)
    except IntegrityError:
        return None  # another process told it since we looked
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(event.pk)])
    return event


@transaction.atomic
def tell_otherwise(*, event: LiveEvent, audience: Sequence[str], data: Mapping[str, Any]) -> None:
    """What screens that come back later are told instead, under the same number; no audience: nothing any more.

    No audit entry, as above. What open screens were told already, the caller withdraws.
    """
    event.audience, event.data = sorted(audience), dict(data)
    event.save(update_fields=["audience", "data"])


@transaction.atomic
def forget(*, before: datetime) -> int:
    """Removes what nobody needs to be told any more; how many."""
    return LiveEvent.objects.filter(at__lt=before).delete()[0]

"""Reads of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min, QuerySet

from rebond.base.errors import RebondError
from rebond.mail.addresses import fingerprint
from rebond.mail.boxes.mailbox import way_out_of
from rebond.mail.models import Halt, Message, MessageStatus, Scope, Suppression
from rebond.mail.queries.basis import basis_for, language_of, rhythm_of

__all__ = ["basis_for", "counts", "halts", "language_of", "messages", "next_due", "rhythm_of", "suppressed", "way_out"]


def suppressed(addresses: Iterable[str], scope: str) -> set[str]:
    """Of these addresses (as given) those that get nothing of ``scope``; one query.

    Args:
        scope: of ``Scope``; empty for mail that only ``all`` silences.
    """
    marks = {address: fingerprint(address) for address in addresses}
    standing = Suppression.objects.filter(
        fingerprint__in=set(marks.values()), scope__in={Scope.ALL.value, scope}, lifted_at=None
    )
    silent = set(standing.values_list("fingerprint", flat=True))
    return {address for address, mark in marks.items() if mark in silent}


def messages(status: str = "") -> QuerySet[Message]:
    """The outbox, newest first; of one status, if that is one."""
    newest = Message.objects.order_by("-planned_at", "-pk")
    return newest.filter(status=status) if status in MessageStatus.values else newest


def counts() -> dict[str, int]:
    """How many messages have each status, in the order of their life; one query."""
    found = dict(Message.objects.order_by().values_list("status").annotate(Count("pk")))
    return {status: found.get(status, 0) for status in MessageStatus.values}


def halts() -> list[Halt]:
    """The halts that stand, oldest first."""
    return list(Halt.objects.filter(lifted_at=None).select_related("by").order_by("at", "pk"))


def next_due() -> datetime | None:
    """When the next waiting mail is to be sent; in the past when it is late."""
    waiting = Message.objects.filter(status__in=[MessageStatus.PLANNED, MessageStatus.DEFERRED])
    due: datetime | None = waiting.aggregate(first=Min("send_at"))["first"]
    return due


def way_out() -> tuple[bool, str]:
    """Whether mail can leave this installation at all, and what is wrong with the setting, if something is."""
    try:
        return way_out_of(None) is not None, ""
    except RebondError as error:
        return False, str(error)

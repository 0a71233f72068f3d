"""The audit log's one writer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

from rebond.accounts.models import AuditEntry, User
from rebond.base.prepared import OneMore

#: Every write has one, so put together once.
_entry = OneMore(AuditEntry)


def record(*, verb: str, subject: Model, actor: User | None, at: datetime, **detail: Any) -> None:
    """Adds one line to the audit log, inside the caller's transaction.

    Args:
        verb: ``room.verb``, e.g. ``deals.log_touch``.
        subject: the record acted on; must be saved.
        actor: who did it; ``None`` when the program itself did.
        at: when, aware.
        detail: what changed; JSON-able, no secrets, no free text of buyers.
    """
    _entry.make(
        at=at, actor_id=actor.pk if actor else None, verb=verb, subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk), detail=detail,
    )  # fmt: skip


def record_many(
    *, verb: str, subjects: Iterable[tuple[Model, dict[str, Any]]], actor: User | None, at: datetime
) -> None:
    """The same for many records at once, in one query: each with its own detail."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=at, actor=actor, verb=verb, subject_type=one._meta.label_lower, subject_id=str(one.pk), detail=detail
        )
        for one, detail in subjects
    )

"""Addresses that asked for silence. What is committed here before a mail is claimed always wins."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.text import clean
from rebond.mail import purposes
from rebond.mail.actions.rows import WAITING, cancel, stopped
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Message, Scope, Suppression, Why


@transaction.atomic
def suppress(*, address: str, scope: str, why: str, source: str, actor: User | None, now: datetime) -> Suppression:
    """Nothing of ``scope`` goes to this address any more; mail to it that waits is cancelled. Twice is once.

    Args:
        scope: of ``Scope``; ``all`` silences everything.
        why: of ``Why``.
        source: where it was said, e.g. ``survey``; no address.

    Raises:
        ValueError: no such scope, or no such why.
    """
    found = _one(fingerprint(address), Scope(scope), Why(why), clean(source, 60), actor, now)
    for message in _waiting(found):
        if cancel(message, "suppressed", actor, now):
            stopped(message, now)
    return found


def _one(mark: str, scope: Scope, why: Why, source: str, actor: User | None, now: datetime) -> Suppression:
    standing = Suppression.objects.filter(fingerprint=mark, scope=scope, lifted_at=None)
    if found := standing.first():
        return found
    made = Suppression(fingerprint=mark, scope=scope, why=why, source=source, at=now, by=actor)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return standing.get()  # said twice at the same moment
    record(verb="mail.suppress", subject=made, actor=actor, at=now, scope=scope.value, why=why.value, source=source)
    return made


def _waiting(silence: Suppression) -> list[Message]:
    """What waits and is covered; on PostgreSQL a claim of one of them is waited for, and then loses."""
    covered = Message.objects.filter(fingerprint=silence.fingerprint, status__in=WAITING).order_by("pk")
    if silence.scope != Scope.ALL:
        covered = covered.filter(purpose__in=purposes.silenced_by(silence.scope))
    if connection.features.has_select_for_update:
        covered = covered.select_for_update(of=("self",))
    return list(covered)


@transaction.atomic
def lift_suppression(*, address: str, scope: str, actor: User | None, now: datetime) -> bool:
    """The address may be written to again; what was cancelled stays cancelled. ``False`` when nothing stood."""
    standing = Suppression.objects.filter(fingerprint=fingerprint(address), scope=Scope(scope), lifted_at=None).first()
    if standing is None:
        return False
    standing.lifted_at, standing.lifted_by = now, actor
    standing.save(update_fields=["lifted_at", "lifted_by"])
    record(verb="mail.lift_suppression", subject=standing, actor=actor, at=now, scope=standing.scope)
    return True

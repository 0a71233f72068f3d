"""Addresses that asked for silence. What is committed here before a mail is claimed always wins."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean
from rebond.mail.actions.rows import WAITING, cancel, stopped
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Ground, Message, Scope, Suppression, Use, Why
from rebond.mail.purposes import silenced_by
from rebond.mail.rights import silenced

#: Silences that a person, and not one of us, decided.
THEIRS = frozenset({Why.ASKED, Why.COMPLAINED, Why.ERASED})


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
    return silence(mark=fingerprint(address), scope=scope, why=why, source=source, actor=actor, now=now)


@transaction.atomic
def silence(*, mark: str, scope: str, why: str, source: str, actor: User | None, now: datetime) -> Suppression:
    """``suppress`` for an address of which only the fingerprint is known."""
    found = _one(mark, Scope(scope), Why(why), clean(source, 60), actor, now)
    for message in _waiting(found):
        if cancel(message, "suppressed", actor, now):
            stopped(message, now)
    silenced.tell(found, now)
    return found


def _one(mark: str, scope: Scope, why: Why, source: str, actor: User | None, now: datetime) -> Suppression:
    standing = Suppression.objects.filter(fingerprint=mark, scope=scope, lifted_at=None)
    if found := standing.first():
        if why in THEIRS and found.why not in THEIRS:
            _is_theirs_now(found, why, source, actor, now)
        return found
    made = Suppression(fingerprint=mark, scope=scope, why=why, source=source, at=now, by=actor)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return standing.get()  # said twice at the same moment
    record(verb="mail.suppress", subject=made, actor=actor, at=now, scope=scope.value, why=why.value, source=source)
    return made


def _is_theirs_now(standing: Suppression, why: Why, source: str, actor: User | None, now: datetime) -> None:
    """They say themselves what one of us, or a bounce, had silenced: it is not ours to lift any more (GDPR 21(3))."""
    standing.why, standing.source, standing.at, standing.by = why, source, now, actor
    standing.save(update_fields=["why", "source", "at", "by"])
    record(
        verb="mail.suppress", subject=standing, actor=actor, at=now, scope=standing.scope, why=why.value, source=source
    )


def _waiting(silence: Suppression) -> list[Message]:
    """What waits and is covered; on PostgreSQL a claim of one of them is waited for, and then loses."""
    covered = Message.objects.filter(fingerprint=silence.fingerprint, status__in=WAITING).order_by("pk")
    if silence.scope != Scope.ALL:
        covered = covered.filter(purpose__in=silenced_by(silence.scope))
    if connection.features.has_select_for_update:
        covered = covered.select_for_update(of=("self",))
    return list(covered)


@transaction.atomic
def lift_suppression(*, address: str, scope: str, actor: User | None, now: datetime) -> bool:
    """The address may be written to again; what was cancelled stays cancelled. ``False`` when nothing stood."""
    standing = Suppression.objects.filter(fingerprint=fingerprint(address), scope=Scope(scope), lifted_at=None).first()
    if standing is None:
        return False
    _lift(standing, actor, now)
    return True


@transaction.atomic
def lift(*, silence: Suppression, actor: User, now: datetime) -> None:
    """One of us lifts a silence that one of us entered, or that a bounce did.

    What a person asked for themselves, called unwanted, or was erased with is theirs: it stands until they agreed
    anew, with evidence, after it began (CNIL on objections; GDPR 21(3)).

    Raises:
        Conflict: ``lifted_before``, ``silence_is_theirs``.
    """
    if silence.lifted_at is not None:
        raise Conflict(_("This silence was lifted before. Nothing was changed."), code="lifted_before")
    if silence.why in THEIRS and not _agreed_since(silence):
        raise Conflict(
            _(
                "They asked for this silence themselves, so it stays. When they have agreed to hear from you again "
                "since, enter that consent with its evidence on their page first; then it can be lifted."
            ),
            code="silence_is_theirs",
        )
    _lift(silence, actor, now)


def _agreed_since(silence: Suppression) -> bool:
    consents = Basis.objects.filter(
        fingerprint=silence.fingerprint, ground=Ground.CONSENT, withdrawn_at=None, obtained_at__gt=silence.at
    )
    return (consents if silence.scope == Scope.ALL else consents.filter(use=Use(silence.scope))).exists()


@transaction.atomic
def lift_asked(*, mark: str, scope: str, now: datetime) -> bool:
    """The person takes back on their own page what they asked for there; ``False`` when nothing like it stood."""
    standing = Suppression.objects.filter(fingerprint=mark, scope=Scope(scope), why=Why.ASKED, lifted_at=None).first()
    if standing is not None:
        _lift(standing, None, now)
    return standing is not None


def _lift(standing: Suppression, actor: User | None, now: datetime) -> None:
    standing.lifted_at, standing.lifted_by = now, actor
    standing.save(update_fields=["lifted_at", "lifted_by"])
    record(verb="mail.lift_suppression", subject=standing, actor=actor, at=now, scope=standing.scope)

"""Everything stops: one of us pressed the button, the database was restored, or too many people complained."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.base.text import clean
from rebond.mail.actions.marks import doubt
from rebond.mail.actions.planning import send_soon
from rebond.mail.actions.rows import DUE
from rebond.mail.guarding.guards import HELD
from rebond.mail.models import Halt, HaltReason, Halts, Message

#: What a person may stop, and how the button says it.
CHOICES = [
    (Halts.EVERYTHING.value, gettext_lazy("Stop all mail")),
    (Halts.CADENCE.value, gettext_lazy("Stop notes only")),
]


@transaction.atomic
def halt(
    *, covers: str, because: str, note: str = "", since: datetime | None = None, actor: User | None, now: datetime
) -> Halt:
    """Nothing that it covers is claimed any more until a person lifts it. The same twice is once.

    Args:
        covers: of ``Halts``.
        because: of ``HaltReason``.
        note: in words, for the outbox; no address.
        since: for a restored database, the last moment it knows of.

    Raises:
        ValueError: no such thing to stop, or no such reason.
    """
    what, why = Halts(covers), HaltReason(because)
    if standing := Halt.objects.filter(covers=what, because=why, lifted_at=None).first():
        return standing
    made = Halt.objects.create(covers=what, because=why, note=clean(note, 300), since=since, at=now, by=actor)
    record(verb="mail.halt", subject=made, actor=actor, at=now, covers=what.value, because=why.value)
    return made


@transaction.atomic
def lift_halt(*, halt: Halt, actor: User | None, now: datetime) -> None:
    """Mail leaves again; what it held back is due at once, as far as nothing else holds it.

    After a restored database: what was due when that was noticed is ``unknown``, until a person decides about it.

    Raises:
        Conflict: ``already_lifted``.
    """
    if not Halt.objects.filter(pk=halt.pk, lifted_at=None).update(lifted_at=now, lifted_by=actor):
        raise Conflict(
            _("Somebody let mail leave again already. Nothing was changed. The outbox shows how it stands."),
            code="already_lifted",
        )
    halt.refresh_from_db()
    record(verb="mail.lift_halt", subject=halt, actor=actor, at=now, covers=halt.covers, because=halt.because)
    if halt.because == HaltReason.RESTORED:
        doubt(halt=halt, now=now)
    Message.objects.filter(status__in=DUE, reason=HELD, send_at__gt=now).update(send_at=now)
    send_soon(now=now)

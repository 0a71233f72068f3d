"""An address was silenced, through whichever door: staying in touch with its people ends there and then."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from rebond.accounts.audit import record
from rebond.mail.models import Scope, Suppression, Why
from rebond.mail.queries.basis import people_at
from rebond.nurture.actions.rows import finish, locked
from rebond.nurture.models import Ended, Enrolment, Standing

#: What a silence means for staying in touch.
BECAUSE = {
    Why.ASKED: Ended.ASKED, Why.COMPLAINED: Ended.ASKED, Why.ERASED: Ended.ASKED, Why.BOUNCED: Ended.NO_ADDRESS,
    Why.OPERATOR: Ended.BY_HAND,
}  # fmt: skip


@transaction.atomic
def hush(silence: Suppression, now: datetime) -> None:
    """Ends what keeps us in touch with whoever has that address; said again, it finds nothing more to end.

    A silence about questions or introductions alone ends nothing here.
    """
    if silence.scope not in (Scope.ALL, Scope.KEEP_IN_TOUCH):
        return
    people = people_at(silence.fingerprint)
    for enrolment in Enrolment.objects.filter(person__in=people).exclude(status=Standing.ENDED):
        mine = locked(enrolment)
        if mine.status == Standing.ENDED:
            continue
        finish(mine, BECAUSE[Why(silence.why)], actor=silence.by, now=now)
        mine.save()
        record(verb="nurture.end", subject=mine, actor=silence.by, at=now, because=mine.ended_because)

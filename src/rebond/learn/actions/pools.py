"""Confidential answers become countable: five or more together, once, for every view alike.

Every figure made of such answers is a sum of whole pools, so the difference of any two views is one too: whatever is
compared, no fewer than five answers are ever told apart. One team, and either wins or noes.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from rebond.accounts.audit import record
from rebond.accounts.models import Team
from rebond.base.dates import local_day
from rebond.learn.models import Mode, ReleasedPool, Response

#: Fewer than this are never counted.
POOL_FROM = 5


@transaction.atomic
def release_pools(*, team_id: int | None, won: bool, now: datetime) -> ReleasedPool | None:
    """Pools all waiting answers of this team and kind as soon as there are five; ``None`` where there are fewer.

    The order in which they came in leaves no trace: which of them are in the pool is all that is kept. Two that come
    in at once wait for each other at their team, so that no answer is in two pools and the second counts the first.
    """
    if team_id is not None:
        list(Team.objects.select_for_update(no_key=True).filter(pk=team_id))
    answers = list(waiting(won=won).filter(team=team_id).select_for_update(of=("self",)))
    if len(answers) < POOL_FROM:
        return None
    closed = _closed_until(answers)
    pool = ReleasedPool.objects.create(
        team_id=team_id, won=won, closed_until=closed, released_on=local_day(now), answers=len(answers)
    )
    Response.objects.filter(pk__in=[answer.pk for answer in answers]).update(pool=pool)
    record(verb="learn.release_pool", subject=pool, actor=None, at=now, answers=len(answers))
    return pool


def waiting(*, won: bool) -> QuerySet[Response]:
    """Answers sent in confidence or anonymously that no pool counts yet; not of closes that were taken back."""
    found = Response.objects.filter(is_final=True, won=won, pool=None, mode__in=[Mode.CONFIDENTIAL, Mode.ANONYMOUS])
    return found.filter(invitation__close_event__reopening=None)


def _closed_until(answers: list[Response]) -> date:
    """The newest close in the pool; of an anonymous answer no more than the first day of its quarter is known."""
    known = Response.objects.filter(pk__in=[answer.pk for answer in answers], invitation__isnull=False)
    moments = known.values_list("invitation__close_event__closed_at", "invitation__close_event__recorded_at")
    days = [local_day(closed_at or recorded_at) for closed_at, recorded_at in moments]
    quarters = [answer.period for answer in answers if answer.period]
    return max([*days, *quarters])

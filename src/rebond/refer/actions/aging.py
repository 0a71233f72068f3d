"""What time does to referrals: an ask without an answer, a promise without an introduction."""

from __future__ import annotations

from datetime import datetime, timedelta

from rebond.base.errors import Conflict
from rebond.refer.actions.moving import move
from rebond.refer.models import Referral, State
from rebond.refer.states import AGREED_DAYS, ASKED_DAYS

#: (where it stands, days, what it becomes)
AGES: tuple[tuple[State, int, State], ...] = (
    (State.ASKED, ASKED_DAYS, State.NO_ANSWER),
    (State.AGREED, AGREED_DAYS, State.LAPSED),
)
#: Of one round; the next takes the rest.
AT_ONCE = 500


def sweep(*, now: datetime) -> int:
    """``no_answer`` 30 days after an ask, ``lapsed`` 60 days after a promise; how many moved.

    Each in a transaction of its own: one that somebody moved meanwhile is left alone.
    """
    return sum(_age(state, days, to, now) for state, days, to in AGES)


def _age(state: State, days: int, to: State, now: datetime) -> int:
    old = Referral.objects.filter(state=state, state_at__lte=now - timedelta(days=days))
    return sum(_one(referral, to, days, now) for referral in old.order_by("state_at", "pk")[:AT_ONCE])


def _one(referral: Referral, to: State, days: int, now: datetime) -> bool:
    try:
        move(referral=referral, to=to, actor=None, now=now, reason=f"after_{days}_days")
    except Conflict:
        return False
    return True

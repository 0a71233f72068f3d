"""Reads of asks: what is due, and how often a seller did not dare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.refer.models import AskExclusion, AskMoment, AskStatus, ReferralAsk

#: Noes of so long count.
YEAR = timedelta(days=365)
#: Not asked although nothing spoke against it: the moment passed.
LET_PASS = (AskExclusion.TOO_LATE,)


@dataclass(frozen=True)
class Hesitation:
    """Of so many noes with somebody to ask, so many were asked; for the seller alone."""

    asked: int
    noes: int


def due_asks(user: User, today: date) -> QuerySet[ReferralAsk]:
    """What ``user`` may ask today, the oldest first; those whose letter is leaving are not among them."""
    mine = ReferralAsk.objects.filter(owner=user, status=AskStatus.PLANNED, message_key="")
    return mine.filter(due_on__lte=today, until_on__gte=today, person__isnull=False).order_by("due_on", "pk")


def hesitation(user: User, now: datetime) -> Hesitation:
    """Noes of the last twelve months at which ``user`` had somebody to ask, and at how many they asked; one query.

    A no counts where somebody was asked, where the seller passed, where the moment went by, or where the ask is due
    now. Whoever a rule leaves out is no hesitation, and an ask that is still to come is none either. Nobody but the
    seller is ever told.
    """
    today = local_day(now)
    asked = Q(asked_at__isnull=False)
    dared_not = Q(status=AskStatus.PASSED) | Q(status=AskStatus.EXCLUDED, because__in=LET_PASS)
    due = Q(status=AskStatus.PLANNED, due_on__lte=today)
    mine = ReferralAsk.objects.filter(owner=user, planned_at__gt=now - YEAR, close_event__isnull=False)
    counted = mine.exclude(moment=AskMoment.BY_HAND).aggregate(
        asked=Count("close_event", filter=asked, distinct=True),
        noes=Count("close_event", filter=asked | dared_not | due, distinct=True),
    )
    return Hesitation(counted["asked"], counted["noes"])

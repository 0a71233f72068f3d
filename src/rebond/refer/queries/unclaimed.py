"""What the clock decides about rewards: whose holding period may be over, what nobody claimed, what soon runs out."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from rebond.base.dates import local_day
from rebond.refer.models import Advocate, Payout, PayoutStatus, Referral, Reward, RewardStatus, State
from rebond.refer.payee import missing, opened
from rebond.refer.queries.waiting import waits_of

#: How long before it runs out a reward is shown as running out.
WARNED = timedelta(days=60)


def ready_to_accrue(now: datetime) -> Iterable[Referral]:
    """Won referrals with a programme and no standing reward, oldest first; ``accrue`` looks at the rest."""
    won = Referral.objects.filter(state=State.WON, programme__isnull=False, refunded_on=None)
    done = Reward.objects.exclude(status=RewardStatus.REVERSED).values("referral")
    waiting = won.exclude(pk__in=done).select_related("advocate__person", "deal", "programme", "rule")
    found = list(waiting.order_by("state_at", "pk"))
    waits = waits_of(found, now=now)
    return [one for one in found if not waits[one.pk]]


def runs_out_on(reward: Reward) -> date:
    """The day from which it counts as unclaimed: so many months after it came due."""
    return months_after(local_day(reward.at), reward.programme.unclaimed_months)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month.

    >>> months_after(date(2026, 1, 31), 1), months_after(date(2026, 6, 9), 12)
    (datetime.date(2026, 2, 28), datetime.date(2027, 6, 9))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def run_out(now: datetime) -> list[Reward]:
    """Due rewards whose months are over and whose advocate never said where they should go.

    One that waits for us alone, with all its data, never runs out.
    """
    return _unclaimed(_due(), until=local_day(now))


def soon(rewards: QuerySet[Reward], now: datetime) -> list[Reward]:
    """Those that run out within two months, the soonest first."""
    return sorted(_unclaimed(rewards, until=local_day(now) + WARNED), key=runs_out_on)


def _due() -> QuerySet[Reward]:
    return Reward.objects.select_related("advocate", "programme", "referral").order_by("at", "pk")


def _unclaimed(rewards: QuerySet[Reward], *, until: date) -> list[Reward]:
    """Those that run out by then and that their advocate never claimed; the payee's data is opened for few."""
    due = rewards.filter(status=RewardStatus.DUE, payout__status__in=(PayoutStatus.WAITING, PayoutStatus.APPROVED))
    return [one for one in due if runs_out_on(one) <= until and is_unclaimed(one.advocate, one.kind)]


def is_unclaimed(advocate: Advocate, kind: str) -> bool:
    """Whether the advocate still owes us what a payout of this kind needs."""
    return bool(missing(opened(advocate.payee), kind))


def unproven(payouts: QuerySet[Payout]) -> QuerySet[Payout]:
    """Handed out by a run, with nothing yet that shows it reached them."""
    return payouts.filter(status=PayoutStatus.PAID, write_off=False, proof="").order_by("paid_at", "pk")

"""What a conversation took: minutes, since when in vain, the last answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum

from rebond.base.dates import day_begins, local_day
from rebond.deals.models import ANSWERS, Direction, Touch
from rebond.numbers.pricing import Prices
from rebond.worth.plans.defaults import DEFAULTS, MINUTES, TENTHS

#: Asked for so many deals at once.
AT_ONCE = 5_000
ANSWERED = Q(direction=Direction.IN) | Q(direction=Direction.OUT, result__in=ANSWERS)


@dataclass(frozen=True, slots=True)
class Talk:
    """One deal's contacts.

    Attributes:
        minutes: all of them took, recorded or else assumed by kind; ``lately``: since the quarter began.
        contacts: how many, theirs among them.
        answered_at: the last answer.
        in_vain_since: the first of ours that stayed unanswered since.
        last_at: the last of ours.
    """

    minutes: float = 0.0
    lately: float = 0.0
    contacts: int = 0
    answered_at: datetime | None = None
    in_vain_since: datetime | None = None
    last_at: datetime | None = None

    def weeks(self, now: datetime) -> int:
        """Since how many weeks nothing came back; at least one."""
        return max((now - self.in_vain_since).days // 7, 1) if self.in_vain_since else 0


def talks_of(deals: Collection[int], *, prices: Prices, now: datetime) -> dict[int, Talk]:
    """Of each deal, those without a contact among them; two queries for every few thousand."""
    found: dict[int, Talk] = dict.fromkeys(deals, Talk())
    ids = list(found)
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        minutes = minutes_of(some, prices=prices, now=now)
        for deal, contacts, answered, vain, last in _when(some):
            in_all, lately = minutes.get(deal, (0.0, 0.0))
            found[deal] = Talk(in_all, lately, contacts, answered, vain, last)
    return found


def _quarter(now: datetime) -> datetime:
    """When this quarter began."""
    today = local_day(now)
    return day_begins(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1))


def minutes_of(deals: list[int], *, prices: Prices, now: datetime) -> dict[int, tuple[float, float]]:
    """Per deal: minutes in all, and since the quarter began; deals without a contact are left out.

    One query for every few thousand.
    """
    found: dict[int, tuple[float, float]] = {}
    for first in range(0, len(deals), AT_ONCE):
        found |= _minutes(deals[first : first + AT_ONCE], prices, _quarter(now))
    return found


def _minutes(deals: list[int], prices: Prices, since: datetime) -> dict[int, tuple[float, float]]:
    lately = Q(at__gte=since)
    rows = Touch.objects.filter(deal__in=deals).order_by().values("deal", "channel").annotate(
        timed=Sum("minutes"), others=Count("pk", filter=Q(minutes=None)),
        timed_lately=Sum("minutes", filter=lately), others_lately=Count("pk", filter=lately & Q(minutes=None)),
    )  # fmt: skip
    found: dict[int, tuple[float, float]] = {}
    for row in rows:
        each = assumed_minutes(prices, row["channel"])
        before = found.get(row["deal"], (0.0, 0.0))
        found[row["deal"]] = (
            before[0] + (row["timed"] or 0) + each * row["others"],
            before[1] + (row["timed_lately"] or 0) + each * row["others_lately"],
        )
    return found


def assumed_minutes(prices: Prices, channel: str) -> float:
    """What a contact of this kind takes where nobody wrote it down."""
    default = DEFAULTS[MINUTES.get(channel, MINUTES["other"])].value / TENTHS
    return float(prices.minutes.get(channel, default))


def _when(deals: list[int]) -> list[tuple[int, int, datetime | None, datetime | None, datetime | None]]:
    later = Touch.objects.filter(ANSWERED, deal=OuterRef("deal"), at__gte=OuterRef("at"))
    ours = Q(direction=Direction.OUT)
    in_vain = ours & Q(~Exists(later))
    rows = Touch.objects.filter(deal__in=deals).order_by().values("deal").annotate(
        contacts=Count("pk"), answered=Max("at", filter=ANSWERED),
        vain=Min("at", filter=in_vain), last=Max("at", filter=ours),
    )  # fmt: skip
    return list(rows.values_list("deal", "contacts", "answered", "vain", "last"))

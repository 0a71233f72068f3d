"""Noes that came with an import, before anybody stayed in touch: how many people, whose, and how they are spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from rebond.accounts.models import User
from rebond.deals.models import NOES, Deal, DealPerson
from rebond.deals.queries import deals_for
from rebond.nurture.models import Enrolment

#: After three years there is no ground left to write (CNIL), and nobody remembers.
NOT_OLDER = timedelta(days=3 * 365)
WORKDAYS = 5


@dataclass(frozen=True)
class Imported:
    """Who could be brought in.

    Attributes:
        deals: their deals, as ``actions.begin_many`` takes them.
        sellers: whose they are, with how many people; most first.
    """

    deals: QuerySet[Deal]
    sellers: tuple[tuple[str, int], ...]

    @property
    def people(self) -> int:
        """All of them."""
        return sum(count for _name, count in self.sellers)

    def weeks(self, per_day: int) -> int:
        """Over how many weeks they are spread: so many first touches a working day and seller."""
        most = max((count for _name, count in self.sellers), default=0)
        return -(-most // (per_day * WORKDAYS))


def imported_noes(user: User, *, now: datetime) -> Imported:
    """The noes of ``user`` (of the team, for who leads) without anybody in touch; one query for the counts."""
    seen = deals_for(user) if user.is_lead else deals_for(user).filter(owner=user)
    in_touch = Enrolment.objects.filter(person=OuterRef("person"))
    since = now - NOT_OLDER
    noes = seen.filter(outcome__in=NOES, closed_at__gte=since, owner__is_active=True)
    reachable = ~Q(person__email="") | ~Q(person__phone="")
    parts = DealPerson.objects.filter(reachable, ~Exists(in_touch), deal__in=noes).order_by()
    counted = parts.values_list("deal__owner__name").annotate(count=Count("person", distinct=True))
    sellers = tuple(sorted(counted, key=lambda row: (-row[1], row[0])))
    return Imported(noes.filter(Exists(parts.filter(deal=OuterRef("pk")))), sellers)

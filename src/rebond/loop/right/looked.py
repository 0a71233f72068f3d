"""Whose promises are looked at, which of them count, and what time costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from rebond.accounts.models import User
from rebond.base.dates import day_begins
from rebond.base.errors import NotFound
from rebond.loop.models import Promise

#: What came within so many days counts, and a promise counts once it is as old.
DAYS = 90
OWN, TEAM, ALL = "own", "team", "all"
#: The item's own contact, logged when it was done, is in the item's minutes already.
OWN_CONTACT = timedelta(hours=1)


@dataclass(frozen=True)
class Looked:
    """Whose promises: one's own, the team's or everybody's; each may be looked at by all, since they name nobody."""

    whose: str
    user: User | None
    today: date
    currency: str

    @classmethod
    def of(cls, user: User | None, whose: str, today: date) -> Looked:
        """``NotFound`` for what nobody has: a team without one, one's own without a person."""
        found = whose or first(user)
        if found not in choices(user):
            raise NotFound
        return cls(found, user, today, settings.CONFIG.currency)

    @property
    def promises(self) -> QuerySet[Promise]:
        """Those that were not taken back."""
        found = Promise.objects.filter(taken_back_at=None)
        if self.whose == OWN:
            return found.filter(user=self.user)
        return found.filter(team=self.user.team_id if self.user else None) if self.whose == TEAM else found

    @property
    def key(self) -> tuple[object, ...]:
        """What answers are told apart by."""
        of = {OWN: self.user and self.user.pk, TEAM: self.user and self.user.team_id}.get(self.whose)
        return (self.whose, of, self.today, self.currency)

    @property
    def ripe_before(self) -> datetime:
        """Promises before this moment count."""
        return day_begins(self.today - timedelta(days=DAYS))


def first(user: User | None) -> str:
    """What this person looks at first: who leads a team its whole, others their own."""
    if user is None or user.is_admin:
        return ALL
    return TEAM if user.is_lead and user.team_id else OWN


def choices(user: User | None) -> tuple[str, ...]:
    """What this person may look at."""
    if user is None:
        return (ALL,)
    return (OWN, TEAM, ALL) if user.team_id else (OWN, ALL)


@dataclass(frozen=True)
class Costs:
    """What time costs a team: minor units per minute, and minutes of a contact by channel."""

    minute_minor: float
    minutes: dict[str, float]

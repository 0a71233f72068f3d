"""Whose time, of which period: what a Value of time page, its blocks, its links and ``rebond worth`` are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from rebond.accounts.models import Team, User
from rebond.base.periods import begins
from rebond.base.text import clean
from rebond.deals.whose import ALL, OWN, TEAM, Whose, first, whose

__all__ = ["ALL", "DEFAULT_PERIOD", "OWN", "PERIODS", "TEAM", "View"]

#: Whole months before the current one, by the period's name; ``all`` has no beginning.
PERIODS: dict[str, int | None] = {"3m": 3, "12m": 12, "all": None}
DEFAULT_PERIOD = "12m"


@dataclass(frozen=True)
class View:
    """Whose time, of which period.

    Attributes:
        user: who looks; ``None`` is the program itself (the machine's owner) and sees all.
        whose: whose deals count.
        since, until: the first and the last day of contacts and sales that count.
        segment: only deals of this segment; empty for all.
        today: the day the facts are looked at.
        period: one of ``PERIODS``.
    """

    user: User | None
    whose: Whose
    since: date
    until: date
    segment: str
    today: date
    period: str = DEFAULT_PERIOD

    @classmethod
    def of(cls, user: User | None, params: Mapping[str, str], today: date) -> View:
        """From a query: ``period``, ``whose`` (see ``facts.whose``), ``segment``.

        Raises:
            NotFound: a team or seller that ``user`` may not see, or that is not there.
            RebondError: ``bad_period``.
        """
        period = params.get("period") or DEFAULT_PERIOD
        since = begins(period, PERIODS, today)
        of = whose(user, params.get("whose", ""))
        return cls(user, of, since, today, clean(params.get("segment", ""), 120), today, period)

    def as_query(self, **changes: str) -> str:
        """The query that gives this view again, without what is the default; ``changes`` replace parts of it.

        >>> View.of(None, {"period": "3m", "segment": "SMB"}, date(2026, 6, 9)).as_query(segment="")
        'period=3m'
        """
        parts = {
            "period": "" if self.period == DEFAULT_PERIOD else self.period,
            "whose": "" if self.whose.typed == first(self.user) else self.whose.typed, "segment": self.segment,
        }  # fmt: skip
        return urlencode({name: value for name, value in (parts | changes).items() if value})

    @property
    def key(self) -> tuple[object, ...]:
        """What answers about this view are told apart by, whoever looks."""
        return (*self.whose.key, self.since, self.until, self.segment, self.today)

    @property
    def starts(self) -> date | None:
        """The first day, as ``numbers`` wants it: ``None`` for all the time."""
        return None if PERIODS[self.period] is None else self.since

    @property
    def shows_sellers(self) -> bool:
        """Whether single sellers may stand beside each other: for who leads, over more than one of them."""
        return self.whose.kind in (TEAM, ALL) and (self.user is None or self.user.is_lead)

    @property
    def is_one_person(self) -> bool:
        """Whether it is about one seller."""
        return self.whose.seller_id is not None

    @property
    def is_own(self) -> bool:
        """Whether it is about whoever looks."""
        return self.whose.kind == OWN

    @cached_property
    def seller(self) -> User | None:
        """The one person it is about."""
        if self.user is not None and self.is_own:
            return self.user
        of = self.whose.seller_id
        return None if of is None else User.objects.filter(pk=of).first()

    @cached_property
    def team_id(self) -> int | None:
        """The team whose plan and assumptions count: the chosen one, or the one the seller is in."""
        seller = self.seller
        return self.whose.team_id or (seller.team_id if seller else None)

    @cached_property
    def team(self) -> Team | None:
        return Team.objects.filter(pk=self.team_id).first() if self.team_id is not None else None

    def wider(self) -> View:
        """The same of the seller's whole team, for what one person alone has too few cases of."""
        if not self.is_one_person or self.team_id is None:
            return self
        return replace(self, whose=Whose(TEAM, self.team_id, None, TEAM))

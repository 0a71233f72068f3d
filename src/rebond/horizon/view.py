"""Whose long run, of which segment, in which measure: what the long view, its links and its command are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from rebond.accounts.models import Team, User
from rebond.base.errors import RebondError
from rebond.base.text import clean
from rebond.deals import whose as whose_
from rebond.deals.whose import Whose

#: What the picture of month, quarter and year draws, by its name in an address, and the measure of ``numbers.trends``.
MEASURES = {"sales": "won", "rate": "win_rate_closed", "money": "money_won"}
DEFAULT_MEASURE = "sales"


@dataclass(frozen=True)
class View:
    """Whose long run one looks at.

    Attributes:
        user: who looks; ``None`` is the program itself (the machine's owner) and sees all but personal goals.
        whose: whose deals.
        segment: only deals of this segment; empty for all. Goals are never of one segment.
        measure: one of ``MEASURES``.
        goal: the number of the goal that is looked at; ``None`` for the first.
        today: the day the facts are looked at.
    """

    user: User | None
    whose: Whose
    segment: str
    measure: str
    goal: int | None
    today: date

    @classmethod
    def of(cls, user: User | None, params: Mapping[str, str], today: date) -> View:
        """From a query: ``whose``, ``segment``, ``measure``, ``goal``.

        Raises:
            NotFound: a team or seller that ``user`` may not see, or that is not there.
            RebondError: ``bad_measure``.
        """
        measure, goal = params.get("measure") or DEFAULT_MEASURE, params.get("goal", "")
        if measure not in MEASURES:
            raise RebondError(
                _("“%(text)s” is no measure. Nothing was changed. Choose sales, rate or money.")
                % {"text": clean(measure, 40)},
                code="bad_measure",
            )
        number = int(goal) if goal.isascii() and goal.isdigit() and len(goal) < 19 else None
        segment = clean(params.get("segment", ""), 120)
        return cls(user, whose_.whose(user, params.get("whose", "")), segment, measure, number, today)

    def as_query(self, **changes: str) -> str:
        """The query that gives this view again, without what is the default; ``changes`` replace parts of it.

        >>> View.of(None, {"measure": "rate", "segment": "SMB"}, date(2026, 6, 9)).as_query(segment="")
        'measure=rate'
        """
        parts = {
            "whose": "" if self.whose.typed == whose_.first(self.user) else self.whose.typed, "segment": self.segment,
            "measure": "" if self.measure == DEFAULT_MEASURE else self.measure, "goal": str(self.goal or ""),
        }  # fmt: skip
        return urlencode({name: value for name, value in (parts | changes).items() if value})

    @property
    def key(self) -> tuple[object, ...]:
        """What answers are told apart by, whoever looks."""
        return (*self.whose.key, self.segment, self.today)

    @property
    def whole(self) -> View:
        """The same deals of every segment: what goals count."""
        return replace(self, segment="") if self.segment else self

    @property
    def is_one_person(self) -> bool:
        return self.whose.seller_id is not None

    @property
    def is_own(self) -> bool:
        """Whether one looks at oneself."""
        return self.user is not None and self.whose.seller_id == self.user.pk

    @cached_property
    def seller(self) -> User | None:
        """The one person it is about."""
        if self.whose.seller_id is None:
            return None
        if self.is_own:
            return self.user
        return User.objects.select_related("team").filter(pk=self.whose.seller_id).first()

    @cached_property
    def team(self) -> Team | None:
        """The team it is about, or the one its seller is in: whose journal is drawn."""
        if self.whose.team_id is not None:
            return Team.objects.filter(pk=self.whose.team_id).first()
        return self.seller.team if self.seller else None

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Whose long run may be chosen: as it is typed, and in words; sellers by name."""
        user, found = self.user, []
        if user is None or user.is_admin:
            found.append((whose_.ALL, _("Everybody")))
        elif user.team_id:
            found.append((whose_.TEAM, _("My team")))
        found += [(f"{whose_.TEAM}-{team.pk}", _("Team %(name)s") % {"name": team.name})
                  for team in whose_.teams_for(user)]  # fmt: skip
        if user is not None:
            found.append((whose_.OWN, _("My own")))
        sellers = whose_.sellers_for(user).exclude(pk=user.pk if user else 0)[:SELLERS]
        return found + [(f"{whose_.SELLER}-{seller.pk}", seller.name) for seller in sellers]


#: Sellers offered by name; a larger company finds more of them by their team.
SELLERS = 200

"""Rewards as screens list them: the catalogue, what is left of a budget, what was given. By date, never by who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from rebond.accounts.models import Team, User
from rebond.base.dates import local_day, moments_of
from rebond.celebrate.models import Budget, Given, Incentive, Preference, Treat, Win, WinPart
from rebond.celebrate.queries.preferences import preference_of
from rebond.celebrate.queries.wins import seen_by, standing

#: Rewards listed; wins offered as an occasion, of so many days.
AT_MOST, OCCASIONS, RECENT = 100, 10, timedelta(days=60)


def quarter_of(day: date) -> date:
    """The first day of its quarter.

    >>> quarter_of(date(2026, 6, 9)), quarter_of(date(2026, 12, 31))
    (datetime.date(2026, 4, 1), datetime.date(2026, 10, 1))
    """
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def quarter_after(quarter: date) -> date:
    """The first day of the next.

    >>> quarter_after(date(2026, 10, 1))
    datetime.date(2027, 1, 1)
    """
    return quarter_of(quarter + timedelta(days=100))


@dataclass(frozen=True)
class Standing:
    """What of a budget is used: of one team's, or everybody's (``team`` empty)."""

    budget: Budget
    used_minor: int

    @property
    def left_minor(self) -> int:
        """What may still be given; never below zero."""
        return max(self.budget.amount_minor - self.used_minor, 0)

    @property
    def share(self) -> float:
        """Used, between 0 and 1."""
        whole = self.budget.amount_minor
        return min(self.used_minor / whole, 1.0) if whole > 0 else 1.0


def budgets_of(team: Team | int | None, quarter: date) -> list[Budget]:
    """Those that hold for a team in a quarter: its own and everybody's, of each the newest; one query."""
    key = team.pk if isinstance(team, Team) else team
    rows = Budget.objects.filter(Q(team=None) | Q(team=key) if key else Q(team=None), quarter=quarter)
    newest = {row.team_id: row for row in rows.select_related("team").order_by("at", "pk")}
    return [newest[key] for key in sorted(newest, key=lambda found: (found is None, found or 0))]


def standing_of(budget: Budget) -> Standing:
    """What was given of it in its currency and not taken back; one query."""
    first, last = budget.quarter, quarter_after(budget.quarter) - timedelta(days=1)
    begins, ends = moments_of(first, last)
    given = Given.objects.filter(currency=budget.currency, taken_back_at=None, at__gte=begins, at__lt=ends)
    if budget.team_id:
        given = given.filter(team=budget.team_id)
    return Standing(budget, given.aggregate(total=Sum("amount_minor"))["total"] or 0)


def standings_for(user: User, *, now: datetime) -> list[Standing]:
    """This quarter's budgets as a leader sees them; an administrator every team's."""
    quarter = quarter_of(local_day(now))
    if not user.is_admin:
        return [standing_of(one) for one in budgets_of(user.team_id, quarter)]
    rows = Budget.objects.filter(quarter=quarter).select_related("team").order_by("at", "pk")
    newest = {row.team_id: row for row in rows}
    found = sorted(newest.values(), key=lambda one: (one.team is None, one.team.name if one.team else ""))
    return [standing_of(one) for one in found]


def catalogue() -> QuerySet[Treat]:
    """What may be given."""
    return Treat.objects.filter(retired_at=None).order_by("kind", "label", "pk")


def given_for(user: User) -> list[Given]:
    """What was given in the team of who leads, newest first; an administrator sees all."""
    found = Given.objects.select_related("treat", "user", "by", "contest")
    if not user.is_admin:
        found = found.filter(team=user.team_id) if user.team_id else found.none()
    return list(found.order_by("-at", "-pk")[:AT_MOST])


def given_to(user: User) -> list[Given]:
    """What ``user`` was given and was not taken back, newest first; one query."""
    found = Given.objects.filter(user=user, taken_back_at=None).select_related("treat", "by", "win__deal", "contest")
    return list(found.order_by("-at", "-pk")[:AT_MOST])


@dataclass(frozen=True)
class Likes:
    """What somebody would like to be given, as far as who leads may know.

    Attributes:
        kinds: values of ``Incentive``, best first; empty where nothing was said or it is not to be seen.
        hidden: they said so, and keep it to themselves.
        nothing: they would rather be given nothing; that is always known, so that it can be respected.
    """

    kinds: tuple[str, ...] = ()
    hidden: bool = False
    nothing: bool = False

    @property
    def words(self) -> list[str]:
        return [str(Incentive(kind).label) for kind in self.kinds]

    def fits(self, kind: str) -> bool:
        """Whether it is what they said; where nothing is known, everything is."""
        return not self.kinds or kind in self.kinds


def likes_of(user: User) -> Likes:
    """What ``user`` would like, as far as they let it be seen; one query."""
    return likes_in(preference_of(user))


def likes_in(said: Preference) -> Likes:
    """The same of a row.

    >>> likes_in(Preference(incentives=["gift", "none"]))
    Likes(kinds=('gift',), hidden=False, nothing=False)
    >>> likes_in(Preference(incentives=["gift"], leader_may_see=False))
    Likes(kinds=(), hidden=True, nothing=False)
    >>> likes_in(Preference(incentives=["none"], leader_may_see=False))
    Likes(kinds=(), hidden=True, nothing=True)
    """
    wanted = tuple(one for one in said.incentives if one in Incentive.values and one != Incentive.NONE)
    nothing = not wanted and Incentive.NONE in said.incentives
    if not said.leader_may_see:
        return Likes(hidden=bool(said.incentives), nothing=nothing)
    return Likes(wanted, nothing=nothing)


def occasions(user: User, giver: User, *, now: datetime) -> list[tuple[Win, str]]:
    """Wins of the last 60 days that ``user`` had a part in and ``giver`` may hear of, in words."""
    mine = Q(owner=user) | Q(pk__in=WinPart.objects.filter(user=user).values("win"))
    wins = list(standing().filter(mine, at__gt=now - RECENT)[:OCCASIONS])
    return [(one.win, one.title) for one in seen_by(giver, wins)]

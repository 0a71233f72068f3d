"""Whose figures a page shows: one seller's, one team's, everybody's; and whose a person may look at.

A seller looks at what is their own and at the whole of their team; who leads a team at each of its sellers; an
administrator (and the program itself) at everything. What one types is ``own``, ``team``, ``team-ID``, ``seller-ID`` or
``all``; empty is what that person looks at first. Absent and forbidden are the same: ``NotFound``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from rebond.accounts.models import Team, User
from rebond.base.errors import NotFound
from rebond.deals.models import Deal

OWN, TEAM, SELLER, ALL = "own", "team", "seller", "all"


@dataclass(frozen=True)
class Whose:
    """Whose figures.

    Attributes:
        kind: ``own``, ``team``, ``seller`` or ``all``.
        team_id: only deals of this team; ``None`` for any.
        seller_id: only deals of this seller; ``None`` for everybody's.
        typed: as one types it.
    """

    kind: str
    team_id: int | None
    seller_id: int | None
    typed: str

    @property
    def key(self) -> tuple[int | None, int | None]:
        """What answers are told apart by, whoever looks."""
        return (self.team_id, self.seller_id)

    def of(self, deals: Any) -> Any:
        """These deals of a table with the columns ``facts.from_records.BESIDE``."""
        if self.seller_id is not None:
            deals = deals.filter(deals.owner_id == self.seller_id)
        if self.team_id is not None:
            deals = deals.filter(deals.team_id == self.team_id)
        return deals

    def records(self) -> QuerySet[Deal]:
        """The same deals in the database."""
        found = Deal.objects.all()
        if self.seller_id is not None:
            found = found.filter(owner=self.seller_id)
        return found if self.team_id is None else found.filter(team=self.team_id)


def first(user: User | None) -> str:
    """What this person looks at when nothing is said."""
    if user is None or user.is_admin:
        return ALL
    return TEAM if user.is_lead and user.team_id else OWN


def whose(user: User | None, text: str) -> Whose:
    """What was typed, if ``user`` may look at it; else ``NotFound``."""
    kind, _dash, number = (text or first(user)).partition("-")
    pk = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if kind == OWN and user is not None and not number:
        return Whose(OWN, None, user.pk, OWN)
    if kind == TEAM:
        return _team(user, pk, number)
    if kind == SELLER and pk is not None:
        return _seller(user, pk)
    if kind == ALL and not number and (user is None or user.is_admin):
        return Whose(ALL, None, None, ALL)
    raise NotFound


def _team(user: User | None, pk: int | None, typed: str) -> Whose:
    """One's own team, or for who sees all of them any."""
    if user is not None and not user.is_admin:
        if user.team_id is None or (typed and pk != user.team_id):
            raise NotFound
        return Whose(TEAM, user.team_id, None, TEAM)
    found = user.team_id if user is not None and not typed else pk
    if found is None or not Team.objects.filter(pk=found).exists():
        raise NotFound
    return Whose(TEAM, found, None, f"{TEAM}-{found}")


def _seller(user: User | None, pk: int) -> Whose:
    """One seller: oneself, or whom one leads; of a seller who left, what stayed in the team."""
    if user is not None and user.pk == pk:
        return Whose(OWN, None, pk, OWN)
    if not sellers_for(user).filter(pk=pk).exists():
        raise NotFound
    everywhere = user is None or user.is_admin
    return Whose(SELLER, None if everywhere or user is None else user.team_id, pk, f"{SELLER}-{pk}")


def sellers_for(user: User | None) -> QuerySet[User]:
    """The sellers whose own figures ``user`` may see: those of the teams one leads, also who has left them."""
    own = Deal.objects.filter(owner=OuterRef("pk"))
    if user is None or user.is_admin:
        return User.objects.filter(Exists(own)).order_by("name", "pk")
    if not user.is_lead or user.team_id is None:
        return User.objects.none()
    theirs = User.objects.filter(Exists(own.filter(team=user.team_id)))
    return theirs.exclude(pk=user.pk).order_by("name", "pk")


def teams_for(user: User | None) -> list[Team]:
    """The teams that may be chosen by name: all of them for who sees all, else none (one's own needs no name)."""
    return list(Team.objects.all()) if user is None or user.is_admin else []

"""The only way from what a person typed to assumptions, conversations, goodbyes and objections they may see or set."""

from __future__ import annotations

from dataclasses import dataclass

from rebond.accounts.models import Role, Team, User
from rebond.base.errors import NotAllowed, NotFound
from rebond.deals.access import get_deal
from rebond.deals.models import Deal
from rebond.worth.models import Goodbye, Objection

#: What a page and a form call everybody's assumptions.
EVERYBODY = "all"


@dataclass(frozen=True)
class Scope:
    """Whose assumptions: a team's, or (``team`` is ``None``) everybody's that has none of its own."""

    team: Team | None

    @property
    def team_id(self) -> int | None:
        return self.team.pk if self.team else None

    @property
    def key(self) -> str:
        """What stands for it in an address."""
        return str(self.team.pk) if self.team else EVERYBODY


def get_scope(user: User, text: str, *, to_change: bool = False) -> Scope:
    """Whose assumptions ``text`` names: a team's id, ``all`` for everybody's, or nothing for one's own.

    Everybody reads their own team's and what counts for all. A manager sets their team's, an administrator all:
    ``NotAllowed`` for who may read but not set, ``NotFound`` for another team and for what is no team.
    """
    scope = _own(user) if not text else _named(user, text)
    if to_change and not may_set(user, scope):
        raise NotAllowed
    return scope


def may_set(user: User, scope: Scope) -> bool:
    """An administrator; a manager for the team they are in."""
    if user.is_admin:
        return True
    return user.role == Role.MANAGER and scope.team is not None and user.team_id == scope.team_id


def scopes_for(user: User) -> list[Scope]:
    """Those that ``user`` may look at, everybody's first."""
    teams = Team.objects.all() if user.is_admin else Team.objects.filter(members=user)
    return [Scope(None), *(Scope(team) for team in teams)]


def _own(user: User) -> Scope:
    return Scope(None if user.is_admin and user.team_id is None else user.team)


def _named(user: User, text: str) -> Scope:
    if text == EVERYBODY:
        return Scope(None)
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    found = next((one for one in scopes_for(user) if is_number and one.team_id == int(text)), None)
    if found is None:
        raise NotFound
    return found


def get_conversation(user: User, pk: int) -> Deal:
    """A deal to say goodbye in or to keep: one's own, or one's team's for who leads it; ``NotAllowed`` otherwise."""
    deal = get_deal(user, pk)
    if deal.owner_id != user.pk and not user.is_lead:
        raise NotAllowed
    return deal


def get_goodbye(user: User, pk: int) -> Goodbye:
    """A goodbye to take back, by who may say one in that deal."""
    found = Goodbye.objects.select_related("close_event", "person").filter(pk=pk).first()
    if found is None:
        raise NotFound
    found.deal = get_conversation(user, found.deal_id)
    return found


def get_objection(user: User, pk: int) -> Objection:
    """An objection to answer: one's own, while one may still see its deal; ``NotAllowed`` for a colleague's."""
    found = Objection.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    found.deal = get_deal(user, found.deal_id)
    if found.by_id != user.pk:
        raise NotAllowed
    return found

"""Whose long run, goals and journal one may look at, and which of them one may change.

A personal goal is seen by whoever chose it and by nobody else: no manager, no administrator, not the program.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from rebond.accounts.models import Team, User
from rebond.base.errors import NotAllowed, NotFound
from rebond.deals.models import CloseEvent
from rebond.horizon.models import Goal, GoalKind, Mark


def get_close_event(user: User, pk: int) -> CloseEvent:
    """The close event, if it is about ``user``'s own deal or ``user`` leads its owner."""
    mine = Q(deal__owner=user) | Q(recorded_by=user)
    if user.is_lead and user.team_id:
        mine |= Q(deal__team=user.team_id)
    found = CloseEvent.objects.select_related("deal", "deal__company", "deal__owner", "reopening")
    event = (found if user.is_admin else found.filter(mine)).filter(pk=pk).first()
    if event is None:
        raise NotFound
    return event


def goals_for(user: User | None) -> QuerySet[Goal]:
    """The goals ``user`` may see, ended ones too: own ones, those of whom one leads, one's team's, the company's."""
    found = Goal.objects.select_related("user", "team")
    quotas = Q(kind=GoalKind.QUOTA)
    if user is None:
        return found.filter(quotas)
    own = Q(user=user)
    if user.is_admin:
        return found.filter(own | quotas)
    seen = Q(user=None, team=None)
    if user.team_id:
        seen |= Q(user=None, team=user.team_id)
        if user.is_lead:
            seen |= Q(user__team=user.team_id)
    return found.filter(own | quotas & seen)


def get_goal(user: User | None, pk: int, *, to_change: bool = False) -> Goal:
    """A goal one may see; to change it takes who may set it (``NotAllowed``)."""
    goal = goals_for(user).filter(pk=pk).first()
    if goal is None:
        raise NotFound
    if to_change and not may_set(user, goal.kind, goal.user, goal.team):
        raise NotAllowed
    return goal


def may_set(user: User | None, kind: str, seller: User | None, team: Team | None) -> bool:
    """Whether ``user`` may set a goal of this kind for a seller, for a team, or (neither) for the company."""
    if kind == GoalKind.PERSONAL:
        return user is not None and seller is not None and seller.pk == user.pk
    if user is None or user.is_admin:
        return True
    where = seller.team_id if seller is not None else team.pk if team is not None else None
    return user.is_lead and where is not None and where == user.team_id


def quota_sellers(user: User | None) -> QuerySet[User]:
    """For whom ``user`` may set a quota."""
    everybody = User.objects.exclude(role="admin").order_by("name", "pk")
    if user is None or user.is_admin:
        return everybody
    return everybody.filter(team=user.team_id) if user.is_lead and user.team_id else User.objects.none()


def quota_teams(user: User | None) -> QuerySet[Team]:
    """For which teams ``user`` may set a goal."""
    if user is None or user.is_admin:
        return Team.objects.all()
    return Team.objects.filter(pk=user.team_id) if user.is_lead and user.team_id else Team.objects.none()


def marks_for(user: User | None) -> QuerySet[Mark]:
    """The lines of the journal ``user`` may read: their team's and everybody's."""
    found = Mark.objects.select_related("by", "team")
    if user is None or user.is_admin:
        return found
    return found.filter(Q(team=None) | Q(team=user.team_id)) if user.team_id else found.filter(team=None)


def get_mark(user: User, pk: int, *, to_change: bool = False) -> Mark:
    """A line of the journal; taken back by whoever wrote it, who leads its team, or an administrator."""
    mark = marks_for(user).filter(pk=pk).first()
    if mark is None:
        raise NotFound
    if to_change and not may_take_back(user, mark):
        raise NotAllowed
    return mark


def may_take_back(user: User, mark: Mark) -> bool:
    """Whether ``user`` may take this line of the journal back."""
    leads = user.is_lead and mark.team_id is not None and mark.team_id == user.team_id
    return user.is_admin or mark.by_id == user.pk or leads


def journal_of(user: User, team: Team | None) -> Team | None:
    """In whose journal ``user`` writes: their own team's; an administrator in any, or (``None``) in everybody's."""
    if user.is_admin:
        return team
    if user.team_id is None:
        raise NotAllowed
    if team is not None and team.pk != user.team_id:
        raise NotFound
    return user.team

"""The only way from what a person typed to a user or team."""

from __future__ import annotations

from rebond.accounts.models import Team, User
from rebond.accounts.queries import people_for
from rebond.base.errors import NotAllowed, NotFound


def get_person(user: User, pk: int, *, to_change: bool = False) -> User:
    """A colleague ``user`` may see; to change one takes an administrator (``NotAllowed``)."""
    found = people_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    if to_change and not user.is_admin:
        raise NotAllowed
    return found


def get_team(user: User, pk: int) -> Team:
    """A team: any for an administrator, else one's own."""
    found = Team.objects.filter(pk=pk).first()
    if found is None or not (user.is_admin or user.team_id == found.pk):
        raise NotFound
    return found


def require_admin(user: User) -> None:
    """``NotAllowed`` for everybody but administrators."""
    if not user.is_admin:
        raise NotAllowed

"""The only way from what a person typed to a debrief, an action or a phrase."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from rebond.accounts.models import User
from rebond.base.errors import NotAllowed, NotFound
from rebond.learn.models import Action, Debrief, ReasonPhrase


def debriefs_for(user: User) -> QuerySet[Debrief]:
    """Debriefs whose answers ``user`` may read: their own, and their team's when they coach it; nobody else's."""
    readable = Debrief.objects.select_related("deal", "deal__company", "close_event", "assignee")
    if user.is_admin:
        return readable
    mine = Q(assignee=user)
    if user.is_lead and user.team_id:
        mine |= Q(deal__team=user.team_id)
    return readable.filter(mine)


def get_debrief(user: User, pk: int, *, to_write: bool = False) -> Debrief:
    """One debrief. Only the person who is asked may answer; an administrator may where nobody is asked."""
    debrief = debriefs_for(user).filter(pk=pk).first()
    if debrief is None:
        raise NotFound
    if to_write and debrief.assignee_id != user.pk and not (debrief.assignee_id is None and user.is_admin):
        raise NotAllowed
    return debrief


def get_action(user: User, pk: int) -> Action:
    """An action of one's own."""
    action = Action.objects.select_related("deal").filter(pk=pk, owner=user).first()
    if action is None:
        raise NotFound
    return action


def get_phrase(user: User, pk: int) -> ReasonPhrase:
    """A phrase to confirm; managers and administrators only."""
    require_lead(user)
    phrase = ReasonPhrase.objects.filter(pk=pk).first()
    if phrase is None:
        raise NotFound
    return phrase


def require_lead(user: User) -> None:
    """``NotAllowed`` for everybody but managers and administrators."""
    if not user.is_lead:
        raise NotAllowed

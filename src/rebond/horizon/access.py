"""Whose long run one may look at: one's own; a manager their team's; an administrator everybody's."""

from __future__ import annotations

from django.db.models import Q

from rebond.accounts.models import User
from rebond.base.errors import NotFound
from rebond.deals.models import CloseEvent


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

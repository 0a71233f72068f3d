"""Referrals as lists: filtered, paged, with everything a line shows in a fixed number of queries."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.refer.access import referrals_for
from rebond.refer.models import Move, Referral


def listed(user: User | None, *, state: str = "", by: Person | None = None, mine: bool = False) -> QuerySet[Referral]:
    """Those ``user`` may see, what moved last first.

    Args:
        state: of ``State``; empty for all.
        by: only those this person made.
        mine: only those ``user`` takes care of.
    """
    found = referrals_for(user).select_related("advocate__person__company", "owner", "deal", "programme", "rule")
    if state:
        found = found.filter(state=state)
    if by is not None:
        found = found.filter(advocate__person=by)
    if mine and user is not None:
        found = found.filter(owner=user)
    open_doubts = Count("flags", filter=Q(flags__verdict=""))
    return found.annotate(open_flags=open_doubts).order_by("-state_at", "-pk")


def history(referral: Referral) -> list[Move]:
    """Every move of it, the first first, with who made it; one query."""
    return list(referral.moves.select_related("by").order_by("number"))

"""How many stand how, and the signs that wait."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet

from rebond.accounts.models import Team, User
from rebond.nurture.models import Enrolment, Signal, Standing
from rebond.nurture.queries.due import due


def standing_counts(user: User, now: datetime, *, team: Team | None = None) -> dict[str, int]:
    """``due``, ``active``, ``paused``, ``ended``, ``signals``: how many of ``user``'s people (or a team's) stand how;
    three queries."""
    mine = Enrolment.objects.filter(team=team) if team is not None else Enrolment.objects.filter(owner=user)
    found = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    counts = {status: found.get(status, 0) for status in Standing.values}
    return {
        "due": due(user, now, team=team).order_by().count(),
        **counts,
        "signals": waiting_signals(user, team=team).order_by().count(),
    }


def waiting_signals(user: User, *, team: Team | None = None) -> QuerySet[Signal]:
    """Signs nobody has settled yet, oldest first."""
    whose = Signal.objects.filter(team=team) if team is not None else Signal.objects.filter(owner=user)
    return whose.filter(settled_at=None).order_by("at", "pk")


def signals_for(user: User, *, team: Team | None = None, limit: int = 30) -> list[Signal]:
    """Signs nobody has settled yet, oldest first, with the person and the company; one query."""
    return list(waiting_signals(user, team=team).select_related("person__company", "owner")[:limit])

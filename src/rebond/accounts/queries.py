"""Reads about people and teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import NotFound
from rebond.base.text import fold


def can_sign_in() -> QuerySet[User]:
    """People with an address and an open account."""
    return User.objects.filter(is_active=True, email__isnull=False)


def nobody_yet() -> bool:
    """True until the first administrator exists."""
    return not can_sign_in().filter(role=Role.ADMIN).exists()


def who_acts_for(*, owner: User | None, actor: User | None, team: Team | None) -> User | None:
    """Who gets what follows from a deal.

    1. its owner, if they can sign in;
    2. else whoever did what it follows from;
    3. else the team's first manager;
    4. else the first administrator;
    5. else nobody: administrators see it.
    """
    if owner is not None and owner.is_active and owner.email:
        return owner
    if actor is not None:
        return actor
    people = can_sign_in().order_by("pk")
    manager = people.filter(role=Role.MANAGER, team=team).first() if team else None
    return manager or people.filter(role=Role.ADMIN).first()


def acting_user(who: str | None) -> User | None:
    """The person a command acts as, by address or exact name; ``None`` stays nobody.

    Raises:
        NotFound: no such person, or several of that name.
    """
    if not who:
        return None
    by_email = User.objects.filter(email__iexact=who).first()
    named = [user for user in User.objects.all() if fold(user.name) == fold(who)] if by_email is None else []
    found = by_email or (named[0] if len(named) == 1 else None)
    if found is None:
        raise NotFound(code="unknown_person", who=who)
    return found


def people_for(user: User) -> QuerySet[User]:
    """An administrator sees everybody, others their team and themselves."""
    everybody = User.objects.select_related("team")
    if user.is_admin:
        return everybody
    return everybody.filter(team=user.team_id) if user.team_id else everybody.filter(pk=user.pk)


def audit_log() -> QuerySet[AuditEntry]:
    """What happened, newest first."""
    return AuditEntry.objects.select_related("actor").order_by("-at", "-pk")


@dataclass(frozen=True)
class Move:
    """Somebody went from one team to another, and their deals with them; ``None`` is no team."""

    at: datetime
    user_id: int
    before: int | None
    after: int | None


def team_moves(team_id: int | None, since: datetime, until: datetime) -> list[Move]:
    """Who came to a team or left it (``None``: any team) from ``since`` on and before ``until``; one query, by day."""
    entries = AuditEntry.objects.filter(
        verb="accounts.edit_person", at__gte=since, at__lt=until, detail__has_key="team_after"
    ).order_by("at", "pk")
    found = [Move(one.at, int(one.subject_id), one.detail["team_before"], one.detail["team_after"]) for one in entries]
    return [move for move in found if team_id is None or team_id in (move.before, move.after)]

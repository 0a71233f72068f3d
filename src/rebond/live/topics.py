"""Who listens to what: a topic is a word that an event is told under and a screen listens to."""

from __future__ import annotations

from rebond.accounts.models import User

EVERYONE = "everyone"


def team(pk: int) -> str:
    """Everybody of one team, and its wallboards.

    >>> team(3)
    'team:3'
    """
    return f"team:{pk}"


def person(pk: int) -> str:
    """One colleague's own screens.

    >>> person(5)
    'user:5'
    """
    return f"user:{pk}"


def topics_of(user: User) -> list[str]:
    """What a signed-in person's screens listen to: everyone's, their team's, their own."""
    mine = [EVERYONE, person(user.pk)]
    return [*mine, team(user.team_id)] if user.team_id else mine

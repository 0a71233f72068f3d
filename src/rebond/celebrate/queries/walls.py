"""What a wall shows: the newest wins as far as the people who won them let it be heard, and how many there were.

A team's wall stands among the team, so it tells what the team may hear; a wall of everybody what everybody may hear.
The number counts every win, also those that nobody may hear of; it names nobody, and nobody is ranked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import Team, User
from rebond.base.dates import day_begins, local_day
from rebond.celebrate.milestones import noes_before
from rebond.celebrate.models import Visibility, Wall, Win
from rebond.celebrate.queries.wins import FEED, people_and_wishes, standing, told_to
from rebond.celebrate.screens import digest_of, edition
from rebond.celebrate.telling import line, named, special, title
from rebond.celebrate.visibility import Wish
from rebond.live import topics

#: How many wins can be read from four metres.
SHOWN = 5
#: A wall that did not ask for so long is off, or lost its network.
QUIET = timedelta(minutes=25)


def wall_with(key: str) -> Wall | None:
    """The wall whose cookie it is, waiting or paired; ``None`` for a made-up key, and for a wall that was ended."""
    if not key:
        return None
    return Wall.objects.select_related("team").filter(key_digest=digest_of(key), ended_at=None).first()


def topics_of_wall(wall: Wall) -> list[str]:
    """What it listens to: what is told to everybody, and to its team. Never to a person."""
    return [topics.EVERYONE, *([topics.team(wall.team_id)] if wall.team_id else [])]


def walls_for(user: User) -> QuerySet[Wall]:
    """Paired walls that ``user`` looks after: an administrator all, a manager their team's and those they paired."""
    standing_ones = Wall.objects.filter(paired_at__isnull=False, ended_at=None).select_related("team", "paired_by")
    if user.is_admin:
        return standing_ones
    if not user.is_lead:
        return standing_ones.none()
    return standing_ones.filter(Q(team=user.team_id, team__isnull=False) | Q(paired_by=user))


def teams_for_walls(user: User) -> QuerySet[Team]:
    """Whose walls ``user`` may put up: an administrator any team's, a manager their own; anybody's besides."""
    return (
        Team.objects.all()
        if user.is_admin
        else Team.objects.filter(pk=user.team_id)
        if user.team_id
        else Team.objects.none()
    )


def board(wall: Wall, *, now: datetime) -> dict[str, Any]:
    """Everything one look shows, in the wall's language, JSON-able; six queries at most."""
    with translation.override(wall.language):
        return {
            "edition": edition(), "now": now.isoformat(), "zone": settings.TIME_ZONE,
            "month": _month(wall, now), "wins": _newest(wall, now),
        }  # fmt: skip


def _of_wall(wall: Wall) -> QuerySet[Win]:
    """All it counts: of its team; of everybody."""
    return standing() if wall.everybody else standing().filter(team=wall.team_id)


def _month(wall: Wall, now: datetime) -> dict[str, Any]:
    first = local_day(now).replace(day=1)
    count = _of_wall(wall).filter(at__gte=day_begins(first), at__lte=now).count()
    return {"count": count, "words": _words(wall, count)}


def _words(wall: Wall, count: int) -> str:
    if not count:
        return _("The first one of the month rings for everyone.")
    if wall.everybody:
        return ngettext("win here this month", "wins here this month", count)
    return ngettext("win of the team this month", "wins of the team this month", count)


def _newest(wall: Wall, now: datetime) -> list[dict[str, Any]]:
    """The team stands before its own wall, anybody before one of everybody."""
    told = told_to(wall.team_id, near=Visibility.TEAM)
    wins = list(standing().filter(told, rung_at__isnull=False, at__gt=now - FEED, at__lte=now)[:SHOWN])
    _people, wishes = people_and_wishes(wins)
    noes = noes_before([win.deal for win in wins])
    return [_shown(win, wishes[win.pk], noes.get(win.deal_id, 0), wall.language) for win in wins]


def _shown(win: Win, wish: Wish, noes: int, language: str) -> dict[str, Any]:
    parts = named(win, wish)
    return {
        "win": win.pk, "at": win.at.isoformat(), "title": title(win, wish),
        "who": parts[0], "company": parts[1], "short": " · ".join(filter(None, parts)) or _("One more for the team"),
        "line": line(win, wish, noes, language), "milestones": special(win, wish),
    }  # fmt: skip

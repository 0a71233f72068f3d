"""The winning call is told on every open screen of the contest's circle, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from rebond.celebrate.contest.naming import names_of
from rebond.celebrate.models import Contest, Nomination
from rebond.celebrate.telling import LANGUAGES
from rebond.live import topics
from rebond.live.actions import tell


def tell_winner(contest: Contest, won: Sequence[Nomination], now: datetime) -> None:
    """Once; nobody is told of a contest that nobody won."""
    audience = [topics.team(contest.team_id)] if contest.team_id else [topics.EVERYONE]
    if won:
        tell(key=key_of(contest.pk), kind="praise", audience=audience, data=_data(contest, won, now), now=now)


def key_of(contest: int) -> str:
    """Names the occasion; also when it is not to be told any more."""
    return f"celebrate.contest:{contest}"


def _data(contest: Contest, won: Sequence[Nomination], now: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {"win": 0, "contest": contest.pk, "at": now.isoformat(), "team": contest.team_id}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = {"title": _title(won), "line": _line(won), "milestones": []}
    return said


def _title(won: Sequence[Nomination]) -> str:
    if len(won) > 1:
        return _("Calls of the month: %(titles)s") % {"titles": ", ".join(one.title for one in won)}
    return _("Call of the month: %(title)s") % {"title": won[0].title}


def _line(won: Sequence[Nomination]) -> str:
    """The names of those who let theirs be said."""
    return ", ".join(name for name in names_of(won).values() if name)

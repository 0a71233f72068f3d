"""The journal as it is drawn and listed: what people noted, and what the log knows changed under the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.accounts.queries import team_moves
from rebond.base.dates import local_day, moments_of
from rebond.deals.whose import Whose
from rebond.horizon.access import marks_for
from rebond.horizon.models import Mark

#: Lines drawn and listed; older ones are on the journal's own page.
SHOWN = 12


@dataclass(frozen=True)
class Line:
    """A line of the journal; ``mark`` is ``None`` for what the log says by itself."""

    day: date
    text: str
    mark: Mark | None = None


def journal(user: User | None, team_id: int | None, *, whole: bool = False) -> list[Line]:
    """What was noted for a team and for everybody, newest first; ``whole``: of every team ``user`` may read."""
    found = marks_for(user).filter(taken_back_at=None)
    if not whole:
        found = found.filter(Q(team=None) | Q(team=team_id)) if team_id else found.filter(team=None)
    return [Line(mark.on, mark.text, mark) for mark in found.order_by("-on", "-pk")[:200]]


def moves(whose: Whose, since: date, until: date) -> list[Line]:
    """Who came to the team one looks at, or left it, newest first; and the moves of the seller one looks at."""
    first, after = moments_of(since, until)
    found = team_moves(None if whose.seller_id is not None else whose.team_id, first, after)
    if whose.seller_id is not None:
        return [
            Line(local_day(one.at), _("Changed team; all their deals came along, past ones too"))
            for one in found[::-1] if one.user_id == whose.seller_id
        ]  # fmt: skip
    if whose.team_id is None:
        return []  # whoever moves stays in the whole
    came = _("A seller came to the team; all their deals came along, past ones too")
    left = _("A seller left the team; all their deals went along, past ones too")
    return [Line(local_day(one.at), came if one.after == whose.team_id else left) for one in found[::-1]]

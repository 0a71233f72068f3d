"""Who hears what of a win: what each person wants, and the most private of all who had a part. Pure; no database.

Nobody's wish can be widened by anybody else, and it is looked at when something is about to be told, not when it was
planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rebond.accounts.models import Role, User
from rebond.celebrate.models import Visibility

#: From the most private.
ORDER = (Visibility.NOBODY, Visibility.LEADER, Visibility.TEAM, Visibility.EVERYONE)


@dataclass(frozen=True)
class Wish:
    """What one person, or all who had a part together, let others hear."""

    visibility: str = Visibility.TEAM
    show_name: bool = True
    show_amount: bool = False
    show_customer: bool = True


#: Of whoever has not said: my team, my name and the customer, not the amount.
DEFAULT = Wish()
#: Nothing is kept out: how its own people see a win.
ALL = Wish(Visibility.EVERYONE, show_name=True, show_amount=True, show_customer=True)


def most_private(wishes: Sequence[Wish]) -> Wish:
    """One wish for several people: each point as the most private of them has it.

    >>> most_private([Wish("everyone", show_amount=True), Wish("team", show_name=False)])
    Wish(visibility='team', show_name=False, show_amount=False, show_customer=True)
    >>> most_private([]) == DEFAULT
    True
    """
    if not wishes:
        return DEFAULT
    return Wish(
        min((wish.visibility for wish in wishes), key=_rank),
        all(wish.show_name for wish in wishes),
        all(wish.show_amount for wish in wishes),
        all(wish.show_customer for wish in wishes),
    )


def _rank(visibility: str) -> int:
    return ORDER.index(Visibility(visibility))


def reaches(wish: Wish, visibility: str) -> bool:
    """Whether a circle as wide as ``visibility`` may hear of it.

    >>> reaches(Wish("team"), "team"), reaches(Wish("team"), "everyone"), reaches(Wish("nobody"), "leader")
    (True, False, False)
    """
    return _rank(wish.visibility) >= _rank(visibility)


def circle_of(user: User, team_id: int | None) -> str:
    """Which circle around a win of that team a reader belongs to: who leads it, the team, everybody.

    An administrator leads no team: they hear what everybody hears, and in a team what the team hears.
    """
    if team_id is None or user.team_id != team_id:
        return Visibility.EVERYONE
    return Visibility.LEADER if user.role == Role.MANAGER else Visibility.TEAM

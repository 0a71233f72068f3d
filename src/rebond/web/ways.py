"""The ways between the screens of one part of the house: a quiet row below the heading of Wins, and of Calls."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.accounts.models import User


@dataclass(frozen=True)
class Way:
    """One of the screens that belong together; ``current`` where the reader is."""

    label: str
    url: str
    current: bool = False


def of_wins(user: User) -> list[tuple[str, str]]:
    """Label and name of address; what only who leads may open is named to nobody else."""
    tells = user.is_admin or (user.is_lead and user.team_id)
    return [
        (_("Wins"), "celebrate:wins"),
        (_("My wins"), "celebrate:mine"),
        *([(_("Praise"), "celebrate:praise")] if user.is_lead else []),
        (_("Small rewards"), "celebrate:rewards"),
        *([(_("Wallboards"), "celebrate:walls")] if user.is_lead else []),
        *([(_("Chat channels"), "channels:channels")] if tells else []),
        (_("What praise I like"), "celebrate:preferences"),
    ]


def of_calls(_user: User) -> list[tuple[str, str]]:
    """The same for recorded calls and what is made of them, which is there for everybody."""
    return [
        (_("Calls"), "celebrate:calls"),
        (_("Call of the month"), "celebrate:contest"),
        (_("Lessons"), "celebrate:lessons"),
        (_("Calls of the months"), "celebrate:hall"),
    ]


PARTS = (of_wins, of_calls)
#: A month of its own is the same place as the month that goes on.
MONTH = re.compile(r"(/contest)/[0-9]+")


def ways_at(path: str, user: User) -> list[Way]:
    """The ways of the part that ``path`` is a screen of; none on a page below one, which has its way back."""
    month = MONTH.fullmatch(path)
    here = month[1] if month else path
    for part in PARTS:
        ways = [Way(label, url := reverse(name), url == here) for label, name in part(user)]
        if any(way.current for way in ways):
            return ways
    return []

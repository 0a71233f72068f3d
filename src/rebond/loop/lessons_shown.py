"""Lessons beside a deal: what colleagues learnt where the same was in the way, and a place for a new one."""

from __future__ import annotations

from dataclasses import dataclass

from rebond.accounts.models import User
from rebond.celebrate import situations
from rebond.celebrate.models import Lesson
from rebond.celebrate.queries.lessons import fitting
from rebond.deals.models import Deal


@dataclass(frozen=True)
class Beside:
    """What the page of a deal says of lessons.

    Attributes:
        fitting: up to two, while the deal is open.
        situation: that a new one begins with; empty where none of ours fits.
    """

    fitting: list[Lesson]
    situation: str = ""


def of_deal(deal: Deal, user: User, codes: list[str]) -> Beside:
    """By the reasons its earlier noes were given for; one query at most."""
    return Beside(fitting(user, codes) if deal.is_open else [], situations.after(codes))

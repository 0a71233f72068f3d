"""The five steps and who counts in each. Pure: no clock, no database.

A case enters a step on a day and takes it, ends otherwise, or still waits. Whoever entered yesterday has not failed: of
the first four steps only cases are counted that are old enough for an answer (``WAIT`` days, the state machine's own
where it has them), whatever became of the younger ones. To count a young case as soon as it succeeds would be wrong
the other way: quick yeses would come in and slow noes would stay out. The last step has no such day, since sales take
as long as they take: there it is won of decided, and deals still open are left out and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rebond.refer.states import AGREED_DAYS, ASKED_DAYS

STEPS = ("asked", "agreed", "introduced", "qualified", "won")
#: Days after which a case of a step is old enough to be counted. A loss: the talk that ended it and the letter after
#: its debrief are both over. An introduction: two months to become a conversation.
WAIT = {"asked": 30, "agreed": ASKED_DAYS, "introduced": AGREED_DAYS, "qualified": 60}


@dataclass(frozen=True)
class Case:
    """One case of one step.

    Attributes:
        step: the step it is about, by what it leads to.
        began: the day it entered; ``took``: when it took the step; ``ended``: when it ended otherwise.
        owner: whose it is; ``None`` for nobody's.
        mode: how they were introduced, once they were; ``event``: the close it comes from; ``person``: who was asked.
    """

    step: str
    began: date
    took: date | None = None
    ended: date | None = None
    owner: int | None = None
    mode: str = ""
    event: int | None = None
    person: int | None = None


@dataclass(frozen=True)
class Count:
    """Of ``n`` cases ``k`` took the step; ``waiting`` are too young, or still open."""

    k: int = 0
    n: int = 0
    waiting: int = 0


def counts(case: Case, today: date) -> bool:
    """Whether a case is old enough, or decided, to be counted.

    >>> counts(Case("agreed", date(2026, 6, 1), took=date(2026, 6, 2)), date(2026, 6, 9))
    False
    >>> counts(Case("agreed", date(2026, 5, 1)), date(2026, 6, 9))
    True
    """
    wait = WAIT.get(case.step)
    if wait is None:
        return case.took is not None or case.ended is not None
    return case.began <= today - timedelta(days=wait)


def count(cases: Iterable[Case], today: date) -> Count:
    """The cases of one step.

    >>> old, young = date(2026, 1, 1), date(2026, 6, 1)
    >>> count([Case("agreed", old, took=old), Case("agreed", old), Case("agreed", young)], date(2026, 6, 9))
    Count(k=1, n=2, waiting=1)
    """
    taken = counted = waiting = 0
    for case in cases:
        if counts(case, today):
            counted += 1
            taken += case.took is not None
        else:
            waiting += 1
    return Count(taken, counted, waiting)


def of_step(cases: Iterable[Case], step: str) -> list[Case]:
    """The cases of one step."""
    return [case for case in cases if case.step == step]


#: Fewer sellers than this behind the losses, and whether they asked would be somebody's own affair.
SELLERS_FROM = 3


def may_tell_asked(losses: Sequence[Case], user_id: int | None) -> bool:
    """Whether the share of losses that were asked may be shown: it is everybody's, or one's own.

    Who hesitates to ask is for the seller alone; a figure made of one or two people would tell on them.
    """
    owners = {case.owner for case in losses}
    return len(owners) >= SELLERS_FROM or owners <= {user_id}

"""Dates they gave: when we come back because of one, and days with room for one more first touch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rebond.mail.guarding.windows import is_working_day
from rebond.nurture.cadence.policies import Policy
from rebond.nurture.models import DateKind

#: First touches one seller makes on one day at most, when many begin at once: each takes some five minutes.
PER_DAY = 5
#: So many days off in a row no country has.
FURTHEST_PUSH = 60
A_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Given:
    """A date somebody gave."""

    kind: str
    on: date


def reach_day(given: Given, policy: Policy) -> date:
    """The day we come back because of it: the policy's days before; on the day itself where they asked for it.

    >>> from rebond.nurture.cadence.policies import BUILT_IN
    >>> reach_day(Given("budget", date(2026, 6, 1)), BUILT_IN["budget_timing"])
    datetime.date(2026, 5, 2)
    """
    if given.kind == DateKind.CALL_BACK:
        return given.on
    return given.on - timedelta(days=policy.before_days)


def nearest(dates: Iterable[Given], policy: Policy) -> tuple[date, Given] | None:
    """The date that brings us back first, with that day; ``None`` without any."""
    return min(((reach_day(one, policy), one) for one in dates), key=lambda pair: (pair[0], pair[1].on), default=None)


class Taken:
    """How many first touches one seller has on each day; full days are stepped over at once (path compression, as in
    a disjoint-set forest), so that ten thousand people are placed as fast per person as ten.

    >>> taken = Taken({date(2026, 6, 9): 5})
    >>> with_room(date(2026, 6, 9), taken, "FR"), taken.count[date(2026, 6, 10)]
    (datetime.date(2026, 6, 10), 1)
    """

    def __init__(self, count: Mapping[date, int] | None = None, per_day: int = PER_DAY) -> None:
        self.count = Counter(count or {})
        self.per_day = per_day
        self._after: dict[date, date] = {day: day + A_DAY for day, many in self.count.items() if many >= per_day}

    def free(self, day: date) -> date:
        """The first day from ``day`` on that is not full and no weekend."""
        passed = []
        while (after := self._after.get(day)) or day.weekday() >= SATURDAY:
            passed.append(day)
            day = after or day + A_DAY
        for one in passed:
            self._after[one] = day
        return day

    def take(self, day: date) -> None:
        """One more on that day."""
        self.count[day] += 1
        if self.count[day] >= self.per_day:
            self._after[day] = day + A_DAY


def with_room(day: date, taken: Taken, country: str) -> date:
    """The first working day from ``day`` on with room, which is then taken."""
    found = taken.free(day)
    for _try in range(FURTHEST_PUSH):
        if is_working_day(found, country):
            break
        found = taken.free(found + A_DAY)
    taken.take(found)
    return found

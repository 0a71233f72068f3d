"""When the next touch is due: pure rules over plain values; nothing here asks a database or a clock.

``next_due = last contact + interval``: the wish that users of personal address books have asked for longest. A real
two-way contact restarts it; so does a touch of ours, since a late one must shift the later ones and never bunch them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from rebond.nurture.cadence.dates import Given, nearest
from rebond.nurture.cadence.holidays import working_day
from rebond.nurture.cadence.policies import YEAR, Policy
from rebond.nurture.models import DateKind, DueBecause, Ended

Band = Literal["not_yet", "good", "silent"]
#: In words, since colour alone says nothing to one man in twelve; the screens' grey, blue and orange go with them.
BANDS: dict[Band, str | Promise] = {
    "not_yet": pgettext_lazy("interval", "not yet"),
    "good": pgettext_lazy("interval", "a good moment"),
    "silent": pgettext_lazy("interval", "long silence"),
}
#: What a person wished, in days between two of ours (``mail.models.Rhythm``).
RHYTHM_DAYS = {"half_year": 182, "year": YEAR}


@dataclass(frozen=True)
class State:
    """Where staying in touch with one person stands.

    Attributes:
        began: the day it was begun, from which the policy's end counts; all days are the person's own.
        since: the day of the no, from which the first interval counts; ``began`` when missing.
        step: number of the next touch.
        last: the last contact in either direction; ``None`` before any.
        touched: our last touch; ``None`` before any.
        ideal, longest: this person's own interval, instead of the policy's.
        unanswered: touches of ours since they last said something.
        least: days they wish between two of ours; 0 for as we think fit.
        dates: what they named and nobody used yet.
        country: whose holidays count.
    """

    began: date
    since: date | None = None
    step: int = 1
    last: date | None = None
    touched: date | None = None
    ideal: int | None = None
    longest: int | None = None
    unanswered: int = 0
    least: int = 0
    dates: tuple[Given, ...] = field(default_factory=tuple)
    country: str = ""


@dataclass(frozen=True)
class Next:
    """What comes next: a day and what it follows from; or that it is over (``ended``), and then there is no day.

    With ``because`` empty nothing is due on that day: we wait until it for an answer, and then it ends.
    """

    on: date | None
    because: str = ""
    ended: str = ""


def next_due(state: State, policy: Policy, today: date) -> Next:
    """The next touch of a person; never on a weekend or holiday of theirs, never before ``today``."""
    base = last_heard(state)
    usual, because = base + timedelta(days=interval(state, policy)), _usual_because(state)
    if policy.unanswered_limit and state.unanswered >= policy.unanswered_limit:
        return Next(_open(usual, state, today))
    if policy.stop_days is not None and usual > state.began + timedelta(days=policy.stop_days):
        usual, because = max(usual, base + timedelta(days=YEAR)), DueBecause.YEARLY.value
    found = nearest(state.dates, policy)
    if found is not None and _date_decides(found, usual, base, state, policy, today):
        return Next(_open(found[0], state, today, found[1]), DueBecause.DATE.value)
    if because == DueBecause.YEARLY and not policy.then_yearly:
        return Next(None, ended=Ended.OVER.value)
    return Next(_open(usual, state, today), because)


def interval(state: State, policy: Policy) -> int:
    """Days to the next touch: the person's own, else the policy's; never fewer than they wish.

    >>> from rebond.nurture.cadence.policies import BUILT_IN
    >>> began = date(2026, 3, 2)
    >>> interval(State(began), BUILT_IN["price"]), interval(State(began, step=2), BUILT_IN["price"])
    (60, 120)
    >>> [interval(State(began, ideal=21, least=least), BUILT_IN["price"]) for least in (0, 182)]
    [21, 182]
    """
    usual = policy.first_days if state.step == 1 else policy.every_days
    return max(usual if state.ideal is None else state.ideal, state.least)


def longest(state: State, policy: Policy) -> int:
    """What silence may stretch to, at least the interval itself."""
    own = policy.longest_days if state.longest is None else state.longest
    return max(own, interval(state, policy))


def band(state: State, policy: Policy, today: date) -> Band:
    """Whether it is too early, a good moment, or long silent; the list says it in words (``BANDS``).

    >>> from rebond.nurture.cadence.policies import BUILT_IN
    >>> state = State(date(2026, 3, 2), step=2, last=date(2026, 3, 2))
    >>> [band(state, BUILT_IN["price"], date(2026, month, 2)) for month in (4, 7, 12)]
    ['not_yet', 'good', 'silent']
    """
    since = (today - last_heard(state)).days
    if since > longest(state, policy):
        return "silent"
    return "good" if since >= interval(state, policy) else "not_yet"


def last_heard(state: State) -> date:
    """The day an interval counts from: the last contact, else the no, else the beginning."""
    said = state.since or state.began
    return max(said, state.last or said)


def _usual_because(state: State) -> str:
    return DueBecause.FIRST.value if state.step == 1 else DueBecause.INTERVAL.value


def _date_decides(
    found: tuple[date, Given], usual: date, base: date, state: State, policy: Policy, today: date
) -> bool:
    """A date they gave comes first when it is nearer; when silence until it is bearable; when it has come; and for
    the first touch of a policy that waits for one."""
    reached, given = found
    if given.kind == DateKind.CALL_BACK or reached <= max(usual, today):
        return True
    if state.step == 1 and policy.waits_for_date:
        return True
    return reached <= base + timedelta(days=longest(state, policy))


def _open(day: date, state: State, today: date, given: Given | None = None) -> date:
    """The working day: not before today, and not more often than they wish (a call they asked for is their wish)."""
    earliest = max(day, today)
    asked = given is not None and given.kind == DateKind.CALL_BACK
    if state.touched and state.least and not asked:
        earliest = max(earliest, state.touched + timedelta(days=state.least))
    return working_day(earliest, state.country)

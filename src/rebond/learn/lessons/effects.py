"""Did it change? What became of an action or of a test, in words a person can bet on; "undecided", never "failed"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import local_day
from rebond.findings import words
from rebond.learn import taxonomy
from rebond.learn.models import Action
from rebond.learn.queries.measures import codes_of, noes_of
from rebond.numbers.change import Change, change
from rebond.numbers.estimate import RANGE_FROM

#: "Before" is the year up to the day an action was done.
BEFORE = timedelta(days=365)


@dataclass(frozen=True)
class Effect:
    """What became of one action: the share of its owner's noes that name its reason, before and after.

    Attributes:
        verdict: ``rose``, ``fell``, ``same``, ``undecided`` or ``too_few``.
    """

    change: Change
    reason: str

    @property
    def verdict(self) -> str:
        return self.change.verdict

    @property
    def headline(self) -> str:
        """One short sentence."""
        said = {
            "fell": _("“%(reason)s” is named less often since."),
            "rose": _("“%(reason)s” is named more often since."),
            "same": _("“%(reason)s” is named as often as before, give or take 10 in 100."),
        }
        if self.verdict in said:
            return said[self.verdict] % {"reason": self.reason}
        return undecided(self.change)

    @property
    def detail(self) -> str:
        """k of n on both sides and the range; empty where there are too few."""
        if self.verdict == "too_few":
            return ""
        return counts_of(self.change) + " " + range_of(self.change)


def undecided(found: Change) -> str:
    """Why nothing is decided, and what would be needed."""
    seen = found.after.n
    if seen < RANGE_FROM:
        return _("Undecided: %(seen)s of %(need)s cases needed.") % {
            "seen": words.count(seen), "need": words.count(RANGE_FROM)}  # fmt: skip
    if found.before.n < RANGE_FROM:
        return ngettext("Undecided: only %(n)s case before, %(need)s needed.",
                        "Undecided: only %(n)s cases before, %(need)s needed.", found.before.n) % {
            "n": words.count(found.before.n), "need": words.count(RANGE_FROM)}  # fmt: skip
    return _("Undecided: what differs could be luck.")


def counts_of(found: Change) -> str:
    """ "Before: 9 of 30. Since: 2 of 25." """
    return _("Before: %(before)s. Since: %(after)s.") % {
        "before": words.of(found.before.k or 0, found.before.n), "after": words.of(found.after.k or 0, found.after.n),
    }  # fmt: skip


def range_of(found: Change) -> str:
    """The likely and the wide range of the difference, in cases of a hundred."""
    low80, high80, low95, high95 = (
        found.difference.lo80, found.difference.hi80, found.difference.lo95, found.difference.hi95,
    )  # fmt: skip
    if low80 is None or high80 is None or low95 is None or high95 is None:
        return ""
    return _("Likely %(likely)s (8 chances in 10); 19 in 20: %(wide)s.") % {
        "likely": apart(low80, high80), "wide": apart(low95, high95),
    }  # fmt: skip


def apart(low: float, high: float) -> str:
    """A range of differences in words.

    >>> apart(-0.3, -0.05), apart(-0.02, 0.1), apart(0.05, 0.33)
    ('5 to 30 fewer in 100', 'from 2 fewer to 10 more in 100', '5 to 33 more in 100')
    """
    lowest, highest = words.points(abs(low)), words.points(abs(high))
    if high <= 0:
        return _("%(least)s to %(most)s fewer in 100") % {"least": highest, "most": lowest}
    if low >= 0:
        return _("%(least)s to %(most)s more in 100") % {"least": lowest, "most": highest}
    return _("from %(fewer)s fewer to %(more)s more in 100") % {"fewer": lowest, "more": highest}


def effects(actions: Iterable[Action], now: datetime) -> dict[int, Effect]:
    """Per action that is done and names a reason, what became of it; two queries whatever the number."""
    done = [action for action in actions if action.done_at and action.reason_code]
    if not done:
        return {}
    names, today = taxonomy.current(), local_day(now)
    first = min(local_day(action.done_at) for action in done if action.done_at)
    noes = noes_of({action.owner_id for action in done}, first - BEFORE)
    said = [(owner, event, local_day(at), names.counted_as(code)) for owner, event, at, code in noes]
    return {
        action.pk: Effect(
            _change(action.owner_id, local_day(action.done_at), said, codes_of(action.reason_code, names), today),
            names.label(action.reason_code),
        )
        for action in done if action.done_at
    }  # fmt: skip


def _change(owner_id: int, done: date, said: list[tuple[int, int, date, str]], codes: list[str], today: date) -> Change:
    """The owner's noes of the year before the day it was done, and from that day on."""
    sides: tuple[dict[int, bool], dict[int, bool]] = ({}, {})
    for owner, event, day, code in said:
        if owner == owner_id and done - BEFORE <= day <= today:
            side = sides[day >= done]
            side[event] = side.get(event, False) or code in codes
    before, after = sides
    return change(sum(before.values()), len(before), sum(after.values()), len(after), unit="lost_deals")

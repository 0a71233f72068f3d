"""What asking is priced by: how often an ask brings an introduction, and an introduction a sale.

Three chances, counted from the records by whose asks and referrals they are:

``refer.introduces``: of the asks that were made, those that led to an introduction within 90 days (30 for an answer, 60
for the introduction: then the referral has lapsed).
``refer.buys``: of the introductions, those that were won within 365 days.
``refer.again``: of the introductions, those after which the same person introduced somebody else within 365 days.

Nobody is counted before their time is over, as in ``nurture.prices``: of the young cases only the quick successes would
be there.

No conversion rate of asking people who said no was ever published (spec of practice 2), so the first chance begins as a
guess of our own. A referral platform reports that of all referrals 13 in 100 convert, of verbal ones 32, of those in
which sales takes part 31, of links 4 (platform data, 2016): ``refer.buys`` begins at the 13 of all, since ours begin
with somebody who did not buy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from rebond.numbers.leaning import Usual
from rebond.refer.models import Move, ReferralAsk, State
from rebond.refer.states import AGREED_DAYS, ASKED_DAYS

#: Codes of the chances in a price list.
INTRODUCES, BUYS, AGAIN = "refer.introduces", "refer.buys", "refer.again"
INTRODUCED_WITHIN, WITHIN = timedelta(days=ASKED_DAYS + AGREED_DAYS), timedelta(days=365)
#: Stated beforehand, in place of cases nobody has yet.
USUAL: dict[str, Usual] = {
    INTRODUCES: Usual(0.15, 10, "our own guess: no rate of asking people who did not buy was ever published"),
    BUYS: Usual(0.13, 20, "13 in 100 of all referrals on a referral platform converted (platform data, 2016)"),
    AGAIN: Usual(0.20, 10, "our own guess: whoever introduced somebody once is likelier to than whoever never did"),
}
#: Whose cases: the owner's and the team's key, either may be missing.
Whose = tuple[int | None, int | None]
#: k of n, by whose they are.
Cases = Mapping[Whose, tuple[int, int]]


class Case(NamedTuple):
    """One ask or introduction: whose it is, when it was, and when what it hopes for came, if it did."""

    whose: Whose
    at: datetime
    came: datetime | None


def counts(*, now: datetime) -> dict[str, Cases]:
    """All three, by code; three queries, whatever their number."""
    introduced, won = _introduced(), _won(now)
    by_advocate: dict[int, list[datetime]] = defaultdict(list)
    for one in sorted(introduced.values(), key=lambda one: one.at):
        by_advocate[one.advocate].append(one.at)
    again = [Case(one.whose, one.at, next_after(by_advocate[one.advocate], one.at)) for one in introduced.values()]
    return {
        INTRODUCES: in_time(_asks(introduced.values(), now), INTRODUCED_WITHIN, now),
        BUYS: in_time([Case(one.whose, one.at, won.get(pk)) for pk, one in introduced.items()], WITHIN, now),
        AGAIN: in_time(again, WITHIN, now),
    }  # fmt: skip


class _Introduced(NamedTuple):
    """The first introduction of one referral."""

    ask: int | None
    advocate: int
    whose: Whose
    at: datetime


def _introduced() -> dict[int, _Introduced]:
    """By referral; one query."""
    columns = ("referral", "referral__ask", "referral__advocate", "referral__owner", "referral__team", "at")
    rows = Move.objects.filter(to_state=State.INTRODUCED).order_by("-at", "-pk").values_list(*columns)
    return {pk: _Introduced(ask, advocate, (owner, team), at) for pk, ask, advocate, owner, team, at in rows}


def _won(now: datetime) -> dict[int, datetime]:
    """By referral when it was won for the first time; one query."""
    moves = Move.objects.filter(to_state=State.WON, at__lte=now).order_by("-at", "-pk")
    return dict(moves.values_list("referral", "at"))


def _asks(introduced: Iterable[_Introduced], now: datetime) -> list[Case]:
    """Every ask that was made, with the first introduction it led to; one query."""
    first: dict[int, datetime] = {}
    for one in introduced:
        if one.ask is not None:
            first[one.ask] = min(one.at, first.get(one.ask, one.at))
    asked = ReferralAsk.objects.filter(asked_at__lte=now).order_by("pk")
    rows = asked.values_list("pk", "owner", "team", "asked_at")
    return [Case((owner, team), at, first.get(pk)) for pk, owner, team, at in rows if at is not None]


def in_time(cases: Sequence[Case], within: timedelta, now: datetime) -> dict[Whose, tuple[int, int]]:
    """Of those whose time is over, the ones whose hope came true in time; by whose they are; pure."""
    over = [case for case in cases if case.at <= now - within]
    n = Counter(case.whose for case in over)
    k = Counter(case.whose for case in over if case.came is not None and case.came <= case.at + within)
    return {whose: (k[whose], count) for whose, count in n.items()}


def next_after(moments: Sequence[datetime], at: datetime) -> datetime | None:
    """The first of these moments (in order) that is later than ``at``; pure."""
    place = bisect_right(moments, at)
    return moments[place] if place < len(moments) else None

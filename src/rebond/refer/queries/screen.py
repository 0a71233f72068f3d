"""What the Advocates screen lists: whom to ask, whom to thank, what is under way, who introduces us; no ranking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.paging import Page, page_of
from rebond.refer.access import advocates_for, referrals_for
from rebond.refer.models import Advocate, Move, Referral, ReferralAsk, State
from rebond.refer.queries.asks import Hesitation, due_asks, hesitation
from rebond.refer.queries.thanks import to_thank

#: States a referral is under way in, in the order it goes through them.
OPEN = (State.ASKED, State.AGREED, State.INTRODUCED, State.QUALIFIED, State.WON, State.REWARD_DUE)
#: Rows of each list on the first page; the rest is a page of its own.
SHOWN = 8
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Returned:
    """What the asks of one's own brought in twelve months: names given, and how many were introduced."""

    named: int
    introduced: int


@dataclass(frozen=True)
class Standing:
    """How many referrals stand in one state."""

    state: str
    label: str
    count: int


@dataclass(frozen=True)
class Line:
    """One advocate with the states of their introductions, in the order of the states."""

    advocate: Advocate
    standings: tuple[Standing, ...]

    @property
    def total(self) -> int:
        """All of their introductions."""
        return sum(one.count for one in self.standings)


@dataclass(frozen=True)
class Waiting:
    """What waits for whoever looks: the first of each kind, and how many there are."""

    asks: tuple[ReferralAsk, ...]
    asks_count: int
    thanks: tuple[Move, ...]
    thanks_count: int

    @property
    def headline(self) -> str:
        """The one sentence of the screen."""
        asks, thanks = self.asks_count, self.thanks_count
        if asks and thanks:
            return _("%(asks)s to ask, %(thanks)s to thank") % {"asks": asks, "thanks": thanks}
        if asks:
            return ngettext("%(count)s person to ask", "%(count)s people to ask", asks) % {"count": asks}
        if thanks:
            return ngettext("%(count)s person to thank", "%(count)s people to thank", thanks) % {"count": thanks}
        return _("Nobody waits for an ask or a thank-you")


def waiting(user: User, now: datetime) -> Waiting:
    """Asks that are due and thanks to give, of one's own."""
    due = due_asks(user, local_day(now))
    shown = tuple(due.select_related("person__company", "deal")[: SHOWN + 1])
    count = len(shown) if len(shown) <= SHOWN else due.count()
    thanks = to_thank(user, now)
    return Waiting(shown[:SHOWN], count, tuple(thanks[:SHOWN]), len(thanks))


def hesitates(user: User, now: datetime) -> tuple[Hesitation, Returned] | None:
    """How often one asked, and what it brought: for that seller alone; ``None`` before the first no."""
    found = hesitation(user, now)
    if not found.noes:
        return None
    mine = Referral.objects.filter(ask__owner=user, ask__asked_at__gte=now - YEAR).exclude(state=State.VOID)
    sums = mine.aggregate(
        named=Count("pk", filter=Q(moves__to_state=State.AGREED), distinct=True),
        introduced=Count("pk", filter=Q(moves__to_state=State.INTRODUCED), distinct=True),
    )
    return found, Returned(sums["named"], sums["introduced"])


def referrals_of(user: User, *, mine: bool, state: str = "") -> QuerySet[Referral]:
    """Those under way, or in one state, whatever it is; what moved last first."""
    found = referrals_for(user).select_related(None)
    found = found.filter(state=state) if state else found.filter(state__in=OPEN)
    return (found.filter(owner=user) if mine else found).order_by("-state_at", "-pk")


def standings(user: User, *, mine: bool) -> list[Standing]:
    """Every state anything stands in, with how many, in the order of the states; one query."""
    found = referrals_for(user).select_related(None)
    rows = (found.filter(owner=user) if mine else found).order_by().values_list("state").annotate(n=Count("pk"))
    return _in_order(dict(rows))


def _in_order(counts: dict[str, int]) -> list[Standing]:
    labels = dict(State.choices)
    return [Standing(state, str(labels[state]), counts[state]) for state in State.values if counts.get(state)]


def referral_page(user: User, number: str | None, *, mine: bool, state: str = "") -> Page[Referral]:
    """One page of introductions."""
    return page_of(referrals_of(user, mine=mine, state=state), number, load=referrals_for(user))


def first_referrals(user: User, *, mine: bool) -> list[Referral]:
    """The first few that are under way."""
    beside = ("advocate__person__company", "owner")
    return list(referrals_of(user, mine=mine).select_related(*beside)[:SHOWN])


def advocates_of(user: User, *, mine: bool) -> QuerySet[Advocate]:
    """By name."""
    found = advocates_for(user).select_related(None)
    found = found.filter(owner=user) if mine else found
    return found.order_by(F("person__name").asc(nulls_last=True), "pk")


def advocate_page(user: User, number: str | None, *, mine: bool) -> tuple[Page[Advocate], list[Line]]:
    """One page of advocates with the states of their introductions."""
    page = page_of(advocates_of(user, mine=mine), number, load=advocates_for(user))
    return page, lines(user, page.rows)


def first_advocates(user: User, *, mine: bool) -> list[Line]:
    """The first few by name."""
    return lines(user, list(advocates_of(user, mine=mine).select_related("person__company", "owner")[:SHOWN]))


def lines(user: User, advocates: Iterable[Advocate]) -> list[Line]:
    """Each with what became of the introductions that whoever looks may see; one query for all of them."""
    shown = list(advocates)
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = referrals_for(user).select_related(None).filter(advocate__in=[one.pk for one in shown]).order_by()
    for advocate, state, n in rows.values_list("advocate_id", "state").annotate(n=Count("pk")):
        counts[advocate][state] = n
    return [Line(one, tuple(_in_order(counts[one.pk]))) for one in shown]

"""What staying in touch is priced by: how often people who said no answer us, and buy after all.

Three chances, counted from the records by whose people they are:

``keep.answers``: of the notes, calls and meetings with people who said no, those that were answered within 30 days.
``keep.buys``: of those answers, the ones after which a deal of that person's was opened, or opened again, and won, all
within 365 days.
``signal.buys``: of the signs of readiness that somebody settled, whatever they found, those after which the person
bought within 365 days.

Nobody is counted before their time is over, whether they answered or bought early or not: of the young cases only the
quick successes would be there (facts that are not known yet are left out, never counted as failures). So the chances to
buy learn a year late, and lean on what is usual until then. A sale counts for the last answer or sign before it, once:
what several answers promise together is what comes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from rebond.deals.models import Deal, Direction, Outcome, Touch
from rebond.numbers.leaning import Usual
from rebond.nurture.actions.touching import NOT_REACHED
from rebond.nurture.keep.followed import in_time, is_over
from rebond.nurture.models import Enrolment, Signal, Step, StepStatus

#: Codes of the chances in a price list.
ANSWERS, BUYS, SIGNAL = "keep.answers", "keep.buys", "signal.buys"
ANSWER_WITHIN, SALE_WITHIN = timedelta(days=30), timedelta(days=365)
#: Stated beforehand, in place of cases nobody has yet.
USUAL: dict[str, Usual] = {
    ANSWERS: Usual(0.15, 20, "our own guess: they know us, so more often than the 1 to 8 in 100 of cold mail"),
    BUYS: Usual(
        0.10, 20, "our own guess, within the 5 to 20 in 100 prospects of Griffin and Lowenstein, Customer Winback, 2001"
    ),
    SIGNAL: Usual(0.20, 20, "our own guess: about as often as an opportunity ends in a sale"),
}


#: Whose cases: the owner's and the team's key, either may be missing.
Whose = tuple[int | None, int | None]
#: k of n, by whose they are.
Cases = Mapping[Whose, tuple[int, int]]


class Event(NamedTuple):
    """An answer, or a sign: of whom, when, whose person it is."""

    person: int
    at: datetime
    whose: Whose


class Sale(NamedTuple):
    """A deal that was won: with whom, when it was opened (or opened again) for the last time before, when won."""

    person: int
    opened_at: datetime
    won_at: datetime


def counts(*, now: datetime) -> dict[str, Cases]:
    """All three, by code; five queries, whatever the number of people."""
    answers, signs = _answered(now), _signs(now)
    sales = _sales(now)
    return {
        ANSWERS: _contacts(now),
        BUYS: _followed_by_a_sale(answers, sales, now),
        SIGNAL: _followed_by_a_sale(signs, [sale._replace(opened_at=sale.won_at) for sale in sales], now),
    }


def _contacts(now: datetime) -> Cases:
    """Notes, calls and meetings with people who said no, a month ago or longer: answered within the month, of all."""
    done = Step.objects.filter(is_over("done_at", ANSWER_WITHIN, now), status=StepStatus.DONE)
    answers = Count("pk", filter=in_time("answered_at", "done_at", ANSWER_WITHIN))
    whose = ("enrolment__owner", "enrolment__team")
    found = {
        (owner, team): (k, n)
        for owner, team, n, k in done.order_by().values_list(*whose).annotate(n=Count("pk"), k=answers)
    }
    for mine, n in _not_reached(now):
        k, before = found.get(mine, (0, 0))
        found[mine] = (k, before + n)
    return found


def _not_reached(now: datetime) -> Iterator[tuple[Whose, int]]:
    """Calls to people we stay in touch with that reached nobody: they come again and are no steps, but were tries."""
    kept = Enrolment.objects.filter(person=OuterRef("person"), started_at__lte=OuterRef("at"))
    tries = Touch.objects.filter(
        Exists(kept), is_over("at", ANSWER_WITHIN, now), deal=None, direction=Direction.OUT, result__in=NOT_REACHED
    )
    for owner, team, n in tries.order_by().values_list("owner", "owner__team").annotate(n=Count("pk")):
        yield (owner, team), n


def _answered(now: datetime) -> list[Event]:
    """Every answer that came in time, also the young ones: they may be the last before a sale."""
    steps = Step.objects.filter(in_time("answered_at", "done_at", ANSWER_WITHIN), status=StepStatus.DONE)
    rows = steps.filter(answered_at__lte=now).values_list(
        "enrolment__person", "answered_at", "enrolment__owner", "enrolment__team"
    )
    return [Event(person, at, (owner, team)) for person, at, owner, team in rows if at]


def _signs(now: datetime) -> list[Event]:
    """Every sign that was settled."""
    rows = Signal.objects.filter(settled_at__lte=now).values_list("person", "at", "owner", "team")
    return [Event(person, at, (owner, team)) for person, at, owner, team in rows]


def _sales(now: datetime) -> list[Sale]:
    """Sales to people we stayed in touch with, or who gave a sign."""
    people = Step.objects.filter(answered_at__isnull=False).values("enrolment__person")
    signs = Signal.objects.filter(settled_at__isnull=False).values("person")
    won = Deal.objects.filter(outcome=Outcome.WON, closed_at__lte=now, opened_at__isnull=False)
    rows = (
        won.filter(Q(deal_people__person__in=people) | Q(deal_people__person__in=signs)).order_by()
        .annotate(again=Max("close_events__reopening__at"), who=F("deal_people__person"))
        .values_list("who", "opened_at", "again", "closed_at")
    )  # fmt: skip
    return [
        Sale(person, max(opened, again or opened), won_at)
        for person, opened, again, won_at in rows if opened and won_at
    ]  # fmt: skip


def _followed_by_a_sale(events: Sequence[Event], sales: Iterable[Sale], now: datetime) -> Cases:
    """Of those a year ago or longer, the ones that a sale within the year is the next thing after."""
    over = now - SALE_WITHIN
    good = Counter(event for event in last_before(events, sales) if event.at <= over)
    n: Counter[Whose] = Counter(event.whose for event in events if event.at <= over)
    k: Counter[Whose] = Counter()
    for event in good:
        k[event.whose] += 1
    return {whose: (k[whose], count) for whose, count in n.items()}


def last_before(events: Iterable[Event], sales: Iterable[Sale]) -> Iterator[Event]:
    """For each sale the last event of that person before it was opened, if it was won within a year of that; pure."""
    by_person: dict[int, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        by_person[event.person].append(event)
    for sale in sales:
        before = by_person.get(sale.person, [])
        place = bisect_left(before, sale.opened_at, key=lambda event: event.at)
        if place and sale.won_at <= before[place - 1].at + SALE_WITHIN:
            yield before[place - 1]

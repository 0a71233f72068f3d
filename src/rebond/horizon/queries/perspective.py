"""A person's own long run, counted. The SQL an analyst would write; the statistics are in ``numbers``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from rebond import numbers
from rebond.deals.models import CloseEvent, Deal, Outcome
from rebond.numbers.estimate import Estimate

YEAR = timedelta(days=365)
#: What counts as decided: the denominators of every win rate here.
DECIDED = (Outcome.WON, Outcome.LOST, Outcome.NO_DECISION, Outcome.LOST_IN_HOUSE)
DOTS_SHOWN = 240


@dataclass(frozen=True)
class Dot:
    """One decided deal of the year, as small as it is."""

    won: bool
    this_one: bool


@dataclass(frozen=True)
class Perspective:
    """What one close changes about the long run, and what it does not.

    ``before`` and ``after`` are the win rate of the twelve months up to the close, without it and with it.
    ``next_yes`` is (low, middle, high) closes to the next win, or ``None`` when too little is known. ``line`` is the
    year: (part of it that is over, sales so far) at each sale, and last at this close.
    """

    event: CloseEvent
    before: Estimate
    after: Estimate
    next_yes: tuple[int, int, int] | None
    dots: tuple[Dot, ...]
    line: tuple[tuple[float, int], ...] = ()

    @property
    def won(self) -> bool:
        return self.event.outcome == Outcome.WON


def decided_deals(event: CloseEvent) -> QuerySet[Deal]:
    """The owner's deals decided in the year up to this close, oldest first."""
    end = event.closed_at or event.recorded_at
    return Deal.objects.filter(
        owner=event.deal.owner, outcome__in=DECIDED, closed_at__gt=end - YEAR, closed_at__lte=end
    ).order_by("closed_at", "pk")


def perspective(event: CloseEvent) -> Perspective:
    """The numbers beside one close; one query."""
    found = decided_deals(event).values_list("pk", "outcome", "closed_at") if event.deal.owner_id else []
    rows = [(pk, outcome) for pk, outcome, _at in found]
    others = [outcome for pk, outcome in rows if pk != event.deal_id]
    won_before = sum(outcome == Outcome.WON for outcome in others)
    counts = event.outcome in DECIDED
    won, decided = won_before + (counts and event.outcome == Outcome.WON), len(others) + counts
    dots = [Dot(outcome == Outcome.WON, pk == event.deal_id) for pk, outcome in rows if pk != event.deal_id]
    dots.append(Dot(event.outcome == Outcome.WON, True))
    return Perspective(
        event,
        numbers.rate(won_before, len(others)),
        numbers.rate(won, decided),
        numbers.next_yes(won, decided),
        tuple(dots[-DOTS_SHOWN:]),
        _line(event, [at for pk, outcome, at in found if outcome == Outcome.WON and pk != event.deal_id and at]),
    )


def _line(event: CloseEvent, won: list[datetime]) -> tuple[tuple[float, int], ...]:
    """Sales of the year one by one, then this close: a no leaves the line where it is, a yes lifts it by one."""
    end = event.closed_at or event.recorded_at
    steps = [((at - (end - YEAR)) / YEAR, number) for number, at in enumerate(won, start=1)]
    return (*steps, (1.0, len(won) + (event.outcome == Outcome.WON)))

"""One person's own noes of the last twelve months: who said why, and what was in their hands; a few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from rebond.accounts.models import User
from rebond.deals.models import NOES, CloseEvent
from rebond.learn import taxonomy
from rebond.learn.models import Acted, Answer, DebriefAnswer, ReasonAssertion, Voice, Weight
from rebond.learn.queries import visible_reasons
from rebond.learn.taxonomy import NOT_KNOWN_YET, OTHER, Control

YEAR = timedelta(days=365)
#: Whose word counts first for the main reason.
VOICES = (Voice.BUYER, Voice.CODER, Voice.MANAGER, Voice.SELLER)
#: What "could you have acted?" says about control.
JUDGED = {Acted.YES: Control.CONTROLLABLE, Acted.PARTLY: Control.INFLUENCEABLE, Acted.NO: Control.UNCONTROLLABLE}


@dataclass(frozen=True)
class Noes:
    """One person's noes of a year.

    Attributes:
        events: newest first.
        reasons: main reason (as it is counted) to how many.
        controls: of those with a known reason, how many stood how.
        debriefed: how many are looked back at; ``heard``: of how many the buyer's own reason is known.
        unknown: closes whose main reason nobody has said.
        weakest: number of the debrief question answered "no" or "partly" most often, with k of n; ``None`` when none.
    """

    events: tuple[CloseEvent, ...]
    reasons: Counter[str]
    controls: Counter[str]
    debriefed: int
    heard: int
    unknown: tuple[CloseEvent, ...]
    weakest: tuple[int, int, int] | None

    @property
    def known(self) -> int:
        """Noes whose main reason somebody said."""
        return sum(self.controls.values())

    @property
    def outside(self) -> int:
        """Of those, what was not in anybody's hands here."""
        return self.controls[Control.UNCONTROLLABLE]


def noes_of(user: User, *, now: datetime) -> Noes:
    """The year up to ``now``; five queries whatever the number of noes."""
    found = CloseEvent.objects.filter(
        deal__owner=user, outcome__in=NOES, reopening=None, closed_at__gt=now - YEAR, closed_at__lte=now
    )
    events = tuple(found.select_related("deal__company", "debrief").order_by("-closed_at", "-pk"))
    names, said = taxonomy.current(), visible_reasons(user, [event.pk for event in events])
    mains = {event.pk: main_reason(said[event.pk]) for event in events}
    counted = {pk: names.counted_as(main.code) for pk, main in mains.items() if main is not None}
    defaults = names.control()
    controls = Counter(
        JUDGED.get(Acted(main.could_act)) if main.could_act else defaults.get(counted[pk], Control.INFLUENCEABLE)
        for pk, main in mains.items() if main is not None
    )  # fmt: skip
    return Noes(
        events, Counter(counted.values()), Counter({str(name): n for name, n in controls.items()}),
        debriefed=sum(_is_debriefed(event) for event in events),
        heard=sum(any(one.source == Voice.BUYER for one in said[event.pk]) for event in events),
        unknown=tuple(event for event in events if mains[event.pk] is None), weakest=_weakest(user, now),
    )  # fmt: skip


def main_reason(said: Sequence[ReasonAssertion]) -> ReasonAssertion | None:
    """What the voice that counts first says is the main reason; ``None`` while nobody knows."""
    for voice in VOICES:
        for one in said:
            if one.source == voice and one.role == Weight.PRIMARY and one.code not in (NOT_KNOWN_YET, OTHER):
                return one
    return None


def _is_debriefed(event: CloseEvent) -> bool:
    debrief = getattr(event, "debrief", None)
    return debrief is not None and debrief.finished_at is not None


def _weakest(user: User, now: datetime) -> tuple[int, int, int] | None:
    """The question, and in how many of the year's debriefs it was not a full yes."""
    mine = DebriefAnswer.objects.filter(
        debrief__assignee=user, debrief__finished_at__gt=now - YEAR, debrief__close_event__outcome__in=NOES
    )
    asked: Counter[int] = Counter()
    weak: Counter[int] = Counter()
    for question, answer, n in mine.order_by().values_list("question", "answer").annotate(n=Count("pk")):
        asked[question] += n
        weak[question] += n if answer in (Answer.NO, Answer.PARTLY) else 0
    ranked = sorted(((k, -question) for question, k in weak.items() if k), reverse=True)
    return (-ranked[0][1], ranked[0][0], asked[-ranked[0][1]]) if ranked else None

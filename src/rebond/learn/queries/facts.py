"""What practice 1 adds to the facts: who said what about each deal's last close, brought up by what changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum

from rebond.deals.models import CloseEvent, ReopenEvent
from rebond.facts.from_records import Said
from rebond.learn.models import Answer, Debrief, DebriefAnswer, ReasonAssertion, Voice, Weight

#: The letter of each answer in ``Said.answers``.
LETTERS = {Answer.YES: "y", Answer.PARTLY: "p", Answer.NO: "n", Answer.DO_NOT_KNOW: "d"}
NO_ANSWERS = "------"
#: Deals looked at together; from ``ALL_FROM`` changed deals on all are read, without a list of them.
CHUNK, ALL_FROM = 500, 20_000
ROWS = 10_000


def reasons_since(since: datetime | None) -> Iterator[Said]:
    """What is known of the last close that was not taken back, per deal of whose closes something was written since.

    A deal all of whose closes were taken back comes with nothing said. Reasons are those of each voice's current
    edition, main reason first, as they were asserted: codes that were merged later stay what they were, so that old
    charts can be redrawn. Confidential answers are no assertions and never come here.
    """
    changed = None if since is None else _changed(since)
    if changed is None or len(changed) >= ALL_FROM:
        yield from _said(CloseEvent.objects.all())
        return
    deals = iter(sorted(changed))
    while chunk := list(islice(deals, CHUNK)):
        yield from _said(CloseEvent.objects.filter(deal__in=chunk))


def _changed(since: datetime) -> set[int]:
    """Deals of which a close, a reopening, a reason or a finished debrief was written since."""
    found = (
        CloseEvent.objects.filter(recorded_at__gte=since).values_list("deal_id"),
        ReopenEvent.objects.filter(at__gte=since).values_list("close_event__deal_id"),
        ReasonAssertion.objects.filter(at__gte=since).values_list("close_event__deal_id"),
        Debrief.objects.filter(finished_at__gte=since).values_list("deal_id"),
    )
    return {deal for (deal,) in (row for rows in found for row in rows.iterator(chunk_size=ROWS))}


def said_since(since: datetime) -> str:
    """Tells apart what ``reasons_since`` would read: as long as it is the same, nothing was written."""
    answers = DebriefAnswer.objects.filter(debrief__finished_at__gte=since)
    parts: list[Any] = [
        [str(value) for value in rows.aggregate(n=Count("pk"), ids=Sum("pk"), last=Max(at)).values()]
        for rows, at in (
            (CloseEvent.objects.filter(recorded_at__gte=since), "recorded_at"),
            (ReopenEvent.objects.filter(at__gte=since), "at"),
            (ReasonAssertion.objects.filter(at__gte=since), "at"),
            (Debrief.objects.filter(finished_at__gte=since), "finished_at"),
        )
    ]
    parts += sorted(answers.order_by().values_list("question", "answer").annotate(n=Count("pk"), ids=Sum("pk")))
    return sha256(repr(parts).encode()).hexdigest()


@dataclass
class _Close:
    """One deal's last close, while it is being put together."""

    deal: int
    at: datetime
    event: int | None = None
    in_bulk: bool = False
    said: list[tuple[str, int, bool, int, str, str]] = field(default_factory=list)
    debriefed: bool = False
    answers: str = NO_ANSWERS

    def seen(self, at: datetime | None) -> None:
        self.at = max(self.at, at) if at else self.at

    def as_said(self) -> Said:
        current = _current(self.said)
        text = ";".join(f"{voice}:{code}" for voice, code, _could in current)
        acted = next((could for voice, _code, could in current if voice == Voice.SELLER), "")
        answers = self.answers if self.debriefed else ""
        return Said(self.deal, text, self.in_bulk, self.debriefed, acted, answers, self.at)


def _said(events: QuerySet[CloseEvent]) -> Iterator[Said]:
    closes = _last_closes(events)
    by_event = {close.event: close for close in closes.values() if close.event is not None}
    fields = ("source", "edition", "role", "pk", "code", "could_act", "at")
    for event, source, edition, role, pk, code, could_act, at in _of(ReasonAssertion.objects.all(), events, *fields):
        if close := by_event.get(event):
            close.said.append((source, edition, role == Weight.PRIMARY, pk, code, could_act))
            close.seen(at)
    for event, at in _of(Debrief.objects.filter(finished_at__isnull=False), events, "finished_at"):
        if close := by_event.get(event):
            close.debriefed = True
            close.seen(at)
    _answered(events, by_event)
    return (close.as_said() for close in closes.values())


def _of(rows: QuerySet[Any], events: QuerySet[CloseEvent], *fields: str) -> Iterable[tuple[Any, ...]]:
    """These fields of what hangs on the close events; without a condition where all of them are read."""
    some = rows.filter(close_event__in=events) if events.query.where else rows
    return some.values_list("close_event_id", *fields).iterator(chunk_size=ROWS)


def _last_closes(events: QuerySet[CloseEvent]) -> dict[int, _Close]:
    """Per deal its last close that was not taken back, and the latest moment a close or reopening was written."""
    closes: dict[int, _Close] = {}
    rows = events.order_by("recorded_at", "pk").values_list("deal_id", "pk", "in_bulk", "recorded_at", "reopening__at")
    for deal, event, in_bulk, recorded_at, reopened_at in rows.iterator(chunk_size=ROWS):
        close = closes.setdefault(deal, _Close(deal, recorded_at))
        close.seen(recorded_at)
        close.seen(reopened_at)
        if reopened_at is None:
            close.event, close.in_bulk = event, in_bulk
    return closes


def _current(said: Sequence[tuple[str, int, bool, int, str, str]]) -> list[tuple[str, str, str]]:
    """Voice, code and "could you have acted?" of each voice's last edition, main reason first."""
    latest: dict[str, int] = {}
    for source, edition, *_rest in said:
        latest[source] = max(latest.get(source, 0), edition)
    current = [one for one in said if one[1] == latest[one[0]]]
    current.sort(key=lambda one: (Voice.values.index(one[0]), not one[2], one[3]))
    return [(source, code, could_act) for source, _edition, _main, _pk, code, could_act in current]


def _answered(events: QuerySet[CloseEvent], by_event: dict[int, _Close]) -> None:
    """The answers of finished debriefs, one letter per question."""
    answers = DebriefAnswer.objects.filter(debrief__finished_at__isnull=False)
    if events.query.where:
        answers = answers.filter(debrief__close_event__in=events)
    given: defaultdict[int, list[str]] = defaultdict(lambda: list(NO_ANSWERS))
    for event, question, answer in answers.values_list("debrief__close_event_id", "question", "answer").iterator(
        chunk_size=ROWS
    ):
        if 1 <= question <= len(NO_ANSWERS):
            given[event][question - 1] = LETTERS[Answer(answer)]
    for event, letters in given.items():
        if close := by_event.get(event):
            close.answers = "".join(letters)

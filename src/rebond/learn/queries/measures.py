"""What a test or an action watches, counted in the records: k of n cases that closed between two days.

Reasons and answers are counted where the debrief is finished, before and after alike: a close with one reflex reason
and one with three considered ones are not the same measure. Buyers' agreement is counted from answers they shared;
confidential ones are pooled over days that nobody can cut at a test's start, so they stay out, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from rebond.base.dates import day_begins
from rebond.deals.models import NOES, CloseEvent, Outcome
from rebond.learn import taxonomy
from rebond.learn.models import STATEMENTS, Answer, DebriefAnswer, Measure, Mode, ReasonAssertion, Response, Voice
from rebond.learn.taxonomy import Taxonomy

#: Decided deals, the denominator of the win rate here and in the perspective after a no.
DECIDED = (Outcome.WON, *NOES)
#: A buyer agrees with 4 or 5 of 5.
AGREES_FROM = 4
#: The team's pace is that of so many weeks.
PACE_WEEKS = 26


@dataclass(frozen=True)
class Watched:
    """A measure of somebody's closes between two days.

    Attributes:
        measure, subject: as ``TeamTest``.
        team_id, owner_id: whose; both ``None`` is everybody's.
        since: first day; ``until``: the day after the last. Days of the installation's time zone.
    """

    measure: str
    subject: str
    since: date
    until: date
    team_id: int | None = None
    owner_id: int | None = None

    def over(self, since: date, until: date) -> Watched:
        """The same measure of other days."""
        return replace(self, since=since, until=until)


@dataclass(frozen=True)
class Counted:
    """``k`` of ``n`` cases."""

    k: int
    n: int


def counted(watched: Watched) -> Counted:
    """One query (two for a reason, which may have been merged)."""
    by = {
        Measure.REASON: _reason, Measure.ANSWER: _answer, Measure.WIN_RATE: _win_rate, Measure.BUYER: _buyer,
    }  # fmt: skip
    if watched.until <= watched.since:
        return Counted(0, 0)
    return by[Measure(watched.measure)](watched)


def closes(watched: Watched) -> QuerySet[CloseEvent]:
    """The closes in question, without those taken back."""
    since, until = day_begins(watched.since), day_begins(watched.until)
    found = CloseEvent.objects.filter(closed_at__gte=since, closed_at__lt=until, reopening=None)
    if watched.team_id is not None:
        found = found.filter(deal__team=watched.team_id)
    if watched.owner_id is not None:
        found = found.filter(deal__owner=watched.owner_id)
    return found.order_by()


def current_of(source: str) -> QuerySet[ReasonAssertion]:
    """One voice's current assertions of an outer close event."""
    latest = (
        ReasonAssertion.objects.filter(close_event=OuterRef("close_event"), source=source)
        .order_by("-edition")
        .values("edition")[:1]
    )
    return ReasonAssertion.objects.filter(source=source, edition=Subquery(latest))


def codes_of(subject: str, names: Taxonomy) -> list[str]:
    """The reason and every one that was merged into it."""
    wanted = names.counted_as(subject)
    return sorted({subject, wanted} | {code for code in names.reasons if names.counted_as(code) == wanted})


def _summed(found: QuerySet[CloseEvent], every: Q, some: Q) -> Counted:
    row = found.aggregate(n=Count("pk", filter=every), k=Count("pk", filter=every & some))
    return Counted(row["k"], row["n"])


def _reason(watched: Watched) -> Counted:
    said = current_of(Voice.SELLER).filter(close_event=OuterRef("pk"))
    codes = codes_of(watched.subject, taxonomy.current())
    noes = closes(watched).filter(outcome__in=NOES, debrief__finished_at__isnull=False)
    known = Exists(said.exclude(code=taxonomy.NOT_KNOWN_YET))
    return _summed(noes, Q(known), Q(Exists(said.filter(code__in=codes))))


def _answer(watched: Watched) -> Counted:
    answered = DebriefAnswer.objects.filter(debrief__close_event=OuterRef("pk"), question=int(watched.subject))
    done = closes(watched).filter(debrief__finished_at__isnull=False)
    return _summed(done, Q(Exists(answered)), Q(Exists(answered.filter(answer=Answer.YES))))


def _win_rate(watched: Watched) -> Counted:
    return _summed(closes(watched), Q(outcome__in=DECIDED), Q(outcome=Outcome.WON))


def _buyer(watched: Watched) -> Counted:
    """Shared answers, each by itself: two people of one deal are two cases."""
    if watched.subject not in STATEMENTS:
        return Counted(0, 0)
    shared = Response.objects.filter(is_final=True, mode=Mode.SHARED, invitation__close_event__in=closes(watched))
    row = shared.aggregate(
        n=Count("pk", filter=Q(**{f"{watched.subject}__gte": 1})),
        k=Count("pk", filter=Q(**{f"{watched.subject}__gte": AGREES_FROM})),
    )
    return Counted(row["k"], row["n"])


def pace(watched: Watched, today: date) -> float:
    """Cases a week, of the last half year."""
    found = counted(watched.over(today - timedelta(weeks=PACE_WEEKS), today))
    return found.n / PACE_WEEKS


def noes_of(owner_ids: Iterable[int], since: date) -> list[tuple[int, int, datetime, str]]:
    """(owner, close event, closed at, code) of every debriefed no of these people from ``since`` on; one query.

    The seller's current reasons; a close whose reason is not known yet is left out.
    """
    said = current_of(Voice.SELLER).filter(
        close_event__deal__owner__in=list(owner_ids), close_event__outcome__in=NOES, close_event__reopening=None,
        close_event__debrief__finished_at__isnull=False, close_event__closed_at__gte=day_begins(since),
    )  # fmt: skip
    said = said.exclude(code=taxonomy.NOT_KNOWN_YET)
    rows = said.values_list("close_event__deal__owner", "close_event", "close_event__closed_at", "code")
    return [(owner, event, at, code) for owner, event, at, code in rows if at is not None]

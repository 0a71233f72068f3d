"""A team's test: fixed at the start, watched without looking, stopped, kept or dropped. Nothing else about it moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.models import STATEMENTS, Decided, Measure, TeamTest
from rebond.learn.taxonomy import current
from rebond.numbers.estimate import RANGE_FROM

#: Nobody waits for more cases than this.
MOST_CASES = 10_000


@dataclass(frozen=True)
class Plan:
    """What a test is, as its maker says it; see ``TeamTest``."""

    title: str
    measure: str
    subject: str
    baseline_from: date
    starts_on: date
    stops_on: date
    minimum_n: int
    why: str = ""
    pattern: str = ""


@transaction.atomic
def start_test(*, team: Team | None, plan: Plan, today: date, actor: User, now: datetime) -> TeamTest:
    """Begins a test; from here on only its end is open.

    Args:
        today: the day it is where the installation is; a test never begins in the past, where its result is known.

    Raises:
        RebondError: ``text_missing``, ``bad_measure``, ``bad_dates``, ``bad_minimum``.
    """
    title = clean(plan.title, 200)
    if not title:
        raise RebondError(_("Say in a few words what you change. Nothing was saved."), code="text_missing")
    check_measure(plan.measure, plan.subject)
    if not plan.baseline_from < plan.starts_on <= plan.stops_on or plan.starts_on < today:
        raise RebondError(
            _("The days do not follow one another: the time before, the start (today or later), the end. Nothing was"
              " saved."), code="bad_dates")  # fmt: skip
    if not RANGE_FROM <= plan.minimum_n <= MOST_CASES:
        raise RebondError(
            _("A verdict needs between 10 and 10,000 cases. Nothing was saved. Choose a number in between."),
            code="bad_minimum")  # fmt: skip
    test = TeamTest.objects.create(
        team=team, title=title, why=clean(plan.why, 500), pattern=clean(plan.pattern, 80), measure=plan.measure,
        subject=plan.subject, baseline_from=plan.baseline_from, starts_on=plan.starts_on, stops_on=plan.stops_on,
        minimum_n=plan.minimum_n, created_at=now, created_by=actor,
    )  # fmt: skip
    record(verb="learn.start_test", subject=test, actor=actor, at=now, measure=f"{plan.measure}:{plan.subject}")
    return test


def check_measure(measure: str, subject: str) -> None:
    """``RebondError`` ``bad_measure`` for what cannot be counted."""
    fits = {
        Measure.REASON: subject in current().reasons, Measure.WIN_RATE: subject == "",
        Measure.ANSWER: subject in {str(question.number) for question in QUESTIONS},
        Measure.BUYER: subject in STATEMENTS,
    }  # fmt: skip
    if measure not in Measure.values or not fits[Measure(measure)]:
        raise RebondError(_("We cannot measure that. Nothing was saved. Choose one of the list."), code="bad_measure")


@transaction.atomic
def stop_test(*, test: TeamTest, decision: str = "", note: str = "", actor: User, now: datetime) -> None:
    """Ends a test that runs, or says what the team made of one that has ended; each once.

    Raises:
        Conflict: ``test_decided``, ``test_stopped`` (stopped before, and nothing decided now).
        RebondError: ``unknown_decision``.
    """
    if decision and decision not in Decided.values:
        raise RebondError(_("Keep it or drop it. Nothing was changed."), code="unknown_decision")
    if test.decision:
        raise Conflict(_("The team decided about this test already. Nothing was changed."), code="test_decided")
    if test.stopped_at and not decision:
        raise Conflict(_("This test is stopped already. Nothing was changed."), code="test_stopped")
    test.stopped_at = test.stopped_at or now
    test.decision, test.note = decision, clean(note, 500)
    test.save(update_fields=["stopped_at", "decision", "note"])
    record(verb="learn.stop_test", subject=test, actor=actor, at=now, decision=decision)

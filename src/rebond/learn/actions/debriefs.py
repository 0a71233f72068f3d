"""The seller's six questions: planned at the close, answered one at a time, finished once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.accounts.queries import who_acts_for
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.base.text import clean
from rebond.base.workdays import add_workdays
from rebond.deals.models import CloseEvent
from rebond.facts.freshness import want_fresh_facts
from rebond.learn.access import may_add_reasons
from rebond.learn.actions.reasons import ReasonGiven, assert_reasons
from rebond.learn.models import Answer, Debrief, DebriefAnswer, Voice

QUESTIONS = 6
DUE_AFTER_WORKDAYS = 2


@transaction.atomic(savepoint=False)
def plan_debrief(*, close_event: CloseEvent, actor: User | None, now: datetime) -> Debrief:
    """Puts the six questions on somebody's list: due in two working days, asked once per close event."""
    deal = close_event.deal
    assignee = who_acts_for(owner=deal.owner, actor=actor, team=deal.team)
    today = now.astimezone(ZoneInfo(assignee.time_zone if assignee else settings.TIME_ZONE)).date()
    debrief, created = Debrief.objects.get_or_create(
        close_event=close_event,
        defaults={
            "deal": deal, "assignee": assignee, "planned_at": now, "due_on": add_workdays(today, DUE_AFTER_WORKDAYS),
        },
    )  # fmt: skip
    if created:
        record(verb="learn.plan_debrief", subject=debrief, actor=actor, at=now, deal=deal.pk)
    return debrief


@transaction.atomic
def answer_question(
    *, debrief: Debrief, question: int, answer: str, evidence: str = "", actor: User, now: datetime
) -> DebriefAnswer:
    """Keeps one of the six answers; may be changed until the debrief is finished.

    Raises:
        Conflict: ``debrief_finished``.
        RebondError: ``unknown_answer``.
    """
    _still_open(debrief)
    if not 1 <= question <= QUESTIONS or answer not in Answer.values:
        raise RebondError(_("Choose one of the four answers. The others are kept."), code="unknown_answer")
    _start(debrief, now)
    stored, _created = DebriefAnswer.objects.update_or_create(
        debrief=debrief, question=question, defaults={"answer": answer, "evidence": clean(evidence, 500)}
    )
    record(verb="learn.answer_question", subject=debrief, actor=actor, at=now, question=question)
    return stored


@transaction.atomic
def state_reasons(*, debrief: Debrief, reasons: Sequence[ReasonGiven], actor: User, now: datetime) -> None:
    """The seller's reasons in the debrief, with how they know (question 6) and whether they could have acted."""
    _still_open(debrief)
    _start(debrief, now)
    assert_reasons(close_event=debrief.close_event, reasons=reasons, actor=actor, now=now)


@transaction.atomic
def add_reasons_as_manager(*, debrief: Debrief, reasons: Sequence[ReasonGiven], actor: User, now: datetime) -> None:
    """What who coaches thinks, in their own voice; the seller's answers and reasons stay as they are.

    Raises:
        NotAllowed: the actor coaches nobody, or is the one who is asked.
        RebondError: as ``assert_reasons``.
    """
    if not may_add_reasons(actor, debrief):
        raise NotAllowed
    assert_reasons(close_event=debrief.close_event, source=Voice.MANAGER, reasons=reasons, actor=actor, now=now)


@transaction.atomic
def keep_lessons(*, debrief: Debrief, keep: str, change: str, actor: User, now: datetime) -> None:
    """One thing to keep and one to do differently; either may be empty until the end."""
    _still_open(debrief)
    _start(debrief, now)
    debrief.keep, debrief.change = clean(keep, 1000), clean(change, 1000)
    debrief.save(update_fields=["keep", "change"])
    record(verb="learn.keep_lessons", subject=debrief, actor=actor, at=now)


@transaction.atomic
def finish_debrief(*, debrief: Debrief, actor: User, now: datetime) -> None:
    """Ends the debrief. ``RebondError`` ``answers_missing`` with the first open question."""
    _still_open(debrief)
    answered = set(debrief.answers.values_list("question", flat=True))
    missing = [number for number in range(1, QUESTIONS + 1) if number not in answered]
    if missing:
        raise RebondError(
            _("Question %(number)d has no answer yet. “I don't know” is one. The others are kept.")
            % {"number": missing[0]},
            code="answers_missing",
            question=missing[0],
        )
    debrief.finished_at = now
    debrief.save(update_fields=["finished_at"])
    record(verb="learn.finish_debrief", subject=debrief, actor=actor, at=now)
    want_fresh_facts(now=now)


@transaction.atomic
def snooze_debrief(*, debrief: Debrief, actor: User, today: date, now: datetime) -> None:
    """Puts a debrief off by two working days, once. ``Conflict`` ``snoozed_before``."""
    _still_open(debrief)
    if debrief.snoozed_until is not None:
        raise Conflict(
            _("This debrief was put off once already. It stays on the list; three minutes will do."),
            code="snoozed_before",
        )
    debrief.snoozed_until = add_workdays(today, DUE_AFTER_WORKDAYS)
    debrief.due_on = debrief.snoozed_until
    debrief.save(update_fields=["snoozed_until", "due_on"])
    record(verb="learn.snooze_debrief", subject=debrief, actor=actor, at=now)


@transaction.atomic
def set_debrief_aside(*, debrief: Debrief, actor: User, now: datetime) -> None:
    """Not useful for this one: it leaves the list and is counted as not debriefed."""
    _still_open(debrief)
    debrief.set_aside_at = now
    debrief.save(update_fields=["set_aside_at"])
    record(verb="learn.set_debrief_aside", subject=debrief, actor=actor, at=now)


@transaction.atomic
def take_debrief_back(*, debrief: Debrief, actor: User, now: datetime) -> None:
    """Undoes ``set_debrief_aside``."""
    debrief.set_aside_at = None
    debrief.save(update_fields=["set_aside_at"])
    record(verb="learn.take_debrief_back", subject=debrief, actor=actor, at=now)


def _start(debrief: Debrief, now: datetime) -> None:
    if debrief.started_at is None:
        debrief.started_at = now
        debrief.save(update_fields=["started_at"])


def _still_open(debrief: Debrief) -> None:
    if debrief.finished_at is not None:
        raise Conflict(_("This debrief is finished. Nothing was changed; it can be read."), code="debrief_finished")

"""Answers, debriefs and noes as the other parts of practice 1 leave them, for the tests of what follows from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.learn.models import (
    STATEMENTS,
    Asked,
    Consent,
    Debrief,
    DebriefAnswer,
    FeedbackReason,
    Invitation,
    InvitationStatus,
    Mode,
    ReasonAssertion,
    Response,
    Verbatim,
    Voice,
    Weight,
)
from tests.factories import THEN, make_closed_deal

ANSWERS = ("partly", "yes", "no", "do_not_know", "yes", "partly")


def make_debrief(
    event: CloseEvent, seller: User, *, finished: bool = True, answers: tuple[str, ...] = ANSWERS
) -> Debrief:
    """The six questions of one close, answered."""
    debrief = Debrief.objects.create(
        close_event=event, deal=event.deal, assignee=seller, planned_at=event.recorded_at, due_on=date(2026, 3, 4),
        started_at=event.recorded_at, finished_at=event.recorded_at + timedelta(days=1) if finished else None,
    )  # fmt: skip
    DebriefAnswer.objects.bulk_create(
        DebriefAnswer(
            debrief=debrief, question=number, answer=answer, evidence="seen in the notes" if number == 1 else ""
        )
        for number, answer in enumerate(answers, start=1)
    )
    return debrief


def say(event: CloseEvent, *codes: str, source: str = Voice.SELLER, edition: int = 1) -> None:
    """One voice's reasons for a close; the first is the main one."""
    ReasonAssertion.objects.bulk_create(
        ReasonAssertion(
            close_event=event, source=source, edition=edition, code=code, taxonomy_version=1, at=event.recorded_at,
            role=Weight.CONTRIBUTING if place else Weight.PRIMARY,
        )
        for place, code in enumerate(codes)
    )  # fmt: skip


def make_answer(
    event: CloseEvent, person: Person, *, mode: str = Mode.SHARED,
    reasons: tuple[str, ...] = ("value_unclear", "timing"), statements: tuple[int | None, ...] = (2, 4, 1, 5),
    words: str = "Nobody called back.", consent: str = Consent.NAMED, **fields: Any,
) -> Invitation:  # fmt: skip
    """One buyer's sent answer about one close."""
    invitation = Invitation.objects.create(
        close_event=event, deal=event.deal, person=person, status=InvitationStatus.ANSWERED, mode=Mode.CONFIDENTIAL,
        planned_at=event.recorded_at, answered_on=event.recorded_at.date() + timedelta(days=9),
    )  # fmt: skip
    values = {
        "is_final": True,
        "happened": "another",
        "competitor": "Kéops",
        "submitted_at": event.recorded_at,
    } | fields
    response = Response.objects.create(
        invitation=invitation, mode=mode, team=event.deal.team, **values,
        **dict(zip(STATEMENTS, statements, strict=True)),
    )  # fmt: skip
    FeedbackReason.objects.bulk_create(
        FeedbackReason(response=response, code=code, place=place) for place, code in enumerate(reasons, start=1)
    )
    if words:
        Verbatim.objects.create(response=response, asked=Asked.ONE_THING, text=words, consent=consent)
    return invitation


def make_noes(seller: User, count: int, *, naming: int, code: str = "timing", since: datetime = THEN) -> list[Deal]:
    """``count`` lost deals, one a day from ``since`` on, of which the first ``naming`` name ``code``."""
    deals = []
    for place in range(count):
        deal, event = make_closed_deal(
            "lost", owner=seller, closed_at=since + timedelta(days=place), name=f"No {place}"
        )
        say(event, code if place < naming else "no_budget")
        deals.append(deal)
    return deals

"""Closes, debriefs and buyers' answers as the product would have left them, for tests of what Patterns counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from rebond.accounts.models import Team, User
from rebond.deals.models import CloseEvent, Deal
from rebond.facts import warm
from rebond.learn.models import (
    Debrief,
    DebriefAnswer,
    FeedbackReason,
    Invitation,
    Mode,
    ReasonAssertion,
    Response,
    Verbatim,
)
from rebond.learn.patterns.view import View
from tests.factories import make_closed_deal

TODAY = date(2026, 6, 9)
MAY = datetime(2026, 5, 11, 9, tzinfo=UTC)


def view(user: User | None, **params: str) -> View:
    """What ``user`` sees on 9 June 2026, from fresh facts."""
    warm.refresh()
    return View.of(user, params, TODAY)


def say(event: CloseEvent, source: str, *codes: str, could_act: str = "", edition: int = 1, at: datetime = MAY) -> None:
    """One voice's reasons, the main one first."""
    ReasonAssertion.objects.bulk_create(
        ReasonAssertion(
            close_event=event, source=source, code=code, role="contributing" if place else "primary", edition=edition,
            could_act="" if place else could_act, taxonomy_version=1, at=at,
        )
        for place, code in enumerate(codes)
    )  # fmt: skip


def debrief(event: CloseEvent, answers: str = "", *, assignee: User | None = None, done: bool = True) -> Debrief:
    """A debrief; ``answers`` has one letter per question: y, p, n, d."""
    words = {"y": "yes", "p": "partly", "n": "no", "d": "do_not_know"}
    found = Debrief.objects.create(
        close_event=event, deal=event.deal, assignee=assignee or event.deal.owner, planned_at=MAY, due_on=MAY.date(),
        finished_at=MAY if done else None,
    )  # fmt: skip
    DebriefAnswer.objects.bulk_create(
        DebriefAnswer(debrief=found, question=number, answer=words[letter])
        for number, letter in enumerate(answers, start=1)
    )
    return found


def ended(
    owner: User, outcome: str = "lost", *, seller: str = "", buyer: str = "", at: datetime = MAY, could_act: str = "",
    answers: str | None = None, **fields: Any,
) -> tuple[Deal, CloseEvent]:  # fmt: skip
    """A deal that ended, with what seller and buyer say openly (codes with spaces between) and a finished debrief."""
    fields.setdefault("opened_at", at - timedelta(days=60))
    deal, event = make_closed_deal(outcome, owner=owner, closed_at=at, **fields)
    for source, codes in (("seller", seller), ("buyer", buyer)):
        if codes:
            say(event, source, *codes.split(), could_act=could_act if source == "seller" else "", at=at)
    if answers is not None:
        debrief(event, answers)
    return deal, event


def answer(
    event: CloseEvent | None, *codes: str, mode: str = Mode.CONFIDENTIAL, team: Team | None = None, won: bool = False,
    statements: tuple[int | None, int | None, int | None, int | None] = (None, None, None, None), person: Any = None,
    period: date = date(2026, 4, 1), quote: str = "", consent: str = "anonymous",
) -> Response:  # fmt: skip
    """A final answer; an anonymous one hangs on nothing. A shared one does not assert its reasons here."""
    invitation = None
    if event is not None and mode != Mode.ANONYMOUS:
        invitation = Invitation.objects.create(
            close_event=event, deal=event.deal, person=person, status="answered", mode=mode, planned_at=MAY
        )
    involved, understood, proposal, helped = statements
    found = Response.objects.create(
        invitation=invitation, is_final=True, mode=mode, team=team or (event.deal.team if event else None),
        won=won if event is None else event.outcome == "won", period=period, involved=involved, understood=understood,
        proposal=proposal, helped=helped, submitted_at=None if mode == Mode.ANONYMOUS else MAY + timedelta(days=9),
    )  # fmt: skip
    FeedbackReason.objects.bulk_create(
        FeedbackReason(response=found, code=code, place=place) for place, code in enumerate(codes, start=1)
    )
    if quote:
        Verbatim.objects.create(response=found, asked="one_thing", text=quote, consent=consent)
    return found

"""Losses with what each side said of them, and what a page of Patterns shows; for tests."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Outcome
from rebond.learn.actions import ReasonGiven, assert_reasons
from rebond.learn.models import (
    Answer,
    Debrief,
    DebriefAnswer,
    FeedbackReason,
    Invitation,
    InvitationStatus,
    Mode,
    ReleasedPool,
    Response,
    Voice,
)
from tests.factories import make_closed_deal


def lost(
    owner: User, *, seller: str = "", buyer: str = "", could_act: str = "", mode: str = Mode.SHARED, **fields: object
) -> CloseEvent:
    """A loss of yesterday, with what each side said; the seller's reason is from the close."""
    outcome = str(fields.pop("outcome", Outcome.LOST))
    fields.setdefault("closed_at", timezone.now() - timedelta(days=1))
    _deal, event = make_closed_deal(outcome, owner=owner, **fields)  # type: ignore[arg-type]
    now = timezone.now()
    if seller:
        given = [ReasonGiven(seller, could_act=could_act)]
        assert_reasons(close_event=event, reasons=given, actor=owner, now=now)
    if buyer:
        answered(event, buyer, mode)
        if mode == Mode.SHARED:
            assert_reasons(close_event=event, source=Voice.BUYER, reasons=[ReasonGiven(buyer)], actor=None, now=now)
    return event


def answered(event: CloseEvent, code: str, mode: str, pool: ReleasedPool | None = None) -> Response:
    """A buyer's answer, sent."""
    invitation = Invitation.objects.create(
        close_event=event, deal=event.deal, status=InvitationStatus.ANSWERED, mode=mode, planned_at=timezone.now(),
        sent_at=timezone.now(), answered_on=timezone.localdate(),
    )  # fmt: skip
    response = Response.objects.create(
        invitation=invitation, is_final=True, mode=mode, team=event.deal.team, pool=pool,
        period=date(2026, 4, 1), submitted_at=timezone.now(),
    )  # fmt: skip
    FeedbackReason.objects.create(response=response, code=code, place=1)
    return response


def debriefed(event: CloseEvent, *, done: bool = True, answer: str = Answer.YES) -> Debrief:
    """Its debrief, finished or waiting."""
    now = timezone.now()
    debrief = Debrief.objects.create(
        close_event=event, deal=event.deal, assignee=event.deal.owner, planned_at=now, due_on=now.date(),
        finished_at=now if done else None,
    )  # fmt: skip
    for number in range(1, 7):
        DebriefAnswer.objects.create(debrief=debrief, question=number, answer=answer)
    return debrief


def part(client: Client, name: str, query: str = "") -> str:
    answer = client.get(f"/patterns/{name}?part=1&{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace(" ,", ",").strip()


def opened(client: Client, what: str, **more: str) -> tuple[list[int], str]:
    """The deals a list holds, and what it says stands beside them."""
    answer = client.get("/patterns/deals", {"what": what, **more})
    assert answer.status_code == 200, answer.content
    return [deal.pk for deal in answer.context["page"]], str(answer.context["beside"])

"""A buyer with a personal link, as the outbox would have sent it; and answering as a browser does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import CloseEvent, Outcome, Person
from rebond.learn.feedback.tokens import digest_of, new_nonce, token_of
from rebond.learn.models import FeedbackProgramme, Invitation, InvitationStatus, Response
from tests.factories import make_closed_deal, make_company, make_person

#: When the deal ended: the fourth quarter of 2025.
CLOSED = datetime(2025, 11, 4, 10, 0, tzinfo=UTC)
EVERYTHING: dict[int, dict[str, Any]] = {
    1: {"happened": "another", "competitor": "Nordvik"},
    2: {"code": ["price_vs_alternative", "slow_response"], "words": "Their answer came the same day.", "shown": "0"},
    3: {"involved": "4", "understood": "2", "proposal": "0", "helped": "5"},
    4: {"words": "A price before the summer", "shown": "0"},
}


def programme(**fields: Any) -> FeedbackProgramme:
    values = {"version": 1, "company_name": "Maintenance Valmy", "contact": "avis@valmy.example", "at": CLOSED}
    return FeedbackProgramme.objects.create(**(values | fields))


def invite(event: CloseEvent, person: Person | None, **fields: Any) -> Invitation:
    """An invitation whose mail has gone out."""
    nonce, now = new_nonce(), timezone.now()
    values: dict[str, Any] = {
        "status": InvitationStatus.SENT, "planned_at": now, "send_at": now, "sent_at": now, "delay_days": 5,
        "expires_at": now + timedelta(days=60), "nonce": nonce, "token_digest": digest_of(token_of(nonce)),
    }  # fmt: skip
    return Invitation.objects.create(close_event=event, deal=event.deal, person=person, **(values | fields))


def asked(owner: User, *, outcome: str = Outcome.LOST, **fields: Any) -> Invitation:
    """Hélène is asked about a deal of ``owner`` that ended in autumn."""
    helene = Person.objects.filter(email="helene@valmy.example").first() or make_person(
        "Hélène Marchetti", company=make_company("Groupe Valmy"), email="helene@valmy.example"
    )
    _deal, event = make_closed_deal(outcome, owner=owner, closed_at=CLOSED, company=helene.company)
    return invite(event, helene, **fields)


def link(invitation: Invitation, below: str = "") -> str:
    return f"/s/{token_of(invitation.nonce)}{below}"


def post(invitation: Invitation, number: int, data: dict[str, Any], client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(link(invitation, f"/{number}"), data)


def answer_all(invitation: Invitation, steps: dict[int, dict[str, Any]] = EVERYTHING) -> None:
    """Steps 1 to 4, and which of the two mattered most."""
    for number, data in steps.items():
        assert post(invitation, number, data).status_code == 303
    if isinstance(steps.get(2, {}).get("code"), list):
        assert post(invitation, 2, {"part": "main", "main": "slow_response"}).status_code == 303


def send(invitation: Invitation, mode: str = "confidential", **data: Any) -> HttpResponse:
    return post(invitation, 5, {"mode": mode} | data)


def stored(invitation: Invitation) -> Response:
    return Response.objects.get(invitation=invitation)

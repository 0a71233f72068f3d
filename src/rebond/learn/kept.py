"""What practice 1 keeps of one person, for their own copy of it: what they shared, never who said what in a pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from rebond.deals.models import Deal, Person
from rebond.learn.actions.invitations import INVITATION, REMINDER
from rebond.learn.models import Invitation, Mode, Response

Rows = Sequence[Mapping[str, Any]]


def kept_of(person: Person, deals: QuerySet[Deal]) -> dict[str, Rows]:
    """Questions that were asked, and the answers they shared; three queries.

    A confidential answer is sealed: whoever makes the copy must not learn by it what somebody said in confidence, so
    it says only that there is one. An anonymous one belongs to nobody.
    """
    invitations = Invitation.objects.filter(person=person, deal__in=deals).select_related("deal").order_by("pk")
    shared = Response.objects.filter(
        invitation__person=person, invitation__deal__in=deals, is_final=True, mode=Mode.SHARED
    )
    return {
        "questions": [_question(one) for one in invitations],
        "answers_shared": [_answer(one) for one in shared.prefetch_related("reasons", "verbatims")],
    }


def _question(one: Invitation) -> dict[str, Any]:
    return {
        "deal": one.deal.name, "status": one.status, "mode": one.mode, "language": one.language,
        "sent_at": one.sent_at, "answered_on": one.answered_on,
    }  # fmt: skip


def _answer(one: Response) -> dict[str, Any]:
    marks = ("happened", "competitor", "involved", "understood", "proposal", "helped", "may_contact", "submitted_at")
    return {name: getattr(one, name) for name in marks} | {
        "reasons": [reason.code for reason in one.reasons.all()],
        "words": [{"asked": text.asked, "text": text.text, "consent": text.consent} for text in one.verbatims.all()],
    }


def message_keys(person: Person) -> list[str]:
    """The keys of every question to a person in the outbox, whatever their address was then."""
    asked = Invitation.objects.filter(person=person).values_list("pk", flat=True)
    return [f"{purpose}:{pk}" for pk in asked for purpose in (INVITATION, REMINDER)]

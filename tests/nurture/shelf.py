"""Pieces and people for the library's tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import Deal, Person
from rebond.nurture.library.files import new_nonce
from rebond.nurture.models import Enrolment, Given, Piece, PieceTag
from tests.factories import THEN, make_closed_deal, make_person

#: A Tuesday morning; the days of this room's tests are counted from it.
NOW = datetime.fromisoformat("2026-06-09T08:00:00+00:00")
TODAY = date(2026, 6, 9)


def make_piece(
    title: str = "A business case", *, language: str = "fr", reasons: tuple[str, ...] = (),
    topics: tuple[str, ...] = (), **fields: Any,
) -> Piece:  # fmt: skip
    """A piece that may be sent: a short text, looked at again in a year."""
    values: dict[str, Any] = {
        "kind": "template", "summary": "One page to fill in.", "text": "1. What hurts?", "nonce": new_nonce(),
        "review_on": TODAY + timedelta(days=365), "created_at": THEN, "updated_at": THEN,
    }  # fmt: skip
    piece = Piece.objects.create(title=title, language=language, **(values | fields))
    tags = [("reason", code) for code in reasons] + [("topic", key) for key in topics]
    PieceTag.objects.bulk_create(PieceTag(piece=piece, kind=kind, value=value) for kind, value in tags)
    return piece


def make_enrolment(
    person: Person, owner: User, *, reason: str = "value_unclear", cadence: str = "no_decision", **fields: Any
) -> Enrolment:
    """Somebody in touch, due today."""
    values: dict[str, Any] = {
        "team": owner.team, "status": "active", "due_on": TODAY, "due_because": "interval", "started_at": THEN,
        "zone": "Europe/Paris",
    }  # fmt: skip
    return Enrolment.objects.create(person=person, owner=owner, reason=reason, cadence=cadence, **(values | fields))


def make_no(person: Person, owner: User, *, competitor: str = "", **fields: Any) -> Enrolment:
    """Somebody in touch after a deal that was lost on 2 March."""
    deal, event = make_closed_deal(name="Maintenance, 3 sites", owner=owner, company=person.company)
    if competitor:
        deal, event = _again(deal, competitor)
    return make_enrolment(person, owner, deal=deal, close_event=event, **fields)


def _again(deal: Deal, competitor: str) -> Any:
    from rebond.deals.models import CloseEvent

    event = CloseEvent.objects.create(
        deal=deal, outcome="lost", closed_at=THEN, recorded_at=THEN, source="import", competitor=competitor
    )
    return deal, event


def make_people(number: int, owner: User, *, language: str = "fr", reason: str = "value_unclear") -> list[Enrolment]:
    """So many people in touch for one reason, in one language."""
    return [
        make_enrolment(make_person(f"Person {reason} {language} {n}", language=language), owner, reason=reason)
        for n in range(number)
    ]


def give(piece: Piece, person: Person, *, days_ago: int, reply_after: int | None = None, deal_after: int | None = None,
         by: User | None = None) -> Given:  # fmt: skip
    """It was sent so long ago, and this followed."""
    sent = NOW - timedelta(days=days_ago)
    return Given.objects.create(
        piece=piece, person=person, by=by, at=sent, sent_at=sent,
        replied_at=None if reply_after is None else sent + timedelta(days=reply_after),
        reopened_at=None if deal_after is None else sent + timedelta(days=deal_after),
    )  # fmt: skip

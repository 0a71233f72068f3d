"""Records for tests, through the same tables the product writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rebond.accounts.models import Role, Team, User
from rebond.base.text import fold
from rebond.deals.models import (
    Channel,
    CloseEvent,
    Company,
    Deal,
    DealPerson,
    Outcome,
    Person,
    Stage,
    StageKind,
    Touch,
)

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "nine noes and a yes"


def make_user(name: str, *, team: Team | None, role: str = Role.SELLER, **fields: Any) -> User:
    """A person who can sign in as first-name@rebond.example with ``PASSWORD``."""
    email = fields.pop("email", f"{fold(name).split()[0]}@rebond.example")
    return User.objects.create_user(email, PASSWORD, name=name, team=team, role=role, **fields)


def make_stages() -> list[Stage]:
    """The stages every test team has."""
    named = [
        ("Qualify", "open"),
        ("Proposal", "open"),
        ("Negotiation", "open"),
        ("Won", "won"),
        ("Lost", "lost"),
    ]
    return [
        Stage.objects.get_or_create(name=name, defaults={"kind": StageKind(kind), "position": place})[0]
        for place, (name, kind) in enumerate(named)
    ]


def make_company(name: str = "Lumen Habitat", **fields: Any) -> Company:
    return Company.objects.create(name=name, folded=fold(name), created_at=THEN, updated_at=THEN, **fields)


def make_person(name: str, *, company: Company | None = None, **fields: Any) -> Person:
    return Person.objects.create(name=name, company=company, created_at=THEN, updated_at=THEN, **fields)


def make_deal(
    name: str = "Maintenance", *, owner: User, people: dict[Person, str] | None = None, **fields: Any
) -> Deal:
    """An open deal of ``owner``, opened on 2 March 2026, worth 6,200 EUR."""
    values: dict[str, Any] = {
        "team": owner.team,
        "opened_at": THEN,
        "amount_minor": 620_000,
        "currency": "EUR",
        "created_at": THEN,
        "updated_at": THEN,
        "stage": Stage.objects.filter(kind=StageKind.OPEN).first(),
    }
    deal = Deal.objects.create(name=name, owner=owner, **(values | fields))
    for person, role in (people or {}).items():
        DealPerson.objects.create(deal=deal, person=person, role=role)
    return deal


def make_closed_deal(
    outcome: str = Outcome.LOST, *, owner: User, closed_at: datetime = THEN, **fields: Any
) -> tuple[Deal, CloseEvent]:
    """A deal that ended, as an import would have left it: closed, with its event, nothing planned."""
    deal = make_deal(owner=owner, outcome=outcome, closed_at=closed_at, **fields)
    event = CloseEvent.objects.create(
        deal=deal, outcome=outcome, closed_at=closed_at, recorded_at=closed_at, source="import"
    )
    return deal, event


def make_touch(deal: Deal, *, at: datetime = THEN, channel: str = Channel.CALL, **fields: Any) -> Touch:
    return Touch.objects.create(deal=deal, at=at, channel=channel, owner=deal.owner, **fields)

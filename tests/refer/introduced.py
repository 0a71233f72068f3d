"""Hélène, who said no, names Paul Roux; used by the tests of letters, thanks and doubts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.mail.work.sending import send
from rebond.refer.actions.advocates import advocate_of
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Programme, Referral, RewardRule
from tests.factories import make_company, make_person

PAUL = {
    "name": "Paul Roux", "email": "paul.roux@lumen.example", "phone": "", "company_name": "Lumen Habitat",
    "why": "Former colleagues; his three sites need maintenance.",
}  # fmt: skip
LETTER = {"subject": "Hélène Marchetti suggested we talk", "body": "Hello Paul,\n\nTwo lines are enough.\n\nCamille"}


def named(person: Person, owner: User, now: datetime, **changes: Any) -> Referral:
    """``person`` named Paul to ``owner``: agreed."""
    advocate = advocate_of(person=person, owner=owner, actor=owner, now=now)
    return name_someone(advocate=advocate, named=Named(**(PAUL | changes)), actor=owner, now=now)


def open_programme(now: datetime, **fields: Any) -> Programme:
    """A programme that gives a hamper worth 50 EUR."""
    version = Programme.objects.count() + 1
    made = Programme.objects.create(version=version, currency="EUR", at=now, **fields)
    RewardRule.objects.create(programme=made, kind="gift", amount_minor=5000, label_en="a hamper", label_fr="un panier")
    return made


def advocate_person(name: str = "Hélène Marchetti", **fields: Any) -> Person:
    company = fields.pop("company", None) or make_company(fields.pop("company_name", "Groupe Valmy"))
    return make_person(name, company=company, **({"email": "helene@valmy.example"} | fields))


def deliver(at: datetime) -> None:
    """What is due leaves."""
    send(clock=lambda: at)

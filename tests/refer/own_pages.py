"""An advocate with a link of their own, what they introduced, and a programme; made by the actions of the product."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.base.text import fold
from rebond.deals.models import Person
from rebond.ledger.models import LedgerTransaction
from rebond.mail.models import Message, Suppression
from rebond.refer.actions.advocates import advocate_of
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Advocate, Move, Programme, Referral, Reward, RewardKind, RewardRule
from rebond.refer.tokens import token_of
from tests.factories import make_company, make_person


def programme(kinds: tuple[str, ...] = ("gift", "voucher", "donation"), **fields: Any) -> Programme:
    """A version with a reward of each kind, worth 50 EUR each."""
    values: dict[str, Any] = {
        "version": 1, "currency": "EUR", "per_referral_minor": 5000, "per_year_minor": 15000, "per_month_minor": 50000,
        "at": timezone.now() - timedelta(days=30),
    }  # fmt: skip
    made = Programme.objects.create(**(values | fields))
    for place, kind in enumerate(kinds):
        label = {"label_en": "a hamper from our region", "label_fr": "un panier de notre région"}
        RewardRule.objects.create(
            programme=made, kind=kind, amount_minor=5000, position=place,
            **(label if kind == RewardKind.GIFT else {}),
        )  # fmt: skip
    return made


def advocate(owner: User, *, name: str = "Hélène Marchetti", **fields: Any) -> Advocate:
    """Somebody of Groupe Valmy who said no, and introduces."""
    first, _last = fold(name).split()
    address = f"{first}@groupe-valmy.example"
    person = Person.objects.filter(email=address).first() or make_person(
        name, company=make_company("Groupe Valmy"), email=address, language="en"
    )
    made = advocate_of(person=person, owner=owner, actor=owner, now=timezone.now())
    Advocate.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made


def names(who: Advocate, name: str = "Karim Benali", *, now: datetime | None = None, **fields: str) -> Referral:
    """They named somebody to the seller."""
    first, last = fold(name).split()
    named = Named(name, **({"email": f"{first}@atelier.example", "company_name": f"Atelier {last.title()}"} | fields))
    return name_someone(advocate=who, named=named, actor=who.owner, now=now or timezone.now())


def link(who: Advocate, below: str = "") -> str:
    return f"/i/{token_of(who.nonce)}{below}"


KARIM = {
    "name": "Karim Benali", "company_name": "Atelier Benali", "email": "karim@atelier.example", "phone": "",
    "why": "They plan by hand.",
}  # fmt: skip


def introduce(who: Advocate, client: Client | None = None, **typed: str) -> HttpResponse:
    return (client or Client()).post(link(who, "/introduce"), KARIM | typed)


def words(answer: HttpResponse) -> str:
    """The page as a person reads it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def said(client: Client, path: str) -> str:
    return words(client.get(path, follow=True))


def everything(*, log: bool = True) -> list[object]:
    """All that a page could have written; ``log``: the log, too."""
    tables = (Advocate, Referral, Move, Suppression, Message, Reward, LedgerTransaction, *([AuditEntry] if log else []))
    return [list(table.objects.order_by("pk").values()) for table in tables]

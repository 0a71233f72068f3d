"""A goodbye's draft: wordings of ``worth``, facts of the person, in the person's language. Nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from rebond.accounts.models import User
from rebond.base.blocks import first_name
from rebond.deals.models import Deal, Person
from rebond.loop.goodbye.actions import language_for
from rebond.nurture.drafts import english, french
from rebond.nurture.drafts.placeholders import fill
from rebond.worth.goodbyes import wordings


@dataclass(frozen=True)
class Written:
    """A draft, ready to be changed and sent by a person; ``variants``: how many wordings there are."""

    subject: str
    body: str
    language: str
    variants: int


def draft_goodbye(deal: Deal, person: Person, seller: User, *, variant: int = 0) -> Written:
    """The wording number ``variant``, with what is known of them."""
    language = "fr" if language_for(person, seller).startswith("fr") else "en"
    among = wordings(language)
    subject, body = among[variant % len(among)]
    facts = facts_of(deal, person, seller, language)
    return Written(" ".join(fill(subject, facts).split()), fill(body, facts), language, len(among))


def facts_of(deal: Deal, person: Person, seller: User, language: str) -> dict[str, str]:
    """What is known, by its word in braces; what is not is absent."""
    words = french.PHRASES if language == "fr" else english.PHRASES
    first = first_name(person.name)
    known = {
        "hello": words["hello_name"] % first if first else words["hello"], "first_name": first, "name": person.name,
        "company": deal.company.name if deal.company else "", "deal": deal.name, "seller": seller.name,
        "seller_first": seller.first_name, "ours": settings.CONFIG.legal_name,
    }  # fmt: skip
    return {name: fact for name, fact in known.items() if fact}

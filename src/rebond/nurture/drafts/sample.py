"""A sample person, so that a template can be looked at before anybody gets it; nobody real is used."""

from __future__ import annotations

from dataclasses import dataclass

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.nurture.drafts.placeholders import check, fill

SAMPLES: dict[str, dict[str, str]] = {
    "en": {
        "hello": "Hello Hélène,", "first_name": "Hélène", "name": "Hélène Marchetti", "company": "Groupe Valmy",
        "deal": "maintenance of three sites", "since": "in March", "date": "on 1 June",
        "date_words": "your budget opens", "said": "budget in June, not before", "competitor": "Norda",
        "reason": "The benefit was not clear or not proven", "waits_for": "an export to your accounts",
        "before_you": "Paul Okafor", "piece_title": "A business case on one page",
        "piece_summary": "To fill in for whoever signs.", "piece_link": "https://example.com/business-case",
    },
    "fr": {
        "hello": "Bonjour Hélène,", "first_name": "Hélène", "name": "Hélène Marchetti", "company": "Groupe Valmy",
        "deal": "maintenance de trois sites", "since": "en mars", "date": "le 1er juin",
        "date_words": "votre budget s’ouvre", "said": "budget en juin, pas avant", "competitor": "Norda",
        "reason": "Le bénéfice n’était pas clair ou pas prouvé", "waits_for": "un export vers votre comptabilité",
        "before_you": "Paul Okafor", "piece_title": "Un dossier de décision en une page",
        "piece_summary": "À remplir pour la personne qui signe.", "piece_link": "https://example.com/dossier",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """A filled template: with every fact, and with only those that are always there."""

    subject: str
    body: str
    bare: str


def preview(subject: str, body: str, language: str, user: User) -> tuple[Preview | None, str]:
    """The template filled for the sample person; or ``None`` and what is wrong with it, in one sentence."""
    ours = {"seller": user.name, "seller_first": user.first_name}
    facts = SAMPLES["fr" if language == "fr" else "en"] | ours | {"ours": user.team.name if user.team else "Rebond"}
    hello = {"hello": "Bonjour," if language == "fr" else "Hello,"}
    try:
        check(subject)
        check(body)
    except RebondError as error:
        return None, str(error)
    return Preview(fill(subject, facts), fill(body, facts), fill(body, ours | hello)), ""

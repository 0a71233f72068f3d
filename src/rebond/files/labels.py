"""What our columns are called where a person chooses among them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.files.vocabulary import WORDS

LABELS: dict[str, str | Promise] = {
    "active": _("active, not archived"),
    "amount": _("amount"),
    "at": _("day and hour"),
    "channel": _("kind of contact"),
    "closed_at": _("closed on"),
    "commission": _("commission"),
    "company": _("company"),
    "competitor": _("competitor"),
    "contact_name": _("person"),
    "created_at": _("opened on"),
    "currency": _("currency"),
    "deal": _("deal"),
    "direction": _("from us or from them"),
    "email": _("email"),
    "expected_close": _("close, expected while open"),
    "external_id": _("id"),
    "first_name": _("first name"),
    "language": _("language"),
    "last_name": _("last name"),
    "lost_reason": _("reason of the loss"),
    "minutes": _("minutes"),
    "name": _("name"),
    "next_step": _("next step"),
    "note": _("note"),
    "notes": _("notes"),
    "owner": _("owner"),
    "phone": _("phone"),
    "pipeline": _("pipeline"),
    "probability": _("probability"),
    "result": _("what came of it"),
    "segment": _("segment"),
    "source": _("where it came from"),
    "stage": _("stage"),
    "status": _("outcome"),
    "team": _("team"),
    "title": _("job title"),
    "won_reason": _("reason of the win"),
}


def choices(kind: str) -> list[tuple[str, str]]:
    """What a column of a file of this kind may be, by its label."""
    return sorted(((name, str(LABELS[name])) for name in WORDS[kind]), key=lambda pair: pair[1].casefold())

"""How notes begin: the keys, the built-in words in both languages, and what somebody made of them since.

A seller's own edition goes before the house's, the house's before the built-in one. An edition with empty words means
"back to the built-in one". Nothing is deleted: every edition stays in the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import User
from rebond.nurture.drafts.english import ENGLISH
from rebond.nurture.drafts.french import FRENCH
from rebond.nurture.models import DueBecause, NoteTemplate

LANGUAGES = ("en", "fr")
#: Key to what it is for, in the order they are listed.
KEYS: dict[str, str | Promise] = {
    "check_in": pgettext_lazy("note", "How are things going?"),
    "date_reached": pgettext_lazy("note", "A date they gave comes near"),
    "no_decision": pgettext_lazy("note", "They did not decide"),
    "competitor": pgettext_lazy("note", "They chose somebody else"),
    "price": pgettext_lazy("note", "Price"),
    "budget": pgettext_lazy("note", "No budget, or the wrong moment"),
    "champion_left": pgettext_lazy("note", "To somebody new in charge"),
    "silent": pgettext_lazy("note", "One short question after a silence"),
    "shipped": pgettext_lazy("note", "What they missed is there"),
    "friend": pgettext_lazy("note", "To advocates, partners and contacts"),
    "after_return": pgettext_lazy("note", "They are back"),
    "ask_once": pgettext_lazy("note", "May I keep writing? (once)"),
    "goodbye": pgettext_lazy("note", "Goodbye"),
}
#: What the next touch follows from, where that decides.
OF_DUE = {
    DueBecause.DATE: "date_reached",
    DueBecause.RETURN: "after_return",
    DueBecause.SUCCESSOR: "champion_left",
    DueBecause.SHIPPED: "shipped",
}
#: The cadence followed (``cadence.policies``), where that decides.
OF_CADENCE = {
    "no_decision": "no_decision", "budget_timing": "budget", "competitor": "competitor", "price": "price",
    "champion_left": "champion_left", "silent": "silent", "advocate": "friend", "partner": "friend",
}  # fmt: skip
#: After their own wordings these go on with those of ``check_in``: the third note must not read like the second.
GOES_ON = frozenset(("no_decision", "budget", "competitor", "price"))


@dataclass(frozen=True)
class Template:
    """One wording. ``edition``: 0 for the built-in one; ``owner``: whose, ``None`` for everybody's."""

    key: str
    subject: str
    body: str
    edition: int = 0
    owner: int | None = None


def built_in(key: str, language: str) -> tuple[Template, ...]:
    """The wordings we begin with, two or three.

    >>> len(built_in("check_in", "fr")), built_in("check_in", "de") == built_in("check_in", "en")
    (3, True)
    """
    written = FRENCH if language == "fr" else ENGLISH
    return tuple(Template(key, subject, body) for subject, body in written[key])


def wordings(key: str, language: str, changed: NoteTemplate | None) -> tuple[Template, ...]:
    """What "another draft" turns through: a changed edition in the place of the first built-in one, then the others."""
    ours = built_in(key, language)
    if key in GOES_ON:
        ours += built_in("check_in", language)
    if changed is None or not changed.body:
        return ours
    own = Template(key, changed.subject, changed.body, changed.version, changed.owner_id)
    return (own, *ours[1:])


#: Newest editions by key, language and owner.
Editions = dict[tuple[str, str, int | None], NoteTemplate]


def newest_for(owners: Iterable[int | None]) -> Editions:
    """The newest edition per key, language and owner, of these owners and of everybody; one query."""
    whose = Q(owner=None) | Q(owner__in={owner for owner in owners if owner is not None})
    found: Editions = {}
    for one in NoteTemplate.objects.filter(whose).order_by("version", "pk"):
        found[one.key, one.language, one.owner_id] = one
    return found


def in_force(found: Editions, key: str, language: str, owner: int | None) -> NoteTemplate | None:
    """The edition a seller's notes begin with: their own, else the house's; ``None`` for the built-in one."""
    own = found.get((key, language, owner)) if owner is not None else None
    if own is not None and own.body:
        return own
    house = found.get((key, language, None))
    return house if house is not None and house.body else None


def editions(key: str, language: str, owner: User | None) -> list[NoteTemplate]:
    """Every edition of one template, newest first; one query."""
    found = NoteTemplate.objects.filter(key=key, language=language, owner=owner).select_related("by")
    return list(found.order_by("-version", "-pk"))

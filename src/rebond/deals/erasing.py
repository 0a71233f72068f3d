"""What an erasure is about: whose record, which words name them, and what stands in their place (GDPR art. 17)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from rebond.deals.models import Person

#: Where a record came from, once it is erased; its old id there is kept as a mark, so that an import knows it.
ERASED = "erased"
#: Names shorter than this are ordinary words too often to be taken out of other people's sentences.
SHORTEST = 4


@dataclass(frozen=True)
class Erasing:
    """One person on their way out; made before their record is emptied.

    Attributes:
        person: the record.
        address: theirs, empty without one.
        instead: what stands where their name stood, in the installation's language.
        named: finds their name, address and number as whole words, however spaced and whatever the case; ``None``
            when nothing is long enough to be theirs alone.
        deals: ids of the deals they take part in.
    """

    person: Person
    address: str
    instead: str
    named: re.Pattern[str] | None
    deals: list[int] = field(default_factory=list)

    def without_name(self, text: str) -> str:
        """The text without whoever is erased; the same text when it does not name them."""
        return self.named.sub(self.instead, text) if self.named and text else text


def erasing(person: Person) -> Erasing:
    """Gathers what names a person; one query."""
    deals = list(person.deal_people.values_list("deal_id", flat=True))
    return Erasing(person, person.email, _instead(person), pattern_of(person.name, person.email, person.phone), deals)


def _instead(person: Person) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("Erased person %(number)d") % {"number": person.pk}


def mark_of(source: str, external_id: str) -> str:
    """A keyed mark (HMAC-SHA-256, RFC 2104) of a record's id elsewhere, in hex; empty without one."""
    if not external_id:
        return ""
    whole = f"record:{source}:{external_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), whole, hashlib.sha256).hexdigest()


def pattern_of(*words: str) -> re.Pattern[str] | None:
    """Finds any of these as whole words; ``None`` when none is long enough.

    >>> found = pattern_of("Hélène Marchetti", "helene@valmy.example", "")
    >>> found.sub("X", "HÉLÈNE  Marchetti (helene@valmy.example), not Hélène Marchettini")
    'X (X), not Hélène Marchettini'
    >>> pattern_of("Al", "") is None
    True
    """
    parts = [r"\s+".join(map(re.escape, word.split())) for word in words if len(word.strip()) >= SHORTEST]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None

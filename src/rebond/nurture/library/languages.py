"""Which language a person reads, and how we know: their own, else their country's, else their seller's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.languages import get_official_languages
from django.conf import settings
from django.utils.translation import get_language, pgettext_lazy

from rebond.mail.rights.countries import code_of

#: Languages that notes are written in; the templates stand in these.
WRITTEN = ("en", "fr")
#: How a language is known, as ``Reads.known_by`` says it.
KNOWN_BY = {
    "person": pgettext_lazy("language known by", "noted for the person"),
    "country": pgettext_lazy("language known by", "taken from the company's country"),
    "seller": pgettext_lazy("language known by", "taken from their seller"),
    "house": pgettext_lazy("language known by", "the language of this installation"),
}


@dataclass(frozen=True)
class Reads:
    """A language, two letters, and how it is known: a key of ``KNOWN_BY``."""

    language: str
    known_by: str


def reads(person_language: str, country: str, seller_language: str) -> Reads:
    """What somebody reads.

    Args:
        person_language: as noted for the person, e.g. "fr" or "fr-CA"; may be empty.
        country: of the company, as typed; countries with several official languages say nothing.
        seller_language: of whoever keeps in touch; may be empty.

    >>> reads("fr-CA", "Germany", "en"), reads("", "Allemagne", "en")
    (Reads(language='fr', known_by='person'), Reads(language='de', known_by='country'))
    >>> reads("", "Belgique", "fr"), reads("", "", "")
    (Reads(language='fr', known_by='seller'), Reads(language='en', known_by='house'))
    """
    if short := _short(person_language):
        return Reads(short, "person")
    if spoken := of_country(country):
        return Reads(spoken, "country")
    if short := _short(seller_language):
        return Reads(short, "seller")
    return Reads(_short(settings.LANGUAGE_CODE) or "en", "house")


@lru_cache(maxsize=4096)
def of_country(country: str) -> str:
    """The one official language of a country; empty where there are several, or where nobody knows the country.

    >>> of_country("France"), of_country("Suisse"), of_country("Atlantis")
    ('fr', '', '')
    """
    code = code_of(country) if country else ""
    spoken = get_official_languages(code, de_facto=True) if code else ()
    return str(spoken[0])[:2] if len(spoken) == 1 else ""


def written(language: str) -> str:
    """The language a note is written in: the person's where we have words in it, else English.

    >>> written("fr"), written("de")
    ('fr', 'en')
    """
    return language if language in WRITTEN else "en"


def name(code: str) -> str:
    """A language's name in the language in force.

    >>> name("fr"), name("xx")
    ('French', 'xx')
    """
    return _name(code, (get_language() or "en")[:2])


@lru_cache(maxsize=256)
def _name(code: str, shown_in: str) -> str:
    try:
        return Locale.parse(code).get_display_name(shown_in) or code
    except (UnknownLocaleError, ValueError):
        return code


def _short(code: str) -> str:
    """ "fr-CA" and "FR" are "fr"."""
    head = code.replace("_", "-").partition("-")[0].strip().lower()
    return head if head.isalpha() and len(head) == 2 else ""

"""A company's country as people type it, made an ISO 3166 code: it decides which law, which holidays, which hours."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale

from rebond.base.text import fold

CANADA, FRANCE = "CA", "FR"

#: What people write and no dictionary of names holds.
_SHORT = {
    "usa": "US", "us of a": "US", "united states of america": "US", "etats unis d amerique": "US", "america": "US",
    "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "angleterre": "GB",
    "grande bretagne": "GB", "grossbritannien": "GB", "gran bretana": "GB", "holland": "NL", "hollande": "NL",
    "czech republic": "CZ", "republique tcheque": "CZ", "brd": "DE", "eire": "IE", "uae": "AE", "korea": "KR",
    "fra": "FR", "deu": "DE", "ger": "DE", "gbr": "GB", "esp": "ES", "ita": "IT", "che": "CH", "bel": "BE",
    "can": "CA", "nld": "NL", "prt": "PT", "lux": "LU", "aut": "AT", "irl": "IE", "quebec": "CA",
}  # fmt: skip


def code_of(text: str) -> str:
    """The two-letter code of a country named in English, French, German or Spanish, or by a code; empty if unknown.

    >>> [code_of(name) for name in ("France", "Allemagne", "Deutschland", "États-Unis", "U.S.A.", "ca", "", "Mars")]
    ['FR', 'DE', 'DE', 'US', 'US', 'CA', '', '']
    """
    return _code_of(text.strip()[:80])


@lru_cache(maxsize=4096)
def _code_of(text: str) -> str:
    key = _key(text)
    found = _names().get(key) or _names().get(key.replace(" ", ""))
    return found or ""


def _key(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", fold(text)).split())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Folded names and codes, some 1,000."""
    found: dict[str, str] = {}
    for language in ("es", "de", "fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB"):
                found[_key(name)] = code
                found[code.lower()] = code
    return found | _SHORT

"""How a goodbye begins: three wordings in each language, with the words in braces that notes have."""

from __future__ import annotations

from rebond.worth.goodbyes.english import ENGLISH
from rebond.worth.goodbyes.french import FRENCH

Wordings = tuple[tuple[str, str], ...]


def wordings(language: str) -> Wordings:
    """Subject and body, three of them; English where we do not write the language.

    >>> len(wordings("fr")), wordings("de") == wordings("en")
    (3, True)
    """
    return FRENCH if language.startswith("fr") else ENGLISH

"""Text as phrases are looked for: lower case, without accents, one kind of quote and of space."""

from __future__ import annotations

import re
import unicodedata

_STRAIGHT = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-",
     "\u2011": "-", "ß": "ss", "œ": "oe", "æ": "ae", "\u00a0": " ", "\u202f": " ", "\u200b": "", "\u200e": "",
     "\ufeff": "", "\u00ad": ""}
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[!?;])\s+|(?<=[a-z)\"'][.])\s+(?=[^a-z])|(?<=[a-z]{3}[.])\s+|\n\s*\n")


def folded(text: str) -> str:
    """For comparing; line breaks stay.

    >>> folded("Ich bin im Büro – à l’été")
    "ich bin im buro - a l'ete"
    """
    plain = unicodedata.normalize("NFKD", text.lower().translate(_STRAIGHT))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def one_line(text: str) -> str:
    """Every run of white space as one space.

    >>> one_line(" a \\n b ")
    'a b'
    """
    return " ".join(text.split())


def sentences(text: str) -> list[str]:
    """Roughly the sentences of a text, each on one line; the dot of a day or an abbreviation ends none.

    >>> sentences("Ich bin bis 12. Juni weg. Danach gern!  Bis dann")
    ['Ich bin bis 12. Juni weg.', 'Danach gern!', 'Bis dann']
    """
    return [one_line(part) for part in _SENTENCE.split(text) if part.strip()]

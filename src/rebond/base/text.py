"""Text as people compare it: without accents, without case, without stray spaces."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Letters that NFKD does not take apart but readers see as their plain form.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "œ": "oe", "æ": "ae"})


def fold(text: str) -> str:
    """The form in which two spellings of one name are equal.

    >>> fold("  Hélène   ŁUKASZ ")
    'helene lukasz'
    >>> fold("Straße") == fold("STRASSE")
    True
    """
    if text.isascii():  # most text is, and needs no taking apart
        return _SPACES.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _SPACES.sub(" ", bare.translate(_PLAIN)).strip()


def clean(text: str, limit: int) -> str:
    """Untrusted text made storable: no control characters (PostgreSQL refuses NUL), at most ``limit`` characters.

    >>> clean("a\\x00b", 10)
    'ab'
    """
    return _UNSEEN.sub("", text).strip()[:limit]


def one_line(text: str, limit: int = 300) -> str:
    """Text that stays within its line (a header of a mail, the title of a chat message): whatever breaks it is a space.

    >>> one_line("Why?\\r\\nBcc: everybody@valmy.example")
    'Why? Bcc: everybody@valmy.example'
    """
    return _BREAKS.sub(" ", text).strip()[:limit]


def defuse(cell: str) -> str:
    """A cell that no spreadsheet will run as a formula (OWASP, "CSV Injection").

    >>> defuse("=1+1")
    "'=1+1"
    >>> defuse("Brasserie du Lac")
    'Brasserie du Lac'
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell

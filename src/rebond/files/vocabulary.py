"""The words of other systems, from ``vocabulary.toml``; compared without accents, case and punctuation."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from rebond.base.text import fold

WORDS: dict[str, dict[str, list[str]]] = tomllib.loads((Path(__file__).parent / "vocabulary.toml").read_text())
KINDS = ("deals", "people", "touches")
#: What must be there for a file to be of use, per kind: one of each group.
NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "deals": (("status", "stage", "closed_at"),),
    "people": (("name", "last_name", "email"),),
    "touches": (("deal",), ("at",)),
}
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_PREFIX = re.compile(r"^(?:deal|affaire|opportunity|opportunite|transaction|opp|person|personne) (?=.)")


def plain(text: str) -> str:
    """A header or a word as the vocabulary writes it.

    >>> plain("Affaire - Étape")
    'affaire etape'
    """
    return _NOT_LETTERS.sub(" ", fold(text)).strip()


def bare(text: str) -> str:
    """The same without a leading "deal", "affaire" ...

    >>> bare("Deal - Lost reason")
    'lost reason'
    """
    return _PREFIX.sub("", plain(text))


@cache
def lookup(section: str) -> dict[str, str]:
    """Their word to ours, for one section."""
    return {word: ours for ours, words in WORDS[section].items() for word in words}


def word(section: str, text: str) -> str | None:
    """Our word for theirs; ``None`` when the vocabulary has none."""
    return lookup(section).get(plain(text))

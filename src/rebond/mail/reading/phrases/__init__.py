"""The phrases of each language, from the TOML files beside: patterns over folded text (lower case, no accents)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from rebond.mail.reading.language import LANGUAGES

_FILES: dict[str, dict[str, list[str]]] = {
    language: tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}


def lists(language: str) -> dict[str, list[str]]:
    """Every list of one language by its key."""
    return _FILES[language]


@cache
def pattern(key: str, language: str) -> re.Pattern[str]:
    """One list of a language as one pattern; an absent list matches nothing."""
    return re.compile("|".join(f"(?:{phrase})" for phrase in _FILES[language].get(key, [])) or r"(?!)")


def search(key: str, text: str) -> str:
    """The first language with such a phrase in the folded text; empty for none."""
    return next((language for language in LANGUAGES if pattern(key, language).search(text)), "")


def fullmatch(key: str, text: str) -> str:
    """The first language in which the whole folded text is such a phrase; empty for none."""
    return next((language for language in LANGUAGES if pattern(key, language).fullmatch(text)), "")

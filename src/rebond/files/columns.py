"""Which of their columns is which of ours, and how sure we are; always shown before anything is written.

Order: the whole header is in the vocabulary (``exact``); nearly so (``near``: rapidfuzz token_set_ratio of 90 and 5
more than the next, and token_sort_ratio of 75, since a set of words alone takes "stage entered on" for "stage"); or the
values say so (``values``: addresses, currency codes, won and lost).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from rebond.base.money import CURRENCIES
from rebond.base.text import clean
from rebond.files.vocabulary import WORDS, bare, lookup, plain, word

#: Columns of which several may be one of ours: a closing time may be "won time" or "lost time".
SEVERAL = {"closed_at"}
NEAR, MARGIN, NEAR_SORTED = 90, 5, 75
#: Found by its whole header alone: a "commission rate" is no sum.
EXACT_ONLY = {"commission"}
#: Under an unknown header these answer an unknown question, so they say nothing about winning.
_YES_NO = {"true", "false", "vrai", "faux", "yes", "no", "oui", "non", "1", "0"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NOTHING: Mapping[int, tuple[str, str]] = {}


@dataclass(frozen=True)
class Column:
    """One column of a file: ``ours`` is empty for a column that is left out."""

    place: int
    header: str
    ours: str
    how: str
    examples: tuple[str, ...] = ()


def recognise(
    kind: str,
    headers: Sequence[str],
    sample: Sequence[Sequence[Any]],
    settled: Mapping[int, tuple[str, str]] = _NOTHING,
) -> list[Column]:
    """A suggestion for each header.

    Args:
        sample: some rows, for looking at values.
        settled: what some places are already known to be, and how.
    """
    found = dict(settled)
    taken = {ours: place for place, (ours, _how) in found.items()}
    for finder, how in ((_exact, "exact"), (_near, "near")):
        for place, header in enumerate(headers):
            ours = finder(kind, header) if place not in found else ""
            if ours and (ours not in taken or (ours in SEVERAL and how == "exact")):
                found[place] = (ours, how)
                taken.setdefault(ours, place)
    for place in range(len(headers)):
        ours = _by_values(kind, _column(sample, place)) if place not in found else ""
        if ours and ours not in taken:
            found[place], taken[ours] = (ours, "values"), place
    return [
        Column(place, header, *found.get(place, ("", "")), examples=tuple(_column(sample, place)[:3]))
        for place, header in enumerate(headers)
    ]


def corrected(columns: Sequence[Column], mapping: Mapping[str, str]) -> list[Column]:
    """A person's corrections: their header to our name, or to nothing."""
    return [
        Column(c.place, c.header, mapping[c.header], "person", c.examples) if c.header in mapping else c
        for c in columns
    ]


def fingerprint(kind: str, headers: Sequence[str]) -> str:
    """The same headers in the same order are the same kind of export: corrections are remembered under this."""
    return hashlib.sha256("\x1f".join([kind, *map(plain, headers)]).encode()).hexdigest()


def _column(sample: Sequence[Sequence[Any]], place: int) -> list[str]:
    values = (clean(str(row[place]), 80) for row in sample if place < len(row) and row[place] not in (None, ""))
    return list(dict.fromkeys(values))[:40]


def _exact(kind: str, header: str) -> str:
    names = lookup(kind)
    return names.get(plain(header)) or names.get(bare(header)) or ""


def _near(kind: str, header: str) -> str:
    text = bare(header)
    if len(text) < 4:
        return ""
    scores = sorted(
        (
            (max(fuzz.token_set_ratio(text, name) for name in names), ours)
            for ours, names in WORDS[kind].items()
            if ours not in EXACT_ONLY
        ),
        reverse=True,
    )
    (best, ours), (second, _other) = scores[0], scores[1]
    alike = max(fuzz.token_sort_ratio(text, name) for name in WORDS[kind][ours])
    return ours if best >= NEAR and best - second >= MARGIN and alike >= NEAR_SORTED else ""


def _by_values(kind: str, values: Sequence[str]) -> str:
    if len(values) < 1:
        return ""
    if kind != "touches" and all(_EMAIL.fullmatch(value.strip()) for value in values):
        return "email"
    if kind == "deals" and all(value.strip().upper() in CURRENCIES and len(value.strip()) == 3 for value in values):
        return "currency"
    outcomes = {word("outcomes", value) for value in values if plain(value) not in _YES_NO}
    if kind == "deals" and 2 <= len(values) <= 8 and None not in outcomes and outcomes & {"won", "lost"}:
        return "status"
    return ""

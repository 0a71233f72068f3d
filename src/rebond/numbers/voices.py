"""Who says what: the cells of the column ``reasons``, read once per distinct text, and counted.

Sources are the seller, the buyer, the manager and the coder (who reads interviews and mails). Reasons are compared
without case and shown as they are most often written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SOURCES = ("seller", "buyer", "manager", "coder")
#: Entries that say that no reason is known; compared without case.
NO_REASON = frozenset(
    [
        "not_known_yet",
        "not known yet",
        "not_known",
        "not known",
        "unknown",
        "none",
        "n/a",
        "-",
        "?",
        "inconnu",
        "inconnue",
    ]
)
#: A reason is at most this long.
LONGEST = 200

Integers = np.ndarray[Any, np.dtype[np.int64]]
Booleans = np.ndarray[Any, np.dtype[np.bool_]]


def parse_reasons(text: str | None) -> dict[str, tuple[str, ...]]:
    """The reasons in one cell: per source, in order; the first of a source is its primary reason.

    Several are separated by ``;``. ``seller:``, ``buyer:``, ``manager:`` or ``coder:`` before one names who says it;
    the seller does when nobody is named. Entries that say that nothing is known (``NO_REASON``) are no reasons;
    repeated ones count once, whatever their case.

    >>> parse_reasons("price_vs_alternative; timing; buyer: value_unclear; Timing")
    {'seller': ('price_vs_alternative', 'timing'), 'buyer': ('value_unclear',)}
    >>> parse_reasons("unknown;; ")
    {}
    >>> parse_reasons("note: too dear")
    {'seller': ('note: too dear',)}
    """
    said: dict[str, dict[str, str]] = {}
    for part in (text or "").split(";"):
        before, colon, after = part.partition(":")
        source = before.strip().lower()
        source, reason = (source, after) if colon and source in SOURCES else ("seller", part)
        code = " ".join(reason.split())[:LONGEST]
        if code and code.casefold() not in NO_REASON:
            said.setdefault(source, {}).setdefault(code.casefold(), code)
    return {source: tuple(codes.values()) for source, codes in said.items()}


@dataclass(frozen=True)
class Pooled:
    """Answers of one source that have no row among the deals: counted together, of nobody in particular.

    Attributes:
        heard, heard_won: answers about lost deals, and about won ones.
        named, primary: of ``heard``, those that name the reason at all, and first.
        among_wins: of ``heard_won``, those that name it.
    """

    heard: int = 0
    named: Mapping[str, int] = field(default_factory=dict)
    primary: Mapping[str, int] = field(default_factory=dict)
    heard_won: int = 0
    among_wins: Mapping[str, int] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[str]:
        """Every reason that is named."""
        return frozenset((*self.named, *self.primary, *self.among_wins))


def in_order(codes: Sequence[str], counts: Mapping[str, int]) -> Integers:
    """Counts by reason as a column beside ``codes``; spellings that differ in case only are one reason.

    >>> in_order(["price", "trust"], {"Price": 2, "price": 1}).tolist()
    [3, 0]
    """
    folded: Counter[str] = Counter()
    for code, count in counts.items():
        folded[code.casefold()] += count
    return np.array([folded[code.casefold()] for code in codes], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Said:
    """What the distinct texts say: one entry per text, source and reason.

    Attributes:
        texts: each distinct text to its place.
        codes: the distinct reasons as most often written, in the order of the alphabet (without case).
        text, source, code: per entry, places in ``texts``, ``SOURCES``, ``codes``.
        first: per entry, whether it is the source's primary reason.
    """

    texts: dict[str | None, int]
    codes: tuple[str, ...]
    text: Integers
    source: Integers
    code: Integers
    first: Booleans

    def named(self, source: int, deals: Integers, *, first: bool = False) -> Integers:
        """Deals per reason that this source names (``first``: names first), from deals per text."""
        some = (self.source == source) & (self.first if first else True)
        return np.bincount(self.code[some], deals[self.text[some]], len(self.codes)).astype(np.int64)

    def heard(self, source: int | None, deals: Integers) -> int:
        """Deals with a reason of this source, or of any."""
        some = self.first if source is None else self.first & (self.source == source)
        return int(deals[np.unique(self.text[some])].sum())

    def expanded(self, column: Iterable[str | None]) -> tuple[Integers, Integers]:
        """A column of texts joined to the entries of each: places in the column, places of entries."""
        labels, at = places(column)
        text = np.array([self.texts[label] for label in labels], dtype=np.int64)[at]
        many = np.bincount(self.text, minlength=len(self.texts))
        start = np.concatenate(([0], many.cumsum()))
        row = np.repeat(np.arange(len(text)), many[text])
        before = np.concatenate(([0], many[text].cumsum()))[:-1]
        return row, start[text][row] + np.arange(len(row)) - before[row]


def said_in(column: Iterable[str | None], deals: Integers, more: Iterable[str] = ()) -> Said:
    """Reads every distinct text of the column once; ``more`` are reasons that are numbered too."""
    texts, at = places(column)
    weight = np.bincount(at, deals, len(texts))
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    entries: list[tuple[int, int, str, bool]] = []
    for code in more:
        spelled[code.casefold()][code] += 0
    for text, value in enumerate(texts):
        for source, codes in parse_reasons(value).items():
            for order, code in enumerate(codes):
                spelled[code.casefold()][code] += int(weight[text])
                entries.append((text, SOURCES.index(source), code.casefold(), order == 0))
    # Engines give rows in any order: reasons are numbered by the alphabet, and so are equally common spellings.
    number = {key: place for place, key in enumerate(sorted(spelled))}
    shown = tuple(min(spelled[key], key=lambda code: (-spelled[key][code], code)) for key in number)
    table = np.array([(text, source, number[key], first) for text, source, key, first in entries], dtype=np.int64)
    text_of, source_of, code_of, first_of = table.reshape(-1, 4).T
    return Said({v: n for n, v in enumerate(texts)}, shown, text_of, source_of, code_of, first_of.astype(bool))


def places(column: Iterable[str | None]) -> tuple[list[str | None], Integers]:
    """The distinct values in order of appearance, and where each entry of the column stands among them.

    Empty text is as good as none.
    """
    import pyarrow as pa  # a column of a million entries takes a tenth of the time that a loop does

    coding = pa.array(column, pa.string()).dictionary_encode(null_encoding="encode")
    known: dict[str | None, int] = {}
    to = np.array(
        [known.setdefault(label or None, len(known)) for label in coding.dictionary.to_pylist()], dtype=np.int64
    )
    return list(known), to[coding.indices.to_numpy()]


def objects(values: Sequence[str | None]) -> np.ndarray[Any, Any]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found

"""Dates that people name in passing: suggestions for a person, never a reason to act by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rebond.mail.reading import dates, phrases
from rebond.mail.reading.calendar_words import ORDINALS, QUARTERS, SEASONS
from rebond.mail.reading.folding import folded, one_line, sentences
from rebond.mail.reading.language import language_of

#: Asked in this order: a sentence about a contract and a call is about the contract.
_KINDS = ("contract_end", "budget", "decision", "call_back")
#: Nobody plans further ahead in a mail.
_FURTHEST = timedelta(days=900)
_SEASONS = {re.compile(rf"\b(?:{words})\b"): month for words, month in SEASONS.items()}
_QUARTERS = [re.compile(words) for words in QUARTERS]
_NEXT_YEAR = re.compile(
    r"\b(?:next year|new year|l'annee prochaine|l'an prochain|l'annee suivante|nachstes jahr|nachsten jahres"
    r"|kommenden jahr"
    r"|kommendes jahr|proximo ano|ano que viene|ano proximo)\b"
)


@dataclass(frozen=True)
class Hint:
    """One date somebody named.

    Attributes:
        kind: ``budget``, ``contract_end``, ``decision``, ``call_back`` or ``other`` (``nurture.models.DateKind``).
        on: that day; of a month its first, of a season or quarter the first of its first month.
        whole_month: whether no day was named.
        words: the sentence they used, at most 200 characters.
    """

    kind: str
    on: date
    whole_month: bool
    words: str


def named_dates(text: str, language: str, received_at: datetime) -> list[Hint]:
    """Dates ahead of ``received_at`` that the text names, in its order, each day and kind once.

    A weekday alone ("on Monday"), today and tomorrow are appointments, not hints. Dates told of the past are left out.

    Args:
        language: ``en``, ``fr``, ``de`` or ``es``; empty: found out.

    >>> from datetime import UTC
    >>> [(h.kind, str(h.on)) for h in named_dates("Our budget opens in June.", "en", datetime(2026, 3, 2, tzinfo=UTC))]
    [('budget', '2026-06-01')]
    """
    language = language or language_of(text)
    found: dict[tuple[str, date], Hint] = {}
    for sentence in sentences(text[:20_000])[:80]:
        plain = dates.prepared(folded(sentence))
        for on, whole, place in _ahead(plain, language, received_at.date()):
            hint = Hint(_kind(plain, place), on, whole, one_line(sentence)[:200])
            found.setdefault((hint.kind, hint.on), hint)
    return list(found.values())


def _ahead(plain: str, language: str, base: date) -> Iterator[tuple[date, bool, int]]:
    """(day, whole month, place) of each date to come in one folded sentence."""
    for one in dates.find(plain, language, base, ahead=True):
        relative = not one.exact and not one.month_only
        if relative or one.today or _is_past(plain[max(0, one.start - 40) : one.start]) or one.on <= base:
            continue
        if one.on - base < _FURTHEST and not (one.exact and one.on - base < timedelta(days=2)):
            yield (one.on.replace(day=1) if _is_bare_month(one, plain) else one.on), one.month_only, one.start
    yield from _seasons(plain, base)


def _is_bare_month(one: dates.Found, plain: str) -> bool:
    """ "June", not "end of June"."""
    return one.month_only and " " not in plain[one.start : one.end].strip()


def _is_past(before: str) -> bool:
    return bool(phrases.search("hint_past", before))


def _seasons(plain: str, base: date) -> Iterator[tuple[date, bool, int]]:
    """Parts of the year, quarters, next year: the first day of their first month."""
    for pattern, month in _SEASONS.items():
        match = pattern.search(plain)
        if match:
            yield _first_ahead(month, base), True, match.start()
    for pattern in _QUARTERS:
        match = pattern.search(plain)
        if match and not _is_past(plain[max(0, match.start() - 30) : match.start()]):
            quarter = ORDINALS[match[1]]
            yield _first_ahead(quarter * 3 - 2, base), True, match.start()
            break
    match = _NEXT_YEAR.search(plain)
    if match and not list(dates.find(plain, "", base)):
        yield date(base.year + 1, 1, 1), True, match.start()


def _first_ahead(month: int, base: date) -> date:
    """The first of that month which is still to come."""
    return date(base.year + (month <= base.month), month, 1)


def _kind(plain: str, place: int) -> str:
    """By the words of the clause around the date, else of the whole sentence."""
    start, end = plain.rfind(",", 0, place) + 1, plain.find(",", place)
    clause = plain[start : end if end >= 0 else len(plain)]
    for text in (clause, plain):
        for kind in _KINDS:
            if phrases.search(f"hint_{kind}", text):
                return kind
    return "other"

"""Words that colleagues write about a win: whether they tell whom, which customer or how much its people keep out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from rebond.base.money import to_major
from rebond.base.text import fold
from rebond.celebrate.models import Win
from rebond.celebrate.telling import customer_of
from rebond.celebrate.visibility import Wish
from rebond.deals.models import Deal

_WORD = re.compile(r"\w+")
#: What stands between thousands: 6,200 and 6 200 and 6’200 are 6200.
_THOUSANDS = re.compile(r"(?<=\d)[\s.,'’](?=\d{3}(?!\d))")
#: "6.2k", "1,5 M".
_SHORT = re.compile(r"(\d{1,9}(?:[.,]\d{1,3})?)\s?([km])\b", re.IGNORECASE)
_TIMES = {"k": 1_000, "m": 1_000_000}
#: Parts of names that are words of their own, or shorter than a name is.
_PARTICLES, _SHORTEST = frozenset({"del", "der", "des", "den", "les", "van", "von"}), 3
#: Words of a customer's name that give it away where they begin with a capital; shorter numbers are no amounts.
_TELLING, _DIGITS = 4, 3


def tells_what_is_kept(text: str, *, win: Win, names: Iterable[str], wish: Wish) -> bool:
    """Whether ``text`` tells of ``win`` what others may not hear by ``wish``.

    Args:
        names: of its people, in full; any part of one is found, as a word of its own.
    """
    if not text:
        return False
    return (
        (not wish.show_name and any(_names(text, name) for name in names))
        or (not wish.show_customer and _names_customer(text, customer_of(win)))
        or (not wish.show_amount and _tells_amount(text, win.deal))
    )


def _words(text: str) -> list[str]:
    """
    >>> _words("Camille’s d'Été")
    ['camille', 's', 'd', 'ete']
    """
    return _WORD.findall(fold(text))


def _holds(text: str, name: str) -> bool:
    """Whether the whole name stands in it; a script without blanks between words is searched as it is."""
    if not _words(name):
        return False
    if not name.isascii() and fold(name) in fold(text):
        return True
    return f" {' '.join(_words(name))} " in f" {' '.join(_words(text))} "


def _names(text: str, name: str) -> bool:
    """
    >>> _names("Also a fine job", "Al Jobson"), _names("bravo AL", "Al Jobson"), _names("Jobson did it", "Al Jobson")
    (False, True, True)
    """
    first, rest = _words(name)[:1], _words(name)[1:]
    parts = {*first, *(part for part in rest if len(part) >= _SHORTEST and part not in _PARTICLES)}
    return _holds(text, name) or bool(parts & {*_words(text)})


def _names_customer(text: str, name: str) -> bool:
    """
    >>> [_names_customer(said, "Groupe Valmy") for said in ("at groupe valmy", "so Valmy signed", "the whole group")]
    [True, True, False]
    """
    capitals = {fold(word) for word in _WORD.findall(text) if word[0].isupper()}
    return _holds(text, name) or bool(capitals & {word for word in _words(name) if len(word) >= _TELLING})


def _tells_amount(text: str, deal: Deal) -> bool:
    """
    >>> six = Deal(amount_minor=620_000, currency="EUR")
    >>> [_tells_amount(said, six) for said in ("6,200 €", "6 200", "6.2k at once", "62,000", "in 6 calls")]
    [True, True, True, False, False]
    """
    if not deal.amount_minor:
        return False
    amount = to_major(deal.amount_minor, deal.currency)
    whole = {str(int(amount)), str(round(amount))}
    numbers = {number.lstrip("0") for number in re.findall(r"\d+", _THOUSANDS.sub("", text))}
    return any(len(number) >= _DIGITS for number in numbers & whole) or _shortly(text, amount)


def _shortly(text: str, amount: Decimal) -> bool:
    """Whether it stands there in thousands or millions, as near as one says it."""
    said = [Decimal(number.replace(",", ".")) * _TIMES[unit.lower()] for number, unit in _SHORT.findall(text)]
    return any(abs(one - amount) <= amount / 20 for one in said)

"""What is in a cell: money, days, outcomes. How to read a column is decided once for the whole column, and shown.

Amounts: when a dot and a comma both appear, the last one is the decimal mark; when one appears with other than three
digits after it anywhere in the column, it is decimal, else it groups thousands. Days: a first part over 12 anywhere
means day first, a second part over 12 month first; when neither shows, another column of the file that does, else the
file's language decides and a person is asked. Nothing is evaluated: ``=1+1`` is not an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.money import CURRENCIES
from rebond.base.text import fold
from rebond.files.vocabulary import lookup, plain, word

FIRST_YEAR, LAST_YEAR = 1990, 2100
#: Day 0 of a spreadsheet's calendar (ECMA-376 part 1, 18.17.4.1, with its 1900 leap-year mistake).
SHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a naive calendar day)
SERIALS = (20_000, 80_000)
#: Beyond this an amount is a slip, and would not fit the column.
LARGEST = Decimal("1e13")
SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "fr.": "CHF"}
_SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_NUMBER = re.compile(r"-?\d[\d.,]*|-?[.,]\d+")
#: Thousands, or lakhs: the last group has three digits (Unicode CLDR number patterns #,##0 and #,##,##0).
_GROUPED = {mark: re.compile(rf"-?\d{{1,3}}(?:{re.escape(mark)}\d{{2,3}})*{re.escape(mark)}\d{{3}}") for mark in ",."}
_DATE = re.compile(
    r"^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?"
    r"\s*(Z|UTC|[+-]\d\d:?\d\d|AM|PM)?$",
    re.IGNORECASE,
)
_WORDY = re.compile(
    r"^(?:\w{3,9}\.?,? )?(?:(\d{1,2})(?:er|st|nd|rd|th)? ([a-z]+)\.?|([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?),? (\d{4})$"
)


class Unreadable(ValueError):
    """A cell is not what its column holds; the message says what was expected."""

    def __init__(self, expected: str | Promise) -> None:
        super().__init__(expected)
        self.expected = expected


AN_AMOUNT = _("an amount such as 12,500.50")
SAME_CURRENCY = _("a commission in the currency of the amount")
A_DAY = _("a day between 1990 and 2100")
AN_OUTCOME = _("open, won, lost, no decision ... (see the guide)")
A_CURRENCY = _("a currency code such as EUR")


@dataclass
class AmountRule:
    """How a column writes money: its decimal mark, and the currency its symbol names."""

    decimal: str = "."
    currency: str = ""
    examples: list[tuple[str, str]] = field(default_factory=list)

    def read(self, cell: Any) -> tuple[Decimal | None, str]:
        """The amount and the currency written beside it; ``(None, "")`` for an empty cell."""
        if isinstance(cell, bool):
            raise Unreadable(AN_AMOUNT)
        if isinstance(cell, (int, float, Decimal)):
            return _sane(Decimal(str(cell))), ""
        return _amount(str(cell).strip(), self.decimal)


@lru_cache(maxsize=20_000)
def _amount(text: str, decimal: str) -> tuple[Decimal | None, str]:
    if not text:
        return None, ""
    bare, currency = _without_currency(text)
    negative = (bare.startswith("(") and bare.endswith(")")) or bare.endswith("-")
    bare = bare.strip("()").rstrip("-").translate(_SPACES).lstrip("+")
    if not _NUMBER.fullmatch(bare):
        raise Unreadable(AN_AMOUNT)
    other = "," if decimal == "." else "."
    if bare.count(decimal) > 1:
        decimal, other = other, decimal
    whole, mark, cents = bare.partition(decimal)
    # "12,50" in a column of "12.50" is a slip to be shown, not twelve hundred.
    if other in cents or (other in whole and not _GROUPED[other].fullmatch(whole)):
        raise Unreadable(AN_AMOUNT)
    try:
        amount = Decimal(f"{whole.replace(other, '')}{'.' if mark else ''}{cents}")
    except InvalidOperation as error:
        raise Unreadable(AN_AMOUNT) from error
    return _sane(-amount if negative else amount), currency


def _sane(amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise Unreadable(AN_AMOUNT)
    return amount


def _without_currency(text: str) -> tuple[str, str]:
    for symbol, code in SYMBOLS.items():
        if symbol in text:
            return text.replace(symbol, "").strip(), code
    match = re.search(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])", text)
    if match and match.group(1) in CURRENCIES:
        return text.replace(match.group(1), "").strip(), match.group(1)
    return text, ""


def decide_amounts(cells: Iterable[Any]) -> AmountRule:
    """Looks at a whole column; constant memory."""
    decimals = {",": 0, ".": 0}
    grouped = {",": False, ".": False}
    examples: dict[str, None] = {}
    currency = ""
    for cell in cells:
        if not isinstance(cell, str) or not cell.strip():
            continue
        bare, code = _without_currency(cell.strip())
        currency = currency or code
        if len(examples) < 3:
            examples.setdefault(cell.strip()[:80])
        _vote(bare.strip("()-").translate(_SPACES), decimals, grouped)
    rule = AmountRule(_mark(decimals, grouped), currency)
    rule.examples = [(text, _shown(rule.read, text)) for text in examples]
    return rule


def _vote(bare: str, decimals: dict[str, int], grouped: dict[str, bool]) -> None:
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and dot >= 0:
        decimals["," if comma > dot else "."] += 1
        return
    for mark, at in ((",", comma), (".", dot)):
        if at >= 0:
            if bare.count(mark) > 1 or len(bare) - at - 1 == 3:
                grouped[mark] = True
            else:
                decimals[mark] += 1


def _mark(decimals: dict[str, int], grouped: dict[str, bool]) -> str:
    if decimals[","] != decimals["."]:
        return "," if decimals[","] > decimals["."] else "."
    return "," if grouped["."] and not grouped[","] else "."


def _shown(read: Any, text: str) -> str:
    try:
        value = read(text)
    except Unreadable as problem:
        return f"? ({problem.expected})"
    return str(value[0] if isinstance(value, tuple) else value)


@dataclass
class DayRule:
    """How a column writes days: ``sure`` when it shows which part is the day, ``asked`` when nothing does."""

    order: str = "dmy"
    asked: bool = False
    sure: bool = False
    zone: str = "UTC"
    examples: list[tuple[str, str]] = field(default_factory=list)

    def read(self, cell: Any) -> datetime | None:
        """An aware moment; a bare day is noon in the file's zone, so that no zone shows another day."""
        if isinstance(cell, bool):
            raise Unreadable(A_DAY)
        if isinstance(cell, datetime):
            return _aware(cell, self.zone)
        if isinstance(cell, date):
            return _aware(datetime.combine(cell, time(12)), self.zone)
        if isinstance(cell, (int, float)):
            return _serial(float(cell), self.zone)
        return _moment(str(cell).strip(), self.order, self.zone)


def _aware(moment: datetime, zone: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Unreadable(A_DAY)
    if moment.tzinfo is None:
        if moment.time() == time(0):
            moment = moment.replace(hour=12)
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.astimezone(UTC)


def _serial(number: float, zone: str) -> datetime:
    if not SERIALS[0] <= number <= SERIALS[1]:
        raise Unreadable(A_DAY)
    return _aware(SHEET_EPOCH + timedelta(days=number), zone)


@lru_cache(maxsize=20_000)
def _moment(text: str, order: str, zone: str) -> datetime | None:
    if not text or set(text) <= set("-/. 0:"):
        if text.strip("-/. "):
            raise Unreadable(A_DAY)
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _serial(float(text), zone)
    if match := _DATE.match(text):
        return _numeric(match, order, zone)
    if match := _WORDY.match(fold(text)):
        day, month = match.group(1) or match.group(4), match.group(2) or match.group(3)
        number = lookup("months").get(month)
        if number:
            return _built(int(match.group(5)), int(number), int(day), (12, 0, 0), zone)
    raise Unreadable(A_DAY)


def _numeric(match: re.Match[str], order: str, zone: str) -> datetime:
    first, second, third = int(match.group(1)), int(match.group(3)), int(match.group(4))
    if len(match.group(1)) == 4:
        year, month, day = first, second, third
    else:
        year = third + 2000 if len(match.group(4)) == 2 else third
        day, month = (first, second) if order == "dmy" else (second, first)
    hour, minute, second = (int(part or 0) for part in match.group(5, 6, 7))
    suffix = (match.group(8) or "").upper()
    if suffix in ("AM", "PM"):
        hour = hour % 12 + (12 if suffix == "PM" else 0)
        suffix = ""
    clock = (12, 0, 0) if match.group(5) is None else (hour, minute, second)
    return _built(year, month, day, clock, zone, suffix)


def _built(year: int, month: int, day: int, clock: tuple[int, int, int], zone: str, offset: str = "") -> datetime:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable(A_DAY)
    try:
        hour, minute, second = clock
        moment = datetime(year, month, day, hour, minute, second, tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Unreadable(A_DAY) from error
    if offset in ("Z", "UTC"):
        return moment.replace(tzinfo=UTC)
    if offset:
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        return (moment.replace(tzinfo=UTC) - (shift if offset[0] == "+" else -shift)).astimezone(UTC)
    return moment.astimezone(UTC)


def decide_days(cells: Iterable[Any], *, language: str, zone: str, order: str = "") -> DayRule:
    """Looks at a whole column; ``order`` (``dmy`` or ``mdy``) overrules what we see."""
    day_first = month_first = mixed = False
    examples: dict[str, None] = {}
    for cell in cells:
        if not isinstance(cell, str) or not cell.strip():
            continue
        if len(examples) < 3:
            examples.setdefault(cell.strip()[:80])
        match = _DATE.match(cell.strip())
        if match and len(match.group(1)) < 3:
            mixed = True
            day_first |= int(match.group(1)) > 12
            month_first |= int(match.group(3)) > 12
    asked = mixed and not order and day_first == month_first
    seen = "dmy" if day_first else "mdy" if month_first else "dmy" if language == "fr" else "mdy"
    rule = DayRule(order or seen, asked, day_first != month_first, zone)
    rule.examples = [(text, _shown(_iso(rule), text)) for text in examples]
    return rule


def _iso(rule: DayRule) -> Any:
    def read(text: str) -> str:
        moment = rule.read(text)
        return moment.astimezone(ZoneInfo(rule.zone)).strftime("%Y-%m-%d") if moment else ""

    return read


def outcome_of(text: str) -> str | None:
    """Our outcome for their word; ``None`` when it is no such word.

    >>> outcome_of("Gagnée"), outcome_of("Closed-Lost to Competition"), outcome_of("maybe")
    ('won', 'lost', None)
    """
    return word("outcomes", text)


def outcome_of_stage(text: str) -> str | None:
    """What a stage's name says about the outcome: most are just open.

    >>> outcome_of_stage("Closed Won - invoiced"), outcome_of_stage("Negotiation")
    ('won', None)
    """
    known = word("outcomes", text)
    if known is not None:
        return known
    words = set(plain(text).split())
    if words & {"won", "gagne", "gagnee", "signe"}:
        return "won"
    return "lost" if words & {"lost", "perdu", "perdue"} else None


def currency_of(text: str) -> str:
    """An ISO 4217 code; ``Unreadable`` for anything else."""
    code = SYMBOLS.get(text.strip(), text.strip().upper())
    if code not in CURRENCIES:
        raise Unreadable(A_CURRENCY)
    return code

"""What may be asked of a report, and goals as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.numbers.forecast.result import Goal

_QUARTER = re.compile(r"^(?:[QT]([1-4])[- /]?(\d{4})|(\d{4})[- /]?[QT]([1-4]))$", re.IGNORECASE)
_MONTH = re.compile(r"^(\d{4})-(\d{1,2})$")
_YEAR = re.compile(r"^\d{4}$")


@dataclass(frozen=True)
class Options:
    """What may be asked.

    Attributes:
        goal: sales or money to reach in a period; ``None`` for none.
        cost_of_hour_minor: what an hour of a seller costs, in minor units; the average worth of a touch stands in for
            it when it is not known.
        factors: the columns to compare deals by; all further ones when ``None``.
    """

    goal: Goal | None = None
    cost_of_hour_minor: int | None = None
    factors: tuple[str, ...] | None = None


def period(text: str) -> tuple[date, date]:
    """First and last day of a quarter, a month or a year as typed.

    >>> [str(day) for day in period("Q1-2026")], [str(day) for day in period("2026-02")]
    (['2026-01-01', '2026-03-31'], ['2026-02-01', '2026-02-28'])

    Raises:
        RebondError: ``bad_period``.
    """
    typed = text.strip()
    first: tuple[int, int] | None = None
    months = 12
    if match := _QUARTER.match(typed):
        quarter, year = (match[1], match[2]) if match[1] else (match[4], match[3])
        first, months = (int(year), 3 * int(quarter) - 2), 3
    elif match := _MONTH.match(typed):
        first, months = (int(match[1]), int(match[2])), 1
    elif _YEAR.match(typed):
        first = (int(typed), 1)
    if first is None or not 1 <= first[1] <= 12 or not 1970 <= first[0] <= 9000:
        raise RebondError(
            _("“%(text)s” is no period. Nothing was written. Write Q1-2026, 2026-02 or 2026.") % {"text": text},
            code="bad_period",
        )
    end = 12 * first[0] + first[1] - 1 + months
    return date(*first, 1), date(end // 12, end % 12 + 1, 1) - timedelta(days=1)


def goal(text: str, when: str, *, currency: str, minor_per_major: int) -> Goal:
    """A goal as typed: a bare whole number counts sales, an amount names its currency (``250000EUR``, ``€250,000``).

    >>> goal("40", "Q1-2026", currency="EUR", minor_per_major=100).kind
    'count'
    >>> goal("250 000 €", "2026", currency="EUR", minor_per_major=100).target
    25000000

    Raises:
        RebondError: ``bad_goal``, ``bad_period``.
    """
    start, end = period(when)
    typed, bare = _bare(text)
    if bare == typed and bare.isdigit() and int(bare) > 0:
        return Goal("count", int(bare), start, end, when.strip())
    if bare != typed and (found := _amount(bare)) is not None:
        return Goal("money", int(found * minor_per_major), start, end, when.strip())
    raise RebondError(
        _(
            "“%(text)s” is no goal. Nothing was written. "
            "Write a number of sales, as 40, or an amount, as 250000%(currency)s."
        )
        % {"text": text, "currency": currency if currency != "XXX" else "EUR"},
        code="bad_goal",
    )


def amount(text: str) -> Decimal:
    """A sum above zero as typed, its currency aside.

    >>> amount("62.50 €")
    Decimal('62.50')

    Raises:
        RebondError: ``bad_amount``.
    """
    found = _amount(_bare(text)[1])
    if found is None:
        raise RebondError(
            _("“%(text)s” is no amount. Nothing was written. Write a number above zero, as 62.50.") % {"text": text},
            code="bad_amount",
        )
    return found


def _bare(text: str) -> tuple[str, str]:
    """The text without spaces, and without its currency too."""
    typed = re.sub(r"[\s\u00a0\u202f_]", "", text)
    return typed, re.sub(r"^(?:[A-Za-z]{3}|[€$£¥])|(?:[A-Za-z]{3}|[€$£¥])$", "", typed)


def _amount(text: str) -> Decimal | None:
    """An amount above zero; a comma or point before three digits parts thousands."""
    plain = re.sub(r"[.,'’](?=\d{3}(?:\D|$))", "", text).replace(",", ".")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 < found < Decimal(10) ** 15 else None

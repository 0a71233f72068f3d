"""Money is integer minor units and an ISO 4217 code; nothing else crosses a function's border.

Example:
    >>> to_minor(Decimal("12.50"), "EUR"), to_minor(Decimal("500"), "JPY")
    (1250, 500)
    >>> to_major(1250, "EUR")
    Decimal('12.50')
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision, list_currencies

CURRENCIES = frozenset(list_currencies())


def to_minor(amount: Decimal, currency: str) -> int:
    """Major units to minor units, half to even. ``ValueError`` for a currency ISO 4217 does not list."""
    if currency not in CURRENCIES:
        raise ValueError(currency)
    scaled = amount.scaleb(get_currency_precision(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def to_major(minor: int, currency: str) -> Decimal:
    """Minor units to major units, exactly."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


@lru_cache(maxsize=10_000)
def show(minor: int, currency: str, language: str, *, cents: bool = False) -> str:
    """Money as a reader of ``language`` writes it, whole units unless ``cents``; with a true minus sign.

    >>> show(123456, "EUR", "en")
    '€1,235'
    >>> show(-123456, "EUR", "en")
    '−€1,235'
    >>> show(123456, "EUR", "fr") == "1\\u202f235\\xa0€"
    True
    """
    major = to_major(minor, currency)
    if not cents:
        major = major.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    try:
        return format_currency(
            major,
            currency,
            locale=language.replace("-", "_"),
            currency_digits=cents,
            decimal_quantization=True,
            format=None if cents else _whole(language),
        ).replace("-", "\u2212")
    except UnknownLocaleError:
        return f"{major} {currency}"


def _whole(language: str) -> str:
    return "#,##0\xa0¤;-#,##0\xa0¤" if language.startswith("fr") else "¤#,##0;-¤#,##0"

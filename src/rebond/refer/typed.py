"""What people type into fields of this room, read the way cells of a file are read."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES, to_minor
from rebond.files.values import Unreadable, decide_amounts

#: Larger amounts are a slip of the keyboard, and would not fit the column.
LARGEST = Decimal(10) ** 12


def amount(text: str, currency: str) -> int | None:
    """An amount of a deal in minor units, with either decimal mark and with thousands apart; ``None`` for none.

    Raises:
        RebondError: ``unknown_currency``, ``bad_amount``.

    >>> amount("6,200", "EUR"), amount("6 200,50", "EUR"), amount("", "EUR")
    (620000, 620050, None)
    """
    if not text.strip():
        return None
    if currency not in CURRENCIES:
        raise RebondError(
            _("We do not know this currency. Nothing was changed. Use three letters, such as EUR."),
            code="unknown_currency",
        )
    try:
        found, _code = decide_amounts([text]).read(text)
    except (Unreadable, InvalidOperation):
        found = None
    if found is None or not 0 <= found <= LARGEST:
        raise RebondError(
            _("We cannot read this amount. Nothing was changed. Write it like 6200 or 6200.50."), code="bad_amount"
        )
    return to_minor(found, currency)

"""What somebody typed, as the numbers plans and assumptions are made of; and what of it is out of range.

Every refusal says what is allowed and what would follow from what was typed. A comma and a point are both a decimal
mark here, since a plan has no column of others to be read by.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES, to_minor
from rebond.base.text import clean
from rebond.files.values import Unreadable, decide_amounts
from rebond.worth.plans.defaults import TENTHS

#: An hour costs more than nothing, and no more than this in major units.
DEAREST_HOUR = Decimal(10_000)
#: A contact takes from six seconds to ten hours.
SHORTEST, LONGEST = Decimal("0.1"), Decimal(600)
MOST_TIERS = 12
EARLIEST = date(2000, 1, 1)
#: A plan may be entered so many days ahead.
AHEAD = 731


def number(text: str) -> Decimal:
    """A number with either decimal mark, read as a cell of a file is: "1,200" groups thousands, "33,50" does not.

    Raises:
        RebondError: ``bad_number``.

    >>> number("33,50"), number("1 200.5")
    (Decimal('33.50'), Decimal('1200.5'))
    """
    try:
        found, _currency = decide_amounts([text]).read(text)
    except Unreadable as error:
        raise bad_number(text) from error
    if found is None:
        raise bad_number(text)
    return found


def bad_number(text: str) -> RebondError:
    return RebondError(
        _("“%(text)s” is not a number. Nothing was changed. Write 33.50, for example.") % {"text": clean(text, 40)},
        code="bad_number",
    )


def currency_of(text: str) -> str:
    """A currency's code. ``RebondError`` ``bad_currency``."""
    code = clean(text, 10).upper()
    if code not in CURRENCIES or len(code) != 3:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was changed. Write its three letters, such as EUR.")
            % {"text": clean(text, 10)},
            code="bad_currency",
        )
    return code


def hour_cost(amount: Decimal, currency: str) -> int:
    """Minor units. ``RebondError`` ``bad_hour_cost``."""
    if not 0 < amount <= DEAREST_HOUR or to_minor(amount, currency) <= 0:
        raise RebondError(
            _("An hour costs more than 0 and at most 10,000. Nothing was changed. At 0 every contact would look worth "
              "its time, however little it brings; wages with all that comes on top are a good first figure."),
            code="bad_hour_cost",
        )  # fmt: skip
    return to_minor(amount, currency)


def tenths(minutes: Decimal) -> int:
    """Tenths of a minute. ``RebondError`` ``bad_minutes``."""
    if not SHORTEST <= minutes <= LONGEST:
        raise RebondError(
            _("A contact takes between 0.1 and 600 minutes. Nothing was changed. Its minutes are its cost: at 0 it "
              "would cost nothing, and every list would begin with it."),
            code="bad_minutes",
        )  # fmt: skip
    return int((minutes * TENTHS).to_integral_value())


def basis_points(percent: Decimal, *, below_zero: bool) -> int:
    """Hundredths of a percent. ``RebondError`` ``bad_share``, ``negative_commission``."""
    if not -100 <= percent <= 100:
        raise RebondError(
            _("A share is between -100 and 100 percent. Nothing was changed. Beyond that a sale would earn more than "
              "it brings in, and every item of the list would look worth doing."),
            code="bad_share",
        )  # fmt: skip
    if percent < 0 and not below_zero:
        raise negative_commission()
    return int((percent * 100).to_integral_value())


def negative_commission() -> RebondError:
    return RebondError(
        _("A commission is not below 0. Nothing was changed. Where a sale costs more than it brings, choose to count "
          "the margin: it may be below 0, and the screens say so in words."),
        code="negative_commission",
    )  # fmt: skip


def check_tiers(tiers: Sequence[tuple[int, int]]) -> None:
    """The first begins at 0, each further one higher. ``RebondError`` ``bad_tiers``."""
    starts = [start for start, _share in tiers]
    if not starts or starts[0] != 0:
        raise RebondError(
            _("The first tier begins at 0. Nothing was changed. Otherwise what is below it would earn nothing we know "
              "of; give it a share of 0 if it earns nothing."),
            code="bad_tiers",
        )  # fmt: skip
    if any(later <= before for before, later in pairwise(starts)):
        raise RebondError(
            _("Each tier begins above the one before it. Nothing was changed. Two shares for one amount would leave "
              "open which counts; put them in order, each from its own amount."),
            code="bad_tiers",
        )  # fmt: skip
    if len(starts) > MOST_TIERS:
        raise RebondError(
            _("A plan has at most %(n)s tiers. Nothing was changed. Join those whose shares are close.")
            % {"n": MOST_TIERS},
            code="bad_tiers",
        )


def check_first_day(day: date | None, today: date) -> date:
    """When a plan begins. ``RebondError`` ``bad_first_day``."""
    if day is None or not EARLIEST <= day <= date.fromordinal(today.toordinal() + AHEAD):
        raise RebondError(
            _("A plan begins between the year 2000 and two years from now. Nothing was changed. The plan in force "
              "before it goes on counting until that day; choose the first day of a month, for example."),
            code="bad_first_day",
        )  # fmt: skip
    return day

"""How a goal's size is typed, checked and shown."""

from __future__ import annotations

import re
from decimal import Decimal

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES, to_major, to_minor
from rebond.base.text import clean
from rebond.findings import words
from rebond.horizon import periods
from rebond.horizon.models import Counts, Goal, Period

#: Nobody sells more than this in a period; what is larger is a slip of the keyboard.
MOST_SALES, MOST_MAJOR = 1_000_000, 10**12
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,4})?", re.ASCII)


def read_target(text: str, counts: str, currency: str) -> int:
    """A typed size, as sales or minor units; spaces between thousands and a decimal comma are fine.

    >>> read_target("1 200", "sales", ""), read_target("120 000,50", "money", "EUR"), read_target("0", "sales", "")
    (1200, 12000050, 0)

    Raises:
        RebondError: ``bad_target``.
    """
    plain = "".join(text.split()).replace("\u202f", "").replace("’", "").replace("'", "").replace("−", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise _bad(_("“%(text)s” is no number. Nothing was saved. Write it in figures, such as 120000."), text)
    if counts == Counts.SALES:
        if Decimal(plain) != int(Decimal(plain)):
            raise _bad(_("“%(text)s” is no whole number of sales. Nothing was saved."), text)
        target = int(Decimal(plain))
    else:
        _check_currency(currency)
        target = to_minor(Decimal(plain), currency)
    check_target(target, counts, currency)
    return target


def check_target(target: int, counts: str, currency: str) -> None:
    """Refuses what is below nothing, or beyond all bounds: ``bad_target``; and ``bad_currency``."""
    most = MOST_SALES
    if counts == Counts.MONEY:
        _check_currency(currency)
        most = MOST_MAJOR * 10 ** get_currency_precision(currency)
    if target < 0:
        raise _bad(_("A goal cannot be below 0. Nothing was saved. 0 is allowed, and reached from the start."), "")
    if target > most:
        raise _bad(_("No goal is larger than %(text)s here. Nothing was saved. Look whether a zero is too many."),
                   shown(most, counts, currency))  # fmt: skip


def shown(target: float, counts: str, currency: str) -> str:
    """A target, or what is reached, in the reader's words: "44", "€120,000".

    >>> shown(44, "sales", ""), shown(12_000_000, "money", "EUR")
    ('44', '€120,000')
    """
    return words.money(target, currency) if counts == Counts.MONEY else words.count(target)


def amount(value: float, goal: Goal) -> str:
    """A figure in the goal's unit: "44", "€120,000"."""
    return shown(value, goal.counts, goal.currency)


def title(goal: Goal) -> str:
    """A goal in a few words: "44 sales in 2026", "€120,000 in June 2026"."""
    name = periods.said(goal.period, goal.begins_on)
    quarter = goal.period == Period.QUARTER  # "in the fourth quarter", but "in June"
    if goal.counts == Counts.MONEY:
        text = _("%(amount)s in the %(period)s") if quarter else _("%(amount)s in %(period)s")
        return text % {"amount": amount(goal.target, goal), "period": name}
    text = (
        ngettext("%(n)s sale in the %(period)s", "%(n)s sales in the %(period)s", goal.target) if quarter
        else ngettext("%(n)s sale in %(period)s", "%(n)s sales in %(period)s", goal.target)
    )  # fmt: skip
    return text % {"n": words.count(goal.target), "period": name}


def typed(target: int, counts: str, currency: str) -> str:
    """A target as one would type it.

    >>> typed(12_000_050, "money", "EUR"), typed(44, "sales", "")
    ('120000.50', '44')
    """
    return str(to_major(target, currency)) if counts == Counts.MONEY else str(target)


def _check_currency(currency: str) -> None:
    if currency not in CURRENCIES:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was saved. Write a code such as EUR.")
            % {"text": clean(currency, 40)},
            code="bad_currency",
        )


def _bad(sentence: str, text: str) -> RebondError:
    return RebondError(sentence % {"text": clean(text, 60)}, code="bad_target")

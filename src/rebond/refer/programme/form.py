"""What somebody typed about a programme, as an offer; and an offer as the form shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _

from rebond.base.dates import parse_day
from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES, to_major, to_minor
from rebond.base.text import clean
from rebond.files.values import Unreadable, decide_amounts
from rebond.refer.models import HoldFrom
from rebond.refer.offers import Offer, Offered, starter

#: Rewards the form has room for.
ROWS = 6
SUMS = ("per_referral_minor", "per_year_minor", "per_month_minor", "two_above_minor")
DAYS = ("hold_days", "clawback_days", "own_deal_days", "unclaimed_months", "referrals_a_week")
WORDS = ("name", "note_en", "note_fr")
#: No sum of a programme has more digits than this before its decimal mark.
LARGEST = Decimal(10**9)


@dataclass(frozen=True)
class Row:
    """One reward as the form shows it; all of it text."""

    place: int
    kind: str = ""
    amount: str = ""
    share: str = ""
    label_en: str = ""
    label_fr: str = ""


def starting(currency: str) -> Offer:
    """The terms the form begins with before anybody published any."""
    return starter(currency, 10 ** get_currency_precision(currency))


def typed(data: Mapping[str, str]) -> Offer:
    """The form as an offer; what the offer may say is checked where it is published.

    Raises:
        RebondError: ``unknown_currency``, ``bad_number``, ``bad_dates``.
    """
    currency = clean(data.get("currency", ""), 10).upper()
    if currency not in CURRENCIES or len(currency) != 3:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was published. Write its three letters, such as EUR.")
            % {"text": currency},
            code="unknown_currency",
        )
    values: dict[str, Any] = {name: _sum(data.get(name, ""), currency) for name in SUMS}
    values |= {name: _days(data.get(name, "")) for name in DAYS}
    values |= {name: data.get(name, "").strip() for name in WORDS}
    return Offer(
        currency, _rewards(data, currency), is_open=bool(data.get("is_open")), starts_on=_day(data, "starts_on"),
        ends_on=_day(data, "ends_on"), hold_from=data.get("hold_from", HoldFrom.PAYMENT), **values,
    )  # fmt: skip


def _rewards(data: Mapping[str, str], currency: str) -> tuple[Offered, ...]:
    """The rows whose kind was chosen."""
    found = []
    for place in range(ROWS):
        kind = data.get(f"kind_{place}", "")
        if not kind:
            continue
        share = data.get(f"share_{place}", "").strip()
        found.append(Offered(
            kind, _sum(data.get(f"amount_{place}", ""), currency), int(_number(share) * 100) if share else None,
            clean(data.get(f"label_en_{place}", ""), 120), clean(data.get(f"label_fr_{place}", ""), 120),
        ))  # fmt: skip
    return tuple(found)


def amount(text: str, currency: str) -> int:
    """An amount that was typed, in minor units. ``RebondError`` ``bad_number``, ``unknown_currency``."""
    if currency not in CURRENCIES or len(currency) != 3:
        raise RebondError(
            _("“%(text)s” is no currency. Nothing was changed. Write its three letters, such as EUR.")
            % {"text": clean(currency, 10)},
            code="unknown_currency",
        )
    return to_minor(_number(text), currency)


def _sum(text: str, currency: str) -> int | None:
    """An amount in minor units; ``None`` for an empty field."""
    return to_minor(_number(text), currency) if text.strip() else None


def _number(text: str) -> Decimal:
    """With either decimal mark, as a cell of a file is read."""
    try:
        found, _currency = decide_amounts([text]).read(text)
    except (Unreadable, InvalidOperation) as error:
        raise _bad_number(text) from error
    if found is None or not abs(found) < LARGEST:
        raise _bad_number(text)
    return found


def _days(text: str) -> int:
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) < 6):
        raise _bad_number(text)
    return int(bare)


def _bad_number(text: str) -> RebondError:
    return RebondError(
        _("“%(text)s” is not a number we can take here. Nothing was changed. Write 50 or 33.50, for example.")
        % {"text": clean(text, 40)},
        code="bad_number",
    )


def _day(data: Mapping[str, str], name: str) -> date | None:
    text = data.get(name, "").strip()
    day = parse_day(text) if text else None
    if text and day is None:
        raise RebondError(
            _("“%(text)s” is no day. Nothing was published. Choose one from the calendar.") % {"text": clean(text, 40)},
            code="bad_dates",
        )
    return day


# ---- an offer as the form shows it


def filled(offer: Offer) -> dict[str, Any]:
    """Every field's text, and the rows of rewards; the days are left to whoever publishes."""
    values: dict[str, Any] = {name: plain(getattr(offer, name), offer.currency) for name in SUMS}
    values |= {name: str(getattr(offer, name)) for name in (*DAYS, *WORDS, "currency", "hold_from")}
    rows = [_row(place, one, offer.currency) for place, one in enumerate(offer.rewards[:ROWS])]
    rows += [Row(place) for place in range(len(rows), ROWS)]
    ends_on = offer.ends_on.isoformat() if offer.ends_on else ""
    return values | {"is_open": offer.is_open, "rows": rows, "starts_on": "", "ends_on": ends_on}


def as_typed(data: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as it was typed: after something in it was refused."""
    names = ("kind", "amount", "share", "label_en", "label_fr")
    rows = [Row(place, *(data.get(f"{name}_{place}", "") for name in names)) for place in range(ROWS)]
    return {**data, "is_open": bool(data.get("is_open")), "rows": rows}


def _row(place: int, one: Offered, currency: str) -> Row:
    share = "" if one.basis_points is None else f"{Decimal(one.basis_points) / 100:f}"
    return Row(place, one.kind, plain(one.amount_minor, currency), share, one.label_en, one.label_fr)


def plain(minor: int | None, currency: str) -> str:
    """An amount as it stands in a field: whole units without their cents; empty for none.

    >>> plain(5000, "EUR"), plain(3350, "EUR"), plain(None, "EUR")
    ('50', '33.50', '')
    """
    if minor is None:
        return ""
    major = to_major(minor, currency)
    return f"{major:.0f}" if major == major.to_integral_value() else f"{major:f}"

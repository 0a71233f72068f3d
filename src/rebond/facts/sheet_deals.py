"""Deals of a sheet: the rules of ``files`` over whole columns. What cannot be used leaves, counted.

The same rows stay, and say the same, as when the file is imported (tests/facts/test_same_as_import.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from babel.numbers import get_currency_precision
from django.utils.translation import gettext_lazy as _

from rebond.base.money import to_minor
from rebond.facts.cells import Cells, either, empty, nothing, objects, to_arrow
from rebond.facts.days import NOTHING, Moments
from rebond.facts.factors import factor_columns
from rebond.facts.model import LeftOut, Note, Options, ReasonCodes
from rebond.facts.reasons import coded
from rebond.facts.rules import Commission
from rebond.facts.sheet import Ledger, Mask, OfSheet, Sheet
from rebond.files import values
from rebond.files.columns import Column
from rebond.files.rows import outcome_said, reasons_said, text_of
from rebond.files.values import AmountRule, Unreadable
from rebond.files.vocabulary import plain

#: How much of a text is kept, as the import keeps it.
LIMITS = {
    "owner": 120,
    "team": 80,
    "segment": 120,
    "source": 120,
    "stage": 80,
    "competitor": 120,
    "name": 300,
    "company": 200,
}
A_DAY_SO_FAR = _("a day up to that of the report")
A_COUNT = _("a whole number, not below zero")
NO_CURRENCY = "XXX"  # ISO 4217: no currency
Texts = np.ndarray[Any, Any]


@dataclass
class DealsOfSheet(OfSheet):
    """Deals, read; which day they speak of is still to be said."""

    ids: Texts
    opened: Moments
    closed: Moments
    outcome: Texts
    currency: str
    columns: dict[str, Any]
    notes: list[Note]

    @property
    def latest(self) -> date | None:
        """The latest day on which something was opened or closed."""
        days = [column[self.ledger.used & ~np.isnat(column)] for column in (self.opened, self.closed)]
        found = [days_.max().astype("datetime64[D]").item() for days_ in days if len(days_)]
        return max(found, default=None)

    def table(self, as_of: date) -> Any:
        """An Arrow table with the columns of ``numbers.tables``, as of a day."""
        import pyarrow as pa

        day, ledger = np.datetime64(as_of), self.ledger
        later = self.opened.astype("datetime64[D]") > day
        ledger.leave("opened_later", later, ledger.sheet.column("created_at"), A_DAY_SO_FAR)
        later = self.closed.astype("datetime64[D]") > day
        ledger.blank("closed_later", later, ledger.sheet.column("closed_at") or ledger.sheet.column("expected_close"))
        columns = self.columns | {
            "outcome": pa.array(either(later, "open", self.outcome), pa.string()),
            "closed_at": _as_days(np.where(later, NOTHING, self.closed)),
            "reasons": to_arrow(either(later, None, self.columns["reasons"]), pa.string()),
        }
        return pa.table(columns).filter(pa.array(ledger.used))

    @property
    def blanked(self) -> tuple[LeftOut, ...]:
        return tuple(self.ledger.blanks)

    @property
    def all_notes(self) -> tuple[Note, ...]:
        return (*self.notes, *self.ledger.sheet.notes)


def deals_of(sheet: Sheet, options: Options, reason_codes: ReasonCodes | None) -> DealsOfSheet:
    """Reads every column of a sheet of deals by its rule."""
    import pyarrow as pa

    ledger = Ledger(sheet)
    notes: list[Note] = []
    ids = _ids(sheet, ledger, notes)
    outcome, opened, closed = _story(sheet, ledger, notes)
    amounts, currencies = _amounts(sheet, ledger, options)
    currency = _main_currency(currencies[ledger.used], options, notes)
    money = _minor(sheet, ledger, amounts, currencies, currency)
    commission = _commission(sheet, ledger, money, currencies, currency, Commission.of(options.commission))
    reasons = _reasons(sheet, outcome, reason_codes)
    columns = {
        "id": to_arrow(ids, pa.string()),
        "opened_at": _as_days(opened),
        "amount_minor": to_arrow(money, pa.int64()),
        "currency": to_arrow(either(nothing(money), None, currency), pa.string()),
        "commission_minor": to_arrow(commission, pa.int64()),
        "touch_count": to_arrow(_touch_counts(sheet, ledger), pa.int64()),
        "reasons": reasons,
    }
    columns |= {name: to_arrow(sheet.words(name, limit), pa.string()) for name, limit in LIMITS.items()}
    columns |= factor_columns(sheet, options.factors)
    return DealsOfSheet(ledger, ids, opened, closed, outcome, currency, columns, notes)


def _as_days(column: Moments) -> Any:
    import pyarrow as pa

    return pa.array(column.astype("datetime64[D]"), pa.date32())


def _ids(sheet: Sheet, ledger: Ledger, notes: list[Note]) -> Texts:
    """Each deal's id; a deal without one is known by its row. The second of an id leaves."""
    ids, column = sheet.words("external_id", 120), sheet.column("external_id")
    if column is None:
        notes.append(Note("ids_from_rows"))
    ids = either(nothing(ids), objects([f"row {line}" for line in sheet.lines]), ids)
    ledger.leave("duplicate_id", repeated(ids), column, _("an id that stands in the file once"))
    return ids


def repeated(texts: Texts) -> Mask:
    """Which texts stood there before; ``None`` never did."""
    import pyarrow as pa

    codes = pa.array(texts, pa.string()).dictionary_encode().indices
    given: Mask = codes.is_valid().to_numpy(zero_copy_only=False)
    _distinct, first = np.unique(codes.fill_null(-1).to_numpy(zero_copy_only=False), return_index=True)
    again = np.ones(len(texts), dtype=bool)
    again[first] = False
    return again & given


def _story(sheet: Sheet, ledger: Ledger, notes: list[Note]) -> tuple[Texts, Moments, Moments]:
    """How each deal stands, when it was opened, when it ended."""
    opened, bad_opened = _first(sheet, "created_at")
    closed, bad_closed = _first(sheet, "closed_at")
    planned, bad_planned = _first(sheet, "expected_close")
    outcome = _outcomes(sheet, ~np.isnat(closed))
    ledger.leave("unreadable", nothing(outcome), sheet.column("status"), values.AN_OUTCOME)
    for bad in (bad_opened, bad_closed, bad_planned):
        for column, rows in bad:
            ledger.leave("unreadable", rows, column, values.A_DAY)
    ended = ~np.isin(outcome.astype(str), ("open",))
    declared = np.isnat(closed) & ~np.isnat(planned) & ended
    closed = np.where(ended, np.where(np.isnat(closed), planned, closed), NOTHING)
    backwards = closed.astype("datetime64[D]") < opened.astype("datetime64[D]")
    for rows, name in ((declared, "expected_close"), (~declared, "closed_at")):
        ledger.leave("closed_before_opened", backwards & rows, sheet.column(name), _BACKWARDS)
    if count := int((declared & ledger.used).sum()):
        notes.append(Note("declared", {"count": count}))
    return outcome, opened, closed


_BACKWARDS = _("a closing day on or after the opening day")


def _first(sheet: Sheet, ours: str) -> tuple[Moments, list[tuple[Column, Mask]]]:
    """The first filled column of that name, for each row; and where its cell is no day."""
    at, open_ = np.full(len(sheet), NOTHING), np.ones(len(sheet), dtype=bool)
    bad: list[tuple[Column, Mask]] = []
    for column, filled, days in sheet.read_days(ours):
        at = np.where(open_ & filled, days.at, at)
        bad.append((column, open_ & filled & days.bad))
        open_ &= ~filled
    return at, bad


def _outcomes(sheet: Sheet, ended: Mask) -> Texts:
    """Each distinct combination of outcome, stage, archived and closed is judged once."""
    staged, dated = sheet.column("stage") is not None, sheet.column("closed_at") is not None
    column = sheet.column("status")
    meant = column is not None and column.how in ("own", "person")
    parts = [sheet.of("status"), sheet.of("stage"), sheet.of("active")]
    limits = (60, 80, 9)

    def judged(status: Any, stage: Any, active: Any, closed: Any) -> str | None:
        said = [text_of(cell, limit) for cell, limit in zip((status, stage, active), limits, strict=True)]
        if meant and is_no(said[0]):
            if not staged:
                return "lost" if closed or not dated else "open"
            said[0] = "false"  # the stage knows
        outcome = outcome_said(said[0], said[1], active=said[2], ended=lambda: not staged and bool(closed))
        return "lost" if outcome == "lost_in_house" else outcome  # a loss to themselves, for every rate

    flags = Cells(ended.astype(np.int64), [False, True])
    return together(len(sheet), [*parts, flags], judged)


def is_no(text: str) -> bool:
    """Whether an outcome only says that it is not a sale.

    Under a header that we took for the outcome ("is won") that may be a deal which is still open, and an import has it
    so. A column that a person, or its own name, says is *the* outcome means a loss by it; where the file has closing
    days, of the deals that have one.
    """
    return plain(text) in ("no", "non", "false", "faux", "0")


def together(rows: int, parts: list[Cells | None], function: Callable[..., Any]) -> Texts:
    """A function of several columns, called once for each combination that stands in a row; a missing one is ``""``."""
    key = np.zeros(rows, dtype=np.int64)
    for part in parts:
        if part is not None:  # renumbered at each step: products of many columns would not fit
            _distinct, key = np.unique(key * max(len(part.values), 1) + part.codes, return_inverse=True)
    _distinct, first, back = np.unique(key, return_index=True, return_inverse=True)
    cells = [["" if part is None else part.values[part.codes[row]] for part in parts] for row in first]
    return objects([function(*row) for row in cells])[back] if rows else empty(0)


def _amounts(sheet: Sheet, ledger: Ledger, options: Options) -> tuple[Texts, Texts]:
    """Each row's amount in major units, and its currency; rows in which either cannot be read leave."""
    cells, column = sheet.of("amount"), sheet.column("amount")
    if cells is None:
        return empty(len(sheet)), empty(len(sheet))
    amounts, beside, bad = _money(cells, sheet.amounts)
    ledger.leave("unreadable", bad, column, values.AN_AMOUNT)
    named, unknown = _named_currencies(sheet)
    ledger.leave("unreadable", unknown & ~nothing(amounts), sheet.column("currency"), values.A_CURRENCY)
    default = sheet.amounts.currency or options.currency or NO_CURRENCY
    currencies = either(nothing(named), either(nothing(beside), default, beside), named)
    return amounts, either(nothing(amounts), None, currencies)


def _money(cells: Cells, rule: AmountRule) -> tuple[Texts, Texts, Mask]:
    """Amounts, the currencies written beside them, and where there is neither."""

    def read(cell: Any) -> tuple[Decimal | None, str | None, bool]:
        try:
            amount, code = rule.read(cell)
        except Unreadable:
            return None, None, True
        return amount, code or None, False

    found = [read(value) for value in cells.values]
    amounts, beside = objects([row[0] for row in found]), objects([row[1] for row in found])
    bad = np.array([row[2] for row in found], dtype=bool)
    return cells.spread(amounts), cells.spread(beside), cells.spread(bad)


def _named_currencies(sheet: Sheet) -> tuple[Texts, Mask]:
    cells = sheet.of("currency")
    if cells is None:
        return empty(len(sheet)), np.zeros(len(sheet), dtype=bool)

    def read(cell: Any) -> str | None:
        text = text_of(cell, 12)
        try:
            return values.currency_of(text) if text else None
        except Unreadable:
            return ""

    named = cells.each(read)
    return named, np.equal(named, "").astype(bool)


def _main_currency(currencies: Texts, options: Options, notes: list[Note]) -> str:
    """The one that most amounts are in; the others' money is not added to it."""
    counts = Counter(code for code in currencies.tolist() if code)
    if not counts:
        return options.currency or NO_CURRENCY
    main: str = min(counts, key=lambda code: (-counts[code], code))
    if main == NO_CURRENCY:
        notes.append(Note("currency_unknown"))
    elif options.currency == main and len(counts) == 1:
        notes.append(Note("currency_assumed", {"currency": main}))
    return main


def _minor(sheet: Sheet, ledger: Ledger, amounts: Texts, currencies: Texts, currency: str) -> Texts:
    """Amounts of the main currency in minor units; those below zero and those of others are nothing."""
    column = sheet.column("amount")
    foreign = ~nothing(amounts) & (currencies != currency)
    below = np.array([amount is not None and amount < 0 for amount in amounts.tolist()], dtype=bool)
    ledger.blank("other_currency", foreign & ~below, column)
    ledger.blank("negative_amount", below, column)
    kept = either(foreign | below, None, amounts)
    return objects([None if amount is None else to_minor(amount, currency) for amount in kept.tolist()])


def _commission(
    sheet: Sheet, ledger: Ledger, money: Texts, currencies: Texts, currency: str, rule: Commission | None
) -> Texts:
    """What the seller earns if the deal is won: the column, else the rule."""
    cells, column = sheet.of("commission"), sheet.column("commission")
    if cells is None:
        return empty(len(sheet)) if rule is None else rule.on(money, get_currency_precision(currency))
    amounts, _beside, bad = _money(cells, values.decide_amounts(cells.texts))
    ledger.leave("unreadable", bad, column, values.AN_AMOUNT)
    below = np.array([amount is not None and amount < 0 for amount in amounts.tolist()], dtype=bool)
    ledger.blank("negative_amount", below, column)
    foreign = ~nothing(currencies) & (currencies != currency)
    kept = either(below | foreign, None, amounts)
    return objects([None if amount is None else to_minor(amount, currency) for amount in kept.tolist()])


def _touch_counts(sheet: Sheet, ledger: Ledger) -> Texts:
    cells = sheet.of("touch_count")
    if cells is None:
        return empty(len(sheet))

    def read(cell: Any) -> int | None:
        text = text_of(cell, 12)
        return int(text) if text.isdecimal() else (None if not text else -1)

    counts = cells.each(read)
    bad = np.equal(counts, -1).astype(bool)
    ledger.leave("unreadable", bad, sheet.column("touch_count"), A_COUNT)
    return either(bad, None, counts)


def _reasons(sheet: Sheet, outcome: Texts, reason_codes: ReasonCodes | None) -> Texts:
    column = sheet.column("lost_reason")
    header = column.header if column else ""
    names = list(dict.fromkeys(outcome.tolist()))
    outcomes = Cells(np.array([names.index(one) for one in outcome.tolist()], dtype=np.int64), names)

    def read(ended: Any, lost: Any, won: Any) -> str | None:
        return coded(reasons_said(ended or "open", text_of(lost, 2000), text_of(won, 2000), header), reason_codes)

    return together(len(sheet), [outcomes, sheet.of("lost_reason"), sheet.of("won_reason")], read)

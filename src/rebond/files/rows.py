"""One line of a file, asked by our names; and what several of its cells say together: how the deal stands, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from rebond.base.money import to_minor
from rebond.base.text import clean, fold
from rebond.files import values
from rebond.files.columns import Column
from rebond.files.reading import Reading
from rebond.files.values import Unreadable
from rebond.files.vocabulary import plain

_NO = ("false", "faux", "0", "no", "non")
#: Words of a header that speaks of losses only.
_OF_LOSS = {"lost", "loss", "perte", "perdue", "echec", "refus"}


@dataclass(frozen=True)
class Bad:
    """A row that is left out: where, what stood there, what was expected."""

    number: int
    column: str
    value: str
    expected: str | Promise


class Refused(Exception):
    """A row cannot be used; ``bad`` says why."""

    def __init__(self, bad: Bad) -> None:
        self.bad = bad


class Row:
    """One line of the file, asked by our names."""

    def __init__(self, reading: Reading, places: Mapping[str, Column], number: int, cells: list[Any]) -> None:
        self.reading, self.places, self.number, self.cells = reading, places, number, cells

    def raw(self, ours: str) -> Any:
        column = self.places.get(ours)
        return self.cells[column.place] if column else ""

    def text(self, ours: str, limit: int) -> str:
        return text_of(self.raw(ours), limit)

    def refuse(self, ours: str, expected: str | Promise) -> Refused:
        column = self.places.get(ours)
        return Refused(Bad(self.number, column.header if column else ours, clean(str(self.raw(ours)), 200), expected))

    def day(self, ours: str) -> datetime | None:
        """The first filled column of that name (a closing time may be in one of several)."""
        for column in self.reading.columns:
            if column.ours == ours and self.cells[column.place] not in (None, ""):
                try:
                    return self.reading.days[column.place].read(self.cells[column.place])
                except Unreadable as problem:
                    value = clean(str(self.cells[column.place]), 200)
                    raise Refused(Bad(self.number, column.header, value, problem.expected)) from problem
        return None

    def money(self) -> tuple[int | None, str]:
        """The amount in minor units and its currency; ``(None, "")`` without one."""
        return self._money("amount", self.reading.amounts)

    def commission(self, currency: str) -> tuple[int | None, str]:
        """What the sale earned, in the ``currency`` of its amount; in the file's own where it has no amount."""
        earned, code = self._money("commission", self.reading.commissions, currency)
        if earned is not None and currency and code != currency:
            raise self.refuse("commission", values.SAME_CURRENCY)
        return earned, code

    def _money(self, ours: str, rule: values.AmountRule, currency: str = "") -> tuple[int | None, str]:
        try:
            amount, beside = rule.read(self.raw(ours))
        except Unreadable as problem:
            raise self.refuse(ours, problem.expected) from problem
        if amount is None:
            return None, ""
        try:
            named = values.currency_of(self.text("currency", 12)) if self.text("currency", 12) else ""
        except Unreadable as problem:
            raise self.refuse("currency", problem.expected) from problem
        usual = currency or rule.currency or self.reading.amounts.currency or self.reading.choices.currency
        code = named or beside or usual
        return to_minor(amount, code), code

    def outcome(self) -> str:
        """How the deal of this line stands."""
        known = outcome_said(
            self.text("status", 60), self.text("stage", 80), active=self.text("active", 9),
            ended=lambda: "stage" not in self.places and self.day("closed_at") is not None,
        )  # fmt: skip
        if known is None:
            raise self.refuse("status", values.AN_OUTCOME)
        return known

    def reasons(self, outcome: str) -> str:
        """The file's words for how the deal of this line ended."""
        column = self.places.get("lost_reason")
        header = column.header if column else ""
        return reasons_said(outcome, self.text("lost_reason", 2000), self.text("won_reason", 2000), header)


def text_of(cell: Any, limit: int) -> str:
    """A cell as text: whole numbers without the point a spreadsheet gives them.

    >>> text_of(4312.0, 20), text_of("  a b ", 20)
    ('4312', 'a b')
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return clean(str(cell), limit)


def outcome_said(said: str, stage: str, *, active: str, ended: Callable[[], bool]) -> str | None:
    """The outcome column; else what the stage's name says; else open. ``None`` when the outcome is no such word.

    Args:
        said: the outcome column's cell, or nothing.
        stage: the stage column's cell, or nothing.
        active: the cell of a column that says whether the row is archived, or nothing.
        ended: whether the file has no stages and the row has a closing day; asked only when nothing else says.

    >>> outcome_said("", "Closed Won", active="", ended=lambda: False)
    'won'
    >>> outcome_said("Closed", "Lost to a cheaper one", active="", ended=lambda: False)
    'lost'
    """
    by_stage = values.outcome_of_stage(stage) if stage else None
    if not said:
        if fold(active) in _NO and by_stage in (None, "open"):  # Odoo archives what is lost, in whatever stage it was
            return "lost"
        return by_stage or ("unknown" if ended() else "open")
    known = values.outcome_of(said)
    if known is None:
        return None
    # "False" under "is won" is not yet a loss, and "Closed" does not say how: the stage knows better.
    vague = known == "unknown" or fold(said) in _NO
    return (by_stage or ("open" if known != "unknown" else known)) if vague else known


def reasons_said(outcome: str, said: str, won: str, header: str) -> str:
    """The file's words for this end, as they are. A win has none of a "lost reason" left over from before.

    Args:
        said: the cell of the column of reasons, whose title is ``header`` (empty without such a column).
        won: the cell of a column of reasons of wins.
    """
    if outcome == "open":
        return ""
    if outcome != "won" or not header:
        return said
    about_losses = _OF_LOSS & set(plain(header).split()) or values.outcome_of(said) == "won"
    return won or ("" if about_losses else said)

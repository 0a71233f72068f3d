"""How one file is read: which column is which, and a rule for each column of days or money, decided once and shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.text import fold
from rebond.files import values
from rebond.files.columns import Column, corrected, fingerprint, recognise
from rebond.files.labels import LABELS
from rebond.files.tables import Table, open_table, refuse
from rebond.files.values import AmountRule, DayRule
from rebond.files.vocabulary import NEEDED

DAYS = {"deals": ("created_at", "closed_at", "expected_close"), "people": (), "touches": ("at",)}
SAMPLE = 200
#: So many distinct texts of a column are looked at; the rest follow the same rule.
LOOKED_AT = 200_000
FRENCH = {"nom", "etape", "montant", "statut", "proprietaire", "affaire", "prenom", "societe", "entreprise", "date de"}


@dataclass(frozen=True)
class Choices:
    """What a person may overrule: the mapping, the zone, the day order, the currency, the encoding."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    currency: str = "EUR"
    order: str = ""
    encoding: str = ""


@dataclass
class Reading:
    """How one file is read: its table, its columns, and the rule for each column of days or money."""

    kind: str
    table: Table
    columns: list[Column]
    amounts: AmountRule
    days: dict[int, DayRule]
    total: int
    choices: Choices
    commissions: AmountRule = field(default_factory=AmountRule)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.kind, self.table.headers)

    @property
    def asks_day_order(self) -> bool:
        """A person must say whether 03/04 is in March or in April."""
        return any(rule.asked for rule in self.days.values())

    def place(self, ours: str) -> int | None:
        return next((column.place for column in self.columns if column.ours == ours), None)

    def described(self) -> dict[str, Any]:
        """What the review screen and the command show; JSON-able."""
        decisions = {
            column.place: self.days[column.place].examples for column in self.columns if column.place in self.days
        }
        amount = self.place("amount")
        if amount is not None:
            decisions[amount] = self.amounts.examples
        commission = self.place("commission")
        if commission is not None:
            decisions[commission] = self.commissions.examples
        return {
            "encoding": self.table.encoding, "delimiter": self.table.delimiter, "kind": self.table.kind,
            "header_row": self.table.header_row, "total": self.total, "decimal": self.amounts.decimal,
            "currency": self.amounts.currency, "asks_day_order": self.asks_day_order,
            "day_order": next((rule.order for rule in self.days.values()), ""),
            "columns": [shown(column, decisions.get(column.place, ())) for column in self.columns],
        }  # fmt: skip


def inspect(path: Path, kind: str, choices: Choices) -> Reading:
    """Looks through the whole file once, decides how each column reads.

    Raises:
        RebondError: what ``open_table`` raises; ``column_missing`` when the file lacks what its kind needs.
    """
    table = open_table(path, kind, choices.encoding)
    sample = [cells for _number, cells in islice(table.rows(), SAMPLE)]
    if not sample:
        raise no_rows()
    columns = corrected(recognise(kind, table.headers, sample), choices.mapping)
    _require(kind, columns)
    texts, total = _texts(kind, table, columns)
    amounts, days = decide(kind, columns, texts, choices, language_of(table.headers))
    earned = next((column.place for column in columns if column.ours == "commission"), None)
    commissions = values.decide_amounts(texts[earned]) if earned is not None else AmountRule()
    return Reading(kind, table, columns, amounts, days, total, choices, commissions)


def no_rows() -> RebondError:
    """The error of a file that has a header line and nothing below it."""
    return refuse("empty_file", _("The file has headers but no rows. Nothing was read. Export it again."))


def language_of(headers: Iterable[str]) -> str:
    """The language a file speaks, by its headers: ``fr`` or ``en``."""
    return "fr" if any(fold(header).startswith(tuple(FRENCH)) for header in headers) else "en"


def _require(kind: str, columns: list[Column]) -> None:
    there = {column.ours for column in columns}
    for group in NEEDED[kind]:
        if not there & set(group):
            raise RebondError(
                _(
                    "No column says “%(label)s”. Nothing was written. Choose it by hand (below, or with "
                    "--map “their header=%(need)s”), or export it too."
                )
                % {"label": LABELS[group[0]], "need": group[0]},
                code="column_missing",
                need=list(group),
                columns=[shown(column) for column in columns],
            )


def shown(column: Column, read: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """A column as screens and the command show it; JSON-able."""
    return {
        "header": column.header, "ours": column.ours, "how": column.how, "examples": list(column.examples),
        "read": [list(pair) for pair in read],
    }  # fmt: skip


def _texts(kind: str, table: Table, columns: list[Column]) -> tuple[dict[int, dict[str, None]], int]:
    """One pass: each distinct text of a column of days or money, in the file's order, and how many rows there are."""
    seen: dict[int, dict[str, None]] = {place: {} for place in ruled(kind, columns)}
    total = 0
    for _number, cells in table.rows():
        total += 1
        for place, texts in seen.items():
            if len(texts) < LOOKED_AT:
                texts.setdefault(cells[place] if isinstance(cells[place], str) else "")
    return seen, total


def ruled(kind: str, columns: Iterable[Column]) -> list[int]:
    """The places of the columns that need a rule: those of days, and of money."""
    return [column.place for column in columns if column.ours in (*DAYS[kind], "amount", "commission")]


def decide(
    kind: str, columns: Iterable[Column], texts: Mapping[int, Iterable[str]], choices: Choices, language: str
) -> tuple[AmountRule, dict[int, DayRule]]:
    """The rules of a file, from the distinct texts of its ``ruled`` columns by place."""
    money = next((column.place for column in columns if column.ours == "amount"), None)
    days = [column.place for column in columns if column.ours in DAYS[kind]]
    amounts = values.decide_amounts(texts[money]) if money is not None else AmountRule()
    return amounts, _day_rules({place: texts[place] for place in days}, choices, language)


def _day_rules(columns: Mapping[int, Iterable[Any]], choices: Choices, language: str) -> dict[int, DayRule]:
    """A rule for each column of days; one that shows which part is the day settles those of the file that do not."""

    def decided(order: str) -> dict[int, DayRule]:
        return {
            place: values.decide_days(cells, language=language, zone=choices.zone, order=order)
            for place, cells in columns.items()
        }

    rules = decided(choices.order)
    shown_orders = {rule.order for rule in rules.values() if rule.sure}
    if choices.order or len(shown_orders) != 1:
        return rules
    settled = decided(shown_orders.pop())
    return {place: settled[place] if rule.asked else rule for place, rule in rules.items()}

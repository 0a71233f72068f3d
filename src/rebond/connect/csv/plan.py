"""From a file to rows of ours: what was recognised (to show), and the rows themselves (to store)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.money import to_minor
from rebond.base.text import clean, fold
from rebond.connect.csv import values
from rebond.connect.csv.columns import Column, corrected, fingerprint, recognise
from rebond.connect.csv.labels import LABELS
from rebond.connect.csv.tables import Table, open_table, refuse
from rebond.connect.csv.values import AmountRule, DayRule, Unreadable
from rebond.connect.csv.vocabulary import NEEDED, plain, word
from rebond.deals.models import Channel, Outcome
from rebond.deals.records import DealRecord, PersonRecord, TouchRecord

DAYS = {"deals": ("created_at", "closed_at", "expected_close"), "people": (), "touches": ("at",)}
SAMPLE = 200
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
        return {
            "encoding": self.table.encoding, "delimiter": self.table.delimiter, "kind": self.table.kind,
            "header_row": self.table.header_row, "total": self.total, "decimal": self.amounts.decimal,
            "currency": self.amounts.currency, "asks_day_order": self.asks_day_order,
            "day_order": next((rule.order for rule in self.days.values()), ""),
            "columns": [_shown(column, decisions.get(column.place, ())) for column in self.columns],
        }  # fmt: skip


@dataclass(frozen=True)
class Bad:
    """A row that is left out: where, what stood there, what was expected."""

    number: int
    column: str
    value: str
    expected: str | Promise


@dataclass(frozen=True)
class Good:
    """A row to store; owner and team are still the file's words."""

    number: int
    record: DealRecord | PersonRecord | TouchRecord
    owner: str = ""
    team: str = ""
    reasons: str = ""


def inspect(path: Path, kind: str, choices: Choices) -> Reading:
    """Looks through the whole file once, decides how each column reads.

    Raises:
        RebondError: what ``open_table`` raises; ``column_missing`` when the file lacks what its kind needs.
    """
    table = open_table(path, kind, choices.encoding)
    sample = [cells for _number, cells in islice(table.rows(), SAMPLE)]
    if not sample:
        raise refuse("empty_file", _("The file has headers but no rows. Nothing was read. Export it again."))
    columns = corrected(recognise(kind, table.headers, sample), choices.mapping)
    _require(kind, columns)
    language = "fr" if any(fold(header).startswith(tuple(FRENCH)) for header in table.headers) else "en"
    amounts, days, total = _decide(kind, table, columns, choices, language)
    return Reading(kind, table, columns, amounts, days, total, choices)


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
                columns=[_shown(column) for column in columns],
            )


def _shown(column: Column, read: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """A column as screens and the command show it; JSON-able."""
    return {
        "header": column.header, "ours": column.ours, "how": column.how, "examples": list(column.examples),
        "read": [list(pair) for pair in read],
    }  # fmt: skip


def _decide(
    kind: str, table: Table, columns: list[Column], choices: Choices, language: str
) -> tuple[AmountRule, dict[int, DayRule], int]:
    """One pass: each distinct text of a column is looked at once, and only so many are kept."""
    money = next((column.place for column in columns if column.ours == "amount"), None)
    days = [column.place for column in columns if column.ours in DAYS[kind]]
    seen: dict[int, dict[Any, None]] = {place: {} for place in [*days, *([money] if money is not None else [])]}
    total = 0
    for _number, cells in table.rows():
        total += 1
        for place, texts in seen.items():
            if len(texts) < 200_000:
                texts.setdefault(cells[place] if isinstance(cells[place], str) else "")
    amounts = values.decide_amounts(seen[money]) if money is not None else AmountRule()
    return amounts, _day_rules({place: seen[place] for place in days}, choices, language), total


def _day_rules(columns: Mapping[int, Iterable[Any]], choices: Choices, language: str) -> dict[int, DayRule]:
    """A rule for each column of days; one that shows which part is the day settles those of the file that do not."""

    def decided(order: str) -> dict[int, DayRule]:
        return {
            place: values.decide_days(cells, language=language, zone=choices.zone, order=order)
            for place, cells in columns.items()
        }

    rules = decided(choices.order)
    shown = {rule.order for rule in rules.values() if rule.sure}
    if choices.order or len(shown) != 1:
        return rules
    settled = decided(shown.pop())
    return {place: settled[place] if rule.asked else rule for place, rule in rules.items()}


def read_rows(reading: Reading, *, after: int = 0) -> Iterator[Good | Bad]:
    """Every row after line ``after``, stored or refused; never raises for a single row."""
    build = {"deals": _deal, "people": _person, "touches": _touch}[reading.kind]
    seen: set[str] = set()
    places = {column.ours: column for column in reversed(reading.columns) if column.ours}
    for number, cells in reading.table.rows():
        row = _Row(reading, places, number, cells)
        doubled = row.text("external_id", 120)
        if doubled and doubled in seen:
            if number > after:
                yield Bad(number, places["external_id"].header, doubled, _("an id that stands in the file once"))
            continue
        if doubled:
            seen.add(doubled)
        if number > after:
            try:
                yield build(row)
            except _Refused as refused:
                yield refused.bad


class _Refused(Exception):
    def __init__(self, bad: Bad) -> None:
        self.bad = bad


class _Row:
    """One line of the file, asked by our names."""

    def __init__(self, reading: Reading, places: Mapping[str, Column], number: int, cells: list[Any]) -> None:
        self.reading, self.places, self.number, self.cells = reading, places, number, cells

    def raw(self, ours: str) -> Any:
        column = self.places.get(ours)
        return self.cells[column.place] if column else ""

    def text(self, ours: str, limit: int) -> str:
        value = self.raw(ours)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return clean(str(value), limit)

    def refuse(self, ours: str, expected: str | Promise) -> _Refused:
        column = self.places.get(ours)
        return _Refused(Bad(self.number, column.header if column else ours, clean(str(self.raw(ours)), 200), expected))

    def day(self, ours: str) -> datetime | None:
        """The first filled column of that name (a closing time may be in one of several)."""
        for column in self.reading.columns:
            if column.ours == ours and self.cells[column.place] not in (None, ""):
                try:
                    return self.reading.days[column.place].read(self.cells[column.place])
                except Unreadable as problem:
                    value = clean(str(self.cells[column.place]), 200)
                    raise _Refused(Bad(self.number, column.header, value, problem.expected)) from problem
        return None

    def money(self) -> tuple[int | None, str]:
        try:
            amount, beside = self.reading.amounts.read(self.raw("amount"))
        except Unreadable as problem:
            raise self.refuse("amount", problem.expected) from problem
        if amount is None:
            return None, ""
        try:
            named = values.currency_of(self.text("currency", 12)) if self.text("currency", 12) else ""
        except Unreadable as problem:
            raise self.refuse("currency", problem.expected) from problem
        code = named or beside or self.reading.amounts.currency or self.reading.choices.currency
        return to_minor(amount, code), code


def _deal(row: _Row) -> Good:
    outcome = _outcome(row)
    opened, closed = row.day("created_at"), row.day("closed_at")
    planned = row.day("expected_close")
    declared = closed is None and planned is not None and outcome != Outcome.OPEN
    closed = None if outcome == Outcome.OPEN else closed or planned
    if opened and closed and closed.date() < opened.date():
        raise row.refuse("expected_close" if declared else "closed_at", _("a closing day on or after the opening day"))
    amount, currency = row.money()
    company, segment = row.text("company", 200), row.text("segment", 120)
    external_id = row.text("external_id", 120)
    name = row.text("name", 300) or segment or company or external_id
    if not name:
        raise row.refuse("name", _("a name, a company or an id"))
    record = DealRecord(
        name=name, external_id=external_id, company=company, stage=row.text("stage", 80), outcome=outcome,
        amount_minor=amount, currency=currency, segment=segment, lead_source=row.text("source", 120),
        competitor=row.text("competitor", 120), next_step=row.text("next_step", 300), notes=row.text("notes", 20_000),
        opened_at=opened, closed_at=closed, declared=declared,
        expected_close=planned.date() if planned and outcome == Outcome.OPEN else None, people=_buyers(row, company),
    )  # fmt: skip
    return Good(row.number, record, row.text("owner", 120), row.text("team", 80), _reasons(row, outcome))


_NO = ("false", "faux", "0", "no", "non")
#: Words of a header that speaks of losses only.
_OF_LOSS = {"lost", "loss", "perte", "perdue", "echec", "refus"}


def _outcome(row: _Row) -> str:
    """The outcome column; else what the stage's name says; else open."""
    said = row.text("status", 60)
    by_stage = values.outcome_of_stage(row.text("stage", 80)) if row.text("stage", 80) else None
    if not said:
        archived = fold(row.text("active", 9)) in _NO
        if archived and by_stage in (None, Outcome.OPEN):  # Odoo archives what is lost, in whatever stage it was
            return Outcome.LOST.value
        if by_stage:
            return by_stage
        return Outcome.UNKNOWN.value if "stage" not in row.places and row.day("closed_at") else Outcome.OPEN.value
    known = values.outcome_of(said)
    if known is None:
        raise row.refuse("status", values.AN_OUTCOME)
    # "False" under "is won" is not yet a loss, and "Closed" does not say how: the stage knows better.
    vague = known == Outcome.UNKNOWN or fold(said) in _NO
    return (by_stage or (Outcome.OPEN.value if known != Outcome.UNKNOWN else known)) if vague else known


def _reasons(row: _Row, outcome: str) -> str:
    """The file's words for this end, as they are. A win has none of a "lost reason" left over from before."""
    if outcome == Outcome.OPEN:
        return ""
    said, column = row.text("lost_reason", 2000), row.places.get("lost_reason")
    if outcome != Outcome.WON or column is None:
        return said
    about_losses = _OF_LOSS & set(plain(column.header).split()) or values.outcome_of(said) == Outcome.WON
    return row.text("won_reason", 2000) or ("" if about_losses else said)


def _buyers(row: _Row, company: str) -> tuple[PersonRecord, ...]:
    name, email = row.text("contact_name", 200), _email(row)
    if not name and not email:
        return ()
    return (PersonRecord(name=name or email, email=email, phone=row.text("phone", 60), company=company),)


def _email(row: _Row) -> str:
    text = row.text("email", 254).lower()
    if text and ("@" not in text or " " in text):
        raise row.refuse("email", _("an email address"))
    return text


def _person(row: _Row) -> Good:
    parts = [row.text("first_name", 100), row.text("last_name", 100)]
    name = row.text("name", 200) or " ".join(part for part in parts if part) or _email(row)
    if not name:
        raise row.refuse("name", _("a name or an email address"))
    language = row.text("language", 20).lower()[:2]
    record = PersonRecord(
        name=name, email=_email(row), phone=row.text("phone", 60), title=row.text("title", 160),
        language=language if language in ("en", "fr", "de", "es", "it", "nl", "pt") else "",
        company=row.text("company", 200), external_id=row.text("external_id", 120),
    )  # fmt: skip
    return Good(row.number, record)


def _touch(row: _Row) -> Good:
    deal, at = row.text("deal", 120), row.day("at")
    if not deal:
        raise row.refuse("deal", _("the id of a deal"))
    if at is None:
        raise row.refuse("at", values.A_DAY)
    minutes = row.text("minutes", 8)
    record = TouchRecord(
        deal=deal, at=at, channel=word("channels", row.text("channel", 60)) or Channel.OTHER,
        direction=word("directions", row.text("direction", 20)) or "out",
        minutes=min(int(float(minutes)), 1440) if minutes.replace(".", "", 1).isdecimal() else None,
        result=row.text("result", 40), note=row.text("note", 5000), person_email=_email(row),
        external_id=row.text("external_id", 120),
    )  # fmt: skip
    return Good(row.number, record, owner=row.text("owner", 120))

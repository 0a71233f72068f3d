"""One file, opened and read into columns, with the rule of each; and the book of what is not used of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.functional import Promise

from rebond.base.text import clean
from rebond.facts.cells import Cells, Codes, columns_of, empty, from_arrow
from rebond.facts.days import Days, read_days
from rebond.facts.model import Example, LeftOut, Note, Options, Recognised
from rebond.facts.recognise import recognised, said
from rebond.files.columns import Column
from rebond.files.reading import LOOKED_AT, SAMPLE, Choices, decide, language_of, no_rows, ruled
from rebond.files.tables import Cells as Row
from rebond.files.tables import open_table
from rebond.files.values import AmountRule, DayRule

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass
class Sheet:
    """A file as columns; ``lines`` holds the line of each row as a spreadsheet shows it."""

    kind: str
    columns: list[Column]
    lines: Codes
    cells: dict[int, Cells]
    amounts: AmountRule
    days: dict[int, DayRule]

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, ours: str) -> Column | None:
        """The first column that is this one of ours (a name of ``files``)."""
        return next((column for column in self.columns if column.ours == ours), None)

    def of(self, ours: str) -> Cells | None:
        """Its cells."""
        column = self.column(ours)
        return self.cells[column.place] if column else None

    def words(self, ours: str, limit: int) -> np.ndarray[Any, Any]:
        """Each row's text; ``None`` where there is none."""
        cells = self.of(ours)
        return empty(len(self)) if cells is None else cells.words(limit)

    def read_days(self, ours: str) -> Iterator[tuple[Column, Mask, Days]]:
        """For each column of that name: which rows it fills, and the moments."""
        for column in self.columns:
            if column.ours == ours:
                cells = self.cells[column.place]
                yield column, cells.filled, read_days(cells, self.days[column.place])

    @property
    def recognised(self) -> tuple[Recognised, ...]:
        """What each column was taken for, to show."""
        return said(self.kind, self.columns)

    @property
    def notes(self) -> Iterator[Note]:
        """What had to be assumed about how the file is written."""
        asked = next((rule for rule in self.days.values() if rule.asked), None)
        if asked:
            yield Note("day_first" if asked.order == "dmy" else "month_first")


def open_sheet(path: Path, kind: str, options: Options, progress: Callable[[int], None]) -> Sheet:
    """Reads a CSV, Excel or Parquet file into columns.

    Raises:
        RebondError: what ``files.tables.open_table`` raises; ``empty_file``; what ``recognised`` raises.
    """
    if is_parquet(path):
        return _parquet_sheet(path, kind, options)
    table = open_table(path, kind, options.encoding)
    sample = [cells for _number, cells in islice(table.rows(), SAMPLE)]
    columns = _recognised(kind, table.headers, sample, options)
    lines, cells = columns_of(table, [column.place for column in columns if column.ours], progress)
    return _ruled(kind, columns, lines, cells, options)


def is_parquet(path: Path) -> bool:
    """Whether the file says that it is one (its first four bytes)."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _parquet_sheet(path: Path, kind: str, options: Options) -> Sheet:
    """A Parquet file with columns of somebody else's; one with ours is never read here (``native``)."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    top = table.slice(0, SAMPLE).to_pydict()
    sample = [list(row) for row in zip(*top.values(), strict=True)]
    columns = _recognised(kind, table.column_names, sample, options)
    cells = {column.place: from_arrow(table.column(column.place)) for column in columns if column.ours}
    return _ruled(kind, columns, np.arange(1, table.num_rows + 1), cells, options)


def _recognised(kind: str, headers: list[str], sample: list[Row], options: Options) -> list[Column]:
    if not sample:
        raise no_rows()
    return recognised(kind, headers, sample, options.mapping)


def _ruled(kind: str, columns: list[Column], lines: Codes, cells: dict[int, Cells], options: Options) -> Sheet:
    choices = Choices(zone=options.zone, order=options.order)
    texts = {place: cells[place].texts for place in ruled(kind, columns) if place in cells}
    looked_at = {place: list(islice(found, LOOKED_AT)) for place, found in texts.items()}
    amounts, days = decide(kind, columns, looked_at, choices, language_of(column.header for column in columns))
    return Sheet(kind, columns, lines, cells, amounts, days)


class Ledger:
    """What is not used of one sheet, and why: a row leaves once, for the first thing that is wrong with it."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.used: Mask = np.ones(len(sheet), dtype=bool)
        self.left: list[LeftOut] = []
        self.blanks: list[LeftOut] = []

    def leave(self, code: str, rows: Mask, column: Column | None = None, expected: str | Promise = "") -> None:
        """These rows leave."""
        hit = rows & self.used
        self._note(self.left, code, hit, column, expected)
        self.used &= ~hit

    def blank(self, code: str, rows: Mask, column: Column | None = None) -> None:
        """A value of these rows becomes nothing; the rows stay."""
        self._note(self.blanks, code, rows & self.used, column, "")

    def _note(self, book: list[LeftOut], code: str, rows: Mask, column: Column | None, expected: str | Promise) -> None:
        count = int(rows.sum())
        if count:
            example = self._example(int(np.argmax(rows)), column, expected)
            book.append(LeftOut(self.sheet.kind, code, count, example))

    def _example(self, place: int, column: Column | None, expected: str | Promise) -> Example:
        line = int(self.sheet.lines[place])
        if column is None:
            return Example(line, "", "", expected)
        cells = self.sheet.cells[column.place]
        return Example(line, column.header, clean(str(cells.values[cells.codes[place]]), 200), expected)


@dataclass
class OfSheet:
    """What a table read from one file tells about its reading."""

    ledger: Ledger

    @property
    def rows_read(self) -> int:
        return len(self.ledger.sheet)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(self.ledger.left)

    @property
    def recognised(self) -> tuple[Recognised, ...]:
        return self.ledger.sheet.recognised

"""Columns that are none of ours: candidates for what goes with winning. Numbers where all cells are, else text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rebond.facts.cells import Cells, objects, to_arrow
from rebond.facts.recognise import FACTOR
from rebond.facts.sheet import Sheet
from rebond.files.values import AmountRule, Unreadable, decide_amounts
from rebond.numbers.tables import DEALS

LIMIT = 120


def factor_columns(sheet: Sheet, only: Sequence[str] | None) -> dict[str, Any]:
    """The factors of a sheet as Arrow arrays by name; one with a name of ours gets a number behind it.

    Args:
        only: headers to keep; all when ``None``.
    """
    import pyarrow as pa

    found: dict[str, Any] = {}
    taken = set(DEALS)
    for column in sheet.columns:
        if column.ours != FACTOR or (only is not None and column.header not in only):
            continue
        cells = sheet.cells[column.place]
        if not cells.filled.any():
            continue
        numbers = _numbers(cells)
        texts = to_arrow(cells.words(LIMIT), pa.string()) if numbers is None else to_arrow(numbers, pa.float64())
        found[_free(column.header, taken)] = texts
    return found


def _free(header: str, taken: set[str]) -> str:
    """The header, with a number when an engine that knows no case would take it for another column."""
    name, number = header, 2
    while name.casefold() in taken:
        name, number = f"{header} ({number})", number + 1
    taken.add(name.casefold())
    return name


def _numbers(cells: Cells) -> Any:
    """Each row's number; ``None`` for the whole column when a filled cell is none. ``007`` is a name, ``40%`` is 40."""
    rule = decide_amounts(_bare(text) for text in cells.texts)
    if rule.currency:
        return None
    try:
        return cells.spread(objects([_number(value, rule) for value in cells.values]))
    except Unreadable:
        return None


def _bare(cell: str) -> str:
    return cell.strip().removesuffix("%").strip()


def _number(cell: Any, rule: AmountRule) -> float | None:
    if isinstance(cell, str):
        cell = _bare(cell)
        if len(cell) > 1 and cell[0] == "0" and cell.isdecimal():
            raise Unreadable("a number")
    amount, _currency = rule.read(cell)
    return None if amount is None else float(amount)

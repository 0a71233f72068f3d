"""The rows of the drivers question. It alone needs rows: effects are adjusted for each other, so no count would do.

Columns come as numbers or as codes of a short list of texts; 80,000 deals with 20 columns are a few megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from rebond.numbers.drivers.firth import Floats
from rebond.numbers.tables import DECIDED, Table, counted, day, factors

#: Columns of ours that may say something about winning, in the order they enter the model (and, reversed, leave it).
OURS = ("amount_minor", "segment", "source", "company")
#: How a column of ours is named to people.
SHOWN = {"amount_minor": "amount"}
#: The model looks at no more decided deals than this: ranges are narrow enough by then, and rows cost memory.
LARGEST = 100_000
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d([ T].*)?")


@dataclass(frozen=True)
class Column:
    """One column of the file over decided deals.

    ``kind`` is ``text`` (``codes`` into ``levels``, -1 for empty), ``number`` or ``day`` (``values``, nan for empty;
    days since 1970). ``open_filled`` counts the open deals that have a value.
    """

    name: str
    kind: str
    codes: Any = None
    levels: tuple[str, ...] = ()
    values: Any = None
    open_filled: int = 0
    ours: bool = False

    @property
    def filled(self) -> Any:
        """Per decided deal, whether there is a value."""
        return self.codes >= 0 if self.kind == "text" else ~np.isnan(self.values)


@dataclass(frozen=True)
class Cases:
    """The decided deals, sorted so that the order of the file does not matter.

    ``won`` is a condition per deal; ``owner`` and ``month`` are codes (-1 not known; ``month`` counts months since
    1970 of the close, else of the opening); ``closed`` is the day of the close (nan not known); ``open_deals`` how many
    are still open; ``unreadable`` columns hold lists or structures; ``absent`` were asked for and are not there.
    ``in_file`` is how many deals are decided; more than there are rows when a sample was drawn.
    """

    won: Any
    owner: Any
    month: Any
    closed: Floats
    columns: tuple[Column, ...]
    open_deals: int
    unreadable: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    in_file: int = 0


def cases(deals: Table, as_of: date, wanted: Sequence[str] | None) -> Cases:
    """Fetches decided and open deals. A close after ``as_of`` has not happened yet."""
    names, absent = _names(deals, wanted)
    kinds = {name: _kind(deals[name].type()) for name in names}
    readable = [name for name in names if kinds[name]]
    fetched = selected(deals, as_of, {name: kinds[name] for name in readable}).to_pyarrow()
    arrays = {name: _column(name, kinds[name], fetched.column(f"f{i}")) for i, name in enumerate(readable)}
    outcome = _texts(fetched.column("outcome"))
    decided = np.isin(np.array([*outcome[1], ""], dtype=object)[outcome[0]], DECIDED)
    won = np.array([*(level == "won" for level in outcome[1]), False])[outcome[0]]
    explicit = set(wanted or ())
    ours = [name in OURS and not _asked(name, explicit) for name in readable]
    shown = [name if SHOWN.get(name) in names else SHOWN.get(name, name) for name in readable]
    columns = [
        _of_decided(arrays[name], decided, name=to_people, ours=own)
        for name, to_people, own in zip(readable, shown, ours, strict=True)
    ]
    closed, opened = (_numbers(fetched.column(name)) for name in ("closed", "opened"))
    owner = _texts(fetched.column("owner"))[0]
    found = Cases(
        won[decided], owner[decided], _months(closed, opened)[decided], closed[decided], tuple(columns),
        int((~decided).sum()), tuple(name for name in names if not kinds[name]), absent, int(decided.sum()),
    )  # fmt: skip
    return _sorted(found)


def _asked(name: str, explicit: set[str]) -> bool:
    return name in explicit or SHOWN.get(name, name) in explicit


def _names(deals: Table, wanted: Sequence[str] | None) -> tuple[list[str], tuple[str, ...]]:
    """The columns to look at, in the file's order and ours last; and those asked for that are not there."""
    there = [*factors(deals), *(name for name in OURS if name in deals.columns)]
    if wanted is None:
        return there, ()
    asked = set(wanted)
    known = {SHOWN.get(name, name) for name in there} | set(there)
    return [name for name in there if _asked(name, asked)], tuple(name for name in wanted if name not in known)


def _kind(kind: Any) -> str:
    """``text``, ``yes_no``, ``number``, ``day``, or empty for what cannot be read."""
    if kind.is_string():
        return "text"
    if kind.is_boolean():
        return "yes_no"
    if kind.is_numeric():
        return "number"
    return "day" if kind.is_date() or kind.is_timestamp() else ""


def selected(deals: Any, as_of: date, kinds: dict[str, str]) -> Any:
    """The query for the columns; factors under neutral names, so that no name of a file can collide."""
    import ibis

    kept: Any = counted(deals)
    happened = kept.closed_at.isnull() | (kept.closed_at <= ibis.date(as_of))
    kept = kept.filter(kept.outcome.isin(["open"]) | (kept.outcome.isin(DECIDED) & happened))
    wanted = {
        "outcome": kept.outcome, "owner": kept.owner, "closed": day(kept.closed_at), "opened": day(kept.opened_at),
    }  # fmt: skip
    for i, (name, kind) in enumerate(kinds.items()):
        column = kept[name]
        if kind == "yes_no":
            column = ibis.cases((column, "yes"), (~column, "no"))
        wanted[f"f{i}"] = day(column) if kind == "day" else column.cast("float64") if kind == "number" else column
    return kept.select(**wanted)


def _column(name: str, kind: str, column: Any) -> Column:
    if kind in {"text", "yes_no"}:
        codes, levels = _texts(column)
        return _as_days(Column(name, "text", codes, levels))
    values = _numbers(column)
    return Column(name, kind, values=np.where(np.isfinite(values), values, np.nan))


def _numbers(column: Any) -> Floats:
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)


def _texts(column: Any) -> tuple[Any, tuple[str, ...]]:
    """Codes and levels of a text column: spellings differing in case or outer spaces are one level, blank is empty."""
    import pyarrow as pa

    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    words = [word.strip() for word in coded.dictionary.to_pylist()]
    codes = np.asarray(coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False), dtype=np.int32)
    counts = np.bincount(codes, minlength=len(words) + 1)
    spelled: dict[str, tuple[int, str]] = {}
    for word, count in zip(words, counts, strict=False):
        key = word.casefold()
        best = spelled.get(key, (-1, ""))
        spelled[key] = max(best, (int(count), word))
    keys = sorted(key for key in spelled if key)
    place = {key: i for i, key in enumerate(keys)}
    new = np.array([*(place.get(word.casefold(), -1) for word in words), -1], dtype=np.int32)
    return new[codes], tuple(spelled[key][1] for key in keys)


def _as_days(column: Column) -> Column:
    """A text column whose values are ISO days becomes a column of days."""
    if not column.levels or not all(_ISO_DAY.fullmatch(level) for level in column.levels):
        return column
    try:
        days = [(date.fromisoformat(level[:10]) - date(1970, 1, 1)).days for level in column.levels]
    except ValueError:
        return column
    return Column(column.name, "day", values=np.array([*days, np.nan])[column.codes])


def _of_decided(column: Column, decided: Any, *, name: str, ours: bool) -> Column:
    """The column over decided deals, with the number of open deals that have a value; levels nobody has are dropped."""
    column = replace(
        column,
        ours=ours,
        name=name,
        open_filled=int((column.filled & ~decided).sum()),
    )
    if column.kind != "text":
        return taken(column, decided)
    present, codes = np.unique(column.codes[decided], return_inverse=True)
    codes = codes.reshape(-1) - int((present < 0).any())
    return replace(column, codes=codes, levels=tuple(column.levels[i] for i in present if i >= 0))


def _months(closed: Floats, opened: Floats) -> Any:
    """Months since 1970 of the close, else of the opening; -1 where neither is known."""
    days = np.where(np.isnan(closed), opened, closed)
    known = ~np.isnan(days)
    stamps = np.where(known, days, 0).astype("int64").astype("datetime64[D]")
    return np.where(known, stamps.astype("datetime64[M]").astype(np.int64), -1)


def taken(column: Column, order: Any) -> Column:
    """The column over some deals, in some order."""
    if column.kind == "text":
        return replace(column, codes=column.codes[order])
    return replace(column, values=column.values[order])


def _sorted(found: Cases) -> Cases:
    """The deals in an order of their own, and at most ``LARGEST`` of them, drawn at random from that order."""
    keys = [column.codes if column.kind == "text" else column.values for column in reversed(found.columns)]
    order = np.lexsort([*keys, found.closed, found.won, found.month, found.owner])
    if len(order) > LARGEST:
        order = order[np.sort(np.random.default_rng(0).choice(len(order), LARGEST, replace=False))]
    columns = tuple(taken(column, order) for column in found.columns)
    return replace(
        found, won=found.won[order], owner=found.owner[order], month=found.month[order], closed=found.closed[order],
        columns=columns,
    )  # fmt: skip

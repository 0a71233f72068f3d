"""A file as columns: each distinct cell once, and for each row which one stands there.

Rules are applied to distinct cells (a column of 500,000 owners has forty), so reading costs little Python per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

from rebond.files.rows import text_of
from rebond.files.tables import Table

Codes = np.ndarray[Any, np.dtype[np.int64]]
#: Rows turned into columns at a time: few enough to stay in the processor's cache (50,000 took twice as long).
BATCH = 1_000
#: Progress is told after so many batches.
TELL = 10
#: ``None`` as NumPy's functions take it.
NONE: Any = None


@dataclass(frozen=True)
class Cells:
    """One column: ``values`` holds each distinct cell, in the order of the file; row i holds ``values[codes[i]]``."""

    codes: Codes
    values: list[Any]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def texts(self) -> Iterator[str]:
        """Distinct cells as the rules of a file look at them: what is no text says nothing."""
        return (value if isinstance(value, str) else "" for value in self.values)

    @cached_property
    def filled(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each row, whether there is anything in its cell."""
        return self.spread(np.array([value not in (None, "") for value in self.values], dtype=bool))

    def spread(self, by_value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Something known of each distinct cell, as something known of each row."""
        return by_value[self.codes] if len(by_value) else np.empty(0, by_value.dtype)

    def each(self, function: Callable[[Any], Any]) -> np.ndarray[Any, Any]:
        """A function of a cell, for each row; called once per distinct cell."""
        return self.spread(objects([function(value) for value in self.values]))

    def words(self, limit: int) -> np.ndarray[Any, Any]:
        """Each row's cell as text of at most ``limit`` letters; ``None`` where there is none."""
        return self.each(lambda value: text_of(value, limit) or None)


def objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """A list as an array of Python objects, whatever they are."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def nothing(column: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where there is ``None``."""
    return np.array(np.equal(column, NONE), dtype=bool)


def either(where: np.ndarray[Any, Any], one: Any, other: Any) -> np.ndarray[Any, Any]:
    """``one`` where the mask says so, else ``other``; each an array of objects, or one object for all rows."""
    return np.asarray(np.where(where, one, other), dtype=object)


def empty(rows: int) -> np.ndarray[Any, Any]:
    """A column in which nothing stands."""
    return np.full(rows, None, dtype=object)


def columns_of(table: Table, places: Iterable[int], progress: Callable[[int], None]) -> tuple[Codes, dict[int, Cells]]:
    """The line number of each row, and the columns at these places."""
    wanted, numbers = list(places), []
    builders = {place: _Typed() if table.kind == "xlsx" else _Texts() for place in wanted}
    rows = table.rows()
    while batch := list(islice(rows, BATCH)):
        lines, cells = zip(*batch, strict=True)
        numbers.append(np.array(lines, dtype=np.int64))
        for place, column in enumerate(zip(*cells, strict=True)):
            if place in builders:
                builders[place].add(column)
        if len(numbers) % TELL == 0:
            progress(len(numbers) * BATCH)
    joined = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int64)
    progress(len(joined))
    return joined, {place: builder.cells() for place, builder in builders.items()}


class _Texts:
    """Cells that are all text: Arrow does the work."""

    def __init__(self) -> None:
        self.chunks: list[Any] = []

    def add(self, column: Sequence[str]) -> None:
        import pyarrow as pa

        self.chunks.append(pa.array(column, pa.string()))

    def cells(self) -> Cells:
        import pyarrow as pa

        return from_arrow(pa.chunked_array(self.chunks, pa.string()))


class _Typed:
    """Cells of a sheet: texts, numbers, days, each of its own type (``1`` and ``True`` are not the same cell)."""

    def __init__(self) -> None:
        self.known: dict[tuple[type, Any], int] = {}
        self.codes: list[list[int]] = []

    def add(self, column: Sequence[Any]) -> None:
        known = self.known
        self.codes.append([known.setdefault((type(cell), cell), len(known)) for cell in column])

    def cells(self) -> Cells:
        codes = np.fromiter(chain.from_iterable(self.codes), dtype=np.int64)
        return Cells(codes, [cell for _kind, cell in self.known])


def from_arrow(column: Any) -> Cells:
    """A column of Arrow, of whatever type; null is an empty cell."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    elif pa.types.is_nested(kind):
        column = pa.chunked_array([pa.array([str(cell) for cell in column.to_pylist()], pa.string())])
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    values = [_filled(value) for value in encoded.dictionary.to_pylist()]
    return Cells(encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), values)


def _filled(value: Any) -> Any:
    return "" if value is None or value != value else value  # noqa: PLR0124 (only not-a-number differs from itself)


def to_arrow(column: np.ndarray[Any, Any], kind: Any) -> Any:
    """An array of ours as Arrow; ``None`` and not-a-time become null."""
    import pyarrow as pa

    if column.dtype.kind == "M":
        return pa.array(column).cast(kind)
    return pa.array(column, kind, from_pandas=True)

"""Facts from files: CSV, Excel or Parquet, of our own shape or any CRM's export."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from rebond.base.errors import NotFound, RebondError
from rebond.facts import native, sheet_deals, sheet_touches
from rebond.facts.gather import Deals, Touches, gather
from rebond.facts.model import Facts, Options, Progress, ReasonCodes
from rebond.facts.recognise import require_known
from rebond.facts.sheet import is_parquet, open_sheet
from rebond.files.tables import open_table

_DEFAULTS = Options()


def read(
    deals: Path, touches: Path | None = None, *, today: date, options: Options = _DEFAULTS,
    reason_codes: ReasonCodes | None = None, progress: Progress | None = None,
) -> Facts:  # fmt: skip
    """The two tables of a file of deals and, where there is one, of touches, on an embedded DuckDB.

    Our own column names win (FORMATS.md); other headers are recognised as an import does, and what is none of ours is
    a factor. A row that cannot be used is left out and counted. Parquet with our columns stays where it is.

    Args:
        today: the day before which everything in the files happened.
        reason_codes: turns the free text of a reason into a code of a list of reasons.
        progress: told how many rows are read.

    Raises:
        RebondError: the file cannot be used. ``detail`` holds ``file`` and, where there is one, the row, the column,
            the value and what was expected. Nothing is written anywhere.
    """
    options.require_usable()
    tell = progress or (lambda _table, _rows: None)
    for path in filter(None, (deals, touches)):
        _require_file(path)
    _require_mapping(options.mapping, deals, touches)
    connection = _engine()
    with _named(deals):
        found = _deals(connection, deals, options, reason_codes, lambda rows: tell("deals", rows))
    contacts = None
    if touches is not None:
        with _named(touches):
            contacts = _touches(connection, touches, options, lambda rows: tell("touches", rows))
    with _named(deals):
        return gather(connection, found, contacts, options, today)


def _engine() -> Any:
    import ibis

    connection = ibis.duckdb.connect()
    # Rows need no order of their own, and keeping one costs memory.
    connection.raw_sql("SET preserve_insertion_order = false")
    return connection


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise NotFound(
            _("There is no file %(file)s. Nothing was read. Check the name.") % {"file": path}, code="no_file"
        )


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors name the file they speak of: there may be two."""
    try:
        with _undamaged():
            yield
    except RebondError as error:
        detail = {"file": str(path)} | error.detail
        message = _("%(file)s: %(problem)s") % {"file": path.name, "problem": error.message}
        raise RebondError(message, code=error.code, status=error.status, **detail) from error


@contextmanager
def _undamaged() -> Iterator[None]:
    """What engines say of a damaged Parquet file, in words."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (duckdb.Error, pa.ArrowException) as error:
        raise RebondError(
            _("This Parquet file is damaged. Nothing was read. Export it again."), code="not_a_table"
        ) from error


def _require_mapping(mapping: Mapping[str, str], deals: Path, touches: Path | None) -> None:
    if mapping:
        tables = {"deals": _headers(deals, "deals")}
        if touches is not None:
            tables["touches"] = _headers(touches, "touches")
        require_known(mapping, tables)


def _headers(path: Path, kind: str) -> list[str]:
    with _named(path):
        return list(_opened(_engine(), path).columns) if is_parquet(path) else open_table(path, kind).headers


def _opened(connection: Any, path: Path) -> Any:
    """A Parquet file as a table of the engine."""
    return connection.read_parquet(path)


def _deals(
    connection: Any, path: Path, options: Options, reason_codes: ReasonCodes | None, progress: Callable[[int], None]
) -> Deals:
    if is_parquet(path) and native.is_native(raw := _opened(connection, path), "deals"):
        return native.deals_of(raw, options)
    return sheet_deals.deals_of(open_sheet(path, "deals", options, progress), options, reason_codes)


def _touches(connection: Any, path: Path, options: Options, progress: Callable[[int], None]) -> Touches:
    if is_parquet(path) and native.is_native(raw := _opened(connection, path), "touches"):
        return native.touches_of(raw, options)
    return sheet_touches.touches_of(open_sheet(path, "touches", options, progress))

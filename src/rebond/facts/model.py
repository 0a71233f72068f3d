"""What reading gives: the two tables, and everything a person must know about how they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES

if TYPE_CHECKING:
    import ibis.expr.types as ir

Table: TypeAlias = "ir.Table"
#: Told how far a long reading is: what is being read (``deals`` or ``touches``), and how many rows so far.
Progress = Callable[[str, int], None]
#: Free text of a reason to the code of our list of reasons; ``None`` when it is none of them.
ReasonCodes = Callable[[str], str | None]


@dataclass(frozen=True)
class Options:
    """What a person may say about a file.

    Attributes:
        mapping: their header to our column (``id``, ``outcome``, ``opened_at`` ...); to ``factor``: a candidate for
            what goes with winning, whatever it is called; to nothing: it is left out.
        as_of: the day the tables speak of; the latest day in the files when not given.
        zone: the time zone of days and times that name none, and the one in which days are counted.
        currency: of amounts that name none.
        order: ``dmy`` or ``mdy`` for days such as 03/04; the file shows it when not given.
        encoding: of letters, when they look wrong.
        commission: what the seller earns of a sale where no column says: ``10%``, or a flat sum.
        merge_touches: touches of one deal and channel within so many minutes of the one before count as one.
        factors: the only further columns to keep; all of them when ``None``.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None
    zone: str = "UTC"
    currency: str = ""
    order: str = ""
    encoding: str = ""
    commission: str = ""
    merge_touches: int = 0
    factors: tuple[str, ...] | None = None

    def require_usable(self) -> None:
        """Refuses what is no zone, currency or commission: ``bad_zone``, ``bad_currency``, ``bad_commission``."""
        from rebond.facts.rules import Commission

        if self.currency and self.currency not in CURRENCIES:
            raise RebondError(
                _("“%(text)s” is no currency. Nothing was read. Write a code such as EUR.")
                % {"text": self.currency[:40]},
                code="bad_currency",
            )
        if self.zone not in available_timezones():
            raise RebondError(
                _("“%(text)s” is no time zone. Nothing was read. Write one such as Europe/Paris.")
                % {"text": self.zone[:40]},
                code="bad_zone",
            )
        Commission.of(self.commission)


@dataclass(frozen=True)
class Example:
    """One place in a file: for a table of an engine ``row`` is 0."""

    row: int
    column: str
    value: str
    expected: str | Promise = ""


@dataclass(frozen=True)
class LeftOut:
    """Rows (or single values) that are not used.

    Attributes:
        table: ``deals`` or ``touches``.
        code: ``unreadable``, ``duplicate_id``, ``closed_before_opened``, ``opened_later``, ``unknown_deal``,
            ``no_deal``, ``later``, ``duplicate``, ``merged`` for rows; ``negative_amount``, ``other_currency``,
            ``closed_later`` for values that became nothing while their row stays.
        count: how many.
        example: the first of them.
    """

    table: str
    code: str
    count: int
    example: Example | None = None

    @property
    def says(self) -> str:
        """The reason in the reader's words, without the count."""
        from rebond.facts.words import REASONS

        return str(REASONS[self.code])

    def as_json(self) -> dict[str, Any]:
        """For the report's ``rows`` key."""
        said: dict[str, Any] = {"table": self.table, "code": self.code, "count": self.count, "says": self.says}
        if self.example:
            said["example"] = {
                "row": self.example.row, "column": self.example.column, "value": self.example.value,
                "expected": str(self.example.expected),
            }  # fmt: skip
        return said


@dataclass(frozen=True)
class Recognised:
    """A column of the file and what it became.

    ``ours`` is a column of ``numbers.tables``, ``factor``, or empty for one that is left out. ``how``: ``own`` (it is
    called as we call it), ``exact``, ``near``, ``values``, ``person``, ``rest`` (none of ours: a factor).
    """

    table: str
    header: str
    ours: str
    how: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """Something to know about the reading that left nothing out: an assumption, or what is missing."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """The note as a sentence in the reader's language."""
        from rebond.facts.words import NOTES

        return str(NOTES[self.code]) % self.detail


@dataclass(frozen=True)
class Facts:
    """The two tables of ``numbers.tables``, on one Ibis connection, as of one day.

    Attributes:
        connection: the Ibis connection the tables live on; keep it as long as them.
        deals, touches: see ``numbers.tables``; ``touches`` is ``None`` when there are none to be had.
        roll: one row per deal and month it was touched in (``touches.rollup``), where it is kept; else ``None``.
        as_of: the day they speak of: what opened later is not there, what closed later is open.
        currency: the one currency of ``amount_minor`` and ``commission_minor``; ``XXX`` when none is named.
        minor_per_major: 100 for euros and cents.
        rows_read, rows_used: of deals; the difference is in ``left_out``.
        touches_read, touches_used: the same of touches.
        left_out: rows that are not used.
        blanked: values that became nothing while their row stays.
        columns: what each column of the files was taken for.
        missing: our columns of deals without any value here, so that an analysis can say what it lacks.
        notes: assumptions.
    """

    connection: Any
    deals: Table
    touches: Table | None
    as_of: date
    currency: str
    minor_per_major: int
    rows_read: int
    rows_used: int
    touches_read: int = 0
    touches_used: int = 0
    left_out: tuple[LeftOut, ...] = ()
    blanked: tuple[LeftOut, ...] = ()
    columns: tuple[Recognised, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    roll: Table | None = None

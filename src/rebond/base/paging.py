"""Pages of a list without counting all of it: counting stops at a limit, and then says "more than"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Record = TypeVar("Record", bound=Model)
PER_PAGE = 50
COUNT_UP_TO = 1_000
#: Nobody reads page 200; whoever needs the rest filters or exports.
LAST_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[Record]):
    """One page of a list: its rows, and where it stands."""

    rows: list[Record]
    number: int
    total: int
    capped: bool
    has_next: bool

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.has_previous

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def words(self) -> str:
        """ "51 to 100 of 8,800"; "of more than 1,000" when counting stopped there."""
        if not self.rows:
            return ngettext("%(total)d row", "%(total)d rows", self.total) % {"total": self.total}
        first = (self.number - 1) * PER_PAGE + 1
        place = {"first": first, "last": first + len(self.rows) - 1, "total": self.total}
        if self.capped:
            return _("%(first)d to %(last)d of more than %(total)d") % place
        return _("%(first)d to %(last)d of %(total)d") % place


def page_of(records: QuerySet[Record], number: str | None, *, load: QuerySet[Record] | None = None) -> Page[Record]:
    """Page ``number`` (from 1, as typed) of an ordered list.

    Args:
        load: where the page's records are loaded from, with all that belongs to them, once their ids are known; so
            that sorting and the rows before the page do without it. The ids up to the limit of counting come in one
            query, which so is the count too; page 100 is as quick as page 1.
    """
    wanted = int(number) if number and number.isascii() and number.isdigit() and len(number) < 6 else 1
    wanted = max(1, min(wanted, LAST_PAGE))
    start = (wanted - 1) * PER_PAGE
    if load is None:
        rows = list(records[start : start + PER_PAGE + 1])
        total = records.order_by()[: COUNT_UP_TO + 1].count() if len(rows) > PER_PAGE or wanted > 1 else len(rows)
    else:
        ids, total = _ids(records, start)
        loaded = load.in_bulk(ids)
        rows = [loaded[pk] for pk in ids if pk in loaded]
    return Page(
        rows[:PER_PAGE],
        wanted,
        min(total, COUNT_UP_TO),
        total > COUNT_UP_TO,
        len(rows) > PER_PAGE and wanted < LAST_PAGE,
    )


def _ids(records: QuerySet[Record], start: int) -> tuple[list[int], int]:
    """The ids of the page that begins at ``start``, with the first of the next; how many there are, up to the limit."""
    ids, end = records.values_list("pk", flat=True), start + PER_PAGE + 1
    if end > COUNT_UP_TO:
        page = list(ids[start:end])
        return page, start + len(page) if page else records.order_by()[: COUNT_UP_TO + 1].count()
    first = list(ids[: COUNT_UP_TO + 1])
    return first[start:end], len(first)

"""Which column of a file is which of ours. Our own names win; a file that uses them is taken at its word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.text import fold
from rebond.facts.model import Recognised
from rebond.files.columns import SEVERAL, Column, recognise
from rebond.files.vocabulary import NEEDED, WORDS, bare, lookup, plain

#: Our names (FORMATS, ``numbers.tables``) and what ``files`` calls the same thing.
OURS: dict[str, dict[str, str]] = {
    "deals": {
        "id": "external_id", "opened_at": "created_at", "closed_at": "closed_at", "outcome": "status",
        "amount": "amount", "currency": "currency", "commission": "commission", "owner": "owner", "team": "team",
        "segment": "segment", "source": "source", "stage": "stage", "competitor": "competitor", "name": "name",
        "company": "company", "reasons": "lost_reason", "touch_count": "touch_count",
    },
    "touches": {
        "id": "external_id", "deal_id": "deal", "at": "at", "channel": "channel", "direction": "direction",
        "owner": "owner", "minutes": "minutes", "result": "result",
    },
}  # fmt: skip
#: A file with both of these speaks our language: whatever else is in it is a factor.
CERTAIN = {"deals": {"id", "outcome"}, "touches": {"deal_id", "at"}}
#: Recognised to be left out: people's data, texts, or what other columns are read with.
HELPERS = {"expected_close", "active", "won_reason"}
PRIVATE = {"contact_name", "email", "phone", "next_step", "notes", "note"}
FACTOR = "factor"
#: What stands under a question, not under a name: "competitors: yes" names nobody.
_ANSWERS = {"yes", "no", "oui", "non", "true", "false", "vrai", "faux", "0", "1", "unknown", "inconnu", ""}
#: Of these there are about as many as deals: so few different ones among so many cells are something else.
_MANY, MANY_CELLS, KINDS = {"company", "contact_name", "email", "phone", "name"}, 50, 5
_NAMES = {"owner", "team", "segment", "source", "competitor", "company", "stage"}


def recognised(
    kind: str, headers: Sequence[str], sample: Sequence[Sequence[Any]], mapping: Mapping[str, str]
) -> list[Column]:
    """What each column is, in the words of ``files``; ``factor`` for what is none of ours, empty for what is left out.

    Corrections of columns that this file does not have are of the other file: ``require_known`` looks at all.

    Raises:
        RebondError: ``column_missing``.
    """
    settled = {place: (OURS[kind][header], "own") for place, header in enumerate(headers) if header in OURS[kind]}
    if not CERTAIN[kind] <= set(headers):
        settled |= _counted(kind, headers, settled)
    columns = recognise(kind, headers, sample, settled)
    if CERTAIN[kind] <= set(headers):
        columns = [column if column.how == "own" else replace(column, ours="", how="") for column in columns]
    columns = [_doubted(column, sample) for column in columns]
    columns = _corrected(kind, columns, mapping)
    _require(kind, columns)
    return [_rest(kind, column) for column in columns]


def said(table: str, columns: Sequence[Column]) -> tuple[Recognised, ...]:
    """The columns in our own names, to show."""
    names = {theirs: ours for ours, theirs in OURS[table].items()}
    return tuple(
        Recognised(table, column.header, names.get(column.ours, column.ours), column.how, column.examples)
        for column in columns
    )


def _counted(kind: str, headers: Sequence[str], settled: Mapping[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
    """Columns that only a report uses."""
    found: dict[int, tuple[str, str]] = {}
    taken = {ours for ours, _how in settled.values()}
    for place, header in enumerate(headers if kind == "deals" else ()):
        ours = lookup("counted").get(plain(header)) or lookup("counted").get(bare(header))
        if ours and ours not in taken:
            found[place] = (ours, "exact")
            taken.add(ours)
    return found


def _doubted(column: Column, sample: Sequence[Sequence[Any]]) -> Column:
    """A column called like one of names, in which stands what names nobody, is theirs: a factor.

    Yes and no are answers to a question ("competitors: yes"); a handful of words for many deals are kinds of company or
    of contact ("client: new", "contact: telephone"), not companies or people.
    """
    if column.how not in ("exact", "near") or column.ours not in {*_NAMES, *_MANY}:
        return column
    cells = [plain(str(row[column.place])) for row in sample if row[column.place] not in (None, "")]
    answers = column.ours in _NAMES and bool(cells) and set(cells) <= _ANSWERS
    kinds = column.ours in _MANY and len(cells) >= MANY_CELLS and len(set(cells)) <= KINDS
    return replace(column, ours="", how="") if answers or kinds else column


def require_known(mapping: Mapping[str, str], tables: Mapping[str, Sequence[str]]) -> None:
    """``bad_map`` when a correction names a column that no file has, or one that we do not have.

    Args:
        tables: the headers of each file by what is in it (``deals``, ``touches``).
    """
    headers = [header for headers in tables.values() for header in headers]
    names = list(dict.fromkeys([*(name for kind in tables for name in OURS[kind]), FACTOR]))
    for theirs, ours in mapping.items():
        if not _header(theirs, headers):
            message = _("No column is called “%(theirs)s”. Nothing was read. The columns are: %(columns)s.")
            raise _bad_map(message, theirs, ours, headers)
        if not any(_known(kind, ours) for kind in tables):
            message = _("“%(theirs)s=%(ours)s”: we have no column “%(ours)s”. Nothing was read. Ours are: %(columns)s.")
            raise _bad_map(message, theirs, ours, names)


def _bad_map(message: str | Promise, theirs: str, ours: str, columns: Sequence[str]) -> RebondError:
    detail = {"theirs": theirs, "ours": ours, "columns": ", ".join(columns)[:500]}
    return RebondError(str(message) % detail, code="bad_map", column=theirs)


def _corrected(kind: str, columns: Sequence[Column], mapping: Mapping[str, str]) -> list[Column]:
    """A person's word wins: also over another column that was taken for the same."""
    headers = [column.header for column in columns]
    chosen = {
        _header(theirs, headers): OURS[kind].get(ours, ours) for theirs, ours in mapping.items() if _known(kind, ours)
    }
    taken = set(chosen.values()) - {"", FACTOR}
    found = []
    for column in columns:
        if column.header in chosen:
            found.append(replace(column, ours=chosen[column.header], how="person"))
        elif column.ours in taken and column.ours not in SEVERAL:
            found.append(replace(column, ours="", how=""))
        else:
            found.append(column)
    return found


def _header(theirs: str, headers: Sequence[str]) -> str:
    """The header a person means: as they wrote it, else the only one that reads the same; empty for none."""
    if theirs in headers:
        return theirs
    alike = [header for header in headers if fold(header) == fold(theirs)]
    return alike[0] if len(alike) == 1 else ""


def _known(kind: str, ours: str) -> bool:
    return ours in ("", FACTOR) or ours in OURS[kind] or ours in WORDS[kind]


def _require(kind: str, columns: Sequence[Column]) -> None:
    there = {column.ours for column in columns}
    names = {theirs: ours for ours, theirs in OURS[kind].items()}
    for group in NEEDED[kind]:
        if not there & set(group):
            need = names[group[0]]
            raise RebondError(
                _(
                    "No column of the file says “%(need)s”. Nothing was read. Say which one does with "
                    "--map “their header=%(need)s”, or export it too. The columns are: %(columns)s."
                )
                % {"need": need, "columns": ", ".join(column.header for column in columns)[:500]},
                code="column_missing", need=need, columns=[column.header for column in columns],
            )  # fmt: skip


def _rest(kind: str, column: Column) -> Column:
    """What is none of ours: a factor among deals, nothing among touches."""
    ours = {*OURS[kind].values(), *(HELPERS if kind == "deals" else ()), FACTOR}
    if column.ours in ours or column.how == "person":
        return column
    if column.ours in PRIVATE or kind != "deals":
        return replace(column, ours="")
    return replace(column, ours=FACTOR, how="rest")

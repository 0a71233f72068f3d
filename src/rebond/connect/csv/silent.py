"""Files bring back addresses that asked for silence: they stay silent, and the import says how many (L16).

Whoever was erased is not filled again: a row about them is left out, and where a deal names them it goes in without.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import transaction

from rebond.connect.csv.models import ENDED, ImportProblem, ImportRun
from rebond.connect.csv.plan import Good
from rebond.deals.erasing import ERASED, Erasing, mark_of
from rebond.deals.models import Person
from rebond.deals.records import DealRecord, PersonRecord, TouchRecord
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Suppression, Why


@dataclass(frozen=True)
class Looked:
    """What a batch holds of people who asked for silence.

    Attributes:
        kept: rows to store, with the erased taken out of the deals that name them.
        erased: rows of people who were erased; left out.
        silent: how many other addresses asked for silence; they stay silent.
    """

    kept: list[Good]
    erased: list[Good] = field(default_factory=list)
    silent: int = 0


def look(rows: Sequence[Good], source: str) -> Looked:
    """Looks a batch through; two queries, none when no row has an address or an id."""
    standing = _standing({address for row in rows for address in _addresses(row)})
    gone = {address for address, why in standing.items() if Why.ERASED in why}
    ids = _erased_ids(rows, source)
    erased = [row for row in rows if _is_erased(row, gone, ids, source)]
    kept = [_without(row, gone) for row in rows if not _is_erased(row, gone, ids, source)]
    left_out = {address for row in erased for address in _addresses(row)}
    return Looked(kept, erased, len(set(standing) - left_out))


def _addresses(row: Good) -> Iterable[str]:
    if isinstance(row.record, PersonRecord):
        return [row.record.email] if row.record.email else []
    if isinstance(row.record, DealRecord):
        return [person.email for person in row.record.people if person.email]
    return []


def _standing(addresses: set[str]) -> dict[str, set[str]]:
    """The addresses that get nothing of some kind, and why."""
    if not addresses:
        return {}
    marks = {fingerprint(address): address for address in addresses}
    found: dict[str, set[str]] = {}
    silences = Suppression.objects.filter(fingerprint__in=marks, lifted_at=None)
    for mark, why in silences.values_list("fingerprint", "why"):
        found.setdefault(marks[mark], set()).add(why)
    return found


def _erased_ids(rows: Sequence[Good], source: str) -> set[str]:
    """Marks of the erased records that these rows would bring back by their id."""
    people = [row.record.external_id for row in rows if isinstance(row.record, PersonRecord) and row.record.external_id]
    if not people:
        return set()
    marks = [mark_of(source, external_id) for external_id in people]
    return set(Person.objects.filter(source=ERASED, external_id__in=marks).values_list("external_id", flat=True))


def _is_erased(row: Good, gone: set[str], ids: set[str], source: str) -> bool:
    record = row.record
    if not isinstance(record, PersonRecord):
        return False
    return record.email in gone or (bool(record.external_id) and mark_of(source, record.external_id) in ids)


def _without(row: Good, gone: set[str]) -> Good:
    if isinstance(row.record, TouchRecord) or not gone or not isinstance(row.record, DealRecord):
        return row
    people = tuple(person for person in row.record.people if person.email not in gone)
    return row if people == row.record.people else replace(row, record=replace(row.record, people=people))


def forget(of: Erasing) -> None:
    """Erases a person here too: what left-out rows say of them, and the files of ended imports that name them.

    An import that has ended needs its file and its examples no more, so all of these go, whether they can be searched
    or not.
    """
    for problem in ImportProblem.objects.exclude(value="").iterator(chunk_size=2000):
        said = of.without_name(problem.value)
        if said != problem.value:
            ImportProblem.objects.filter(pk=problem.pk).update(value="")
    for run in ImportRun.objects.filter(status__in=ENDED).only("stored_as", "described"):
        transaction.on_commit(partial(run.path.unlink, missing_ok=True))
        if any(column.get("examples") or column.get("read") for column in run.described.get("columns", [])):
            ImportRun.objects.filter(pk=run.pk).update(described=_without_examples(run.described))


def _without_examples(described: Mapping[str, Any]) -> dict[str, Any]:
    """What an ended import says of its columns, without the cells that were shown before it began."""
    columns = [column | {"examples": [], "read": []} for column in described.get("columns", [])]
    preview = dict(described.get("preview", {}))
    return {**described, "columns": columns} | ({"preview": preview | {"problems": []}} if preview else {})

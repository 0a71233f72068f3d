"""Full-text search over deals, companies and people, on both databases; accents and case do not matter."""

from __future__ import annotations

import re
from typing import TypeVar

from django.db import connection
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import RawSQL

from rebond.base.text import fold

_WORD = re.compile(r"\w+")
#: More words than this do not make a search more precise, only slower.
MAX_WORDS = 8
#: Up to this many are sorted by hand.
FEW = 500
Record = TypeVar("Record", bound=Model)
# CROSS JOIN is SQLite's word for "in this order": first the index of words, then the entries it names.
_SQLITE = (
    "SELECT e.record_id FROM deals_search CROSS JOIN deals_searchentry e ON e.id = deals_search.rowid "
    "WHERE deals_search MATCH %s"
)
_POSTGRESQL = (
    "SELECT e.record_id FROM deals_searchentry e WHERE to_tsvector('simple', e.text) @@ to_tsquery('simple', %s)"
)


def words(text: str) -> list[str]:
    """The words searched for: folded, without operators of any query language.

    >>> words("Hélène OR (lac*")
    ['helene', 'or', 'lac']
    """
    return _WORD.findall(fold(text[:200]))[:MAX_WORDS]


def matching(kind: str, text: str) -> RawSQL | list[int]:
    """Ids of the records of ``kind`` (``deal``, ``company``, ``person``) that hold every word; for ``pk__in``."""
    wanted = words(text)
    return _found(wanted, kind) if wanted else []


def narrowed(records: QuerySet[Record], kind: str, text: str) -> QuerySet[Record]:
    """Those of ``records`` (of ``kind``) that hold every word, quick for a sorted page whether few do or many.

    A few are looked up by id, once with all that narrows ``records`` and once more to be sorted: asked for both at
    once, SQLite would walk all records of the team. Of many, the sorted records are walked until a page is full;
    ``+ 0`` is how SQLite is told not to look each of them up.
    """
    found = matching(kind, text)
    few = _some(found, FEW + 1) if isinstance(found, RawSQL) else found
    if len(few) <= FEW:
        visible = list(records.order_by().filter(pk__in=few).values_list("pk", flat=True))
        return records.model._default_manager.filter(pk__in=visible)
    walked: QuerySet[Record] = records.alias(walked=F("pk") + 0).filter(walked__in=found)  # type: ignore[assignment]
    return walked


def _some(found: RawSQL, count: int) -> list[int]:
    """The first ids, without looking for the others."""
    with connection.cursor() as cursor:
        cursor.execute(f"{found.sql} LIMIT {count}", found.params)
        return [pk for (pk,) in cursor.fetchall()]


def _found(wanted: list[str], kind: str) -> RawSQL:
    if connection.vendor == "sqlite":
        sql, words_to_find = _SQLITE, " AND ".join(f'"{word}"*' for word in wanted)
    else:
        sql, words_to_find = _POSTGRESQL, " & ".join(f"{word}:*" for word in wanted)
    return RawSQL(f"{sql} AND e.kind = %s", [words_to_find, kind])  # noqa: S611 (words are \w only)

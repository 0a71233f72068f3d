"""Full-text search over deals, companies and people, on both databases; accents and case do not matter."""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from rebond.base.text import fold
from rebond.deals.models import SearchEntry

_WORD = re.compile(r"\w+")
#: More words than this do not make a search more precise, only slower.
MAX_WORDS = 8
# CROSS JOIN is SQLite's word for "in this order": first the index of words, then the entries it names.
_SQLITE = (
    "SELECT e.{column} FROM deals_search CROSS JOIN deals_searchentry e ON e.id = deals_search.rowid "
    "WHERE deals_search MATCH %s"
)
_POSTGRESQL = (
    "SELECT e.{column} FROM deals_searchentry e WHERE to_tsvector('simple', e.text) @@ to_tsquery('simple', %s)"
)


def words(text: str) -> list[str]:
    """The words searched for: folded, without operators of any query language.

    >>> words("Hélène OR (lac*")
    ['helene', 'or', 'lac']
    """
    return _WORD.findall(fold(text[:200]))[:MAX_WORDS]


def entries(text: str) -> QuerySet[SearchEntry]:
    """Entries that hold every word, the words being beginnings; none for a text without words."""
    wanted = words(text)
    return SearchEntry.objects.filter(pk__in=_found("id", wanted)) if wanted else SearchEntry.objects.none()


def matching(kind: str, text: str) -> RawSQL | list[int]:
    """Ids of the records of ``kind`` (``deal``, ``company``, ``person``) that hold every word; for ``pk__in``."""
    wanted = words(text)
    return _found("record_id", wanted, kind) if wanted else []


def _found(column: str, wanted: list[str], kind: str = "") -> RawSQL:
    if connection.vendor == "sqlite":
        sql, words_to_find = _SQLITE, " AND ".join(f'"{word}"*' for word in wanted)
    else:
        sql, words_to_find = _POSTGRESQL, " & ".join(f"{word}:*" for word in wanted)
    sql = sql.format(column=column) + (" AND e.kind = %s" if kind else "")
    return RawSQL(sql, [words_to_find, kind] if kind else [words_to_find])  # noqa: S611 (words are \w only)

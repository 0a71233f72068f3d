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
_SQLITE = "SELECT rowid FROM deals_search WHERE deals_search MATCH %s"
_POSTGRESQL = "SELECT id FROM deals_searchentry WHERE to_tsvector('simple', text) @@ to_tsquery('simple', %s)"


def words(text: str) -> list[str]:
    """The words searched for: folded, without operators of any query language.

    >>> words("Hélène OR (lac*")
    ['helene', 'or', 'lac']
    """
    return _WORD.findall(fold(text[:200]))[:MAX_WORDS]


def entries(text: str) -> QuerySet[SearchEntry]:
    """Entries that hold every word, the words being beginnings; none for a text without words."""
    wanted = words(text)
    if not wanted:
        return SearchEntry.objects.none()
    if connection.vendor == "sqlite":
        found = RawSQL(_SQLITE, [" AND ".join(f'"{word}"*' for word in wanted)])  # noqa: S611 (words are \w only)
    else:
        found = RawSQL(_POSTGRESQL, [" & ".join(f"{word}:*" for word in wanted)])  # noqa: S611 (words are \w only)
    return SearchEntry.objects.filter(pk__in=found)


def matching(kind: str, text: str) -> QuerySet[SearchEntry, int]:
    """Ids of the records of ``kind`` (``deal``, ``company``, ``person``) that hold every word; for ``pk__in``."""
    return entries(text).filter(kind=kind).values_list("record_id", flat=True)

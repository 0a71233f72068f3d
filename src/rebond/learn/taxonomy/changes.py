"""How the list of reasons changes: pure functions from a list and its log of changes to the list of a version.

A change that makes no sense where it stands (a code twice, a merge into what nobody may choose, a thirty-first reason)
changes nothing, so whatever is in the log: no code is ever lost, no merge goes in a circle, at most thirty are active.
``learn.actions.taxonomy`` refuses such changes with a sentence before they are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language

from rebond.learn.models import TaxonomyChange
from rebond.learn.taxonomy.listed import (
    BUILT_IN_LIST,
    GROUPS,
    MOST_ACTIVE,
    OWNERS,
    WAYS_OUT,
    Control,
    Reason,
    Stamp,
    Taxonomy,
)

VOICES = ("seller", "buyer", "buyer_win")
#: What is remembered of a change log; a log is a few dozen changes, and hardly ever two are in use.
_FIELDS = ("version", "kind", "code", "into", "group", "control", "owner", "recheck_days", "wording", "at")


@dataclass(frozen=True)
class Change:
    """One change, as it is stored (``models.TaxonomyChange``); ``wording`` as JSON, so that a log can be a key."""

    version: int
    kind: str
    code: str
    into: str = ""
    group: str = ""
    control: str = ""
    owner: str = ""
    recheck_days: int | None = None
    wording: str = "{}"
    at: datetime | None = None


def fold_stored(changes: QuerySet[TaxonomyChange]) -> Taxonomy:
    """The list after the stored ``changes``: one query, folded once per content of the log.

    The key is what the changes say, not their version: after a rollback, or in another database, the same version may
    say something else.
    """
    rows = changes.order_by("version").values_list(*_FIELDS)
    return _kept(tuple(_change(row) for row in rows))


def _change(row: tuple[Any, ...]) -> Change:
    values = dict(zip(_FIELDS, row, strict=True))
    return Change(**values | {"wording": json.dumps(values["wording"], sort_keys=True)})


@lru_cache(maxsize=64)
def _kept(changes: tuple[Change, ...]) -> Taxonomy:
    return fold_changes(BUILT_IN_LIST, changes)


def fold_changes(built_in: Taxonomy, changes: Iterable[Change]) -> Taxonomy:
    """``built_in`` after each of ``changes`` in turn; itself when there are none.

    >>> found = fold_changes(BUILT_IN_LIST, [Change(2, "merge", "terms", into="no_budget")])
    >>> found.version, found.counted_as("terms"), found.is_active("terms"), "terms" in found.reasons
    (2, 'no_budget', False, True)
    """
    names = built_in
    for change in changes:
        names = replace(_APPLY[change.kind](names, change), version=change.version)
    return names


def _stamped(names: Taxonomy, change: Change, **changes: Any) -> Taxonomy:
    stamps = names.stamps
    if change.at is not None:
        stamps += (Stamp(change.version, change.kind, change.code, change.into, change.at),)
    return replace(names, stamps=stamps, **changes)


def _add(names: Taxonomy, change: Change) -> Taxonomy:
    known = change.group in GROUPS and change.control in list(Control) and change.owner in OWNERS
    if not known or change.code in names.reasons or change.code in WAYS_OUT or _full(names):
        return names
    added = Reason(
        change.code, change.group, "", "", "", Control(change.control), change.owner, change.recheck_days or 90
    )
    return _stamped(names, change, reasons=names.reasons | {change.code: _reworded(added, change)})


def _reword(names: Taxonomy, change: Change) -> Taxonomy:
    if change.code not in names.reasons:
        return names
    reworded = _reworded(names.reasons[change.code], change)
    return _stamped(names, change, reasons=names.reasons | {change.code: reworded})


def _merge(names: Taxonomy, change: Change) -> Taxonomy:
    movable = change.code in names.reasons and change.code not in names.merged
    if not movable or change.into == change.code or not names.is_active(change.into):
        return names
    return _stamped(
        names, change, retired=names.retired | {change.code}, merged={**names.merged, change.code: change.into}
    )


def _retire(names: Taxonomy, change: Change) -> Taxonomy:
    if not names.is_active(change.code):
        return names
    return _stamped(names, change, retired=names.retired | {change.code})


def _restore(names: Taxonomy, change: Change) -> Taxonomy:
    """A merged code that is taken up again counts as itself again."""
    if change.code not in names.retired or _full(names):
        return names
    merged = {old: new for old, new in names.merged.items() if old != change.code}
    return _stamped(names, change, retired=names.retired - {change.code}, merged=merged)


_APPLY = {"add": _add, "reword": _reword, "merge": _merge, "retire": _retire, "restore": _restore}


def _full(names: Taxonomy) -> bool:
    return len(names.active) >= MOST_ACTIVE


def _reworded(reason: Reason, change: Change) -> Reason:
    """The reason in the change's words; a voice the change does not name keeps its own."""
    said = json.loads(change.wording)
    words: dict[str, Any] = {voice: _words(said[voice]) for voice in VOICES if voice in said}
    return replace(reason, **words)


def _words(said: dict[str, str]) -> str | Promise:
    """A text that follows the reader's language; empty when it is empty in every language."""
    return _spoken_lazily(tuple(sorted(said.items()))) if any(said.values()) else ""


def _spoken(said: tuple[tuple[str, str], ...]) -> str:
    """The text in the language in force; in English, or any, where that one is missing."""
    texts = {language: text for language, text in said if text}
    return texts.get((get_language() or "en").split("-")[0]) or texts.get("en") or next(iter(texts.values()))


_spoken_lazily = lazy(_spoken, str)

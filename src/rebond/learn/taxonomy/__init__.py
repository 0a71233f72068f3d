"""The list of reasons: what is on it (``listed``), and what was changed since (``changes``)."""

from __future__ import annotations

from rebond.learn.taxonomy.listed import (
    BUILT_IN,
    BUILT_IN_LIST,
    CONTROLS,
    GROUPS,
    LANGUAGES,
    MOST_ACTIVE,
    NOT_KNOWN_YET,
    OTHER,
    OWNERS,
    WAYS_OUT,
    Control,
    Reason,
    Stamp,
    Taxonomy,
)

__all__ = [
    "BUILT_IN",
    "BUILT_IN_LIST",
    "CONTROLS",
    "GROUPS",
    "LANGUAGES",
    "MOST_ACTIVE",
    "NOT_KNOWN_YET",
    "OTHER",
    "OWNERS",
    "WAYS_OUT",
    "Control",
    "Reason",
    "Stamp",
    "Taxonomy",
    "as_of_version",
    "current",
    "label",
]


def label(code: str) -> str:
    """``current().label``, for one code."""
    return current().label(code)


def current() -> Taxonomy:
    """The list in force; one small query, whatever was changed."""
    return _folded()


def as_of_version(version: int) -> Taxonomy:
    """The list as it was in ``version``: the built-in one and every change up to it, so that old charts can be redrawn.

    >>> as_of_version(1) is BUILT_IN_LIST
    True
    """
    return BUILT_IN_LIST if version <= 1 else _folded(version__lte=version)


def _folded(**which: int) -> Taxonomy:
    from rebond.learn.models import TaxonomyChange
    from rebond.learn.taxonomy.changes import fold_stored

    return fold_stored(TaxonomyChange.objects.filter(**which))

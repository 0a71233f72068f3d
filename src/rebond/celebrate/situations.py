"""Situations a lesson may help in: hints to begin with, in both languages, and the reasons of a no each belongs to.

They are hints and no list to choose from: a lesson's situation is in its author's own words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from rebond.base.text import fold

#: What search knows lessons as (``deals.search.matching``).
SEARCHED_AS = "lesson"


@dataclass(frozen=True)
class Situation:
    """One hint: its words, and the codes of reasons (``learn.taxonomy``) after which it fits."""

    words: str | Promise
    reasons: frozenset[str] = frozenset()

    def in_both(self) -> set[str]:
        """Its words in both languages, folded: a lesson may have been kept in either."""
        found = set()
        for language in ("en", "fr"):
            with translation.override(language):
                found.add(fold(str(self.words)))
        return found


SITUATIONS = (
    Situation(
        pgettext_lazy("situation", "they say it is too dear"),
        frozenset({"price_vs_alternative", "no_budget", "value_unclear", "terms"}),
    ),
    Situation(
        pgettext_lazy("situation", "no answer after the quote"),
        frozenset({"not_in_touch", "slow_response", "need_not_felt"}),
    ),
    Situation(
        pgettext_lazy("situation", "they are happy with what they have"),
        frozenset({"incumbent_kept", "fear_of_change", "need_not_felt"}),
    ),
    Situation(
        pgettext_lazy("situation", "the one who decides was not there"),
        frozenset({"wrong_people", "sponsor_left", "no_consensus"}),
    ),
    Situation(pgettext_lazy("situation", "they want to wait"), frozenset({"timing", "external_event", "need_changed"})),
    Situation(
        pgettext_lazy("situation", "they compare us with somebody"),
        frozenset({"price_vs_alternative", "missing_capability", "vendor_risk"}),
    ),
    Situation(
        pgettext_lazy("situation", "they did not see the use of it"), frozenset({"value_unclear", "proposal_mismatch"})
    ),
    Situation(pgettext_lazy("situation", "the first call")),
    Situation(pgettext_lazy("situation", "after a no, to part well")),
)  # fmt: skip


def hints() -> list[str]:
    """The words of each, in the reader's language."""
    return [str(one.words) for one in SITUATIONS]


def after(codes: Collection[str]) -> str:
    """The first that fits one of these reasons, in the reader's language; empty for none."""
    return next((str(one.words) for one in SITUATIONS if one.reasons & {*codes}), "")


def fitting(codes: Collection[str]) -> set[str]:
    """Every one that fits, folded, in both languages.

    >>> fitting(["timing"]) >= {"they want to wait"}, fitting([])
    (True, set())
    """
    return {words for one in SITUATIONS if one.reasons & {*codes} for words in one.in_both()}

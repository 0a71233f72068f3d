"""Six pieces everybody may begin with, in English and French: our own words, free to change, and no advertising.

Licence: CC0 1.0, so that a company can make them its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from rebond.nurture.library.starters_en import ENGLISH
from rebond.nurture.library.starters_fr import FRENCH

LICENCE = "CC0 1.0"


@dataclass(frozen=True)
class Starter:
    """One starter piece in one language; ``key`` is the same in both."""

    key: str
    language: str
    title: str
    summary: str
    text: str
    reasons: tuple[str, ...]
    topics: tuple[str, ...]


#: Per key, what it answers and is about, in the order they are listed.
_ABOUT: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "checklist": (("no_consensus", "little_help_deciding", "wrong_people", "need_misread"), ("decision_help",)),
    "waiting": (("need_not_felt", "timing"), ("cost_of_waiting",)),
    "business_case": (
        ("value_unclear", "no_budget", "late_surprise"), ("business_case", "budget_template", "total_cost"),
    ),
    "questions": (("incumbent_kept", "price_vs_alternative", "vendor_risk", "terms"), ("how_to", "total_cost")),
    "smaller_start": (("fear_of_change", "proposal_mismatch", "hard_to_use"), ("smaller_start", "rollout")),
    "summary": (("sponsor_left", "not_in_touch"), ("work_summary",)),
}  # fmt: skip


def all_starters() -> list[Starter]:
    """Both languages, English first.

    >>> len(all_starters()), {one.language for one in all_starters()} == {"en", "fr"}
    (12, True)
    """
    written = {"en": ENGLISH, "fr": FRENCH}
    return [Starter(key, language, *texts[key], *_ABOUT[key]) for language, texts in written.items() for key in _ABOUT]

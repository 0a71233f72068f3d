"""What content is about, and where to begin when there is none: topics, and ideas per reason.

Policies of the cadence name topics by these keys. Reasons are the list's codes (``library.reasons``); one that
somebody added later simply has no ideas yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.nurture.models import PieceKind

TOPICS: dict[str, str | Promise] = {
    "decision_help": pgettext_lazy("topic", "help to decide"),
    "peer_story": pgettext_lazy("topic", "how a peer did it"),
    "cost_of_waiting": pgettext_lazy("topic", "what waiting costs"),
    "business_case": pgettext_lazy("topic", "business case"),
    "budget_template": pgettext_lazy("topic", "budget"),
    "how_to": pgettext_lazy("topic", "how to choose or run it"),
    "release_note": pgettext_lazy("topic", "what is new"),
    "proof": pgettext_lazy("topic", "proof that it works"),
    "total_cost": pgettext_lazy("topic", "total cost"),
    "smaller_start": pgettext_lazy("topic", "a smaller start"),
    "useful": pgettext_lazy("topic", "useful in any case"),
    "work_summary": pgettext_lazy("topic", "summary of the work done"),
    "rollout": pgettext_lazy("topic", "change without risk"),
    "security": pgettext_lazy("topic", "security and law"),
}

#: Which topics answer a reason, most helpful first.
TOPICS_OF: dict[str, tuple[str, ...]] = {
    "need_not_felt": ("cost_of_waiting", "peer_story"),
    "need_misread": ("decision_help", "how_to"),
    "need_changed": ("useful", "how_to"),
    "wrong_people": ("decision_help", "business_case"),
    "sponsor_left": ("work_summary", "decision_help"),
    "no_consensus": ("decision_help", "cost_of_waiting"),
    "proposal_mismatch": ("smaller_start", "how_to"),
    "late_surprise": ("total_cost", "business_case"),
    "missing_capability": ("release_note", "proof"),
    "integration_security": ("security", "proof"),
    "hard_to_use": ("rollout", "peer_story"),
    "value_unclear": ("business_case", "proof", "peer_story"),
    "price_vs_alternative": ("total_cost", "smaller_start"),
    "no_budget": ("business_case", "budget_template"),
    "terms": ("total_cost", "smaller_start"),
    "vendor_risk": ("proof", "peer_story"),
    "fear_of_change": ("rollout", "smaller_start"),
    "slow_response": ("useful",),
    "trust_rapport": ("useful", "proof"),
    "little_help_deciding": ("decision_help", "business_case"),
    "not_in_touch": ("useful",),
    "incumbent_kept": ("how_to", "total_cost"),
    "timing": ("cost_of_waiting", "business_case"),
    "external_event": ("useful", "how_to"),
}


@dataclass(frozen=True)
class Idea:
    """Where a piece could begin: a kind, and a title to make one's own."""

    kind: str
    title: str | Promise


_A, _C, _T = PieceKind.ARTICLE.value, PieceKind.CASE.value, PieceKind.TEMPLATE.value
IDEAS: dict[str, tuple[Idea, ...]] = {
    "need_not_felt": (
        Idea(_T, _("What another year as it is would cost: a one-page sum")),
        Idea(_C, _("The sign that made a company like theirs act")),
    ),
    "need_misread": (Idea(_T, _("Describe the problem on one page, before anybody offers anything")),),
    "need_changed": (Idea(_A, _("What changed in the trade this year, and what it means for the work")),),
    "wrong_people": (Idea(_T, _("Who should sit at the table, and what each of them asks")),),
    "sponsor_left": (Idea(_T, _("Where we stood: the work so far, on one page")),),
    "no_consensus": (Idea(_T, _("An hour's agenda that brings five people to one decision")),),
    "proposal_mismatch": (Idea(_A, _("What belongs to a first step, and what can wait")),),
    "late_surprise": (Idea(_T, _("Everything it costs in three years, nothing left out")),),
    "missing_capability": (
        Idea(_A, _("What is new since we spoke")),
        Idea(_C, _("How a customer works today with what was missing then")),
    ),
    "integration_security": (Idea(_A, _("Our answers to the twenty questions an IT department asks")),),
    "hard_to_use": (Idea(_A, _("The first day and the first month, hour by hour")),),
    "value_unclear": (
        Idea(_C, _("What a customer measured before and after")),
        Idea(_T, _("A business case to fill in with your own figures")),
    ),
    "price_vs_alternative": (Idea(_T, _("Comparing two offers: price, time, what is not in them")),),
    "no_budget": (Idea(_T, _("A budget request your finance colleagues can read in two minutes")),),
    "terms": (Idea(_A, _("Our terms in plain words, and where there is room")),),
    "vendor_risk": (Idea(_C, _("Three customers who have been with us for years, and what they would ask")),),
    "fear_of_change": (
        Idea(_C, _("A changeover that went wrong at first, and how it was mended")),
        Idea(_T, _("A changeover in small steps, each of which can be undone")),
    ),
    "slow_response": (Idea(_A, _("Whom to call for what, and when you have an answer")),),
    "trust_rapport": (Idea(_A, _("When we advise against ourselves")),),
    "little_help_deciding": (Idea(_T, _("A checklist to decide with, which works without us")),),
    "not_in_touch": (Idea(_A, _("What we learned from customers this quarter")),),
    "incumbent_kept": (Idea(_T, _("What to ask any supplier before renewing")),),
    "timing": (Idea(_T, _("What can be prepared now, so that the start is short")),),
    "external_event": (Idea(_A, _("The new rule in plain words, and a list of what to do")),),
}  # fmt: skip


def label(key: str) -> str:
    """A topic in the language in force; the key itself, readable, when nobody knows it.

    >>> label("total_cost"), label("solar_roofs")
    ('total cost', 'solar roofs')
    """
    return str(TOPICS.get(key, key.replace("_", " ")))


def choices() -> list[tuple[str, str]]:
    """Every topic for a form."""
    return [(key, str(text)) for key, text in TOPICS.items()]


def topics_for(reason: str, first: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What to look for: ``first`` (the debrief, the policy), then what answers the reason; none twice.

    >>> topics_for("no_budget", ("smaller_start", "business_case"))
    ('smaller_start', 'business_case', 'budget_template')
    """
    return tuple(dict.fromkeys((*first, *TOPICS_OF.get(reason, ()))))


def ideas(reason: str) -> tuple[Idea, ...]:
    """Starting points for a reason; none for a reason somebody added."""
    return IDEAS.get(reason, ())

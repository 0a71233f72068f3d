"""The form that states reasons: what it offers, and how it is read. The debrief and who coaches use the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from rebond.base.errors import RebondError
from rebond.learn import taxonomy
from rebond.learn.actions import MAX_REASONS, ReasonGiven
from rebond.learn.models import Acted, ReasonAssertion, Weight
from rebond.learn.taxonomy import GROUPS, Reason, Taxonomy

SUGGESTIONS_SHOWN = 6
#: Code, label, and whose hands it is in by default.
Choice = tuple[str, str, str]


def reason_form(
    *, won: bool, said: Sequence[ReasonAssertion] = (), suggested: Sequence[str] = (), as_manager: bool = False
) -> dict[str, Any]:
    """What the form shows.

    Args:
        won: after a win the buyer's wording is used, and codes nobody buys for are left out.
        said: what this voice said before; fills the slots, the main reason first.
        suggested: codes that come first.
    """
    names = taxonomy.current()
    main = next((reason for reason in said if reason.role == Weight.PRIMARY), None)
    others = [reason for reason in said if reason is not main]
    padded: list[ReasonAssertion | None] = [main, *others, None, None, None]
    groups = reason_choices(names, won=won)
    offered = {choice[0]: choice for _group, choices in groups for choice in choices}
    return {
        "suggested": [offered[code] for code in suggested if code in offered][:SUGGESTIONS_SHOWN],
        "reasons": groups,
        "slots": list(enumerate(padded[:MAX_REASONS], start=1)),
        "acted": Acted.choices,
        "acted_question": _acted_question(won=won, as_manager=as_manager),
        "won": won,
        "not_known_yet": taxonomy.NOT_KNOWN_YET,
        "other": taxonomy.OTHER,
    }


def reason_choices(names: Taxonomy, *, won: bool) -> list[tuple[str, list[Choice]]]:
    """What may be chosen, by group."""
    found = [
        (str(name), [_choice(reason, won=won) for reason in names.active if reason.group == group])
        for group, name in GROUPS.items()
    ]
    kept = [(name, [choice for choice in choices if choice[1]]) for name, choices in found]
    return [(name, choices) for name, choices in kept if choices]


def _choice(reason: Reason, *, won: bool) -> Choice:
    return reason.code, str(reason.buyer_win if won else reason.seller), str(reason.control)


def _acted_question(*, won: bool, as_manager: bool) -> str:
    if won:
        return _("Was it our doing?")
    if as_manager:
        return _("Knowing what they knew then, could they have acted on it?")
    return _("Knowing what you knew then, could you have acted on it?")


def given_reasons(data: QueryDict, *, confidence: str = "") -> list[ReasonGiven]:
    """The slots of the form; the first that names a code is the main reason. ``RebondError`` ``reason_missing``."""
    given: list[ReasonGiven] = []
    for slot in range(1, MAX_REASONS + 1):
        code = data.get(f"reason_{slot}", "")
        if code and code not in {reason.code for reason in given}:
            given.append(
                ReasonGiven(
                    code, role=Weight.CONTRIBUTING if given else Weight.PRIMARY, confidence=confidence,
                    could_act=data.get(f"acted_{slot}", ""), verbatim=data.get(f"words_{slot}", ""),
                )
            )  # fmt: skip
    if not given:
        raise RebondError(
            _("Choose the main reason, or “not known yet”. Your answers are kept."), code="reason_missing"
        )
    return given

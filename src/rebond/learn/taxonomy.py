"""Why deals end: 24 codes in 7 groups, the same for wins and losses, versioned.

Deliberately absent: "price" alone (it hides five different things), "lost to a competitor" (who won is its own
field), and "other" as a normal value (it needs text and is never charted). Control is from the seller's seat and a
default only: each debrief asks "could you have acted?". Source: the project's specification of practice 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from rapidfuzz import process

from rebond.base.errors import RebondError
from rebond.base.text import clean

#: Raised whenever a code is added, merged or retired; stored with each assertion.
VERSION = 1
NOT_KNOWN_YET = "not_known_yet"
OTHER = "other"


class Control(StrEnum):
    """What a seller could do about it."""

    CONTROLLABLE = "controllable"
    INFLUENCEABLE = "influenceable"
    UNCONTROLLABLE = "uncontrollable"


@dataclass(frozen=True)
class Reason:
    """One code of the list.

    Attributes:
        seller: how a seller says it; ``buyer``: how a buyer says it.
        owner: who can act on it ("not the seller" is not "nobody").
        recheck_days: how long to leave the person in peace before asking again.
    """

    code: str
    group: str
    seller: str | Promise
    buyer: str | Promise
    control: Control
    owner: str
    recheck_days: int


GROUPS: dict[str, str | Promise] = {
    "need": pgettext_lazy("reasons", "Need"),
    "people": pgettext_lazy("reasons", "People"),
    "offer": pgettext_lazy("reasons", "Offer"),
    "value": pgettext_lazy("reasons", "Value and price"),
    "risk": pgettext_lazy("reasons", "Risk"),
    "process": pgettext_lazy("reasons", "How we worked"),
    "situation": pgettext_lazy("reasons", "Their situation"),
}

_C, _I, _U = Control.CONTROLLABLE, Control.INFLUENCEABLE, Control.UNCONTROLLABLE

_ALL = (
    Reason("need_not_felt", "need", _("Problem not pressing enough"), _("The problem was not pressing enough"), _I, "sales", 90),
    Reason("need_misread", "need", _("We misread their problem"), _("They did not fully understand our problem"), _C, "sales", 90),
    Reason("need_changed", "need", _("Their needs changed"), _("Our needs or strategy changed"), _U, "none", 180),
    Reason("wrong_people", "people", _("Right people involved too late"), _("The right people were not involved early enough"), _C, "sales", 90),
    Reason("sponsor_left", "people", _("Our sponsor left or lost support"), _("Our internal sponsor left or lost support"), _I, "sales", 90),
    Reason("no_consensus", "people", _("They could not agree internally"), _("We could not agree internally"), _I, "sales", 90),
    Reason("proposal_mismatch", "offer", _("Proposal did not match the need"), _("The proposal did not match what we asked for"), _C, "sales", 90),
    Reason("late_surprise", "offer", _("A late surprise: terms, scope or cost"), _("Terms, scope or cost surprised us late"), _C, "sales", 90),
    Reason("missing_capability", "offer", _("Something they needed was missing"), _("Something we needed was missing"), _U, "product", 180),
    Reason("integration_security", "offer", _("Technical, security or legal requirements"), _("It did not meet our technical, security or legal requirements"), _U, "product", 180),
    Reason("hard_to_use", "offer", _("Looked hard to use or roll out"), _("It looked hard to use or to roll out"), _I, "product", 180),
    Reason("value_unclear", "value", _("Benefit not clear or not proven"), _("The benefit was not clear or not proven"), _C, "sales", 90),
    Reason("price_vs_alternative", "value", _("Comparable offer, lower price"), _("Comparable offer, lower price"), _I, "pricing", 180),
    Reason("no_budget", "value", _("No budget, or budget cut"), _("No budget, or it was cut"), _U, "none", 90),
    Reason("terms", "value", _("Contract or payment terms"), _("Contract or payment terms"), _I, "management", 90),
    Reason("vendor_risk", "risk", _("Doubts about us as a supplier"), _("Doubts about the supplier (size, references, future)"), _I, "marketing", 180),
    Reason("fear_of_change", "risk", _("Change felt too risky or too much work"), _("Too much risk or effort to change now"), _I, "sales", 90),
    Reason("slow_response", "process", _("We answered too slowly"), _("Answers came too slowly"), _C, "sales", 90),
    Reason("trust_rapport", "process", _("They did not feel well advised"), _("We did not feel well advised"), _C, "sales", 180),
    Reason("little_help_deciding", "process", _("Too little help to decide"), _("We lacked useful information to decide"), _C, "sales_marketing", 90),
    Reason("not_in_touch", "process", _("The conversation faded"), _("The conversation faded"), _C, "sales", 60),
    Reason("incumbent_kept", "situation", _("They stayed with their supplier"), _("We stayed with our current supplier"), _I, "sales", 180),
    Reason("timing", "situation", _("Wrong moment, on hold"), _("Wrong moment, on hold"), _U, "none", 45),
    Reason("external_event", "situation", _("Merger, reorganisation, regulation"), _("Merger, reorganisation, regulation, procurement rule"), _U, "none", 180),
)  # fmt: skip

CODES: dict[str, Reason] = {reason.code: reason for reason in _ALL}
#: What may stand in an assertion: the list, plus the two honest ways out.
ASSERTABLE = frozenset(CODES) | {NOT_KNOWN_YET, OTHER}
_WAYS_OUT = {NOT_KNOWN_YET: _("Not known yet"), OTHER: _("Something else, in words")}


def get(code: str) -> Reason:
    """The reason of that code.

    Raises:
        RebondError: ``unknown_reason``, naming the nearest codes.
    """
    if code in CODES:
        return CODES[code]
    near = [match[0] for match in process.extract(clean(code, 60), list(CODES), limit=3)]
    raise RebondError(
        _("There is no reason “%(code)s”. Nothing was changed. Nearest: %(near)s. Or say not_known_yet.")
        % {"code": clean(code, 60), "near": ", ".join(near)},
        code="unknown_reason",
        near=near,
    )


def check(code: str) -> str:
    """``code`` itself when it may be asserted; otherwise as ``get``."""
    return code if code in ASSERTABLE else get(code).code


def label(code: str) -> str:
    """How a seller reads a code, in the language in force.

    >>> label("timing"), label("not_known_yet")
    ('Wrong moment, on hold', 'Not known yet')
    """
    return str(CODES[code].seller if code in CODES else _WAYS_OUT.get(code, code))


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The list by group, for a ``<select>``."""
    return [
        (str(name), [(reason.code, str(reason.seller)) for reason in _ALL if reason.group == group])
        for group, name in GROUPS.items()
    ]

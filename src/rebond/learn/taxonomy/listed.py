"""Why deals end: 24 codes in 7 groups, the same for wins and losses, versioned.

Deliberately absent: "price" alone (it hides five different things), "lost to a competitor" (who won is its own
field), and "other" as a normal value (it needs text and is never charted). Control is from the seller's seat and a
default only: each debrief asks "could you have acted?". Source: the project's specification of practice 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from rapidfuzz import process

from rebond.base.errors import RebondError
from rebond.base.text import clean, fold

NOT_KNOWN_YET = "not_known_yet"
OTHER = "other"


class Control(StrEnum):
    """What a seller could do about it."""

    CONTROLLABLE = "controllable"
    INFLUENCEABLE = "influenceable"
    UNCONTROLLABLE = "uncontrollable"


CONTROLS: dict[str, str | Promise] = {
    Control.CONTROLLABLE: pgettext_lazy("control", "in our hands"),
    Control.INFLUENCEABLE: pgettext_lazy("control", "partly in our hands"),
    Control.UNCONTROLLABLE: pgettext_lazy("control", "not in our hands"),
}
OWNERS: dict[str, str | Promise] = {
    "sales": pgettext_lazy("who can act", "sales"),
    "sales_marketing": pgettext_lazy("who can act", "sales and marketing"),
    "marketing": pgettext_lazy("who can act", "marketing"),
    "product": pgettext_lazy("who can act", "product"),
    "pricing": pgettext_lazy("who can act", "pricing"),
    "management": pgettext_lazy("who can act", "management"),
    "none": pgettext_lazy("who can act", "nobody here"),
}
LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Reason:
    """One code of the list.

    Attributes:
        seller: how a seller says it; ``buyer``: how a buyer says it; ``buyer_win``: the same after a yes, empty where
            it cannot be a reason to buy.
        owner: who can act on it ("not the seller" is not "nobody").
        recheck_days: how long to leave the person in peace before asking again.
    """

    code: str
    group: str
    seller: str | Promise
    buyer: str | Promise
    buyer_win: str | Promise
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
    Reason("need_not_felt", "need", _("Problem not pressing enough"), _("The problem was not pressing enough"), _("The problem was pressing"), _I, "sales", 90),
    Reason("need_misread", "need", _("We misread their problem"), _("They did not fully understand our problem"), _("They understood our problem"), _C, "sales", 90),
    Reason("need_changed", "need", _("Their needs changed"), _("Our needs or strategy changed"), "", _U, "none", 180),
    Reason("wrong_people", "people", _("Right people involved too late"), _("The right people were not involved early enough"), _("The right people were involved early"), _C, "sales", 90),
    Reason("sponsor_left", "people", _("Our sponsor left or lost support"), _("Our internal sponsor left or lost support"), _("Somebody inside supported them throughout"), _I, "sales", 90),
    Reason("no_consensus", "people", _("They could not agree internally"), _("We could not agree internally"), _("We agreed internally"), _I, "sales", 90),
    Reason("proposal_mismatch", "offer", _("Proposal did not match the need"), _("The proposal did not match what we asked for"), _("The proposal matched what we asked for"), _C, "sales", 90),
    Reason("late_surprise", "offer", _("A late surprise: terms, scope or cost"), _("Terms, scope or cost surprised us late"), _("No late surprise in terms, scope or cost"), _C, "sales", 90),
    Reason("missing_capability", "offer", _("Something they needed was missing"), _("Something we needed was missing"), _("It had what others lacked"), _U, "product", 180),
    Reason("integration_security", "offer", _("Technical, security or legal requirements"), _("It did not meet our technical, security or legal requirements"), _("It met our technical, security and legal requirements"), _U, "product", 180),
    Reason("hard_to_use", "offer", _("Looked hard to use or roll out"), _("It looked hard to use or to roll out"), _("It looked easy to use and to roll out"), _I, "product", 180),
    Reason("value_unclear", "value", _("Benefit not clear or not proven"), _("The benefit was not clear or not proven"), _("The benefit was clear and proven"), _C, "sales", 90),
    Reason("price_vs_alternative", "value", _("Comparable offer, lower price"), _("Comparable offer, lower price"), _("Better price for a comparable offer"), _I, "pricing", 180),
    Reason("no_budget", "value", _("No budget, or budget cut"), _("No budget, or it was cut"), _("It fitted our budget"), _U, "none", 90),
    Reason("terms", "value", _("Contract or payment terms"), _("Contract or payment terms"), _("Good contract and payment terms"), _I, "management", 90),
    Reason("vendor_risk", "risk", _("Doubts about us as a supplier"), _("Doubts about the supplier (size, references, future)"), _("We trusted the supplier (size, references, future)"), _I, "marketing", 180),
    Reason("fear_of_change", "risk", _("Change felt too risky or too much work"), _("Too much risk or effort to change now"), _("The change felt safe and manageable"), _I, "sales", 90),
    Reason("slow_response", "process", _("We answered too slowly"), _("Answers came too slowly"), _("Quick answers"), _C, "sales", 90),
    Reason("trust_rapport", "process", _("They did not feel well advised"), _("We did not feel well advised"), _("We felt well advised"), _C, "sales", 180),
    Reason("little_help_deciding", "process", _("Too little help to decide"), _("We lacked useful information to decide"), _("They gave us what we needed to decide"), _C, "sales_marketing", 90),
    Reason("not_in_touch", "process", _("The conversation faded"), _("The conversation faded"), _("They stayed in touch"), _C, "sales", 60),
    Reason("incumbent_kept", "situation", _("They stayed with their supplier"), _("We stayed with our current supplier"), _("Time to leave our former supplier"), _I, "sales", 180),
    Reason("timing", "situation", _("Wrong moment, on hold"), _("Wrong moment, on hold"), _("The right moment"), _U, "none", 45),
    Reason("external_event", "situation", _("Merger, reorganisation, regulation"), _("Merger, reorganisation, regulation, procurement rule"), _("A merger, reorganisation or new rule called for it"), _U, "none", 180),
)  # fmt: skip

BUILT_IN: dict[str, Reason] = {reason.code: reason for reason in _ALL}
_WAYS_OUT = {NOT_KNOWN_YET: _("Not known yet"), OTHER: _("Something else, in words")}
WAYS_OUT = frozenset(_WAYS_OUT)
#: More active codes than this and nobody finds theirs.
MOST_ACTIVE = 30


@dataclass(frozen=True)
class Stamp:
    """A change of the list, for charts: when, and which code is counted as which since."""

    version: int
    kind: str
    code: str
    into: str
    at: datetime


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """The list of one version.

    Attributes:
        version: 1 is the built-in list; each change is one more.
        reasons: every code there ever was, in order; retired and merged ones too, since old answers name them.
        retired: codes nobody may choose any more (merged ones are among them).
        merged: old code to the code it is counted as.
        stamps: what changed since version 1.
    """

    version: int
    reasons: dict[str, Reason]
    retired: frozenset[str] = frozenset()
    merged: Mapping[str, str] = field(default_factory=dict)
    stamps: tuple[Stamp, ...] = ()

    @property
    def active(self) -> tuple[Reason, ...]:
        """What may be chosen, group by group."""
        return tuple(
            r for group in GROUPS for r in self.reasons.values() if r.group == group and r.code not in self.retired
        )

    def counted_as(self, code: str) -> str:
        """The code an assertion counts as in this version's charts."""
        while code in self.merged:
            code = self.merged[code]
        return code

    def get(self, code: str) -> Reason:
        """The reason of that code.

        Raises:
            RebondError: ``unknown_reason``, naming the nearest codes.
        """
        if code in self.reasons:
            return self.reasons[code]
        near = [match[0] for match in process.extract(clean(code, 60), [r.code for r in self.active], limit=3)]
        raise RebondError(
            gettext("There is no reason “%(code)s”. Nothing was changed. Nearest: %(near)s. Or say not_known_yet.")
            % {"code": clean(code, 60), "near": ", ".join(near)},
            code="unknown_reason",
            near=near,
        )

    def check(self, code: str) -> str:
        """``code`` itself when it may be asserted now; otherwise as ``get``, or ``retired_reason``."""
        if code in WAYS_OUT:
            return code
        found = self.get(code).code
        if found in self.merged:
            raise RebondError(
                gettext("“%(label)s” is counted as “%(into)s” now. Nothing was changed. Choose that one.")
                % {"label": self.label(found), "into": self.label(self.counted_as(found))},
                code="retired_reason",
                near=[self.counted_as(found)],
            )
        if found in self.retired:
            raise RebondError(
                gettext("“%(label)s” is no longer on the list. Nothing was changed. Choose another reason.")
                % {"label": self.label(found)},
                code="retired_reason",
            )
        return found

    def is_active(self, code: str) -> bool:
        """Whether ``code`` is a reason that may be chosen (the two ways out are none)."""
        return code in self.reasons and code not in self.retired

    def offered(self, codes: Iterable[str]) -> list[str]:
        """Those of ``codes`` that may be chosen now; merged ones as what they are counted as, none twice."""
        counted = [code if code in WAYS_OUT else self.counted_as(code) for code in codes]
        return list(dict.fromkeys(code for code in counted if code in WAYS_OUT or self.is_active(code)))

    @cached_property
    def spellings(self) -> dict[str, str]:
        """Every code and every label in every language, folded, to its code; active ones win."""
        found: dict[str, str] = {}
        ordered = sorted(self.reasons.values(), key=lambda reason: self.is_active(reason.code))
        for language in LANGUAGES:
            with translation.override(language):
                found |= {fold(str(words)): r.code for r in ordered for words in (r.seller, r.buyer)}
        return found | {fold(code.replace("_", " ")): code for code in self.reasons} | {c: c for c in self.reasons}

    def label(self, code: str) -> str:
        """How a seller reads a code, in the language in force; the code itself when nobody knows it.

        >>> BUILT_IN_LIST.label("timing"), BUILT_IN_LIST.label("not_known_yet")
        ('Wrong moment, on hold', 'Not known yet')
        """
        return str(self.reasons[code].seller if code in self.reasons else _WAYS_OUT.get(code, code))

    def buyer_label(self, code: str, *, won: bool = False) -> str:
        """How a buyer reads it."""
        if code not in self.reasons:
            return self.label(code)
        reason = self.reasons[code]
        return str((reason.buyer_win or reason.buyer) if won else reason.buyer)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What may be chosen, by group, for a ``<select>``."""
        found = [
            (str(name), [(r.code, str(r.seller)) for r in self.active if r.group == group])
            for group, name in GROUPS.items()
        ]
        return [(name, codes) for name, codes in found if codes]

    def control(self) -> dict[str, str]:
        """Per code, whose hands it was in."""
        return {code: str(reason.control) for code, reason in self.reasons.items()}


BUILT_IN_LIST = Taxonomy(1, BUILT_IN)

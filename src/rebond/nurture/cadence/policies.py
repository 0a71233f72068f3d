"""How often, per reason of the no: what we begin with, and which edition is in force.

Two more belong to people who never said no, or whose no is not the point: advocates, and partners or contacts.

Nobody has measured these numbers: they are hypotheses, from the project's specification of practice 4, and the team
changes them. A policy follows from the reason the seller gave; where that is none, from how the deal ended; a
competitor's name decides where the reason says nothing of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.nurture import models

NEVER = "never"
REST = "rest"
YEAR = 365
ADVOCATE, PARTNER = "advocate", "partner"
#: Kinds that follow from no lost deal: why we may write is said with them, and no deal's end ends them.
OWN_BASIS = frozenset((ADVOCATE, PARTNER))


@dataclass(frozen=True)
class Policy:
    """How we stay in touch after one kind of no. All in days.

    Attributes:
        version: 1 for the built-in edition.
        first_days: from the no to the first touch, which is always a person's; ``every_days``: the usual interval
            after it; ``longest_days``: what silence may stretch to before the list says so.
        before_days: so long before a date they gave.
        waits_for_date: a date they gave decides about the first touch, however far it is.
        stop_days: after the no; then it ends, or (``then_yearly``) goes on once a year.
        unanswered_limit: so many of ours in a row without an answer end it.
        topics: what content fits, most fitting first, see ``library.topics``.
        title, why: in words; ``why`` in one line.
    """

    key: str
    first_days: int
    every_days: int
    longest_days: int
    before_days: int
    stop_days: int | None
    then_yearly: bool
    unanswered_limit: int
    topics: tuple[str, ...]
    title: str | Promise
    why: str | Promise
    waits_for_date: bool = False
    version: int = 1

    @property
    def stop_months(self) -> int:
        """``stop_days`` as people say it; 0 for a rule that does not stop, or stops within weeks.

        >>> BUILT_IN["price"].stop_months
        12
        """
        return round(self.stop_days * 12 / 365) if self.stop_days and self.stop_days >= 120 else 0

    @property
    def is_hypothesis(self) -> bool:
        """The built-in edition: nobody has measured it here."""
        return self.version == 1


_ALL = (
    Policy(
        "no_decision", 30, 60, 100, 30, YEAR, True, 3, ("decision_help", "peer_story", "cost_of_waiting"),
        _("They did not decide"), _("Nothing was chosen, so the question is still there: a month, then every two."),
    ),
    Policy(
        "budget_timing", 90, 90, 150, 30, 548, False, 3, ("business_case", "budget_template"),
        _("Budget or timing"), _("A month before the date they named; without one, every three months."),
        waits_for_date=True,
    ),
    Policy(
        "competitor", 90, 120, 180, 120, 730, False, 3, ("how_to",),
        _("They chose somebody else"), _("They settle in first; four months before their contract ends we are there."),
    ),
    Policy(
        "missing", 120, 120, 180, 30, 730, False, 3, ("release_note", "proof"),
        _("Something was missing"), _("As soon as what they missed is there; until then, three times a year."),
    ),
    Policy(
        "price", 60, 120, 180, 30, YEAR, False, 3, ("total_cost", "smaller_start"),
        _("Price"),
        _("Two months, then three times a year: what it costs in all, or a smaller start. Never a discount alone."),
    ),
    Policy(
        "poor_fit", 180, 180, 270, 30, YEAR, False, 2, ("useful",),
        _("It did not fit"), _("Twice, with something useful; whom they know may fit better."),
    ),
    Policy(
        "champion_left", 14, 60, 100, 30, 183, False, 3, ("work_summary",),
        _("Our supporter left"), _("Two weeks, to whoever follows them: what was done together so far."),
    ),
    Policy(
        "silent", 45, 180, 240, 30, YEAR, False, 2, ("useful",),
        _("They went silent"),
        _("One short question after six weeks, one more half a year later; two silences are an answer."),
    ),
    Policy(
        REST, 60, 90, 150, 30, YEAR, True, 3, ("useful", "decision_help"),
        _("Another reason, or none known"), _("Two months, then every three; after a year, once a year."),
    ),
    Policy(
        ADVOCATE, 30, 90, 150, 30, None, False, 4, ("useful", "peer_story"),
        _("They introduce us"),
        _("Whether they ever bought or not: something useful each quarter, and never an ask in the same message."),
    ),
    Policy(
        PARTNER, 30, 120, 180, 30, None, False, 3, ("useful", "how_to"),
        _("A partner or a contact"), _("They may never buy: three times a year, something of use to them."),
    ),
    Policy(
        NEVER, 0, 0, 0, 0, 0, False, 0, (),
        _("They asked for silence"), _("Never: they asked us not to."),
    ),
)  # fmt: skip

BUILT_IN: dict[str, Policy] = {policy.key: policy for policy in _ALL}

#: The reason's code (``learn.taxonomy`` keeps the list; this room only knows the words) to the policy.
OF_REASON: dict[str, str] = {
    "need_not_felt": "no_decision",
    "need_misread": "poor_fit",
    "need_changed": "poor_fit",
    "wrong_people": "no_decision",
    "sponsor_left": "champion_left",
    "no_consensus": "no_decision",
    "proposal_mismatch": "poor_fit",
    "late_surprise": REST,
    "missing_capability": "missing",
    "integration_security": "missing",
    "hard_to_use": "missing",
    "value_unclear": "no_decision",
    "price_vs_alternative": "price",
    "no_budget": "budget_timing",
    "terms": "price",
    "vendor_risk": REST,
    "fear_of_change": "no_decision",
    "slow_response": REST,
    "trust_rapport": REST,
    "little_help_deciding": "no_decision",
    "not_in_touch": "silent",
    "incumbent_kept": "competitor",
    "timing": "budget_timing",
    "external_event": "budget_timing",
}
#: How a deal ended, where the reason says nothing.
OF_OUTCOME: dict[str, str] = {"no_decision": "no_decision", "lost_in_house": "competitor"}
#: What a close event says when there was nobody else.
NOBODY = ("", "none")


def policy_of(*, reasons: Sequence[str] = (), outcome: str = "", competitor: str = "") -> str:
    """The key of the policy that a no leads to.

    Args:
        reasons: codes, the main one first; unknown ones (a team's own) are passed over.
        competitor: as on the close event: a name, ``none`` or empty.

    >>> policy_of(reasons=["no_budget"]), policy_of(reasons=["late_surprise"], competitor="Norda")
    ('budget_timing', 'competitor')
    >>> policy_of(outcome="no_decision"), policy_of(reasons=["our_own_code"])
    ('no_decision', 'rest')
    """
    named = [OF_REASON[code] for code in reasons if OF_REASON.get(code, REST) != REST]
    if named:
        return named[0]
    if competitor not in NOBODY:
        return "competitor"
    return OF_OUTCOME.get(outcome, REST)


def current(key: str) -> Policy:
    """The edition in force; one query. ``KeyError`` for a key that is none of ``BUILT_IN``."""
    built_in = BUILT_IN[key]
    newest = models.Policy.objects.filter(key=key).order_by("-version").first()
    return with_changes(built_in, newest) if newest else built_in


def all_current() -> dict[str, Policy]:
    """Every policy by its key, in the edition in force; one query."""
    newest = {row.key: row for row in models.Policy.objects.order_by("version")}
    return {key: with_changes(one, newest[key]) if key in newest else one for key, one in BUILT_IN.items()}


def editions() -> dict[tuple[str, int], Policy]:
    """Every edition there was, by key and version; one query."""
    found = {(key, 1): policy for key, policy in BUILT_IN.items()}
    for row in models.Policy.objects.all():
        if row.key in BUILT_IN:
            found[row.key, row.version] = with_changes(BUILT_IN[row.key], row)
    return found


def edition(key: str, version: int) -> Policy:
    """The edition somebody follows; the built-in one where theirs is gone."""
    built_in = BUILT_IN.get(key, BUILT_IN[REST])
    row = models.Policy.objects.filter(key=key, version=version).first() if version > 1 else None
    return with_changes(built_in, row) if row else built_in


def with_changes(built_in: Policy, row: models.Policy) -> Policy:
    """The built-in policy as a row of the table changes it."""
    return replace(
        built_in, version=row.version, first_days=row.first_days, every_days=row.every_days,
        longest_days=row.longest_days, before_days=row.before_days, stop_days=row.stop_days,
        then_yearly=row.then_yearly, unanswered_limit=row.unanswered_limit,
        topics=tuple(row.topics) or built_in.topics,
    )  # fmt: skip

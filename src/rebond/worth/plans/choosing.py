"""Which edition of a plan counts on a day.

A team's own editions count from the first day of the earliest; before that those for everybody do, where they are
older. What is earliest of all counts for everything before it, too, so that old sales earn something as soon as one
plan is known. An edition in one currency says nothing about sales in another: those keep what they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rebond.worth.models import Plan
from rebond.worth.plans.rules import Rule


@dataclass(frozen=True)
class Edition:
    """One edition in force.

    Attributes:
        plan: what was entered.
        first: the first day it counts; ``None`` for always before.
    """

    plan: Plan
    first: date | None


def rule_of(plan: Plan) -> Rule:
    """The plan as plain numbers."""
    tiers = tuple((int(start), int(share)) for start, share in plan.tiers)
    return Rule(plan.kind, plan.basis_points or 0, plan.flat_minor or 0, tiers, plan.per, plan.currency)


def timeline(plans: Iterable[Plan], team_id: int | None, *, currency: str = "") -> list[Edition]:
    """The editions that count for a team one after the other, oldest first; the first counts for all before it.

    Args:
        plans: of any team and of everybody.
        currency: leave out what is in another; empty keeps all.
    """
    fitting = [plan for plan in plans if not currency or plan.currency in ("", currency)]
    own = _by_day([plan for plan in fitting if team_id is not None and plan.team_id == team_id])
    everybodys = _by_day([plan for plan in fitting if plan.team_id is None])
    if own:
        everybodys = [plan for plan in everybodys if plan.valid_from < own[0].valid_from]
    found = [*everybodys, *own]
    return [Edition(plan, plan.valid_from if place else None) for place, plan in enumerate(found)]


def in_force(plans: Iterable[Plan], team_id: int | None, *, on: date, currency: str = "") -> Plan | None:
    """The edition that counts on a day; ``None`` where nobody entered any."""
    found: Plan | None = None
    for edition in timeline(plans, team_id, currency=currency):
        if edition.first is None or edition.first <= on:
            found = edition.plan
    return found


def _by_day(plans: Sequence[Plan]) -> list[Plan]:
    """By their first day; of two for the same day the one entered last."""
    latest = {plan.valid_from: plan for plan in sorted(plans, key=lambda plan: plan.pk)}
    return [latest[day] for day in sorted(latest)]

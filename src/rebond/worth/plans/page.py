"""The Assumptions page as plain data: each number with its value, its source, since when, and who set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from rebond.accounts.models import Role, User
from rebond.base.money import to_major, to_minor
from rebond.findings import words
from rebond.worth.access import Scope
from rebond.worth.models import Assumption, Kind, Plan
from rebond.worth.plans.choosing import in_force, timeline
from rebond.worth.plans.defaults import DEFAULTS, HOUR_COST, TENTHS
from rebond.worth.plans.words import example, minutes, names, plan_words
from rebond.worth.queries.assumed import Origin, assumed, of_team
from rebond.worth.queries.changes import Change, changes

#: Rows of tiers the form has; ``typed.MOST_TIERS`` may be entered from a program.
TIER_ROWS = 6
#: Editions and further people shown.
SHOWN = 12
#: The sale that an example is made of, in major units.
EXAMPLE = 10_000


@dataclass(frozen=True)
class Number:
    """One assumed number.

    Attributes:
        shown: the value in words; empty where there is none.
        figure: as it stands in its field.
        own: whether the scope set it itself, so that it can go back.
    """

    name: str
    label: str
    shown: str
    figure: str
    origin: Origin
    own: bool


@dataclass(frozen=True)
class Edition:
    """One edition of the plan.

    Attributes:
        state: ``now``, ``before`` or ``coming``.
        begins: its first day; ``None`` where it counts for everything before, too.
        own: whether it is the team's own.
    """

    plan: Plan
    says: str
    begins: date | None
    state: str
    own: bool


@dataclass(frozen=True)
class Page:
    """Everything the page shows.

    Attributes:
        plan, plan_says, example: in force today; ``None`` and empty without any.
        editions: all of them, the newest first.
        ask: the names of those who may set these numbers.
        hour, contacts: the cost of an hour, and how long contacts take.
        changed: what changed within a year, the newest first.
    """

    currency: str
    plan: Plan | None
    plan_says: str
    example: str
    editions: tuple[Edition, ...]
    hour: Number
    contacts: tuple[Number, ...]
    may_set: bool
    ask: tuple[str, ...]
    changed: tuple[Change, ...]


def page_of(scope: Scope, currency: str, *, today: date, may_set: bool) -> Page:
    """What counts for ``scope`` today, in sums of ``currency``; about a dozen queries."""
    found = assumed(scope.team_id, on=today, currency=currency)
    own = set(
        Assumption.objects.filter(pk__in=_newest_of(scope, currency)).exclude(value=None).values_list("name", flat=True)
    )
    numbers = {
        name: _number(name, found.hour_cost_minor if name == HOUR_COST else None, found.minutes, currency,
                      found.origins[name], own=name in own)
        for name in DEFAULTS
    }  # fmt: skip
    plans = list(of_team(Plan.objects.all(), scope.team_id))
    plan = in_force(plans, scope.team_id, on=today, currency=currency)
    sale = to_minor(Decimal(EXAMPLE), currency)
    return Page(
        currency, plan, plan_words(plan) if plan else "", example(plan, sale, currency) if plan else "",
        _editions(plans, scope, plan, today), numbers[HOUR_COST],
        tuple(number for name, number in numbers.items() if name != HOUR_COST), may_set,
        () if may_set else _ask(scope), _changed(scope, today),
    )  # fmt: skip


def _newest_of(scope: Scope, currency: str) -> list[int]:
    """The last row of each name that the scope set itself."""
    rows = Assumption.objects.filter(team=scope.team, currency__in=("", currency)).order_by("at", "pk")
    return list(dict(rows.values_list("name", "pk")).values())


def _number(
    name: str, cost: int | None, per_contact: Mapping[str, float], currency: str, origin: Origin, *, own: bool
) -> Number:
    label = names()[name]
    if name == HOUR_COST:
        figure = "" if cost is None else plain(cost, currency)
        return Number(name, label, "" if cost is None else words.money(cost, currency), figure, origin, own)
    taken = per_contact[name.removeprefix("minutes_")]
    return Number(name, label, minutes(taken * TENTHS), f"{taken:g}", origin, own)


def _editions(plans: list[Plan], scope: Scope, plan: Plan | None, today: date) -> tuple[Edition, ...]:
    """What counts one after the other, in whatever currency; the newest first."""
    found = []
    for one in timeline(plans, scope.team_id):
        coming = one.first is not None and one.first > today
        state = "coming" if coming else ("now" if plan is not None and one.plan.pk == plan.pk else "before")
        own = one.plan.team_id == scope.team_id
        found.append(Edition(one.plan, plan_words(one.plan), one.first, state, own))
    return tuple(reversed(found[-SHOWN:]))


def _changed(scope: Scope, today: date) -> tuple[Change, ...]:
    year = timedelta(days=365)
    return tuple(reversed(changes(scope.team_id, today - year, today + year)[-SHOWN:]))


def _ask(scope: Scope) -> tuple[str, ...]:
    """Who leads the team, else the administrators; by name."""
    people = User.objects.filter(is_active=True)
    leads = Q(role=Role.MANAGER, team=scope.team) if scope.team else Q(pk=None)
    found = people.filter(leads | Q(role=Role.ADMIN)).order_by("name", "pk")
    asked = [user for user in found if user.role == Role.MANAGER] or list(found)
    return tuple(user.name for user in asked[:SHOWN])


def plain(minor: int, currency: str) -> str:
    """An amount as it stands in a field: whole units without their cents.

    >>> plain(3_000_000, "EUR"), plain(3350, "EUR")
    ('30000', '33.50')
    """
    amount = to_major(minor, currency)
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:f}"


def as_typed(plan: Plan | None, currency: str, today: date, filled: Mapping[str, str] | None) -> dict[str, object]:
    """What the form of a new plan holds: what was typed, else the plan in force, from the first of next month on."""
    values: dict[str, str] = dict(filled) if filled and "kind" in filled else _of_plan(plan, currency, today)
    rows = [
        (place, values.get(f"tier_from_{place}", ""), values.get(f"tier_share_{place}", ""))
        for place in range(TIER_ROWS)
    ]
    number = filled if filled and "name" in filled else {}
    return {**values, "rows": rows, "number": number}


def _of_plan(plan: Plan | None, currency: str, today: date) -> dict[str, str]:
    following = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    values = {
        "kind": plan.kind if plan else str(Kind.PERCENT), "measure": plan.measure if plan else "commission",
        "per": plan.per if plan else "deal", "currency": plan.currency if plan and plan.currency else currency,
        "valid_from": (following if plan else date(today.year, 1, 1)).isoformat(), "tier_from_0": "0",
    }  # fmt: skip
    if plan and plan.kind == Kind.PERCENT:
        values["share"] = f"{(plan.basis_points or 0) / 100:g}"
    if plan and plan.kind == Kind.FLAT:
        values["sum"] = plain(plan.flat_minor or 0, plan.currency)
    for place, (start, share) in enumerate((plan.tiers if plan else [])[:TIER_ROWS]):
        values[f"tier_from_{place}"] = plain(start, plan.currency if plan else currency)
        values[f"tier_share_{place}"] = f"{share / 100:g}"
    return values

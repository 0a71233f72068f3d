"""What counts for a team on a day: its own assumption, else everybody's, else the default; the same for its plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Max, Q, QuerySet

from rebond.base.dates import local_day, moments_of
from rebond.worth.models import Assumption, Measure, Plan
from rebond.worth.plans.choosing import in_force
from rebond.worth.plans.defaults import DEFAULTS, HOUR_COST, MINUTES, TENTHS

#: Names of ``Assumed.origins`` beside those of ``DEFAULTS``.
PLAN = "plan"
Row = TypeVar("Row", Plan, Assumption)


@dataclass(frozen=True)
class Origin:
    """Where a value is from.

    Attributes:
        whose: ``team`` (its own), ``all`` (everybody's), ``default``, or ``none`` (there is no value).
        source: in the words of whoever set it, or the default's.
        since: the day it was set (a plan: from which day it counts); ``None`` for a default.
        by: the name of who set it; empty for a default.
    """

    whose: str
    source: str = ""
    since: date | None = None
    by: str = ""


@dataclass(frozen=True)
class Assumed:
    """Everything the value of time assumes.

    Attributes:
        currency: the one of all money here.
        hour_cost_minor: what an hour costs; ``None`` in a currency without a default, until somebody sets it.
        minutes: how long a contact of each channel takes.
        plan: what a sale earns; ``None`` while nobody said.
        counts_as: ``commission`` or ``margin``: what the money of a sale is called.
        origins: by the names of ``plans.defaults.DEFAULTS``, and ``plan``.
    """

    currency: str
    hour_cost_minor: int | None
    minutes: dict[str, float]
    plan: Plan | None
    counts_as: str
    origins: dict[str, Origin]


def assumed(team_id: int | None, *, on: date, currency: str) -> Assumed:
    """What counts for a team (``None``: for who is in none) on a day, in sums of ``currency``. Two queries."""
    until = moments_of(on, on)[1]
    plans = list(of_team(Plan.objects.filter(at__lt=until), team_id))
    plan = in_force(plans, team_id, on=on, currency=currency)
    found = of_team(Assumption.objects.filter(at__lt=until), team_id).order_by("at", "pk")
    newest = _newest(found, currency)
    values = {name: _value(name, newest, currency) for name in DEFAULTS}
    cost, _origin = values[HOUR_COST]
    minutes = {channel: (values[name][0] or 0) / TENTHS for channel, name in MINUTES.items()}
    origins = {name: origin for name, (_value, origin) in values.items()} | {PLAN: _origin_of(plan)}
    return Assumed(currency, cost, minutes, plan, plan.measure if plan else Measure.COMMISSION, origins)


def of_team(rows: QuerySet[Row], team_id: int | None) -> QuerySet[Row]:
    """A team's own and everybody's, with who entered them."""
    mine = Q(team=None) if team_id is None else Q(team=None) | Q(team=team_id)
    return rows.filter(mine).select_related("by")


def _newest(found: Iterable[Assumption], currency: str) -> dict[tuple[str, bool], Assumption]:
    """The newest of each name, of the team (true) and of everybody; money only in ``currency``."""
    return {
        (one.name, one.team_id is not None): one
        for one in found
        if one.name not in DEFAULTS or DEFAULTS[one.name].unit != "money" or one.currency in ("", currency)
    }


def _value(name: str, newest: dict[tuple[str, bool], Assumption], currency: str) -> tuple[int | None, Origin]:
    for of_team_itself in (True, False):
        found = newest.get((name, of_team_itself))
        if found is not None and found.value is not None:
            return found.value, _origin_of(found)
    default = DEFAULTS[name]
    if default.unit == "money" and default.currency != currency:
        return None, Origin("none")
    return default.value, Origin("default", str(default.source))


def _origin_of(row: Plan | Assumption | None) -> Origin:
    if row is None:
        return Origin("none")
    since = row.valid_from if isinstance(row, Plan) else local_day(row.at)
    return Origin("team" if row.team_id else "all", row.source, since, row.by.name if row.by else "")


def assumptions_state() -> tuple[int, int]:
    """What the plans and assumptions in force are told apart by: goes into the key of whatever is kept of them."""
    last_plan = Plan.objects.order_by("-pk").values_list("pk", flat=True).first()
    last_assumption = Assumption.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last_plan or 0, last_assumption or 0


def last_change() -> datetime | None:
    """When a plan or an assumption was last entered; ``None`` before the first."""
    known = (model.objects.aggregate(last=Max("at"))["last"] for model in (Plan, Assumption))
    return max((at for at in known if at is not None), default=None)

"""The long view and the goals as JSON: for the command line and whoever reads it by machine. Estimates are objects."""

from __future__ import annotations

from typing import Any

from babel.numbers import get_currency_precision

from rebond.base.money import to_major
from rebond.horizon import periods
from rebond.horizon.models import Counts, Goal
from rebond.horizon.queries.goals import Edition, editions, goals_of, running
from rebond.horizon.view import View


def long_view(view: View) -> dict[str, Any]:
    """Everything the page shows of a view; money in major units of ``currency``."""
    from rebond.horizon import answers
    from rebond.horizon.blocks import lines
    from rebond.horizon.warm import facts_for

    facts = facts_for(view)
    unit = facts.minor_per_major
    found = answers.measures(view)
    standing = running(goals_of(view.user, view.whose), view.today)
    return {
        "as": view.user.email if view.user else None, "whose": view.whose.typed, "segment": view.segment or None,
        "as_of": view.today, "currency": facts.currency,
        "measures": [one.as_json(minor_per_major=unit) for one in found.measures],
        "looked_at": found.looked_at, "false_alarm": found.false_alarm,
        "days_to_sale": answers.cycle_change(view).as_json(),
        "cycle": answers.cycles(view).as_json(),
        "touches": answers.follow_ups(view).as_json(minor_per_major=unit),
        "goals": [goal_standing(view, goal) for goal in standing],
        "journal": [{"day": line.day, "text": line.text, "noted": line.mark is not None} for line in lines(view)],
    }  # fmt: skip


def goal_standing(view: View, goal: Goal) -> dict[str, Any]:
    """A goal, where it stands, what is usual by now, the chance and what would change it."""
    from rebond.horizon import answers

    found = answers.standing(view, goal)
    low, middle, high = (_unit(value, goal) for value in found.pace.usual_now)
    said = goal_json(goal, editions([goal])[goal.pk]) | {
        "so_far": _unit(found.pace.so_far, goal),
        "usual_by_now": {"value": middle, "low": low, "high": high, "cycles": found.pace.cycles},
        "left_out": {"sales": found.elsewhere.sales, "currencies": list(found.elsewhere.currencies)},
        "largest_share": found.pace.largest_share,
    }
    if goal.target == 0 or not found.counted:
        return said | {"forecast": None}
    far = answers.outlook(view, goal)
    minor = 10 ** get_currency_precision(goal.currency) if goal.counts == Counts.MONEY else 1
    return said | {
        "forecast": far.goal.as_json(minor_per_major=minor), "chance_with_one_more": far.one_more.as_json(),
        "one_more": None if far.sale is None else _unit(far.sale, goal),
        "needed_a_month": None if far.needed_a_month is None else _unit(far.needed_a_month, goal),
        "usual_a_month": None if far.usual_a_month is None else _unit(far.usual_a_month, goal),
    }  # fmt: skip


def goal_json(goal: Goal, told: list[Edition]) -> dict[str, Any]:
    """What is aimed at, and every edition of it."""
    return {
        "id": goal.pk, "seller": goal.user.email or goal.user.name if goal.user else None,
        "team": goal.team.name if goal.team else None, "kind": goal.kind, "counts": goal.counts,
        "period": periods.typed(goal.period, goal.begins_on), "from": goal.begins_on,
        "to": periods.last_day(goal.period, goal.begins_on), "target": _unit(goal.target, goal),
        "currency": goal.currency or None, "ended": goal.ended_at,
        "editions": [{"since": one.since, "target": _unit(one.goal.target, goal), "why": one.why} for one in told],
    }  # fmt: skip


def _unit(value: float, goal: Goal) -> float:
    """Sales, or major units of the goal's currency."""
    return float(to_major(round(value), goal.currency)) if goal.counts == Counts.MONEY else value

"""The blocks of the long view: which there are, in which order, what each is called and made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import NotFound
from rebond.deals.models import CloseEvent
from rebond.deals.queries import deals_for
from rebond.deals.whose import OWN, SELLER
from rebond.findings.finding import Finding, Link
from rebond.horizon.access import journal_of, may_set, may_take_back
from rebond.horizon.models import Goal, GoalKind
from rebond.horizon.queries.goals import editions, goals_of, running
from rebond.horizon.queries.marks import SHOWN, Line, journal, moves
from rebond.horizon.targets import amount, title
from rebond.horizon.view import View

#: Segments offered as a filter.
SEGMENTS = 40
#: Goals whose chance is said after a close.
GOALS_AFTER = 2
#: How far back the log is asked who changed team.
LOOKED_BACK = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Block:
    """One part of the page: its findings, its template, and what that shows besides."""

    name: str
    findings: tuple[Finding, ...] = ()
    template: str = "horizon/long/findings.html"
    more: dict[str, Any] = field(default_factory=dict)


#: The two columns of a wide screen; on a narrow one the blocks stand in the order of ``titles``.
COLUMNS = (("side-by-side", "real", "cycle"), ("goal", "chance", "touches", "marks"))


def titles() -> dict[str, str]:
    """Every block by name, in the order of the page: what stands there until it has come."""
    return {
        "side-by-side": _("Month, quarter and year side by side"),
        "goal": _("The way to the goal"),
        "chance": _("The chance to reach it"),
        "real": _("Real change, or noise"),
        "cycle": _("How long a sale takes"),
        "touches": _("What a sale takes in follow-ups"),
        "marks": _("What we changed"),
    }


def build(name: str, view: View) -> Block:
    """The block of that name; ``NotFound`` when there is none."""
    if name not in BUILDERS:
        raise NotFound
    return BUILDERS[name](view)


def _side_by_side(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.side_by_side import side_by_side

    finding = side_by_side(answers.measures(view), view, answers.currency(view))
    return Block("side-by-side", (finding,), "horizon/long/side_by_side.html", {"measures": measure_choices(view)})


def measure_choices(view: View) -> list[tuple[str, str, bool]]:
    """What month, quarter and year may be compared in: the query, the words, whether it is chosen."""
    named = (("sales", _("Sales")), ("rate", _("Win rate")), ("money", _("Money")))
    return [
        (view.as_query(measure="" if name == "sales" else name), text, name == view.measure) for name, text in named
    ]


def _goal(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.goals import no_goal, the_way

    standing = running(goals_of(view.user, view.whose), view.today)
    chosen = chosen_of(standing, view.goal)
    if chosen is None:
        return Block("goal", (no_goal(may_set=may_set_here(view)),))
    found = answers.standing(view, chosen)
    opens = (Link(_("All goals"), reverse("horizon:goals")),)
    one = the_way(found, editions([chosen])[chosen.pk], lines(view), opens=opens)
    return Block("goal", (one,), "horizon/long/goal.html", {"others": _others(view, standing, chosen)})


def chosen_of(standing: list[Goal], number: int | None) -> Goal | None:
    """The goal that was asked for, else the first."""
    return next((one for one in standing if one.pk == number), standing[0] if standing else None)


def _others(view: View, standing: list[Goal], chosen: Goal) -> list[dict[str, Any]]:
    from rebond.horizon import answers

    found = []
    for goal in standing:
        if goal.pk != chosen.pk:
            where = answers.standing(view, goal)
            found.append({
                "title": title(goal), "far": amount(where.pace.so_far, goal),
                "personal": goal.kind == GoalKind.PERSONAL, "reached": where.pace.so_far >= goal.target,
                "query": view.as_query(goal=str(goal.pk)),
            })  # fmt: skip
    return found


def may_set_here(view: View) -> bool:
    """Whether whoever looks may set a goal for what they look at."""
    if view.is_own:
        return True
    return view.user is not None and may_set(view.user, GoalKind.QUOTA, view.seller, None if view.seller else view.team)


def _chance(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.goals import chance, no_chance

    chosen = chosen_of(running(goals_of(view.user, view.whose), view.today), view.goal)
    if chosen is None:
        return Block("chance")
    silent = no_chance(chosen, answers.standing(view, chosen))
    if silent is not None:
        return Block("chance", (silent,))
    return Block("chance", (chance(answers.outlook(view, chosen), chosen, answers.currency(view)),))


def _real(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.real import real

    found = real(answers.measures(view), answers.cycle_change(view), lines(view), answers.currency(view))
    return Block("real", found)


def _cycle(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.real import cycle

    return Block("cycle", cycle(answers.cycles(view)))


def _touches(view: View) -> Block:
    from rebond.horizon import answers
    from rebond.horizon.said.real import follow_ups

    return Block("touches", (follow_ups(answers.follow_ups(view)),))


def lines(view: View) -> list[Line]:
    """The journal of what one looks at, with what the log knows about who changed team; newest first."""
    team = view.team.pk if view.team else None
    noted = journal(view.user, team, whole=view.whose.kind == "all")
    found = [*noted, *moves(view.whose, view.today - LOOKED_BACK, view.today)]
    return sorted(found, key=lambda line: line.day, reverse=True)


def _marks(view: View) -> Block:
    found = lines(view)
    shown = [
        (line, bool(line.mark and view.user and may_take_back(view.user, line.mark))) for line in found[:SHOWN]
    ]  # fmt: skip
    more = {"lines": shown, "rest": max(len(found) - SHOWN, 0), "may_write": _may_write(view), "today": view.today,
            "teams": view.user.is_admin if view.user else False}  # fmt: skip
    return Block("marks", template="horizon/long/marks.html", more=more)


def _may_write(view: View) -> bool:
    if view.user is None:
        return False
    return view.user.is_admin or (view.user.team_id is not None and journal_of(view.user, None) is not None)


BUILDERS: dict[str, Callable[[View], Block]] = {
    "side-by-side": _side_by_side,
    "goal": _goal,
    "real": _real,
    "chance": _chance,
    "cycle": _cycle,
    "touches": _touches,
    "marks": _marks,
}


def after(user: User, event: CloseEvent, today: date) -> Block:
    """What one close changes on the way to the seller's goals: the chances as if it were still open, and with it."""
    owner = event.deal.owner_id
    typed = OWN if owner == user.pk else f"{SELLER}-{owner}"
    try:
        view = View.of(user, {"whose": typed}, today)
    except NotFound:
        return Block("after", template="horizon/long/after.html", more={"said": []})
    found = running(goals_of(user, view.whose), today)[:GOALS_AFTER]
    return Block("after", template="horizon/long/after.html", more={"said": _changed(view, found, event)})


def _changed(view: View, goals: list[Goal], event: CloseEvent) -> list[str]:
    from rebond.horizon import answers
    from rebond.horizon.said.goals import changed_chance

    said = []
    for goal in goals:
        if goal.target and answers.standing(view, goal).counted:
            before = answers.outlook(view, goal, as_if=answers.AsIf(event.deal_id))
            closed = answers.AsIf(event.deal_id, event.outcome, local_day(event.closed_at or event.recorded_at))
            said.append(changed_chance(goal, before.goal.chance, answers.outlook(view, goal, as_if=closed).goal.chance))
    return [one for one in said if one]


def segment_choices(view: View) -> list[str]:
    """Segments of the deals one may open, and the one that is chosen."""
    found = deals_for(view.user).exclude(segment="").order_by("segment").values_list("segment", flat=True).distinct()
    named = list(found[:SEGMENTS])
    return named if not view.segment or view.segment in named else [view.segment, *named]

"""What changed under the figures: plans, assumptions, who is in the team. So that none jumps without a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.dates import local_day, moments_of
from rebond.findings import words
from rebond.worth.models import Assumption, Plan
from rebond.worth.plans.defaults import DEFAULTS, HOUR_COST
from rebond.worth.plans.words import minutes, names, plan_words
from rebond.worth.queries.assumed import of_team

#: What ``accounts.actions.edit_person`` keeps of a move, as ids.
MOVED = "accounts.edit_person"


@dataclass(frozen=True)
class Change:
    """One change, said in a sentence.

    Attributes:
        day: from when the figures follow it.
        kind: ``plan``, ``assumption`` or ``team``.
    """

    day: date
    sentence: str
    kind: str


def changes(team_id: int | None, since: date, until: date, *, everywhere: bool = False) -> list[Change]:
    """Changes of a team and of what counts for everybody whose day is in ``since`` .. ``until``, both included; by day.

    Args:
        team_id: ``None`` for who is in none: only what counts for everybody.
        everywhere: those of every team; for who sees all of them.

    A plan entered for days that are over changes figures on the day it was entered, too, and says so. Five queries.
    """
    teams = dict(Team.objects.values_list("pk", "name"))
    plans, assumptions = Plan.objects.all(), Assumption.objects.all()
    if not everywhere:
        plans, assumptions = of_team(plans, team_id), of_team(assumptions, team_id)
    found = [*_plans(plans, since, until, teams), *_assumptions(assumptions, since, until, teams)]
    if everywhere or team_id is not None:
        found += _moves(None if everywhere else team_id, since, until, teams)
    return sorted(found, key=lambda change: (change.day, change.kind, change.sentence))


def _plans(rows: QuerySet[Plan], since: date, until: date, teams: dict[int, str]) -> Iterator[Change]:
    """New editions, by their first day; one that was entered afterwards by the day it was entered."""
    for plan in rows.order_by("valid_from", "pk"):
        entered = local_day(plan.at)
        day = max(plan.valid_from, entered)
        if since <= day <= until:
            yield Change(day, _plan_sentence(plan, entered, teams), "plan")


def _plan_sentence(plan: Plan, entered: date, teams: dict[int, str]) -> str:
    said = {"plan": plan_words(plan), "team": teams.get(plan.team_id or 0, ""), "day": words.day(plan.valid_from)}
    if plan.valid_from < entered:
        return (
            _("A plan of %(team)s was entered that counts for sales since %(day)s: %(plan)s.")
            if plan.team_id
            else _("A plan for everybody was entered that counts for sales since %(day)s: %(plan)s.")
        ) % said
    return (
        _("A new plan of %(team)s counts for sales from %(day)s on: %(plan)s.")
        if plan.team_id
        else _("A new plan for everybody counts for sales from %(day)s on: %(plan)s.")
    ) % said


def _assumptions(rows: QuerySet[Assumption], since: date, until: date, teams: dict[int, str]) -> Iterator[Change]:
    begin, end = moments_of(since, until)
    for one in rows.filter(at__gte=begin, at__lt=end).order_by("at", "pk"):
        if one.name in DEFAULTS:
            yield Change(local_day(one.at), _assumption_sentence(one, teams), "assumption")


def _assumption_sentence(one: Assumption, teams: dict[int, str]) -> str:
    said = {"name": names()[one.name], "team": teams.get(one.team_id or 0, ""), "value": ""}
    if one.value is None:
        return (
            _("%(team)s goes by what counts for everybody again: %(name)s.")
            if one.team_id
            else _("Back to the default for everybody: %(name)s.")
        ) % said
    said["value"] = words.money(one.value, one.currency) if one.name == HOUR_COST else minutes(one.value)
    return (
        _("Set for %(team)s: %(name)s, %(value)s.") if one.team_id else _("Set for everybody: %(name)s, %(value)s.")
    ) % said


def _moves(team_id: int | None, since: date, until: date, teams: dict[int, str]) -> Iterator[Change]:
    """Who came and who left; their deals went with them."""
    begin, end = moments_of(since, until)
    rows = AuditEntry.objects.filter(verb=MOVED, at__gte=begin, at__lt=end, detail__has_key="team_after")
    if team_id is not None:
        rows = rows.filter(Q(detail__team_before=team_id) | Q(detail__team_after=team_id))
    moves = list(rows.order_by("at", "pk"))
    people = dict(User.objects.filter(pk__in=[int(move.subject_id) for move in moves]).values_list("pk", "name"))
    for move in moves:
        before, after = move.detail["team_before"], move.detail["team_after"]
        name = people.get(int(move.subject_id), "")
        said = {"name": name, "from": teams.get(before, ""), "to": teams.get(after, "")}
        yield Change(local_day(move.at), _move_sentence(team_id, before, after) % said, "team")


def _move_sentence(team_id: int | None, before: int | None, after: int | None) -> str:
    if team_id is not None and after == team_id:
        return _("%(name)s came to %(to)s; their deals, old and open, came along.")
    if team_id is not None or after is None:
        return _("%(name)s left %(from)s; their deals, old and open, went along.")
    if before is None:
        return _("%(name)s came to %(to)s; their deals, old and open, came along.")
    return _("%(name)s went from %(from)s to %(to)s; their deals, old and open, went along.")

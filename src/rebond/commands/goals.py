"""Goals: which there are, a new one, and one that is taken away."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from datetime import datetime

    from rebond.accounts.models import Team, User


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    listed = words.add_parser("list", help="the goals one may see; ended ones too with --all")
    listed.add_argument("--all", action="store_true", help="also those that were taken away or changed")
    made = words.add_parser("set", help="a new goal, or another target for one that stands")
    made.add_argument("period", metavar="PERIOD", help="2026, 2026-Q2 or 2026-06")
    size = made.add_mutually_exclusive_group(required=True)
    size.add_argument("--sales", default="", metavar="N", help="so many sales")
    size.add_argument("--money", default="", metavar="AMOUNT", help="so much money, in whole units")
    made.add_argument("--currency", default="", metavar="CODE", help="of --money; else the company's")
    made.add_argument("--seller", default="", metavar="EMAIL", help="a quota for this seller")
    made.add_argument("--team", default="", metavar="NAME", help="a goal of this team")
    made.add_argument("--own", action="store_true", help="one's own goal, seen by oneself alone; with --as")
    made.add_argument("--why", default="", metavar="TEXT", help="why one that stands is changed")
    ended = words.add_parser("end", help="take one away; it stays on record")
    ended.add_argument("id", metavar="ID", type=int, help="its number in the list")
    for one in (listed, made, ended):
        plain.add_person(one)
        plain.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Prints the goals, sets one, or takes one away."""
    from django.utils import timezone

    from rebond.commands import shared

    now, user = timezone.now(), shared.person(options)
    {"list": _list, "set": _set, "end": _end}[options.what](options, user, now)
    return 0


def _list(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001 (all look alike)
    from rebond.horizon.access import goals_for
    from rebond.horizon.queries.goals import editions

    found = list((goals_for(user) if options.all else goals_for(user).filter(ended_at=None))[:1000])
    told = editions(found)
    _print(options, [_document(goal, told[goal.pk]) for goal in found], found)


def _document(goal: Any, told: Any) -> dict[str, Any]:
    from rebond.horizon.documents import goal_json

    return goal_json(goal, told)


def _print(options: argparse.Namespace, documents: list[dict[str, Any]], goals: list[Any]) -> None:
    from django.utils.translation import gettext as _

    from rebond.horizon.targets import title

    if options.json:
        plain.print_json(documents)
        return
    for goal in goals:
        whose = goal.user.name if goal.user else goal.team.name if goal.team else _("The whole company")
        sys.stdout.write(f"{goal.pk}  {whose}: {title(goal)} ({goal.get_kind_display()})\n")
    if not goals:
        said = _("No goal yet. “rebond goals set 2026 --sales 40 --team NAME” sets one.")
        sys.stdout.write(f"{said}\n")


def _set(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    """A first edition, or with ``--why`` the next one of a goal that stands."""
    from django.conf import settings

    from rebond.base.dates import local_day
    from rebond.base.errors import NotAllowed
    from rebond.horizon import periods
    from rebond.horizon.access import may_set
    from rebond.horizon.actions import goals as actions
    from rebond.horizon.models import Counts
    from rebond.horizon.targets import read_target

    kind, seller, team = _whom(options, user)
    if not may_set(user, kind, seller, team):
        raise NotAllowed
    counts = Counts.SALES if options.sales else Counts.MONEY
    currency = "" if options.sales else (options.currency or settings.CONFIG.currency).upper()
    period, first = periods.read(options.period)
    target = read_target(options.sales or options.money, counts, currency)
    aim, today = actions.Aim(seller, team, kind, counts, period, first, target, currency), local_day(now)
    stands = actions.standing(aim) if options.why else None
    if stands is None:
        goal = actions.set_goal(aim=aim, today=today, actor=user, now=now)
    else:
        goal = actions.change_goal(goal=stands, target=target, why=options.why, today=today, actor=user, now=now)
    _one(options, goal)


def _whom(options: argparse.Namespace, user: User | None) -> tuple[str, User | None, Team | None]:
    from rebond.accounts.access import get_person
    from rebond.accounts.queries import acting_user
    from rebond.commands import shared
    from rebond.horizon.models import GoalKind

    if options.own:
        return GoalKind.PERSONAL, user, None
    if options.seller:
        seller = acting_user(options.seller)
        return GoalKind.QUOTA, get_person(user, seller.pk) if user and seller else seller, None
    return GoalKind.QUOTA, None, shared.team_named(options.team, user) if options.team else None


def _end(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.horizon.access import get_goal
    from rebond.horizon.actions.goals import end_goal

    goal = get_goal(user, options.id, to_change=True)
    end_goal(goal=goal, actor=user, now=now)
    goal.refresh_from_db()
    _one(options, goal)


def _one(options: argparse.Namespace, goal: Any) -> None:
    from rebond.horizon.queries.goals import editions

    document = _document(goal, editions([goal])[goal.pk])
    if options.json:
        plain.print_json(document)
    else:
        _print(options, [document], [goal])

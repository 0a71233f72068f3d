"""A contest's audit: roll, turnout, quorum, the count made again, blocs; without a name in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rebond.accounts.models import Team
from rebond.base.errors import Conflict
from rebond.celebrate.contest import bloc, states
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.contest.tally import Tally
from rebond.celebrate.models import Contest
from rebond.celebrate.queries import contests as queries


@dataclass(frozen=True)
class Audit:
    """What may be looked at once the votes are closed.

    Attributes:
        same: the stored ballots give the stored count, and once it is announced, what was announced.
        hides: only the winner is shown, neither counts nor ballots: so few voted, or the reviewers decide.
        blocs: for the organiser alone, each with its team's name.
    """

    contest: Contest
    turnout: queries.Turnout
    same: bool
    hides: bool
    changed: int
    blocs: list[tuple[str, bloc.Bloc]]


def open_audit(contest: Contest, *, organises: bool) -> Audit:
    """The audit, for who may see it by now: the organiser from closing on, others once it is announced.

    Raises:
        Conflict: ``not_counted_yet``.
    """
    if contest.state not in (states.COUNTED if organises else states.TOLD):
        raise Conflict(
            _("Totals stay hidden until votes are closed and the result is announced."), code="not_counted_yet"
        )
    return audit_of(contest, organises=organises)


def audit_of(contest: Contest, *, organises: bool) -> Audit:
    """Counts the ballots anew, and looks whether they give what is shown."""
    counted = queries.recount(contest)
    same = counted.as_json() == contest.tally and _told_is(contest, counted)
    hides = queries.hides(contest, counted)
    blocs = queries.blocs(contest, hidden=hides) if organises else []
    teams = dict(Team.objects.filter(pk__in={one.team for one in blocs if one.team}).values_list("pk", "name"))
    return Audit(
        contest, queries.turnout(contest), same, hides,
        contest.ballots.filter(changed__gt=0).count(), [(teams.get(one.team or 0, ""), one) for one in blocs],
    )  # fmt: skip


def _told_is(contest: Contest, counted: Tally) -> bool:
    """Whether the winners that are shown are those that ballots, or else the reviewers' marks, give."""
    if contest.state not in states.TOLD:
        return True
    won, decided_by = queries.winners(contest, counted)
    return (winners_of(contest), contest.decided_by) == (sorted(won), decided_by)


def audit_json(found: Audit) -> dict[str, Any]:
    """For machines: enough to count again elsewhere, and nobody's name. Ballots stand sorted, not as they came in."""
    contest, shown = found.contest, not found.hides
    return {
        "contest": contest.pk, "month": contest.month, "team": contest.team.name if contest.team else None,
        "state": contest.state, "rules": _rules(contest), "rubric": contest.rubric,
        "roll": found.turnout.roll, "ballots_cast": found.turnout.ballots, "ballots_changed": found.changed,
        "quorum_percent": found.turnout.quorum, "quorum_reached": found.turnout.enough,
        "decided_by": contest.decided_by or None, "recount_equals": found.same,
        "shortlist": [one.pk for one in queries.shortlist(contest)],
        "winners": winners_of(contest), "counts_shown": shown,
        "tally": contest.tally if shown else None, "seed": contest.seed if shown else None,
        "ballots": sorted(contest.ballots.values_list("choices", flat=True)) if shown else None,
        "blocs": [{"team": team or None, "begins": one.begins, "ballots": one.ballots, "alike": one.alike}
                  for team, one in found.blocs],
        "moves": [{"number": one.number, "to": one.to_state, "at": one.at} for one in contest.moves.order_by("number")],
    }  # fmt: skip


def _rules(contest: Contest) -> dict[str, Any]:
    """The rules without who reviewed."""
    kept = Rules.of(contest.rules).as_json()
    return {name: value for name, value in kept.items() if name != "reviewers"} | {"reviewers": len(kept["reviewers"])}


def winners_of(contest: Contest) -> list[int]:
    """Who won, once announced."""
    return [one.pk for one in queries.shortlist(contest) if one.place == 1 and contest.decided_by]

"""One ballot per person, secret, changeable until the votes are closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, NotAllowed
from rebond.celebrate.actions.contests import locked
from rebond.celebrate.contest import ballots, spans, states
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.models import Ballot, Contest, ContestState, Listening, Nomination, Voter
from rebond.celebrate.queries import contests as queries


@transaction.atomic
def hear(*, nomination: Nomination, stretches: Iterable[Sequence[int]], actor: User, now: datetime) -> Listening:
    """What a voter heard of a clip, joined with what they had heard before; milliseconds of the recording.

    No audit entry: several times a minute, and nobody's business but the voter's.

    Raises:
        Conflict: ``votes_closed``, ``votes_not_open``; ``not_on_roll`` and ``joined_late``, as ``NotAllowed``.
    """
    contest = nomination.contest
    _still_open(contest, now)
    voter = Voter.objects.select_for_update().filter(contest=contest, user=actor).first() or _no_voter(contest, actor)
    begins, ends = queries.bounds(nomination)
    found, _made = Listening.objects.get_or_create(voter=voter, nomination=nomination, defaults={"at": now})
    found.spans = spans.joined([*found.spans, *stretches], begins=begins, ends=ends)
    found.heard_ms, found.at = spans.length(found.spans), now
    found.save()
    return found


@transaction.atomic
def vote(*, contest: Contest, choices: Sequence[int], actor: User, now: datetime) -> Ballot:
    """Casts a ballot, or changes the one there is. Two at the same time are one ballot.

    Args:
        choices: ids of nominations: those approved of, or ranked, best first.

    Raises:
        Conflict: ``votes_not_open``, ``votes_closed``; ``not_heard`` (and how many calls).
        NotAllowed: ``joined_late``, ``not_on_roll``.
        RebondError: as ``contest.ballots.checked``.
    """
    mine = locked(contest)
    _still_open(mine, now)
    voter = Voter.objects.filter(contest=mine, user=actor).first() or _no_voter(mine, actor)
    calls = queries.shortlist(mine)
    own = {one.pk for one in calls if one.nominee_id == actor.pk}
    kept = ballots.checked(choices, shortlist={one.pk for one in calls}, own=own, method=queries.method(mine))
    _all_heard(voter, [one for one in calls if one.pk not in own], Rules.of(mine.rules))
    ballot, made = Ballot.objects.get_or_create(
        voter=voter, defaults={"contest": mine, "choices": kept, "cast_at": now}
    )
    if not made:
        ballot.choices, ballot.cast_at, ballot.changed = kept, now, ballot.changed + 1
        ballot.save(update_fields=["choices", "cast_at", "changed"])
    record(verb="celebrate.vote", subject=mine, actor=actor, at=now, changed=not made)
    return ballot


def _still_open(contest: Contest, now: datetime) -> None:
    if contest.state in states.BEFORE_VOTES:
        raise Conflict(_("Votes are not open yet. Nothing was counted. Come back when the short list stands."),
                       code="votes_not_open")  # fmt: skip
    if contest.state != ContestState.VOTING or (contest.closes_at is not None and now >= contest.closes_at):
        raise Conflict(
            _("Votes are closed. Nothing was counted now; what you cast before counts."), code="votes_closed"
        )


def _no_voter(contest: Contest, actor: User) -> Voter:
    """Says why somebody is not on the roll."""
    if contest.joined_before is not None and actor.joined_at >= contest.joined_before:
        raise NotAllowed(
            _("You joined after the roll of this month was drawn up. Nothing was counted. Next month you vote."),
            code="joined_late",
        )
    raise NotAllowed(
        _("You are not on the roll of this contest. Nothing was counted. Ask its organiser."), code="not_on_roll"
    )


def _all_heard(voter: Voter, calls: Sequence[Nomination], known: Rules) -> None:
    if missing := not_heard(voter, calls, known):
        raise Conflict(
            ngettext(
                "You have not heard enough of %(count)d call yet: %(percent)d%% of each. Nothing was counted. "
                "Listen, then vote.",
                "You have not heard enough of %(count)d calls yet: %(percent)d%% of each. Nothing was counted. "
                "Listen, then vote.",
                len(missing),
            ) % {"count": len(missing), "percent": known.heard}, code="not_heard", nominations=missing,
        )  # fmt: skip


def not_heard(voter: Voter, calls: Sequence[Nomination], known: Rules) -> list[int]:
    """Calls of which somebody has not heard enough; of one that cannot be heard nothing needs to be. Two queries."""
    can = queries.audible(calls)
    heard = dict(Listening.objects.filter(voter=voter).values_list("nomination_id", "heard_ms"))
    missing = []
    for one in calls:
        if one.pk in can and not spans.enough(heard.get(one.pk, 0), queries.to_hear(one), known.heard):
            missing.append(one.pk)
    return missing

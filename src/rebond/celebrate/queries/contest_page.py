"""What one reader sees of a contest where it stands: their own part in it, and what the organiser needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from rebond.accounts.models import User
from rebond.celebrate.contest import ballots, scoring, spans, states
from rebond.celebrate.contest.naming import names_of
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.models import (
    Ballot,
    Contest,
    ContestState,
    Listening,
    Nomination,
    NominationStatus,
    Score,
    Voice,
    Voter,
)
from rebond.celebrate.queries import contests as queries

#: Calls in the organiser's list.
LISTED = 300


@dataclass(frozen=True)
class Step:
    """One state on the way: passed, or where it stands."""

    label: str
    done: bool
    here: bool


@dataclass(frozen=True)
class Candidate:
    """A call as organiser and reviewers have it before the short list stands.

    Attributes:
        missing: voices that have not agreed to the contest; ``silent``: its sound may not be heard.
        scores: reviewers who gave their marks; ``mine``: the reader is one of them.
        may_score: the reader may (it is not their own call, and can be heard or read).
        mean: of all marks, once the reader may know.
    """

    nomination: Nomination
    missing: list[Voice]
    silent: bool
    scores: int
    mine: bool
    may_score: bool
    mean: float | None


@dataclass(frozen=True)
class Heard:
    """A call of the short list as one voter has it: how much of it they heard, where it stands on their ballot."""

    nomination: Nomination
    audible: bool
    own: bool
    begins: int
    ends: int
    heard_ms: int
    percent: int
    enough: bool
    chosen: bool
    rank: int


@dataclass(frozen=True)
class Placed:
    """A call in the result: its place and count where they are shown, the name where it may be said."""

    nomination: Nomination
    name: str
    audible: bool
    place: int | None
    count: int | None


def steps(contest: Contest) -> list[Step]:
    """The way of a contest; of one that was called off nothing is left to come."""
    at = states.WAY.index(ContestState(contest.state)) if contest.state in states.WAY else len(states.WAY)
    return [Step(str(one.label), place < at, place == at) for place, one in enumerate(states.WAY[:-1])]


def candidates(contest: Contest, user: User) -> list[Candidate]:
    """The calls the reader may look at, in the order they were named; four queries, whatever their number."""
    seen = list(queries.nominations_seen(user, contest).order_by("at", "pk")[:LISTED])
    known, missing = Rules.of(contest.rules), queries.unheard_of(one.recording_id for one in seen)
    audible, given = queries.audible(seen), _scores(seen)
    return [_candidate(one, user, known, missing.get(one.recording_id, []), one.pk in audible, given) for one in seen]


def _scores(seen: Sequence[Nomination]) -> dict[int, dict[int, dict[str, int]]]:
    found: dict[int, dict[int, dict[str, int]]] = {}
    for one in Score.objects.filter(nomination__in=seen).order_by("pk"):
        found.setdefault(one.nomination_id, {})[one.reviewer_id] = one.marks
    return found


def _candidate(
    one: Nomination, user: User, known: Rules, missing: list[Voice], audible: bool,
    given: dict[int, dict[int, dict[str, int]]],
) -> Candidate:  # fmt: skip
    marks = given.get(one.pk, {})
    reviews, mine = user.pk in known.reviewers, user.pk in marks
    ready = one.status == NominationStatus.ACCEPTED and (audible or bool(one.extract))
    may_score = reviews and not mine and one.nominee_id != user.pk and ready
    mean = scoring.mean([*marks.values()]) if marks and may_know(user, one, known, mine=mine) else None
    return Candidate(one, missing, not audible, len(marks), mine, may_score, mean)


def may_know(user: User, nomination: Nomination, known: Rules, *, mine: bool) -> bool:
    """Whether somebody may see the marks: a reviewer after giving their own; the organiser where they do not score it;
    never whose call it is."""
    if nomination.nominee_id == user.pk:
        return False
    return mine if user.pk in known.reviewers else queries.organises(user, nomination.contest)


def heard_by(contest: Contest, voter: Voter) -> list[Heard]:
    """The short list in the voter's own order; four queries."""
    calls = {one.pk: one for one in queries.shortlist(contest)}
    audible = queries.audible([*calls.values()])
    heard = dict(Listening.objects.filter(voter=voter).values_list("nomination_id", "heard_ms"))
    ballot = Ballot.objects.filter(voter=voter).first()
    chosen, known = ballot.choices if ballot else [], Rules.of(contest.rules)
    return [
        _heard(calls[pk], voter, pk in audible, heard.get(pk, 0), chosen, known) for pk in voter.order if pk in calls
    ]


def _heard(
    call: Nomination, voter: Voter, audible: bool, heard_ms: int, chosen: Sequence[int], known: Rules
) -> Heard:  # fmt: skip
    begins, ends = queries.bounds(call)
    whole = queries.to_hear(call)
    enough = not audible or spans.enough(heard_ms, whole, known.heard)
    percent = min(100, heard_ms * 100 // whole) if whole else 100
    rank = chosen.index(call.pk) + 1 if call.pk in chosen else 0
    return Heard(call, audible, call.nominee_id == voter.user_id, begins, ends, heard_ms, percent, enough,
                 call.pk in chosen, rank)  # fmt: skip


def result(contest: Contest) -> list[Placed]:
    """The short list after counting: the winners first, the others by their numbers; counts only where they may be
    shown. Five queries."""
    calls = queries.shortlist(contest)
    audible, names = queries.audible(calls), names_of(calls)
    counts = _last_counts(contest) if shows_counts(contest) else {}
    placed = [
        Placed(one, names[one.pk], one.pk in audible, one.place if counts or one.place == 1 else None,
               counts.get(one.pk)) for one in calls
    ]  # fmt: skip
    return sorted(placed, key=lambda one: (one.place or len(calls) + 1, one.nomination.pk))


def shows_counts(contest: Contest) -> bool:
    """Whether totals are shown: once announced, where the votes decided and enough came."""
    decided = contest.state in states.TOLD and contest.decided_by == queries.VOTES
    return decided and not queries.few(contest, contest.tally)


def _last_counts(contest: Contest) -> dict[int, int]:
    """What each call had in the round in which it went out or won."""
    found: dict[int, int] = {}
    for turn in contest.tally.get("rounds", []):
        found |= dict(turn["counts"])
    return found


def count_of(contest: Contest) -> dict[str, Any]:
    """The table of the count: each call by its title, with its ballots in every round that it was in."""
    turns: list[dict[str, Any]] = contest.tally.get("rounds", [])
    titles = dict(contest.nominations.values_list("pk", "title"))
    calls = [pk for pk, _count in turns[0]["counts"]] if turns else []
    won = contest.tally.get("winners", [])
    table = [
        {"title": titles.get(pk, ""), "cells": [dict(turn["counts"]).get(pk) for turn in turns], "won": pk in won}
        for pk in calls
    ]
    return {"rounds": turns, "table": table, "exhausted": any(turn["exhausted"] for turn in turns),
            "lot": any(turn.get("lot") for turn in turns)}  # fmt: skip


def named(contest: Contest) -> int:
    """Calls that are named and neither refused nor taken back."""
    return contest.nominations.filter(status__in=(NominationStatus.WAITING, *queries.IN)).count()


def past(user: User, *, but: Contest | None) -> list[Contest]:
    """Contests that were announced, the newest first."""
    found = queries.visible(user).filter(state__in=states.TOLD)
    if but is not None:
        found = found.exclude(pk=but.pk)
    return list(found.annotate(calls=Count("nominations")).order_by("-month", "-pk")[: queries.LISTED])


def page_of(contest: Contest, user: User) -> dict[str, Any]:
    """Everything the page of a contest shows where it stands."""
    known, organises = Rules.of(contest.rules), queries.organises(user, contest)
    reviews = user.pk in known.reviewers
    page: dict[str, Any] = {
        "contest": contest, "rules": known, "organises": organises, "reviews": reviews, "steps": steps(contest),
        "past": past(user, but=contest), "state": contest.state,
    }  # fmt: skip
    return page | _by_state(contest, user, organises=organises, looks=organises or reviews)


def _by_state(contest: Contest, user: User, *, organises: bool, looks: bool) -> dict[str, Any]:
    state = contest.state
    if state in (ContestState.NOMINATIONS, ContestState.REVIEW):
        return _before(contest, user, looks=looks)
    if state == ContestState.SHORTLIST:
        return {"calls": queries.shortlist(contest)}
    if state == ContestState.VOTING:
        return _voting(contest, user, organises=organises)
    if state == ContestState.CLOSED:
        return {"turnout": queries.turnout(contest), "calls": queries.shortlist(contest)}
    if state in states.TOLD:
        return {"turnout": queries.turnout(contest), "placed": result(contest), "counts": shows_counts(contest),
                **count_of(contest)}  # fmt: skip
    last = contest.moves.order_by("number").last()
    return {"because": last.because if last else ""}


def _before(contest: Contest, user: User, *, looks: bool) -> dict[str, Any]:
    part = Q(by=user) | Q(nominee=user)
    own = list(queries.nominations_seen(user, contest).filter(part).order_by("at", "pk"))
    made = sum(one.by_id == user.pk and one.status != NominationStatus.WITHDRAWN for one in own)
    asked = [one for one in own if one.nominee_id == user.pk and one.status == NominationStatus.WAITING]
    return {
        "named": named(contest), "mine": [one for one in own if one not in asked], "looks": looks, "to_answer": asked,
        "candidates": candidates(contest, user) if looks else [],
        "left": max(0, Rules.of(contest.rules).each - made),
    }  # fmt: skip


def _voting(contest: Contest, user: User, *, organises: bool) -> dict[str, Any]:
    voter = queries.voter_of(contest, user)
    heard = heard_by(contest, voter) if voter else []
    return {
        "voter": voter, "heard": heard, "ballot": Ballot.objects.filter(voter=voter).first() if voter else None,
        "left_to_hear": sum(not one.enough and not one.own for one in heard),
        "calls": [] if voter else queries.shortlist(contest),
        "ranked": queries.method(contest) == ballots.RANKED, "turnout": queries.turnout(contest) if organises else None,
    }  # fmt: skip

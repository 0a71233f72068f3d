"""Contests as pages and commands read them: who may see which, what stands on the short list, what was counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet

from rebond.accounts.models import Role, User
from rebond.accounts.queries import can_sign_in
from rebond.celebrate.contest import ballots, bloc, rules, scoring, spans, states
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.contest.tally import Tally, tally
from rebond.celebrate.models import (
    Ballot,
    Consent,
    ConsentPurpose,
    Contest,
    ContestState,
    Nomination,
    NominationStatus,
    Recording,
    Score,
    Voice,
    Voter,
)
from rebond.celebrate.queries.consents import agreed, with_sound
from rebond.celebrate.queries.recordings import recordings_for

#: Contests in a list; recordings offered for a nomination.
LISTED, OFFERED = 24, 200
#: Who decides: the votes where enough came, else the reviewers' marks.
VOTES, REVIEWERS = "votes", "reviewers"
#: Calls that are looked at, and may come on the short list.
IN = (NominationStatus.ACCEPTED, NominationStatus.SHORTLISTED)


# Who may see which


def visible(user: User | None) -> QuerySet[Contest]:
    """Contests of one's team and of everybody, those one scores, and those one has a part in, whatever team one is in
    by now (the roll is frozen); drafts for who leads; nobody means the program, which sees all."""
    found = Contest.objects.select_related("team", "organiser")
    if user is None or user.is_admin:
        return found
    near = Q(team=None) | Q(team=user.team_id) if user.team_id else Q(team=None)
    part = Q(pk__in=Voter.objects.filter(user=user).values("contest"))
    part |= Q(pk__in=Nomination.objects.filter(nominee=user).values("contest"))
    found = found.filter(near | part | Q(pk__in=_to_score(user)))
    return found if user.is_lead else found.exclude(state=ContestState.DRAFT)


def _to_score(user: User) -> list[int]:
    """Contests going on that somebody was asked to score, in other teams too; there are few, and one query."""
    going = Contest.objects.exclude(state__in=(*states.OVER, ContestState.DRAFT)).values_list("pk", "rules")
    return [pk for pk, kept in going.order_by("pk") if user.pk in Rules.of(kept).reviewers]


def organises(user: User | None, contest: Contest) -> bool:
    """Whoever made it, who leads its team, an administrator; the program."""
    if user is None or user.is_admin or contest.organiser_id == user.pk:
        return True
    return user.is_lead and contest.team_id is not None and contest.team_id == user.team_id


def current_for(user: User) -> Contest | None:
    """The one that matters now: still going on before told, one's own team's before everybody's, the newest."""
    found = [one for one in visible(user)[:LISTED] if one.state != ContestState.CANCELLED]
    going = [one for one in found if one.state not in states.OVER]
    told = [one for one in found if one.state == ContestState.ANNOUNCED]
    return next(iter(going or told), None)


def nominations_seen(user: User | None, contest: Contest) -> QuerySet[Nomination]:
    """All for the organiser; those of the short list for everybody; else one's own, and those one scores."""
    found = contest.nominations.select_related("recording", "clip", "nominee", "by", "contest")
    if organises(user, contest) or user is None:
        return found
    mine = Q(nominee=user) | Q(by=user) | Q(status=NominationStatus.SHORTLISTED)
    if user.pk in Rules.of(contest.rules).reviewers and contest.state == ContestState.REVIEW:
        mine |= Q(status=NominationStatus.ACCEPTED)
    return found.filter(mine)


def in_contest(user: User, recording: Recording) -> bool:
    """Whether a call stands in a contest that ``user`` may hear it for: on the short list of one of theirs, or
    looked at by them. Consent is another question."""
    found = Nomination.objects.filter(recording=recording, contest__in=visible(user)).select_related("contest")
    return any(
        one.status == NominationStatus.SHORTLISTED or (one.status in IN and _looks_at(user, one.contest))
        for one in found.exclude(contest__state=ContestState.CANCELLED)
    )


def _looks_at(user: User, contest: Contest) -> bool:
    return organises(user, contest) or user.pk in Rules.of(contest.rules).reviewers


# The calls


def shortlist(contest: Contest) -> list[Nomination]:
    """The calls that are voted on, by their numbers."""
    found = contest.nominations.filter(status=NominationStatus.SHORTLISTED).order_by("pk")
    related = found.select_related("recording", "clip", "nominee", "contest")
    return list(related.prefetch_related("recording__marks"))


def unheard_of(recordings: Iterable[int]) -> dict[int, list[Voice]]:
    """For each recording, the voices that have not agreed to the call of the month; one query."""
    agreed = Consent.objects.filter(voice=OuterRef("pk"), purpose=ConsentPurpose.CONTEST, withdrawn_at=None)
    voices = Voice.objects.filter(recording__in=set(recordings)).annotate(agreed=Exists(agreed))
    missing: dict[int, list[Voice]] = {}
    for voice in voices.select_related("user", "person").order_by("pk"):
        missing.setdefault(voice.recording_id, [])
        if not voice.agreed:
            missing[voice.recording_id].append(voice)
    return missing


def audible(nominations: Sequence[Nomination]) -> set[int]:
    """Those whose sound may be heard for the contest: it is here, and everybody who is heard has agreed; one query."""
    calls = {one.recording_id for one in nominations}
    may = set(
        Recording.objects.filter(with_sound() & agreed(ConsentPurpose.CONTEST), pk__in=calls).values_list(
            "pk", flat=True
        )
    )
    return {one.pk for one in nominations if one.recording_id in may}


def bounds(nomination: Nomination) -> tuple[int, int]:
    """Where the clip begins and ends in its recording, in milliseconds."""
    clip, whole = nomination.clip, nomination.recording.duration_ms or 0
    return (clip.at_ms, clip.until_ms or whole) if clip else (0, whole)


def offered_recordings(user: User) -> list[Recording]:
    """Calls one may name: those one may open that can be played, the newest; two queries."""
    found = recordings_for(user).filter(with_sound()).order_by("-made_at", "-pk")
    return list(found.prefetch_related("marks")[:OFFERED])


def to_hear(nomination: Nomination) -> int:
    """How long the clip is without what is muted in it, in milliseconds."""
    begins, ends = bounds(nomination)
    muted = [(one.at_ms, one.until_ms) for one in nomination.recording.marks.all() if one.muted and one.until_ms]
    return ends - begins - spans.length(spans.joined(muted, begins=begins, ends=ends))


# Scores


def marks_of(nominations: Iterable[Nomination]) -> dict[int, list[dict[str, int]]]:
    """The marks each call was given; one query."""
    found: dict[int, list[dict[str, int]]] = defaultdict(list)
    for one in Score.objects.filter(nomination__in=list(nominations)).order_by("pk"):
        found[one.nomination_id].append(one.marks)
    return found


def means(nominations: Sequence[Nomination]) -> dict[int, float]:
    """The mean mark of each call."""
    marks = marks_of(nominations)
    return {one.pk: scoring.mean(marks[one.pk]) for one in nominations}


def leads(reviewer: User, nominee: User) -> bool:
    """Whether somebody leads somebody else."""
    return reviewer.role == Role.MANAGER and reviewer.team_id is not None and reviewer.team_id == nominee.team_id


def won_last_two(contest: Contest) -> set[int]:
    """Whose calls won the last two contests of the same circle before this one, both; two queries."""
    before = Contest.objects.filter(team=contest.team, state__in=states.TOLD, month__lt=contest.month)
    last = [one.pk for one in before.order_by("-month", "-pk")[:2]]
    won = Nomination.objects.filter(contest__in=last, status=NominationStatus.SHORTLISTED, place=1)
    rows = {*won.values_list("contest", "nominee")}
    return set.intersection(*({who for one, who in rows if one == pk} for pk in last)) if len(last) == 2 else set()


# The roll and the ballots


def may_vote(contest: Contest, *, joined_before: datetime) -> list[User]:
    """Who comes on the roll: active, an address of their own, a password they set themselves, here in time."""
    found = can_sign_in().filter(joined_at__lt=joined_before).exclude(password="")
    found = found.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if contest.team_id:
        found = found.filter(team=contest.team_id)
    return [user for user in found.order_by("pk") if not rules.is_shared(user.email)]


def method(contest: Contest) -> str:
    """How its ballots are cast and counted: by the calls there were when votes opened, whoever withdraws later."""
    if known := contest.tally.get("method"):
        return str(known)
    order = contest.voters.order_by("pk").values_list("order", flat=True).first()
    return ballots.method_of(len(shortlist(contest) if order is None else order))


def recount(contest: Contest) -> Tally:
    """Counts the stored ballots, whoever asks, as often as they like."""
    calls = contest.nominations.filter(status=NominationStatus.SHORTLISTED).values_list("pk", flat=True)
    cast = Ballot.objects.filter(contest=contest).order_by("pk").values_list("choices", flat=True)
    return tally(cast.iterator(), calls.order_by("pk"), method(contest), seed=contest.seed)


@dataclass(frozen=True)
class Turnout:
    """How many of the roll voted, and whether that is enough for the votes to decide."""

    ballots: int
    roll: int
    quorum: int
    enough: bool


def turnout(contest: Contest) -> Turnout:
    """Two counts."""
    cast, roll = contest.ballots.count(), contest.voters.count()
    quorum = Rules.of(contest.rules).quorum
    return Turnout(cast, roll, quorum, rules.enough_turnout(cast, roll, quorum))


def winners(contest: Contest, counted: Tally) -> tuple[list[int], str]:
    """Who won, and who decided: the votes where enough came, else the reviewers' marks."""
    if counted.winners and turnout(contest).enough:
        return list(counted.winners), VOTES
    return scoring.best(means(shortlist(contest))), REVIEWERS


def blocs(contest: Contest, *, hidden: bool) -> list[bloc.Bloc]:
    """Ballots of one team within one minute; where counts stay ``hidden``, not how many of them were alike."""
    rows = contest.ballots.order_by("cast_at", "pk").values_list("voter__team_id", "cast_at", "choices")
    cast = [bloc.Cast(team, at, tuple(choices)) for team, at, choices in rows]
    return bloc.blocs(cast, alike_from=len(cast) + 1 if hidden else Rules.of(contest.rules).show_from)


def voter_of(contest: Contest, user: User) -> Voter | None:
    """Somebody's place on the roll."""
    return Voter.objects.filter(contest=contest, user=user).first()


def few(contest: Contest, counted: Mapping[str, Any]) -> bool:
    """Whether so few voted that only the winner is shown."""
    return int(counted.get("ballots", 0)) < Rules.of(contest.rules).show_from


def hides(contest: Contest, counted: Tally) -> bool:
    """Whether counts, rounds and ballots stay closed, to the organiser too: so few voted, or it is not the votes that
    decide."""
    return few(contest, contest.tally) or winners(contest, counted)[1] != VOTES

"""A month for tests: calls whose voices agreed, a contest at any place of its way, voters who heard everything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from rebond.accounts.models import Role, Team, User
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.actions import nominating, voting
from rebond.celebrate.models import Consent, Contest, Nomination, Recording, RecordingStatus, Voice
from rebond.celebrate.queries import contests as queries
from rebond.celebrate.sound.folder import new_name
from tests.factories import make_user

MINUTE = 60_000
AGREED = ("coaching", "contest", "library")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def agree(voice: Voice, *purposes: str) -> None:
    now = timezone.now()
    for purpose in purposes:
        Consent.objects.create(voice=voice, purpose=purpose, proof="said so on the call", given_on=now.date(), at=now)


def make_call(owner: User, title: str = "A call", *, minutes: int = 5, agreed: Sequence[str] = AGREED) -> Recording:
    """A call that is ready: its owner is heard, and somebody from outside; both agreed."""
    now = timezone.now()
    call = Recording.objects.create(
        title=title, owner=owner, team=owner.team, status=RecordingStatus.READY, stored=new_name(),
        kind="mp3", duration_ms=minutes * MINUTE, made_at=now, ready_at=now, size=1_000, received=1_000,
    )  # fmt: skip
    for voice in (Voice(recording=call, user=owner), Voice(recording=call, name="Hélène Marchetti")):
        voice.save()
        agree(voice, *agreed)
    return call


def sellers(team: Team, count: int) -> list[User]:
    return [make_user(f"Seller{number} of {team.name}", team=team) for number in range(count)]


def make_contest(
    organiser: User, reviewers: Sequence[User], *, month: date | None = None, everybody: bool = False, **fields: Any
) -> Contest:
    return actions.new_contest(
        month=month or timezone.localdate(), team=None if everybody else organiser.team, reviewers=reviewers,
        actor=organiser, now=timezone.now(), **fields,
    )  # fmt: skip


def opened(contest: Contest, now: datetime | None = None) -> Contest:
    """Calls may be named; whoever is here by now votes."""
    at = now or timezone.now()
    return actions.open_nominations(contest=contest, closes_at=at + timedelta(days=14), actor=None, now=at)


def named(contest: Contest, owner: User, title: str = "", *, call: Recording | None = None) -> Nomination:
    return nominating.nominate(
        contest=contest, recording=call or make_call(owner, title or f"Call of {owner.name}"),
        title=title or f"Call of {owner.name}", lesson="Ask why before the price.", actor=owner, now=timezone.now(),
    )  # fmt: skip


def scored(nomination: Nomination, reviewers: Sequence[User], mark: int = 3) -> None:
    for reviewer in reviewers:
        marks = {one["code"]: mark for one in nomination.contest.rubric}
        nominating.score(nomination=nomination, marks=marks, actor=reviewer, now=timezone.now())


def at_shortlist(organiser: User, reviewers: Sequence[User], owners: Sequence[User], wanted: int) -> Contest:
    """``wanted`` calls stand on the short list, one of each owner."""
    contest = opened(make_contest(organiser, reviewers))
    calls = [named(contest, owner) for owner in owners]
    now = timezone.now()
    contest = actions.close_nominations(contest=contest, actor=organiser, now=now)
    for place, call in enumerate(calls):
        call.contest = contest
        scored(call, reviewers, mark=5 - place % 5)
    return actions.make_shortlist(contest=contest, wanted=wanted, actor=organiser, now=now)


def at_voting(organiser: User, reviewers: Sequence[User], owners: Sequence[User], wanted: int) -> Contest:
    """Votes are open on them."""
    contest = at_shortlist(organiser, reviewers, owners, wanted)
    return actions.open_voting(contest=contest, actor=organiser, now=timezone.now())


def hear_all(contest: Contest, user: User, percent: int = 60) -> None:
    for call in queries.shortlist(contest):
        begins, ends = queries.bounds(call)
        span = (begins, begins + (ends - begins) * percent // 100)
        voting.hear(nomination=call, stretches=[span], actor=user, now=timezone.now())


def cast(contest: Contest, user: User, choices: Sequence[int]) -> None:
    """Hears everything, and votes."""
    hear_all(contest, user)
    voting.vote(contest=contest, choices=choices, actor=user, now=timezone.now())


def reviewers_of(north: Team, south: Team) -> list[User]:
    """Two people who score, neither of whom leads a seller of North alone."""
    return [make_user("Ines Costa", team=south, role=Role.MANAGER), make_user("Paul Marin", team=north)]

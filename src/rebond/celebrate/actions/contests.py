"""A contest moves from its draft to the announced winner; each move is kept for ever."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.celebrate.actions.leaving import no_longer_told
from rebond.celebrate.actions.lessons import lesson_of, out_of_the_hall
from rebond.celebrate.contest import rules, scoring, states
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.contest.telling import tell_winner
from rebond.celebrate.models import Contest, ContestMove, ContestState, Nomination, NominationStatus, Voter
from rebond.celebrate.queries import contests as queries

#: How long a contest may wait for a step, in days.
LONGEST = 92


@transaction.atomic
def new_contest(
    *, month: date, team: Team | None, reviewers: Sequence[User], third_in_a_row: bool = False, actor: User,
    now: datetime,
) -> Contest:  # fmt: skip
    """The draft of a month's contest, of one team or (``team`` empty) of everybody.

    Raises:
        RebondError: ``two_reviewers``.
        Conflict: ``contest_there``: that month has one already.
    """
    people = sorted({one.pk for one in reviewers})
    if len(people) < Rules().two_blind:
        raise RebondError(
            _("Two people score each call. Nothing was made. Choose two or more reviewers."), code="two_reviewers"
        )
    first = month.replace(day=1)
    _one_at_a_time(team)
    if Contest.objects.filter(month=first, team=team).exclude(state=ContestState.CANCELLED).exists():
        raise Conflict(
            _("There is a contest for that month already. Nothing was made. Open that one, or choose another month."),
            code="contest_there",
        )
    made = Rules(third_in_a_row=third_in_a_row, reviewers=tuple(people))
    contest = Contest.objects.create(
        month=first, team=team, organiser=actor, state="", rules=made.as_json(), rubric=[*rules.RUBRIC], made_at=now
    )
    return _store(contest, ContestState.DRAFT, actor, now)


def _one_at_a_time(team: Team | None) -> None:
    """Two contests of one circle and month do not come about at once: whoever makes one holds its team (of everybody:
    all teams) until it is there."""
    held = Team.objects.select_for_update().order_by("pk")
    list(held.filter(pk=team.pk) if team else held)


@transaction.atomic
def open_nominations(
    *, contest: Contest, closes_at: datetime, joined_before: datetime | None = None, actor: User | None, now: datetime
) -> Contest:
    """Calls may be named until then; rules and rubric are frozen. Whoever joins after ``joined_before`` does not vote.

    Raises:
        Conflict: ``illegal_move``.
        RebondError: ``bad_closing``; ``bad_cut_off``: a cut-off that is still to come.
    """
    mine = locked(contest)
    _check_closing(closes_at, now)
    if joined_before is not None and joined_before > now:
        raise RebondError(
            _("The cut-off lies in the future. Nothing was changed. Choose today or a day before."), code="bad_cut_off"
        )
    mine.closes_at, mine.joined_before, mine.seed = closes_at, joined_before or now, secrets.token_hex(16)
    return _store(mine, ContestState.NOMINATIONS, actor, now)


def _check_closing(closes_at: datetime, now: datetime) -> None:
    if not now < closes_at <= now + timedelta(days=LONGEST):
        raise RebondError(
            _("That is no day to close on. Nothing was changed. Choose one within the next three months."),
            code="bad_closing",
        )


@transaction.atomic
def close_nominations(*, contest: Contest, actor: User | None, now: datetime) -> Contest:
    """No more calls are named; those there are are looked at."""
    mine = locked(contest)
    mine.closes_at = None
    return _store(mine, ContestState.REVIEW, actor, now)


@transaction.atomic
def make_shortlist(*, contest: Contest, wanted: int, actor: User | None, now: datetime) -> Contest:
    """The short list, by the marks of the reviewers; equals at the cut are in while there is room, else by lot.

    Raises:
        Conflict: ``illegal_move``; ``third_in_a_row``: since they were named, somebody's call won a second time.
        RebondError: ``bad_length``; ``consent_missing``, ``scores_missing`` (and how many calls); ``too_few_calls``.
    """
    mine = locked(contest)
    _legal(mine, ContestState.SHORTLIST)
    known = Rules.of(mine.rules)
    if not known.least <= wanted <= known.most:
        raise RebondError(
            _("A short list has %(least)d to %(most)d calls. Nothing was changed.")
            % {"least": known.least, "most": known.most}, code="bad_length",
        )  # fmt: skip
    accepted = mine.nominations.filter(status=NominationStatus.ACCEPTED).select_related("recording", "nominee")
    calls = list(accepted.prefetch_related("scores__reviewer").order_by("pk"))
    not_a_third_time(mine, known, [one.nominee_id for one in calls])
    _all_may_be_used(calls)
    _all_scored(calls, known)
    _enough_calls(len(calls), known)
    chosen = scoring.cut(queries.means(calls), wanted=wanted, most=known.most, seed=mine.seed)
    Nomination.objects.filter(pk__in=chosen).update(status=NominationStatus.SHORTLISTED)
    return _store(mine, ContestState.SHORTLIST, actor, now)


def not_a_third_time(mine: Contest, known: Rules, nominees: Sequence[int]) -> None:
    """Nobody's call wins three months in a row, unless the rules let it. ``Conflict`` ``third_in_a_row``."""
    if not known.third_in_a_row and queries.won_last_two(mine).intersection(nominees):
        raise Conflict(
            _("A call of the same person won the last two months. Nothing was changed. "
              "Keep this one as a lesson, and name it again next month."), code="third_in_a_row",
        )  # fmt: skip


def _all_may_be_used(calls: Sequence[Nomination]) -> None:
    heard = queries.audible(calls)
    if silent := [one for one in calls if one.pk not in heard and not one.extract]:
        raise RebondError(
            ngettext(
                "Of %(count)d call somebody who is heard has not agreed. Nothing was changed. "
                "Ask them, take an extract in writing, or say that it cannot take part.",
                "Of %(count)d calls somebody who is heard has not agreed. Nothing was changed. "
                "Ask them, take an extract in writing, or say that they cannot take part.",
                len(silent),
            ) % {"count": len(silent)}, code="consent_missing", nominations=[one.pk for one in silent],
        )  # fmt: skip


def _all_scored(calls: Sequence[Nomination], known: Rules) -> None:
    if missing := [one for one in calls if not _scored_enough(one, known)]:
        raise RebondError(
            ngettext(
                "%(count)d call still waits for two reviewers, one of whom does not lead its seller. "
                "Nothing was changed.",
                "%(count)d calls still wait for two reviewers each, one of whom does not lead its seller. "
                "Nothing was changed.",
                len(missing),
            ) % {"count": len(missing)}, code="scores_missing", nominations=[one.pk for one in missing],
        )  # fmt: skip


def _scored_enough(nomination: Nomination, known: Rules) -> bool:
    """Two people scored it, and not only such as lead whose call it is; scores and reviewers are fetched before."""
    people = [one.reviewer for one in nomination.scores.all()]
    return len(people) >= known.two_blind and not all(queries.leads(one, nomination.nominee) for one in people)


def _enough_calls(there: int, known: Rules) -> None:
    if there < known.least:
        raise RebondError(
            ngettext(
                "There is %(count)d call, and a vote needs %(least)d. Nothing was changed. "
                "Call this month off, and keep what can be learnt as a lesson.",
                "There are %(count)d calls, and a vote needs %(least)d. Nothing was changed. "
                "Call this month off, and keep what can be learnt as lessons.",
                there,
            ) % {"count": there, "least": known.least}, code="too_few_calls",
        )  # fmt: skip


@transaction.atomic
def open_voting(*, contest: Contest, closes_at: datetime | None = None, actor: User | None, now: datetime) -> Contest:
    """Freezes the roll, draws each voter's order of the calls, and opens the vote.

    Raises:
        Conflict: ``illegal_move``.
        RebondError: ``bad_closing``; ``too_few_calls``: some left it since; ``nobody_votes``.
    """
    mine = locked(contest)
    _legal(mine, ContestState.VOTING)
    known = Rules.of(mine.rules)
    until = closes_at or now + timedelta(days=known.voting_days)
    _check_closing(until, now)
    calls = [one.pk for one in queries.shortlist(mine)]
    _enough_calls(len(calls), known)
    people = queries.may_vote(mine, joined_before=mine.joined_before or now)
    if not people:
        raise RebondError(
            _("Nobody may vote: no account with an address of its own was here in time. Nothing was changed."),
            code="nobody_votes",
        )
    Voter.objects.bulk_create(
        [Voter(contest=mine, user=one, team_id=one.team_id, order=rules.order_for(one.pk, calls, mine.seed))
         for one in people], batch_size=500,
    )  # fmt: skip
    mine.closes_at = until
    return _store(mine, ContestState.VOTING, actor, now)


@transaction.atomic
def close_voting(*, contest: Contest, actor: User | None, now: datetime) -> Contest:
    """No more ballots; they are counted, and the count is kept."""
    mine = locked(contest)
    _legal(mine, ContestState.CLOSED)
    mine.tally, mine.closes_at = queries.recount(mine).as_json(), min(mine.closes_at or now, now)
    return _store(mine, ContestState.CLOSED, actor, now)


@transaction.atomic
def announce(*, contest: Contest, actor: User | None, now: datetime) -> Contest:
    """Says who won: the votes where enough came, else the reviewers. What can be learnt of each call is kept.

    Raises:
        Conflict: ``illegal_move``; ``recount_differs``: the stored ballots do not give the stored count.
    """
    mine = locked(contest)
    _legal(mine, ContestState.ANNOUNCED)
    counted = queries.recount(mine)
    if counted.as_json() != mine.tally:
        raise Conflict(
            _("The ballots do not give the count that was kept. Nothing was announced. Ask an administrator to look."),
            code="recount_differs",
        )
    won, mine.decided_by = queries.winners(mine, counted)
    places = {} if queries.hides(mine, counted) else dict(counted.places)
    calls = queries.shortlist(mine)
    for call in calls:
        call.place = 1 if call.pk in won else places.get(call.pk)
        call.save(update_fields=["place"])
        lesson_of(nomination=call, place=call.place, now=now)
    _store(mine, ContestState.ANNOUNCED, actor, now)
    tell_winner(mine, [call for call in calls if call.pk in won], now)
    return mine


@transaction.atomic
def archive(*, contest: Contest, actor: User | None, now: datetime) -> Contest:
    """It leaves the front page; its result stays."""
    return _store(locked(contest), ContestState.ARCHIVED, actor, now)


@transaction.atomic
def cancel(*, contest: Contest, because: str, actor: User | None, now: datetime) -> Contest:
    """Called off, in any state; ballots and moves are kept, nobody has won, lessons stay in the library."""
    reason = clean(because, 200)
    if not reason:
        raise RebondError(
            _("Say in a few words why it is called off; everybody who took part reads it. Nothing was changed."),
            code="say_why",
        )
    mine = _store(locked(contest), ContestState.CANCELLED, actor, now, reason)
    mine.nominations.update(place=None)
    no_longer_told([mine.pk])
    out_of_the_hall(contest=mine, actor=actor, now=now)
    return mine


def close_due(*, now: datetime) -> int:
    """Closes what is due: nominations, then votes; how many. Whoever closed it by hand in between was first."""
    steps = {ContestState.NOMINATIONS: close_nominations, ContestState.VOTING: close_voting}
    done = 0
    for contest in Contest.objects.filter(state__in=steps, closes_at__lte=now).order_by("pk"):
        try:
            steps[ContestState(contest.state)](contest=contest, actor=None, now=now)
        except Conflict:
            continue
        done += 1
    return done


# The one way a contest changes its state


def locked(contest: Contest) -> Contest:
    """The contest as it is stored, nobody else's until the transaction ends."""
    return Contest.objects.select_for_update(of=("self",)).select_related("team", "organiser").get(pk=contest.pk)


def _legal(mine: Contest, to: str) -> None:
    if not states.is_legal(mine.state, to):
        raise Conflict(
            _("This contest stands elsewhere by now (%(state)s). Nothing was changed. Look at it again.")
            % {"state": mine.get_state_display()}, code="illegal_move", state=mine.state,
        )  # fmt: skip


def _store(mine: Contest, to: str, actor: User | None, now: datetime, because: str = "") -> Contest:
    _legal(mine, to)
    before, mine.state = mine.state, to
    mine.save()
    last = mine.moves.aggregate(last=Max("number"))["last"] or 0
    ContestMove.objects.create(
        contest=mine, number=last + 1, from_state=before, to_state=to, at=now, by=actor, because=because
    )
    record(verb="celebrate.move_contest", subject=mine, actor=actor, at=now, before=before, to=to)
    return mine

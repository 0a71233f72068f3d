"""The call of the month: from names to the announced winner; ballots are secret, the count can be made again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rebond.commands import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from rebond.accounts.models import User
    from rebond.celebrate.models import Contest, Nomination

AT_MOST = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    words.add_parser("list", help="contests one may see, the newest first")
    _one(words.add_parser("show", help="where one stands, and the calls in it"))
    made = words.add_parser("new", help="prepare a month; with --as")
    made.add_argument("month", metavar="MONTH", help="2026-06")
    made.add_argument("--reviewer", action="append", default=[], metavar="EMAIL", help="who scores; two or more")
    made.add_argument("--everybody", action="store_true", help="for everybody, not one's own team alone")
    made.add_argument("--third-in-a-row", action="store_true", help="who won the last two months may win again")
    opened = _one(words.add_parser("open", help="open it for names, or, once the short list stands, for votes"))
    opened.add_argument("--until", default="", metavar="DAY", help="two weeks for names, one for votes when missing")
    _nominate_arguments(_one(words.add_parser("nominate", help="name a call; with --as")))
    answer = words.add_parser("answer", help="say yes or no to a name, or take a call out; with --as")
    answer.add_argument("id", metavar="CALL", type=int, help="the call’s number in the contest")
    answer.add_argument("answer", choices=("yes", "no", "withdraw"))
    _review_arguments(words.add_parser("review", help="a call cannot take part, or is read as an extract"))
    score = words.add_parser("score", help="a reviewer’s marks; with --as")
    score.add_argument("id", metavar="CALL", type=int, help="the call’s number in the contest")
    score.add_argument("marks", nargs="+", metavar="CRITERION=MARK", help="listening=4 questions=5 ...")
    score.add_argument("--note", default="", metavar="TEXT", help="a word on it")
    short = _one(words.add_parser("shortlist", help="make the short list from the marks"))
    short.add_argument("calls", metavar="N", type=int, help="3, 4 or 5")
    vote = _one(words.add_parser("vote", help="cast or change a ballot; with --as"))
    vote.add_argument("calls", nargs="+", metavar="CALL", type=int, help="those one approves of, or ranked, best first")
    _one(words.add_parser("close", help="close names, or votes, now"))
    _one(words.add_parser("announce", help="say who won"))
    _one(words.add_parser("audit", help="count again; roll, turnout, ballots, without a name"))
    _one(words.add_parser("archive", help="put it with the past months"))
    _one(words.add_parser("cancel", help="call it off")).add_argument("--why", required=True, metavar="TEXT")
    for one in words.choices.values():
        plain.add_person(one)
        plain.add_json(one)


def _one(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("id", metavar="ID", type=int, help="the contest’s number in the list")
    return parser


def _nominate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", metavar="RECORDING", type=int, help="the recording’s number")
    parser.add_argument("--title", required=True, metavar="TEXT")
    parser.add_argument("--lesson", required=True, metavar="TEXT", help="what we can learn from it")
    parser.add_argument("--situation", default="", metavar="TEXT", help="where it helps")
    parser.add_argument("--from", dest="begins", default="", metavar="M:SS", help="where to listen from")
    parser.add_argument("--until", default="", metavar="M:SS", help="until where")


def _review_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="CALL", type=int, help="the call’s number in the contest")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--disqualify", default="", metavar="WHY", help="it cannot take part; whose call it is reads why")
    what.add_argument("--extract", default="", metavar="TEXT", help="read in place of the sound; without names")


def run(options: argparse.Namespace) -> int:
    """Answers in the person’s own language; 1 where an audit finds that the ballots do not give what is shown."""
    from django.utils import timezone, translation

    from rebond.commands import shared

    user, now = shared.person(options), timezone.now()
    verbs: dict[str, Callable[[argparse.Namespace, User | None, datetime], int | None]] = {
        "list": _list, "show": _show, "new": _new, "open": _open, "nominate": _nominate, "answer": _answer,
        "review": _review, "score": _score, "shortlist": _shortlist, "vote": _vote, "close": _close,
        "announce": _announce, "audit": _audit, "archive": _archive, "cancel": _cancel,
    }  # fmt: skip
    with translation.override(user.language if user else translation.get_language()):
        return verbs[options.what](options, user, now) or 0


# Reading


def _list(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001 (all look alike)
    from django.utils.translation import gettext as _

    from rebond.celebrate.queries import contests as queries

    found = list(queries.visible(user)[:AT_MOST])
    if options.json:
        plain.print_json([_document(one) for one in found])
    elif not found:
        sys.stdout.write("{}\n".format(_("No contest yet. “rebond contest new 2026-06 --as EMAIL” prepares one.")))
    else:
        sys.stdout.writelines(_line(one) for one in found)


def _line(contest: Contest) -> str:
    from django.utils.translation import gettext as _

    team = contest.team.name if contest.team else _("everybody")
    return f"{contest.pk}  {contest.month:%Y-%m}  {team}  {contest.get_state_display()}\n"


def _document(contest: Contest) -> dict[str, Any]:
    return {"id": contest.pk, "month": f"{contest.month:%Y-%m}", "team": contest.team.name if contest.team else None,
            "state": contest.state, "closes_at": contest.closes_at,
            "decided_by": contest.decided_by or None}  # fmt: skip


def _show(options: argparse.Namespace, user: User | None, now: datetime) -> None:  # noqa: ARG001 (all look alike)
    from rebond.celebrate.access import get_contest
    from rebond.celebrate.queries import contests as queries

    contest = get_contest(user, options.id)
    calls = list(queries.nominations_seen(user, contest).order_by("pk"))
    _say(options, contest, calls=[_call(one, contest) for one in calls])


def _call(call: Nomination, contest: Contest) -> dict[str, Any]:
    from rebond.celebrate.contest import states

    won = call.status == "shortlisted" and call.place == 1 and contest.state in states.TOLD
    return {"id": call.pk, "title": call.title, "status": call.status, "recording": call.recording_id, "won": won,
            "because": call.because or None}  # fmt: skip


def _say(options: argparse.Namespace, contest: Contest, **more: Any) -> None:
    """The contest as it stands now, and what belongs to it."""
    if options.json:
        plain.print_json(_document(contest) | more)
        return
    sys.stdout.write(_line(contest))
    for call in more.get("calls", []):
        sys.stdout.write(f"  {call['id']}  {call['title']}  ({_place_of(call)})\n")


def _place_of(call: Mapping[str, Any]) -> str:
    from django.utils.translation import gettext as _

    from rebond.celebrate.models import NominationStatus

    return _("Call of the month") if call["won"] else str(NominationStatus(call["status"]).label)


def _audit(options: argparse.Namespace, user: User | None, now: datetime) -> int:  # noqa: ARG001 (all look alike)
    from django.utils.translation import gettext as _

    from rebond.celebrate.access import get_contest
    from rebond.celebrate.queries import contest_audit
    from rebond.celebrate.queries import contests as queries

    contest = get_contest(user, options.id)
    found = contest_audit.audit_json(contest_audit.open_audit(contest, organises=queries.organises(user, contest)))
    if options.json:
        plain.print_json(found)
        return int(not found["recount_equals"])
    figures = {"ballots": found["ballots_cast"], "roll": found["roll"]}
    sys.stdout.write(_line(contest))
    sys.stdout.write("{}\n".format(_("%(ballots)d of %(roll)d on the roll voted.") % figures))
    if found["recount_equals"]:
        sys.stdout.write("{}\n".format(_("The stored ballots give the stored count.")))
        return 0
    sys.stdout.write("{}\n".format(_("The stored ballots do not give the stored count.")))
    return 1


# The organiser


def _new(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_circle
    from rebond.celebrate.actions import contests as actions
    from rebond.celebrate.contest.typed import day
    from rebond.commands import shared

    actor = _somebody(user)
    team = get_circle(actor, everybody=options.everybody)
    reviewers = [found for who in options.reviewer if (found := shared.person(argparse.Namespace(who=who)))]
    made = actions.new_contest(
        month=day(f"{options.month}-01"), team=team, reviewers=reviewers,
        third_in_a_row=options.third_in_a_row, actor=actor, now=now,
    )  # fmt: skip
    _say(options, made)


def _somebody(user: User | None) -> User:
    """Whoever acts: names, marks and ballots are somebody's."""
    from django.utils.translation import gettext as _

    from rebond.base.errors import RebondError

    if user is None:
        raise RebondError(_("Say who does this, with --as EMAIL. Nothing was changed."), code="say_who")
    return user


def _mine(options: argparse.Namespace, user: User | None) -> Contest:
    from rebond.celebrate.access import get_contest

    return get_contest(user, options.id, to_organise=True)


def _open(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from datetime import timedelta

    from rebond.base.dates import day_begins
    from rebond.celebrate.actions import contests as actions
    from rebond.celebrate.contest.typed import day
    from rebond.celebrate.models import ContestState

    contest = _mine(options, user)
    until = day_begins(day(options.until) + timedelta(days=1)) if options.until else None
    if contest.state == ContestState.SHORTLIST:
        done = actions.open_voting(contest=contest, closes_at=until, actor=user, now=now)
    else:
        closes = until or now + timedelta(days=14)
        done = actions.open_nominations(contest=contest, closes_at=closes, actor=user, now=now)
    _say(options, done)


def _shortlist(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.actions.contests import make_shortlist
    from rebond.celebrate.queries import contests as queries

    done = make_shortlist(contest=_mine(options, user), wanted=options.calls, actor=user, now=now)
    _say(options, done, calls=[_call(one, done) for one in queries.shortlist(done)])


def _close(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.actions import contests as actions
    from rebond.celebrate.models import ContestState

    contest = _mine(options, user)
    step = actions.close_nominations if contest.state == ContestState.NOMINATIONS else actions.close_voting
    _say(options, step(contest=contest, actor=user, now=now))


def _announce(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.actions.contests import announce
    from rebond.celebrate.queries import contests as queries

    done = announce(contest=_mine(options, user), actor=user, now=now)
    _say(options, done, calls=[_call(one, done) for one in queries.shortlist(done)])


def _archive(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.actions.contests import archive

    _say(options, archive(contest=_mine(options, user), actor=user, now=now))


def _cancel(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.actions.contests import cancel

    _say(options, cancel(contest=_mine(options, user), because=options.why, actor=user, now=now))


def _review(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_nomination
    from rebond.celebrate.actions import nominating

    call = get_nomination(user, options.id, to_organise=True)
    if options.extract:
        done = nominating.take_extract(nomination=call, extract=options.extract, actor=user, now=now)
    else:
        done = nominating.disqualify(nomination=call, because=options.disqualify, actor=user, now=now)
    _say(options, call.contest, calls=[_call(done, call.contest)])


# Whoever names, is heard, scores, votes


def _nominate(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_contest, get_recording
    from rebond.celebrate.actions import nominating
    from rebond.celebrate.contest.typed import stretch

    actor = _somebody(user)
    contest = get_contest(actor, options.id)
    made = nominating.nominate(
        contest=contest, recording=get_recording(actor, options.recording), title=options.title,
        lesson=options.lesson, situation=options.situation, actor=actor, now=now,
        stretch=stretch({"from": options.begins, "until": options.until}),
    )  # fmt: skip
    _say(options, contest, calls=[_call(made, contest)])


def _answer(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_nomination
    from rebond.celebrate.actions import nominating

    actor = _somebody(user)
    call = get_nomination(actor, options.id)
    if options.answer == "withdraw":
        done = nominating.withdraw(nomination=call, actor=actor, now=now)
    else:
        done = nominating.answer(nomination=call, agrees=options.answer == "yes", actor=actor, now=now)
    _say(options, call.contest, calls=[_call(done, call.contest)])


def _score(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_nomination
    from rebond.celebrate.actions import nominating
    from rebond.celebrate.contest.typed import typed_id

    actor = _somebody(user)
    call = get_nomination(actor, options.id)
    pairs = [one.partition("=") for one in options.marks]
    marks = {name.strip(): typed_id(mark.strip()) for name, _equals, mark in pairs}
    given = nominating.score(nomination=call, marks=marks, note=options.note, actor=actor, now=now)
    _say(options, call.contest, marks=given.marks)


def _vote(options: argparse.Namespace, user: User | None, now: datetime) -> None:
    from rebond.celebrate.access import get_contest
    from rebond.celebrate.actions.voting import vote

    actor = _somebody(user)
    contest = get_contest(actor, options.id)
    cast = vote(contest=contest, choices=options.calls, actor=actor, now=now)
    _say(options, contest, ballot=cast.choices, changed=cast.changed)

"""The call of the month: one page for where it stands, and what each person does on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.models import User
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import day_begins
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.celebrate.access import get_circle, get_contest, get_nomination, get_recording
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.actions import nominating, voting
from rebond.celebrate.contest import ballots, rules, spans
from rebond.celebrate.contest.rules import Rules
from rebond.celebrate.contest.typed import day, months, ranked, stretch, typed_id
from rebond.celebrate.models import Contest, ContestState, Mark, Nomination, Recording
from rebond.celebrate.queries import contest_audit, contest_page
from rebond.celebrate.queries import contests as queries

#: Ticks that are read.
AT_MOST = 50


@require_GET
def current(request: SignedInRequest) -> HttpResponse:
    """The contest that matters now; none yet: how one begins."""
    found = queries.current_for(request.user)
    if found is None:
        context = {"may_start": request.user.is_lead, "past": contest_page.past(request.user, but=None)}
        return render(request, "celebrate/contest/none.html", context)
    return _page(request, found)


@require_GET
def contest(request: SignedInRequest, pk: int) -> HttpResponse:
    """One contest, where it stands."""
    return _page(request, get_contest(request.user, pk))


def _page(request: SignedInRequest, found: Contest, error: RebondError | None = None) -> HttpResponse:
    context = contest_page.page_of(found, request.user) | {"error": error, "closing": _closing(found)}
    return render(request, "celebrate/contest/page.html", context, status=error.status if error else 200)


def _closing(found: Contest) -> str:
    """The day offered for the next closing."""
    days = Rules.of(found.rules).voting_days if found.state == ContestState.SHORTLIST else 14
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# The organiser


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Who leads prepares a month: for whom, who scores."""
    if not request.user.is_lead:
        raise NotAllowed
    error: RebondError | None = None
    if request.method == "POST":
        try:
            return redirect("celebrate:one_contest", _made(request).pk)
        except (NotAllowed, NotFound):
            raise
        except RebondError as wrong:
            error = wrong
    context = {
        "months": months(timezone.localdate()), "people": _people(request.user), "error": error,
        "everybody": request.user.is_admin, "chosen": request.POST.getlist("reviewers"),
    }  # fmt: skip
    return render(request, "celebrate/contest/new.html", context, status=error.status if error else 200)


def _made(request: SignedInRequest) -> Contest:
    data, people = request.POST, {str(one.pk): one for one in _people(request.user)}
    return actions.new_contest(
        month=day(f"{data.get('month', '')}-01"), actor=request.user, now=timezone.now(),
        team=get_circle(request.user, everybody=bool(data.get("everybody"))),
        reviewers=[people[pk] for pk in data.getlist("reviewers") if pk in people],
        third_in_a_row=bool(data.get("third_in_a_row")),
    )  # fmt: skip


def _people(user: User) -> QuerySet[User]:
    """Who may score: colleagues of one's team and who leads elsewhere; for an administrator everybody."""
    found = User.objects.filter(is_active=True, email__isnull=False).order_by("name", "pk")
    near = found if user.is_admin else found.filter(team=user.team_id) | found.filter(role__in=("manager", "admin"))
    return near.distinct()


@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """One step on the way, by the organiser; what cannot be said stays on the page, with why."""
    found = get_contest(request.user, pk, to_organise=True)
    step = STEPS.get(request.POST.get("to", ""))
    if step is None:
        raise RebondError(_("There is no such step. Nothing was changed."), code="no_such_step")
    try:
        step(request, found, timezone.now())
    except NotAllowed:
        raise
    except RebondError as error:
        return _page(request, get_contest(request.user, pk), error)
    return redirect("celebrate:one_contest", pk)


def _end_of(typed: str, now: datetime) -> datetime | None:
    """The end of a typed day; nothing typed is none."""
    return min(day_begins(day(typed) + timedelta(days=1)), now + timedelta(days=400)) if typed else None


def _nominations(request: SignedInRequest, found: Contest, now: datetime) -> None:
    closes = _end_of(request.POST.get("closes_on", ""), now) or now + timedelta(days=14)
    cut = request.POST.get("joined_before", "")
    actions.open_nominations(
        contest=found, closes_at=closes, joined_before=day_begins(day(cut)) if cut else None,
        actor=request.user, now=now,
    )  # fmt: skip
    messages.success(request, _("Calls may be named now. Rules and rubric stand."))


def _review(request: SignedInRequest, found: Contest, now: datetime) -> None:
    actions.close_nominations(contest=found, actor=request.user, now=now)
    messages.success(request, _("No more calls are named. Now they are looked at."))


def _shortlist(request: SignedInRequest, found: Contest, now: datetime) -> None:
    wanted = typed_id(request.POST.get("wanted", ""))
    actions.make_shortlist(contest=found, wanted=wanted, actor=request.user, now=now)
    messages.success(request, _("The short list stands."))


def _voting(request: SignedInRequest, found: Contest, now: datetime) -> None:
    closes = _end_of(request.POST.get("closes_on", ""), now)
    actions.open_voting(contest=found, closes_at=closes, actor=request.user, now=now)
    messages.success(request, _("Votes are open. The roll stands."))


def _closed(request: SignedInRequest, found: Contest, now: datetime) -> None:
    actions.close_voting(contest=found, actor=request.user, now=now)
    messages.success(request, _("Votes are closed and counted. Look at the audit, then announce."))


def _announced(request: SignedInRequest, found: Contest, now: datetime) -> None:
    actions.announce(contest=found, actor=request.user, now=now)
    messages.success(request, _("Announced. What can be learnt of each call is kept in the lessons."))


def _archived(request: SignedInRequest, found: Contest, now: datetime) -> None:
    actions.archive(contest=found, actor=request.user, now=now)
    messages.success(request, _("It stands among the past months now."))


def _cancelled(request: SignedInRequest, found: Contest, now: datetime) -> None:
    actions.cancel(contest=found, because=request.POST.get("because", ""), actor=request.user, now=now)
    messages.success(request, _("Called off. Everybody who took part reads why."))


STEPS: dict[str, Callable[[SignedInRequest, Contest, datetime], None]] = {
    ContestState.NOMINATIONS: _nominations, ContestState.REVIEW: _review, ContestState.SHORTLIST: _shortlist,
    ContestState.VOTING: _voting, ContestState.CLOSED: _closed, ContestState.ANNOUNCED: _announced,
    ContestState.ARCHIVED: _archived, ContestState.CANCELLED: _cancelled,
}  # fmt: skip


@require_http_methods(["GET", "POST"])
def review(request: SignedInRequest, pk: int) -> HttpResponse:
    """One call under the organiser's eyes: who agreed, an extract in place of the sound, or why it cannot take part."""
    found, error = get_nomination(request.user, pk, to_organise=True), None
    if request.method == "POST":
        try:
            _looked_at(request, found)
            return redirect("celebrate:one_contest", found.contest_id)
        except RebondError as wrong:
            error = wrong
    one = next((one for one in contest_page.candidates(found.contest, request.user) if one.nomination.pk == pk), None)
    context = {"nomination": found, "contest": found.contest, "candidate": one, "error": error, "typed": request.POST}
    return render(request, "celebrate/contest/review.html", context, status=error.status if error else 200)


def _looked_at(request: SignedInRequest, found: Nomination) -> None:
    now, data = timezone.now(), request.POST
    if data.get("what") == "disqualify":
        nominating.disqualify(nomination=found, because=data.get("because", ""), actor=request.user, now=now)
        messages.success(request, _("It takes no part. Whose call it is reads why."))
    else:
        nominating.take_extract(nomination=found, extract=data.get("extract", ""), actor=request.user, now=now)
        messages.success(request, _("The extract is read in place of the sound."))


@require_GET
def audit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The count made again, roll and turnout: for the organiser once votes are closed, for all once announced."""
    found = get_contest(request.user, pk)
    organises = queries.organises(request.user, found)
    looked = contest_audit.open_audit(found, organises=organises)
    if request.GET.get("as") == "json":
        answer = JsonResponse(contest_audit.audit_json(looked), json_dumps_params={"ensure_ascii": False, "indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="call-of-the-month-{found.month:%Y-%m}.json"'
        return answer
    context = {"audit": looked, "contest": found, "organises": organises, **contest_page.count_of(found)}
    return render(request, "celebrate/contest/audit.html", context)


# Whoever names a call, and whose call it is


@require_http_methods(["GET", "POST"])
def nominate(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own call, or a colleague's, who must agree."""
    found, error = get_contest(request.user, pk), None
    if request.method == "POST":
        try:
            made = _named(request, found)
        except (NotFound, NotAllowed):
            raise
        except RebondError as wrong:
            error = wrong
        else:
            own = made.nominee_id == request.user.pk
            messages.success(
                request, _("Your call takes part.") if own else _("Named. They are asked whether they agree.")
            )
            return redirect("celebrate:one_contest", pk)
    chosen = request.POST.get("call") or request.GET.get("call", "")
    context = {"contest": found, "rules": Rules.of(found.rules), "calls": queries.offered_recordings(request.user),
               "error": error, "typed": request.POST, "chosen": chosen}  # fmt: skip
    return render(request, "celebrate/contest/nominate.html", context, status=error.status if error else 200)


def _named(request: SignedInRequest, found: Contest) -> Nomination:
    data = request.POST
    recording, clip = _call(request)
    return nominating.nominate(
        contest=found, recording=recording, clip=clip, stretch=None if clip else stretch(data), actor=request.user,
        title=data.get("title", ""), lesson=data.get("lesson", ""), situation=data.get("situation", ""),
        now=timezone.now(),
    )  # fmt: skip


def _call(request: SignedInRequest) -> tuple[Recording, Mark | None]:
    """The call that was chosen: a recording (``12``), or a stretch of it that is marked already (``12:5``)."""
    call, _colon, mark = request.POST.get("call", "").partition(":")
    if not call:
        raise RebondError(_("No call was chosen. Nothing was changed. Choose one of the list."), code="no_call")
    recording = get_recording(request.user, typed_id(call))
    if not mark:
        return recording, None
    clip = recording.marks.filter(pk=typed_id(mark), until_ms__isnull=False, muted=False).first()
    if clip is None:
        raise NotFound
    return recording, clip


@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Yes, no, or taken out again."""
    found, said, now = get_nomination(request.user, pk), request.POST.get("answer", ""), timezone.now()
    if said in ("yes", "no"):
        nominating.answer(nomination=found, agrees=said == "yes", actor=request.user, now=now)
        words = _("Your call takes part.") if said == "yes" else _("It takes no part. Nobody is told why.")
    elif said == "withdraw":
        nominating.withdraw(nomination=found, actor=request.user, now=now)
        words = _("Taken out. It takes no part any more.")
    else:
        raise RebondError(_("Neither yes nor no was chosen. Nothing was changed."), code="no_answer")
    messages.success(request, words)
    return redirect("celebrate:one_contest", found.contest_id)


# Reviewers


@require_http_methods(["GET", "POST"])
def score(request: SignedInRequest, pk: int) -> HttpResponse:
    """A reviewer's marks, given without seeing the other's."""
    found, error = get_nomination(request.user, pk), None
    known = Rules.of(found.contest.rules)
    if request.user.pk not in known.reviewers or request.user.pk == found.nominee_id:
        raise NotAllowed
    marks = {one["code"]: typed_id(request.POST.get(one["code"], "")) for one in found.contest.rubric}
    if request.method == "POST":
        try:
            nominating.score(
                nomination=found, marks=marks, note=request.POST.get("note", ""), actor=request.user, now=timezone.now()
            )
            messages.success(request, _("Your marks stand."))
            return redirect("celebrate:one_contest", found.contest_id)
        except NotAllowed:
            raise
        except RebondError as wrong:
            error = wrong
    given = list(found.scores.select_related("reviewer").order_by("pk"))
    mine = next((one for one in given if one.reviewer_id == request.user.pk), None)
    context = {
        "nomination": found, "contest": found.contest, "audible": bool(queries.audible([found])), "mine": mine,
        "given": given if mine else [], "error": error, "marks": rules.MARKS, "note": request.POST.get("note", ""),
        "criteria": _criteria(request, found, marks), "columns": [one.reviewer.name for one in given],
        "table": [{"label": one["label"], "marks": [score.marks.get(one["code"]) for score in given]}
                  for one in _criteria(request, found, marks)] if mine else [],
    }  # fmt: skip
    return render(request, "celebrate/contest/score.html", context, status=error.status if error else 200)


def _criteria(request: SignedInRequest, found: Nomination, marks: dict[str, int]) -> list[dict[str, Any]]:
    """The frozen rubric in the reader's language, with what was marked."""
    language = "fr" if request.user.language == "fr" else "en"
    return [
        {"code": one["code"], "label": one[language], "mark": marks.get(one["code"], 0)} for one in found.contest.rubric
    ]


# Voters


@require_http_methods(["GET", "POST"])
def vote(request: SignedInRequest, pk: int) -> HttpResponse:
    """The short list in the voter's own order: heard, then voted on; without a script, too."""
    found, error = get_contest(request.user, pk), None
    if request.method == "POST":
        try:
            made = voting.vote(contest=found, choices=_choices(request, found), actor=request.user, now=timezone.now())
        except RebondError as wrong:
            error = wrong
        else:
            messages.success(
                request, _("Your ballot is changed.") if made.changed else _("Your ballot is cast. You may change it "
                                                                             "until votes are closed."),
            )  # fmt: skip
            return redirect("celebrate:one_contest", pk)
    elif found.state != ContestState.VOTING:
        return redirect("celebrate:one_contest", pk)
    voter = queries.voter_of(found, request.user)
    heard = contest_page.heard_by(found, voter) if voter else []
    context = {
        "contest": found, "rules": Rules.of(found.rules), "voter": voter, "heard": heard, "error": error,
        "ranked": queries.method(found) == ballots.RANKED, "places": range(1, 1 + sum(not one.own for one in heard)),
        "left_to_hear": sum(not one.enough and not one.own for one in heard),
        "voted": any(one.chosen for one in heard),
    }  # fmt: skip
    return render(request, "celebrate/contest/vote.html", context, status=error.status if error else 200)


def _choices(request: SignedInRequest, found: Contest) -> list[int]:
    """What the ballot says: ticked calls, or places given to them."""
    if queries.method(found) == ballots.APPROVAL:
        return [typed_id(one) for one in request.POST.getlist("choice")[:AT_MOST]]
    return ranked(request.POST)


@require_POST
def heard(request: SignedInRequest, pk: int) -> HttpResponse:
    """A player's report: stretches in milliseconds, as ``0-5000,9000-12000``."""
    found = get_nomination(request.user, pk)
    kept = voting.hear(
        nomination=found, stretches=spans.read(request.POST.get("spans", "")), actor=request.user, now=timezone.now()
    )  # fmt: skip
    whole = queries.to_hear(found)
    percent = min(100, kept.heard_ms * 100 // whole) if whole else 100
    return JsonResponse({"heard_ms": kept.heard_ms, "percent": percent,
                         "enough": percent >= Rules.of(found.contest.rules).heard})  # fmt: skip

"""Actions for next time, and the team's tests: what somebody changes, and whether it did anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day, parse_day
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.paging import page_of
from rebond.base.text import clean
from rebond.deals.access import get_deal
from rebond.deals.models import Deal
from rebond.learn import actions
from rebond.learn.access import get_action, get_reveal, get_test, may_stop, require_lead, tests_for
from rebond.learn.lessons import trials
from rebond.learn.lessons.effects import effects
from rebond.learn.lessons.forms import ActionForm, TestForm, first_guess
from rebond.learn.models import Decided
from rebond.learn.queries import open_actions, settled_actions, team_actions
from rebond.learn.queries.measures import Watched

ACTION_DUE = timedelta(days=14)
AT_MOST = 200


@require_GET
def actions_list(request: SignedInRequest) -> HttpResponse:
    """What one decided to do differently, and what became of it; for a manager also what the team decided."""
    now, page = timezone.now(), page_of(settled_actions(request.user), request.GET.get("page"))
    found = effects(page.rows, now)
    context = {
        "open": open_actions(request.user)[:AT_MOST],
        "page": page,
        "settled": [(action, found.get(action.pk)) for action in page.rows],
        "team": team_actions(request.user)[:AT_MOST],
        "today": timezone.localdate(),
    }
    return render(request, "learn/actions.html", context)


@require_POST
def action_done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Done, with a line about what came of it; the line may come later too."""
    found, result, now = get_action(request.user, pk), request.POST.get("result", ""), timezone.now()
    if found.done_at and result.strip():
        actions.note_result(action=found, result=result, actor=request.user, now=now)
        messages.success(request, _("Kept."))
    else:
        actions.settle_action(action=found, done=True, result=result, actor=request.user, now=now)
        messages.success(request, _("Done. The next noes will tell whether it helped."))
    return redirect("learn:actions")


@require_POST
def action_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.settle_action(
        action=get_action(request.user, pk), done=False, result=request.POST.get("result", ""), actor=request.user,
        now=timezone.now(),
    )  # fmt: skip
    return redirect("learn:actions")


@require_POST
def action_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.reopen_action(action=get_action(request.user, pk), actor=request.user, now=timezone.now())
    return redirect("learn:actions")


@require_POST
def action_move(request: SignedInRequest, pk: int) -> HttpResponse:
    day = parse_day(request.POST.get("due_on", ""))
    if day is None:
        raise RebondError(_("This is not a date. The action is kept as it was. Choose a day."), code="bad_date")
    actions.move_action(action=get_action(request.user, pk), due_on=day, actor=request.user, now=timezone.now())
    return redirect("learn:actions")


@require_http_methods(["GET", "POST"])
def new_action(request: SignedInRequest) -> HttpResponse:
    """From a debrief, a reveal or a pattern: where it came from is kept with it."""
    source = request.POST if request.method == "POST" else request.GET
    deal, reason = _from_where(request), clean(source.get("reason", ""), 40)
    pattern = clean(source.get("pattern", ""), 80)
    first = {"owner": request.user, "due_on": timezone.localdate() + ACTION_DUE, "reason": reason}
    form = ActionForm(request.POST or None, user=request.user, reason=reason, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.add_action(
            owner=data["owner"], text=data["text"], due_on=data["due_on"], deal=deal, reason_code=data["reason"],
            pattern=pattern, actor=request.user, now=timezone.now(),
        )  # fmt: skip
        messages.success(request, _("Decided. It comes up on Today on its day."))
        return redirect("learn:actions")
    kept = {name: source[name] for name in ("invitation", "deal", "pattern") if source.get(name)}
    status = 400 if form.errors else 200
    return render(request, "learn/new_action.html", {"form": form, "deal": deal, "kept": kept}, status=status)


def _from_where(request: SignedInRequest) -> Deal | None:
    """The deal of the answer or of the debrief it came from; ``NotFound`` for one that is not this person's to see."""
    source = request.POST if request.method == "POST" else request.GET
    invitation, deal = source.get("invitation", ""), source.get("deal", "")
    if _is_number(invitation):
        return get_reveal(request.user, int(invitation)).deal
    return get_deal(request.user, int(deal)) if _is_number(deal) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


@require_GET
def tests(request: SignedInRequest) -> HttpResponse:
    """What the team tries at the moment, and what came of what it tried."""
    now, page = timezone.now(), page_of(tests_for(request.user).order_by("-starts_on", "-pk"), request.GET.get("page"))
    today = local_day(now)
    context = {
        "rows": [(test, test.stopped_at is None and test.stops_on >= today) for test in page.rows],
        "page": page,
        "may_start": _may_start(request),
    }
    return render(request, "learn/tests/list.html", context)


def _may_start(request: SignedInRequest) -> bool:
    return request.user.is_admin or (request.user.is_lead and request.user.team_id is not None)


@require_http_methods(["GET", "POST"])
def new_test(request: SignedInRequest) -> HttpResponse:
    """The form, with what such a test could see; "Work it out" (``look``) asks anew and stores nothing."""
    require_lead(request.user)
    if not _may_start(request):
        raise NotAllowed
    now = timezone.now()
    today, reason = local_day(now), clean(request.GET.get("reason", ""), 40)
    pattern = clean((request.POST or request.GET).get("pattern", ""), 80)
    form = TestForm(request.POST or None, user=request.user, today=today, initial=first_guess(today, reason))
    only_look = "look" in request.POST
    if request.method == "POST" and not only_look and form.is_valid():
        team = form.cleaned_data.get("team") if request.user.is_admin else request.user.team
        test = actions.start_test(team=team, plan=form.plan(pattern), today=today, actor=request.user, now=now)
        messages.success(request, _("The test is set. From its start on nothing about it can be changed but its end."))
        return redirect("learn:test", test.pk)
    context = {"form": form, "pattern": pattern, "preview": _preview(request, form)}
    return render(request, "learn/tests/new.html", context, status=400 if form.errors and not only_look else 200)


def _preview(request: SignedInRequest, form: TestForm) -> trials.Preview | None:
    """What the form as it stands could see; ``None`` while something about it is wrong."""
    if form.is_bound:
        form.full_clean()
        needed = {"measured", "baseline_from", "starts_on", "stops_on", "minimum_n"}
        if needed & set(form.errors):
            return None
    data: Mapping[str, Any] = form.cleaned_data if form.is_bound else form.initial
    measure, _colon, subject = data["measured"].partition(":")
    team = data.get("team") if request.user.is_admin else request.user.team
    found = Watched(measure, subject, data["baseline_from"], data["starts_on"], team_id=team.pk if team else None)
    return trials.preview(found, data["starts_on"], data["stops_on"], data["minimum_n"], form.today)


@require_GET
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Running: how many cases so far, and nothing of what they say. Ended: did it change?"""
    found = get_test(request.user, pk)
    reading = trials.read(found, timezone.now())
    context = {
        "test": found,
        "reading": reading,
        "measure": trials.measure_words(found.measure, found.subject),
        "finding": trials.finding(reading) if reading.status == "ended" else None,
        "decisions": Decided.choices,
        "may_write": may_stop(request.user, found),
    }
    return render(request, "learn/tests/test.html", context)


@require_POST
def stop_test(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_test(request.user, pk, to_write=True)
    actions.stop_test(
        test=found, decision=request.POST.get("decision", ""), note=request.POST.get("note", ""), actor=request.user,
        now=timezone.now(),
    )  # fmt: skip
    return redirect("learn:test", pk)

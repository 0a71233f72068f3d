"""The reveal: what the seller thought beside what the buyer said."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import Conflict, NotAllowed
from rebond.base.paging import page_of
from rebond.learn import actions
from rebond.learn.access import get_reveal
from rebond.learn.models import Invitation
from rebond.learn.queries import shared_in_team, shared_on, shared_with
from rebond.learn.queries.revealed import read_reveal

AT_MOST = 100


@require_GET
def reveals(request: SignedInRequest) -> HttpResponse:
    """The answers that were shared with one: those to look at, then those looked at."""
    mine = shared_with(request.user)
    context = {
        "waiting": mine.filter(response__reveal=None)[:AT_MOST],
        "page": page_of(mine.filter(response__reveal__isnull=False), request.GET.get("page")),
        "team": shared_in_team(request.user)[:AT_MOST],
    }
    return render(request, "learn/reveals.html", context)


@require_http_methods(["GET", "POST"])
def reveal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Side by side, once the six answers are given; a look and a surprise are kept on POST only."""
    found = get_reveal(request.user, pk)
    debrief = found.close_event.debrief
    own = debrief.assignee_id == request.user.pk
    if request.method == "POST":
        return _keep(request, found, own=own)
    if debrief.finished_at is None:
        return render(request, "learn/reveal_sealed.html", {"found": found, "debrief": debrief, "own": own})
    shown = read_reveal(found, shared_on(found.close_event_id), request.user)
    if shown.covered:
        return render(request, "learn/reveal_covered.html", {"shown": shown})
    context = {"shown": shown, "next_action": _next_action(found, shown.main.reasons)}
    return render(request, "learn/reveal.html", context)


def _keep(request: SignedInRequest, found: Invitation, *, own: bool) -> HttpResponse:
    if not own:
        raise NotAllowed
    if found.close_event.debrief.finished_at is None:
        raise Conflict(
            _("Your six answers come first, so that they stay yours. Nothing was changed."), code="debrief_first"
        )
    now = timezone.now()
    if "surprised" in request.POST:
        actions.write_surprise(response=found.response, text=request.POST["surprised"], actor=request.user, now=now)
        messages.success(request, _("Kept. You and whoever coaches you can read it."))
    else:
        actions.see_reveal(response=found.response, actor=request.user, now=now)
    return redirect("learn:reveal", found.pk)


def _next_action(found: Invitation, reasons: tuple[object, ...]) -> str:
    """Where "action for next time" leads: the buyer's main reason and this answer come along."""
    code = getattr(reasons[0], "code", "") if reasons else ""
    return f"{reverse('learn:new_action')}?invitation={found.pk}&reason={code}"

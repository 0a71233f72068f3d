"""Advocates: who would introduce us, and did we thank them? The page makes no sum; the funnel comes by itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day
from rebond.refer.models import State
from rebond.refer.queries import funnel as rows
from rebond.refer.queries import screen
from rebond.refer.queries.letters import to_look_at
from rebond.refer.queries.programme import why_not_offered

SHOWN = ("introductions", "advocates")


@require_GET
def advocates(request: SignedInRequest) -> HttpResponse:
    """Whom to ask and whom to thank, what is under way, who introduces us; or one of the lists, page by page."""
    shown = request.GET.get("show", "")
    build = {"introductions": _introductions, "advocates": _people}.get(shown, _first)
    mine = _mine(request)
    context = {
        "shown": shown if shown in SHOWN else "", "mine": mine, "may_choose_whose": _may_choose(request),
        "standings": screen.standings(request.user, mine=mine),
    }  # fmt: skip
    return render(request, "refer/advocates.html", context | build(request, mine=mine))


def _may_choose(request: SignedInRequest) -> bool:
    """Whether there is anybody's but one's own to see."""
    return request.user.is_admin or request.user.team_id is not None


def _mine(request: SignedInRequest) -> bool:
    """A seller begins with their own, who leads with their team's; anything else that was typed is the beginning."""
    whose = request.GET.get("who", "")
    return whose == "mine" or (whose != "team" and not request.user.is_lead)


def _first(request: SignedInRequest, *, mine: bool) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    view = rows.View.of(user, request.GET.dict(), local_day(now))
    waiting, people = screen.waiting(user, now), screen.first_advocates(user, mine=mine)
    referrals = screen.first_referrals(user, mine=mine)
    return {
        "waiting": waiting, "hesitates": screen.hesitates(user, now), "referrals": referrals, "people": people,
        "is_empty": not (waiting.asks or waiting.thanks or referrals or people), "more": screen.SHOWN,
        "funnel": f"{reverse('refer:funnel')}?{view.as_query}", "view": view, "periods": _periods(),
        "letters": to_look_at(user, now), "teams": rows.teams_for(user),
        "why_not": why_not_offered(local_day(now)), "today": local_day(now),
    }  # fmt: skip


def _introductions(request: SignedInRequest, *, mine: bool) -> dict[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    page = screen.referral_page(request.user, request.GET.get("page"), mine=mine, state=state)
    return {"page": page, "state": state, "is_empty": False}


def _people(request: SignedInRequest, *, mine: bool) -> dict[str, Any]:
    page, lines = screen.advocate_page(request.user, request.GET.get("page"), mine=mine)
    return {"page": page, "people": lines, "is_empty": False}


def _periods() -> list[tuple[str, str]]:
    return [("6m", _("Six months")), ("12m", _("Twelve months")), ("all", _("All the time"))]


@require_GET
def funnel(request: SignedInRequest) -> HttpResponse:
    """The funnel: a piece of the page with ``part=1``, else a page of its own, which needs no script."""
    from rebond.refer.funnel.answers import answer  # NumPy, Ibis: only here
    from rebond.refer.funnel.findings import findings

    view = rows.View.of(request.user, request.GET.dict(), local_day(timezone.now()))
    context = {"findings": findings(answer(view)), "view": view,
               "back": f"{reverse('refer:advocates')}?{view.as_query}"}  # fmt: skip
    is_part = request.GET.get("part") == "1"
    return render(request, "refer/funnel.html" if is_part else "refer/funnel_page.html", context)

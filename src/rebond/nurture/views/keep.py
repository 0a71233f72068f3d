"""Stay in touch: who said no and should hear from me, with what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.models import Team
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed
from rebond.nurture import actions
from rebond.nurture.keep import listed as page
from rebond.nurture.keep.imported import Imported, imported_noes
from rebond.nurture.models import Away

SHOWN = ("due", "paused", "ended")
PER_DAY = (3, 5, 8, 12)


@require_GET
def keep(request: SignedInRequest) -> HttpResponse:
    """Signs first, then who is due with the piece that fits, then month by month; or who is paused, or over."""
    user, now = request.user, timezone.now()
    teams = page.teams_for(user)
    team = _team(request, teams)
    shown = request.GET.get("show", "due")
    shown = shown if shown in SHOWN else "due"
    listed = page.listed(user, now=now, team=team)
    context = {
        "listed": listed,
        "shown": shown,
        "resting": page.resting(user, shown, team=team) if shown != "due" else [],
        "teams": teams,
        "team": team,
        "waited_for": page.waited_for(user, team=team),
        "imported": imported_noes(user, now=now) if listed.is_empty else None,
        "away": Away.objects.filter(user=user, cancelled_at=None, last_on__gte=timezone.localdate(now)).first(),
        "today": timezone.localdate(now),
    }
    return render(request, "nurture/keep.html", context)


def _team(request: SignedInRequest, teams: list[Team]) -> Team | None:
    wanted = request.GET.get("who", "")
    return next((team for team in teams if str(team.pk) == wanted), None)


@require_POST
def shipped(request: SignedInRequest) -> HttpResponse:
    """What people missed is there: each who waits for it is due. For who leads, since it touches colleagues' lists."""
    if not request.user.is_lead:
        raise NotAllowed
    count = actions.shipped(feature=request.POST.get("feature", ""), actor=request.user, now=timezone.now())
    said = ngettext("%(count)d person will hear of it.", "%(count)d people will hear of it.", count) % {"count": count}
    messages.success(request, said)
    return redirect("nurture:keep")


@require_http_methods(["GET", "POST"])
def noes(request: SignedInRequest) -> HttpResponse:
    """People who said no before Rebond was there: how many, over how many weeks; then they come in."""
    found = imported_noes(request.user, now=timezone.now())
    if request.method == "GET":
        chosen = _per_day(request.GET.get("per_day", ""))
        context = {"found": found, "weeks": found.weeks(chosen), "chosen": chosen, "rates": PER_DAY}
        return render(request, "nurture/noes.html", context)
    return _bring_in(request, found)


def _bring_in(request: SignedInRequest, found: Imported) -> HttpResponse:
    begun = actions.begin_many(
        deals=found.deals, per_day=_per_day(request.POST.get("per_day", "")), actor=request.user, now=timezone.now()
    )
    words = {"count": begun.begun, "without": begun.without_way, "silent": begun.silent}
    said = ngettext("%(count)d person is in touch now.", "%(count)d people are in touch now.", begun.begun) % words
    if begun.without_way or begun.silent:
        said = _("%(said)s Left out: %(without)d without address and phone, %(silent)d who asked for silence.") % (
            words | {"said": said}
        )
    messages.success(request, said)
    return redirect("nurture:keep")


def _per_day(text: str) -> int:
    return int(text) if text in {str(rate) for rate in PER_DAY} else PER_DAY[1]

"""The journal of what was changed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rebond.accounts.access import get_team
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import RebondError
from rebond.horizon.access import get_mark, journal_of
from rebond.horizon.actions import marks as actions


@require_POST
def add_mark(request: SignedInRequest) -> HttpResponse:
    """A line in one's team's journal; an administrator's stands in that of the team they look at, or in everybody's."""
    named, today = request.POST.get("team", ""), timezone.localdate()
    asked = get_team(request.user, int(named)) if named.isascii() and named.isdigit() and len(named) < 19 else None
    team = journal_of(request.user, asked)
    day = parse_day(request.POST.get("on", ""))
    if day is None:
        raise RebondError(_("That is no day. Nothing was saved. Write one such as 2026-06-09."), code="bad_day")
    actions.add_mark(
        team=team, on=day, text=request.POST.get("text", ""), today=today, actor=request.user, now=timezone.now()
    )
    messages.success(request, _("Noted. The charts show it at its day."))
    return redirect("horizon:long")


@require_POST
def take_back_mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was a mistake."""
    mark = get_mark(request.user, pk, to_change=True)
    actions.take_back_mark(mark=mark, actor=request.user, now=timezone.now())
    messages.success(request, _("Taken back. The charts no longer show it."))
    return redirect("horizon:long")

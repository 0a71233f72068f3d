"""Wins: what the team is proud of, a cheer with one tap, who had a part; and where the bell is rung."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.web import back_to
from rebond.celebrate.access import colleagues_of, get_colleague, get_part, get_win, may_name_parts
from rebond.celebrate.actions.wins import cheer_win, drop_part, name_part
from rebond.celebrate.queries.wins import feed_for, parts_of, seen_by, standing
from rebond.deals.models import Deal, Outcome

#: Deals offered where the bell is rung; the others are found by their own page.
OFFERED = 50


@require_GET
def wins(request: SignedInRequest) -> HttpResponse:
    """The feed of the last three months, as far as each person lets it be heard."""
    feed = feed_for(request.user, now=timezone.now(), number=request.GET.get("page"))
    return render(request, "celebrate/wins.html", {"feed": feed, "page": feed.page})


@require_GET
def win(request: SignedInRequest, pk: int) -> HttpResponse:
    """One win: what may be said of it, who had a part, who cheered."""
    found = get_win(request.user, pk)
    shown = seen_by(request.user, list(standing().filter(pk=found.pk)))[0]
    may_write = may_name_parts(request.user, found, mine=shown.mine)
    colleagues = colleagues_of(request.user).exclude(pk=found.owner_id or 0)
    context = {"shown": shown, "parts": parts_of(found, request.user), "may_write": may_write,
               "colleagues": colleagues if may_write else ()}  # fmt: skip
    return render(request, "celebrate/win.html", context)


@require_POST
def cheer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tap, or some words; pressed twice it is once."""
    cheer_win(
        win=get_win(request.user, pk), words=request.POST.get("words", ""), actor=request.user, now=timezone.now()
    )
    return redirect(back_to(request, reverse("celebrate:wins")))


@require_POST
def parts(request: SignedInRequest, pk: int) -> HttpResponse:
    """A colleague had a part in it; or had none, after a slip (``drop``)."""
    found = get_win(request.user, pk, to_write=True)
    typed = request.POST.get("user", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise RebondError(_("Nobody was chosen. Nothing was changed. Choose a colleague."), code="nobody_chosen")
    if "drop" in request.POST:
        part = get_part(request.user, pk, int(typed))
        drop_part(part=part, actor=request.user, now=timezone.now())
        messages.success(request, _("No longer named: %(name)s.") % {"name": part.user.name})
        return redirect("celebrate:wins")
    colleague = get_colleague(request.user, int(typed))
    name_part(win=found, user=colleague, what=request.POST.get("what", ""), actor=request.user, now=timezone.now())
    messages.success(request, _("Noted: %(name)s had a part in it.") % {"name": colleague.name})
    return redirect("celebrate:win", pk)


@require_GET
def ring(request: SignedInRequest) -> HttpResponse:
    """Which deal was won? Closing it rings the bell."""
    mine = Deal.objects.filter(owner=request.user, outcome=Outcome.OPEN).select_related("company")
    return render(request, "celebrate/ring.html", {"deals": mine.order_by("-last_touch_at", "-pk")[:OFFERED]})

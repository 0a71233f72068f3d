"""The leader's message: what waits to be written, the page it is written on, and what its reader says of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.text import clean
from rebond.base.web import back_to
from rebond.celebrate.access import get_echoed, get_praise
from rebond.celebrate.actions import praise as actions
from rebond.celebrate.milestones import earlier_noes
from rebond.celebrate.models import Praise, PraiseForm, PraiseStatus
from rebond.celebrate.praising import Manner, draft, is_enough, likes, manner_of
from rebond.celebrate.queries.equity import equity_of
from rebond.celebrate.queries.motives import motives_of
from rebond.celebrate.queries.praise import READ_BY_OTHERS, due_praise, said_by, with_customers
from rebond.celebrate.telling import named, people_of, special
from rebond.deals.models import Touch


@require_GET
def due(request: SignedInRequest) -> HttpResponse:
    """What waits to be written, and for who leads: is it given in time, who has heard nothing."""
    if not request.user.is_lead:
        raise NotAllowed
    now = timezone.now()
    context = {"rows": with_customers(due_praise(request.user)), "equity": equity_of(request.user, now=now),
               "said": said_by(request.user)}  # fmt: skip
    return render(request, "celebrate/praise_due.html", context)


@require_http_methods(["GET", "POST"])
def write(request: SignedInRequest, pk: int) -> HttpResponse:
    """One message: what they did, in the leader's own words; a draft around them on demand; sent as they like it."""
    praise = get_praise(request.user, pk)
    if request.method == "GET":
        return _page(request, praise)
    did, text = clean(request.POST.get("did", ""), 500), clean(request.POST.get("text", ""), actions.LONGEST)
    if request.POST.get("step") == "draft":
        if not is_enough(did):
            return _page(
                request, praise, did=did, text=text, wrong=_("Say first what exactly they did, in a few words.")
            )
        return _page(request, praise, did=did, text=draft(praise.win, did, manner_of(praise.win)))
    try:
        sent = actions.write(praise=praise, did=did, text=text, form=request.POST.get("form", ""), actor=request.user,
                             now=timezone.now())  # fmt: skip
    except RebondError as problem:
        return _page(request, praise, did=did, text=text, wrong=str(problem), status=problem.status)
    messages.success(request, _sent(sent))
    return redirect("celebrate:praise")


def _sent(praise: Praise) -> str:
    name = {"name": praise.win.owner.first_name if praise.win.owner else ""}
    return {
        PraiseForm.PUBLIC.value: _("Sent: %(name)s and the team read it now.") % name,
        PraiseForm.GROUP.value: _("Sent: %(name)s and those around the win read it now.") % name,
        PraiseForm.PRIVATE.value: _("Sent to %(name)s alone.") % name,
    }.get(praise.form, _("Noted that you said it to %(name)s.") % name)


def _page(
    request: SignedInRequest, praise: Praise, *, did: str = "", text: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    win, manner = praise.win, manner_of(praise.win)
    owner = win.owner
    context: dict[str, Any] = {
        "praise": praise, "win": win, "owner": owner, "manner": manner, "likes": likes(manner.form), "did": did,
        "text": text, "wrong": wrong, "waits": praise.status == PraiseStatus.WAITING, "facts": _facts(praise, manner),
        "spoken": manner.form == PraiseForm.SPOKEN, "others_read": manner.form in READ_BY_OTHERS,
        "about": named(win, manner.wish)[1],
        "motives": motives_of(owner, reader=request.user) if owner else None,
    }  # fmt: skip
    return render(request, "celebrate/praise_write.html", context, status=status)


def _facts(praise: Praise, manner: Manner) -> dict[str, Any]:
    """What helps to remember what they did: no figure of theirs beside anybody's."""
    win = praise.win
    deal = win.deal
    closed = deal.closed_at or win.at
    return {
        "milestones": special(win, manner.wish),
        "noes": earlier_noes(deal),
        "contacts": Touch.objects.filter(deal=deal).count(),
        "days": (closed - deal.opened_at).days if deal.opened_at else None,
        "parts": [one for one in people_of(win) if one.pk != win.owner_id] if manner.wish.show_name else [],
    }


@require_POST
def leave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nothing this time, and why."""
    actions.leave(
        praise=get_praise(request.user, pk), because=request.POST.get("because", ""), actor=request.user,
        now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Left unsaid. It is off your list."))
    return redirect("celebrate:praise")


@require_POST
def echo(request: SignedInRequest) -> HttpResponse:
    """It did me good, or it is not my thing."""
    good = request.POST.get("good", "")
    if good not in ("yes", "no"):
        raise RebondError(_("This is not one of the answers. Nothing was changed."), code="not_a_choice")
    about, form = get_echoed(request.user, request.POST.get("about", ""))
    actions.echo(user=request.user, about=about, form=form, good=good == "yes", now=timezone.now())
    messages.success(request, _("Noted. It helps them to choose what does you good."))
    return redirect(back_to(request, reverse("celebrate:mine")))

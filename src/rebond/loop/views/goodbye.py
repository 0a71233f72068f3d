"""Ending kindly: a goodbye that is read before it leaves, or "no, because"; who was right is asked later."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import Conflict
from rebond.base.web import back_to
from rebond.deals.models import Deal
from rebond.loop.goodbye import actions as ending
from rebond.loop.goodbye.shown import shown
from rebond.loop.prices import prices_for
from rebond.worth import actions as worth_actions
from rebond.worth.access import get_conversation, get_goodbye, get_objection
from rebond.worth.models import Right
from rebond.worth.queries.conversations import one_going


@require_GET
def goodbye(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why it may end, what the next contact is worth, and the note."""
    deal = get_conversation(request.user, pk)
    if not deal.is_open:
        raise Conflict(_("This deal is closed already. There is nobody to say goodbye to."), code="already_closed")
    back, variant = request.GET.get("next", ""), _variant(request)
    page = shown(deal, request.user, variant=variant, back=back, now=timezone.now())
    return render(request, "loop/goodbye.html", {"page": page, "deal": deal})


def _variant(request: SignedInRequest) -> int:
    asked = request.GET.get("draft", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def _back(request: SignedInRequest) -> HttpResponse:
    return redirect(back_to(request, reverse("worth:time")))


@require_POST
def say(request: SignedInRequest, pk: int) -> HttpResponse:
    """The note a person has read, or the word that it was said."""
    deal, now, data = get_conversation(request.user, pk), timezone.now(), request.POST
    by_mail = data.get("by", "mail") == "mail"
    said = ending.say_goodbye(
        deal=deal, subject=data.get("subject", ""), body=data.get("body", ""), by_mail=by_mail,
        outcome=data.get("outcome", "") or ending.ENDS[0].value, reason=data.get("reason", ""),
        to=_person(data.get("person", "")), actor=request.user, now=now, **_list_said(request, deal),
    )  # fmt: skip
    words = {"name": said.person.name if said.person else deal.name}
    text = _("To %(name)s: leaves in ten seconds. The deal is closed, the door is open.")
    if not by_mail:
        text = _("Closed kindly, and %(name)s stays in touch with us.")
    request.session["toast"] = {"words": text % words, "url": reverse("loop:undo_goodbye", args=[said.pk])}
    return _back(request)


def _person(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _list_said(request: SignedInRequest, deal: Deal) -> dict[str, Any]:
    """What the list says of it now, kept for looking back."""
    prices = prices_for(request.user, now=timezone.now())
    return {"going": one_going(deal, prices=prices), "currency": prices.currency}


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_goodbye(request.user, pk)
    taken = ending.undo_goodbye(goodbye=found, actor=request.user, now=timezone.now())
    if taken.note_gone:
        messages.info(request, _("The deal is open again. The note has left already: they have it, or soon will."))
    else:
        messages.success(request, _("Taken back. The deal is open again."))
    return redirect("loop:deal", found.deal_id)


@require_POST
def keep_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """ "No, because ..."; the list is silent about it until its seller is asked."""
    deal, now = get_conversation(request.user, pk), timezone.now()
    today = now.astimezone(ZoneInfo(request.user.time_zone)).date()
    worth_actions.keep_on(
        deal=deal, because=request.POST.get("because", ""), today=today, actor=request.user, now=now,
        **_list_said(request, deal),
    )  # fmt: skip
    messages.success(request, _("Kept. We ask you in six weeks, or after three more contacts, who was right."))
    return _back(request)


@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    found, now = get_objection(request.user, pk), timezone.now()
    today = now.astimezone(ZoneInfo(request.user.time_zone)).date()
    right = request.POST.get("right", "")
    worth_actions.settle(objection=found, right=right, today=today, actor=request.user, now=now)
    messages.success(request, _words_of(right))
    return _back(request)


def _words_of(right: str) -> str:
    return {
        Right.SELLER.value: _("Noted: you were right, it moved. The list leaves it alone for now."),
        Right.LIST.value: _("Noted: nothing came. You tried, and now you know."),
    }.get(right, _("Noted. We ask again in six weeks."))

"""Chat channels: which there are, a new one, trying it, what was told there and what became of it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.channels import actions, held, words
from rebond.channels.access import get_channel, get_delivery, get_whose, require_keeper
from rebond.channels.forms import ChannelForm
from rebond.channels.models import ChatChannel, ChatKind, Delivery, DeliveryStatus
from rebond.channels.purposes import get as purpose_of
from rebond.channels.queries import is_trying, kept_by, last_deliveries, unknown_in

#: Their next time is known.
WAITS = (DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED)


@require_GET
def channels(request: SignedInRequest) -> HttpResponse:
    """Every channel that the reader keeps, and how it stands; a handful of queries."""
    require_keeper(request.user)
    mine = kept_by(request.user)
    page = page_of(mine, request.GET.get("page"), load=ChatChannel.objects.select_related("team"))
    last = last_deliveries(page.rows)
    rows = [(one, words.state_of(one, last.get(one.pk)), last.get(one.pk)) for one in page]
    context = {"page": page, "rows": rows, "unknown": unknown_in(mine), "held": held.since()}
    return render(request, "channels/channels.html", context)


@require_http_methods(["GET", "POST"])
def new_channel(request: SignedInRequest) -> HttpResponse:
    """A place where wins are told; its address is looked at before it is kept."""
    require_keeper(request.user)
    form = ChannelForm(request.POST or None, user=request.user, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        try:
            return _added(request, form.cleaned_data, timezone.now())
        except RebondError as error:
            form.add_error("address", str(error))
    status = 400 if form.errors else 200
    return render(request, "channels/new.html", {"form": form, "where": _where()}, status=status)


def _where() -> list[tuple[str, str]]:
    return [(str(ChatKind(kind).label), str(said)) for kind, said in words.WHERE.items()]


def _added(request: SignedInRequest, given: dict[str, str], now: datetime) -> HttpResponse:
    channel = actions.add_channel(
        name=given["name"], kind=given["kind"], address=given["address"], team=get_whose(request.user, given["whose"]),
        language=given["language"], is_digest=given["when"] == "day", actor=request.user, now=now,
    )  # fmt: skip
    notices.success(request, _("Added. Try it now, to see that it arrives."))
    return redirect("channels:channel", channel.pk)


@require_GET
def channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """One channel: how it stands, what was told there last. As JSON: whether a try has ended (the page asks)."""
    found = get_channel(request.user, pk)
    trying = is_trying(found)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"ended": not trying, "words": _("On its way."), "total": 0})
    page = page_of(found.deliveries.order_by("-planned_at", "-pk"), request.GET.get("page"))
    last = last_deliveries([found]).get(found.pk)
    context = {
        "channel": found, "state": words.state_of(found, last), "page": page, "trying": trying,
        "rows": [_row(one) for one in page], "language": dict(settings.LANGUAGES).get(found.language, found.language),
    }  # fmt: skip
    return render(request, "channels/channel.html", context)


def _row(one: Delivery) -> dict[str, object]:
    return {
        "delivery": one, "title": words.title_of(one), "reason": words.reason_of(one), "answer": words.answer_of(one),
        "page": purpose_of(one.purpose).page(one), "waits": one.status in WAITS,
    }  # fmt: skip


@require_POST
def try_channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """A message that says it is a try is on its way."""
    actions.try_channel(channel=get_channel(request.user, pk), actor=request.user, now=timezone.now())
    return redirect("channels:channel", pk)


@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """``do``: ``on`` or ``off``."""
    found, what = get_channel(request.user, pk), request.POST.get("do", "")
    if what not in ("on", "off"):
        raise _unknown_choice()
    actions.switch(channel=found, on=what == "on", actor=request.user, now=timezone.now())
    on, off = _("On. Wins are told there from now."), _("Off. Nothing is told there; what waited is not told later.")
    notices.success(request, on if what == "on" else off)
    return redirect("channels:channel", pk)


@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """For good: its address is forgotten."""
    actions.end_channel(channel=get_channel(request.user, pk), actor=request.user, now=timezone.now())
    notices.success(request, _("Ended. Its address is forgotten; what was told there stays in this list."))
    return redirect("channels:channels")


@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """``decision`` about one that nobody knew of: ``told``, ``again``, ``leave``."""
    found, decision = get_delivery(request.user, pk), request.POST.get("decision", "")
    said = {
        "told": _("Noted: it is there."), "again": _("It is told again. It may be there twice."),
        "leave": _("Noted: it is left unsaid."),
    }  # fmt: skip
    if decision not in said:
        raise _unknown_choice()
    actions.settle(delivery=found, decision=decision, actor=request.user, now=timezone.now())
    notices.success(request, said[decision])
    return redirect("channels:channel", found.channel_id)


def _unknown_choice() -> RebondError:
    return RebondError(_("We do not know this choice. Nothing was changed. Choose one of the list."))

"""The deal page: records, reasons by voice, what is planned; and the doors to closing and reopening."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.deals.access import get_deal
from rebond.deals.models import (
    CLOSED_OUTCOMES,
    NOES,
    RESULTS,
    CloseEvent,
    CloseSource,
    Deal,
    DealRole,
    Material,
    Stage,
    StageKind,
)
from rebond.deals.queries import closes_of, deals_for, timeline
from rebond.learn import taxonomy
from rebond.learn.actions import ReasonGiven
from rebond.learn.debrief.questions import reason_label
from rebond.learn.models import Debrief
from rebond.learn.queries import planned_for_deal, reveals_for, visible_reasons
from rebond.loop import close as closing
from rebond.loop import lessons_shown
from rebond.loop.after_no import line_of, line_of_many
from rebond.loop.referrals_shown import of_deal
from rebond.worth.queries.earned import earned_as

AT_MOST_IN_BULK = 200


@require_GET
def deal(request: SignedInRequest, pk: int) -> HttpResponse:
    found, now = get_deal(request.user, pk), timezone.now()
    events = closes_of(found)
    reasons = visible_reasons(request.user, [event.pk for event in events])
    reveals = reveals_for(request.user, [event.pk for event in events])
    debriefs, actions = planned_for_deal(found.pk)
    context = {
        "deal": found,
        "parts": found.deal_people.select_related("person").order_by("pk"),
        "roles": DealRole.choices,
        "moments": timeline(found, closes=events, now=now),
        "events": [(event, _said(reasons[event.pk], event), reveals.get(event.pk)) for event in events],
        "debriefs": debriefs,
        "actions": actions,
        "results": RESULTS.items(),
        "earned": earned_as(found, request.user, today=timezone.localdate(now)),
        "materials": Material.choices,
        "stages": Stage.objects.filter(kind=StageKind.OPEN) if found.is_open else (),
        "after_no": line_of(found, request.user, now=now),
        "introductions": of_deal(found, request.user),
        "lessons": lessons_shown.of_deal(found, request.user, [one.code for said in reasons.values() for one in said]),
        "my_debrief": next((d for d in debriefs if d.assignee_id == request.user.pk), None),
        **close_choices(),
    }
    return render(request, "loop/deal.html", context)


def close_choices() -> dict[str, Any]:
    """What a closing form offers."""
    return {
        "outcomes": [(outcome.value, outcome.label) for outcome in CLOSED_OUTCOMES],
        "reasons": taxonomy.current().choices(),
        "not_known_yet": taxonomy.NOT_KNOWN_YET,
    }


def _said(reasons: list[Any], event: CloseEvent) -> list[dict[str, Any]]:
    names = taxonomy.current()
    return [
        {
            "voice": reason.get_source_display(),
            "label": reason_label(names, reason.code, event.outcome),
            "main": reason.role == "primary",
            "words": reason.verbatim,
        }
        for reason in reasons
    ]


@require_POST
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    found, now = get_deal(request.user, pk), timezone.now()
    event = closing.close(
        deal=found, actor=request.user, source=CloseSource.SCREEN, now=now, **_typed(request.POST, now)
    )
    debrief = Debrief.objects.filter(close_event=event, assignee=request.user).first()
    if debrief is not None and event.outcome in NOES:
        messages.success(request, _("That one is closed. Six questions while it is fresh?"))
        return redirect("learn:debrief", debrief.pk)
    messages.success(request, _("Closed."))
    return redirect("loop:deal", pk)


def _typed(data: QueryDict, now: datetime) -> dict[str, Any]:
    """What a closing form says, as ``loop.close.close`` takes it."""
    code = data.get("reason", "")
    return {
        "outcome": data.get("outcome", ""),
        "reasons": [ReasonGiven(code, verbatim=data.get("words", ""))] if code else [],
        "competitor": data.get("competitor_name", "") or data.get("competitor", ""),
        "note": data.get("note", ""),
        "closed_at": _day(data.get("closed_on", ""), now),
    }


def _day(text: str, now: datetime) -> datetime | None:
    """A typed day, in the evening where the person works; today means now."""
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise RebondError(_("This is not a date. The deal is still open. Choose a day."), code="bad_date")
    evening = datetime.combine(day, time(18), timezone.get_current_timezone())
    return now if day == timezone.localdate(now) else evening


@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    closing.reopen(deal=get_deal(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("Open again. What was said about the close is kept."))
    return redirect("loop:deal", pk)


@require_http_methods(["GET", "POST"])
def bulk_close(request: SignedInRequest) -> HttpResponse:
    """Several at once: first what will be closed, then the closing. Each is flagged as closed in bulk."""
    chosen = _chosen(request)
    if request.method == "GET":
        context = {"deals": chosen, **close_choices()}
        return render(request, "loop/bulk_close.html", context)
    closed = _close_all(request, chosen)
    words = ngettext("%(count)d deal closed.", "%(count)d deals closed.", closed) % {"count": closed}
    messages.success(request, words)
    return redirect(reverse("deals:list"))


def _chosen(request: SignedInRequest) -> list[Deal]:
    data = request.GET if request.method == "GET" else request.POST
    ids = [int(pk) for pk in data.getlist("deal") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    if len(ids) > AT_MOST_IN_BULK:
        raise RebondError(
            _("At most %(count)d deals at once. Nothing was changed. Choose fewer.") % {"count": AT_MOST_IN_BULK},
            code="too_many",
        )
    found = (
        deals_for(request.user).filter(pk__in=ids, outcome="open").select_related("company", "owner", "team", "stage")
    )
    return list(found.order_by("pk"))


def _close_all(request: SignedInRequest, chosen: list[Deal]) -> int:
    now = timezone.now()
    typed = _typed(request.POST, now)
    closing.close_many(deals=chosen, actor=request.user, now=now, **typed)
    if line := line_of_many(chosen, request.user, now=now):
        messages.info(request, line)
    return len(chosen)

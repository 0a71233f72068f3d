"""Today: what is worth the next minutes, one line each, cut by the minutes of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.actions import set_preferences
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.play import Play
from rebond.deals.access import get_deal
from rebond.deals.models import Material
from rebond.loop import actions
from rebond.loop.access import get_decision, get_item
from rebond.loop.queries import Listed, Today, listed_for, local_date, next_item, opened, today_for
from rebond.loop.shown import lines_of
from rebond.loop.today import STEPS

BUDGETS = (15, 30, 45, 60, 90, 120)
BAR_WIDTH = 480
LATER = {"tomorrow": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@dataclass(frozen=True)
class Segment:
    """One piece of the day's bar: where it begins and how wide it is, in units of the picture."""

    x: float
    width: float
    kind: str


@require_GET
def today(request: SignedInRequest) -> HttpResponse:
    """The list, and the item that is open (the first, or the one the address names)."""
    now = timezone.now()
    wanted = request.GET.get("item", "")
    listed = today_for(request.user, now=now, also=wanted)
    chosen = next((item for item in (*listed.items, listed.beside) if item is not None and item.key == wanted), None)
    current = chosen or (listed.items[0] if listed.items else None)
    undoable = request.session.pop("undoable", None)
    context = {
        "listed": listed,
        "lines": lines_of(listed, request.user),
        "current": current,
        "opened": current and opened(current, request.user, listed.listed, variant=_variant(request), now=now),
        "closings": [verb for verb in current.others if verb.key == "x"] if current else [],
        "detail": chosen is not None,
        "budgets": BUDGETS,
        "segments": bar(listed, current),
        "steps": [why for _step, why in STEPS],
        "undoable": next((d for d in listed.decisions if d.pk == undoable), None),
        "next": None if listed.items else next_item(request.user, now=now),
        "may_wait": current is not None and not current.key.startswith(f"{actions.DEBRIEF_KIND}:"),
        "materials": Material.choices,
        "tomorrow": listed.day.today + timedelta(days=1),
    }
    return render(request, "loop/today.html", context)


def _variant(request: SignedInRequest) -> int:
    """Which wording of the draft is asked for: 0, 1, 2 ..."""
    asked = request.GET.get("draft", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def bar(listed: Today, current: Play | None) -> list[Segment]:
    """The day as a bar: what is done, the open item, what still fits."""
    pieces = [(max(decision.minutes, 1), "accent") for decision in reversed(listed.done)]
    pieces += [(item.minutes, "now" if item is current else "line") for item in listed.fitting]
    total = sum(minutes for minutes, _kind in pieces)
    if not total:
        return []
    room = BAR_WIDTH - 3 * (len(pieces) - 1)
    segments, x = [], 0.0
    for minutes, kind in pieces:
        width = max(room * minutes / total, 2.0)
        segments.append(Segment(round(x, 1), round(width, 1), kind))
        x += width + 3
    return segments


@require_POST
def decide(request: SignedInRequest) -> HttpResponse:
    """Done, later or not useful; the next item takes the focus."""
    now = timezone.now()
    day = local_date(request.user, now)
    listed = listed_for(request.user, now=now)
    item = get_item(request.user, request.POST.get("item", ""), now=now, listed=listed)
    following = _following(request, item.key, listed)
    decision = request.POST.get("decision", "")
    stored = actions.decide(
        user=request.user, item=item, decision=decision, until=_until(request, day), today=day, now=now
    )
    request.session["undoable"] = stored.pk
    return redirect(_today(following))


def _following(request: SignedInRequest, key: str, listed: Listed) -> str:
    """The item after the one that goes."""
    keys = [item.key for item in listed.candidates]
    place = keys.index(key) if key in keys else -1
    rest = keys[place + 1 : place + 2] or keys[:place][-1:]
    return rest[0] if rest and request.POST.get("stay") else ""


def _today(item: str) -> str:
    return reverse("loop:today") + (f"?{urlencode({'item': item})}" if item else "")


def _until(request: SignedInRequest, day: date) -> date | None:
    chosen = request.POST.get("until", "")
    if chosen in LATER:
        return day + LATER[chosen]
    try:
        return parse_date(request.POST.get("day", ""))
    except ValueError:
        return None


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.undo(decision=get_decision(request.user, pk), user=request.user, now=timezone.now())
    return redirect("loop:today")


@require_POST
def minutes(request: SignedInRequest) -> HttpResponse:
    """How much time the list may take today and on other days."""
    chosen = request.POST.get("minutes", "")
    if not chosen.isascii() or not chosen.isdigit() or int(chosen) not in BUDGETS:
        raise RebondError(_("Choose one of the minutes offered. Nothing was changed."), code="bad_minutes")
    set_preferences(user=request.user, changes={"day_minutes": int(chosen)}, now=timezone.now())
    return redirect("loop:today")


@require_POST
def touched(request: SignedInRequest, pk: int) -> HttpResponse:
    """From the list: the contact was made. It is logged on the deal, and the item is done."""
    deal, now = get_deal(request.user, pk), timezone.now()
    item = get_item(request.user, f"loop.quiet:{deal.pk}", now=now)
    sent = {name: request.POST.get(name, "") for name in ("material", "material_name")}
    done = actions.follow_up_done(
        user=request.user, deal=deal, item=item, channel=request.POST.get("channel", ""), now=now, **sent
    )
    request.session["undoable"] = done.pk
    messages.success(request, _("Logged on the deal."))
    return redirect("loop:today")

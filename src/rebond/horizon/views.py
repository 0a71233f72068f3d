"""Perspective (M14): after a no, a calm line with this person's own numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.horizon.access import get_close_event
from rebond.horizon.queries import Dot
from rebond.horizon.queries import perspective as numbers_of

#: The picture: dots in rows of this many, each in a square of this size.
PER_ROW, CELL = 30, 16


@dataclass(frozen=True)
class Placed:
    """A dot with its place in the picture."""

    x: int
    y: int
    dot: Dot


@require_GET
def perspective(request: SignedInRequest, pk: int) -> HttpResponse:
    shown = numbers_of(get_close_event(request.user, pk))
    placed = [
        Placed(CELL // 2 + CELL * (place % PER_ROW), CELL // 2 + CELL * (place // PER_ROW), dot)
        for place, dot in enumerate(shown.dots)
    ]
    rows = -(-len(placed) // PER_ROW)
    context = {
        "shown": shown,
        "placed": placed,
        "size": (PER_ROW * CELL, max(rows, 1) * CELL),
        "percent": [round(100 * (share or 0)) for share in (shown.after.lo80, shown.after.hi80, shown.after.value)],
        "before_percent": round(100 * (shown.before.value or 0)),
        "own": shown.event.deal.owner_id == request.user.pk,
    }
    return render(request, "horizon/perspective.html", context)

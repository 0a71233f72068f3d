"""Perspective (M14): after a no, a calm line with this person's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.findings import words
from rebond.findings.pictures import Stepped, number_axis, way
from rebond.horizon.access import get_close_event
from rebond.horizon.queries import Dot, Perspective
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
    after = f"{reverse('horizon:block', args=['after'])}?event={pk}"
    context = {
        "shown": shown,
        "placed": placed,
        "size": (PER_ROW * CELL, max(rows, 1) * CELL),
        "percent": [round(100 * (share or 0)) for share in (shown.after.lo80, shown.after.hi80, shown.after.value)],
        "before_percent": round(100 * (shown.before.value or 0)),
        "own": shown.event.deal.owner_id == request.user.pk,
        "line": _line(shown), "sales": shown.line[-1][1], "after": after,
    }  # fmt: skip
    return render(request, "horizon/perspective.html", context)


def _line(shown: Perspective) -> SafeString:
    """The year's sales, one step each, with this deal where it stands; nothing where nothing was sold."""
    sales = shown.line[-1][1]
    if not sales:
        return SafeString("")
    end = shown.event.closed_at or shown.event.recorded_at
    text = ngettext("%(n)s sale in the twelve months until then", "%(n)s sales in the twelve months until then", sales)
    reached = Stepped(
        [0.0, *(part for part, _n in shown.line)], [0.0, *(float(n) for _part, n in shown.line)], words.count(sales),
        small=not shown.won,
    )  # fmt: skip
    ticks = [(back / 12, words.short_month(_months_before(end, 12 - back), with_year=False)) for back in (0, 3, 6, 9)]
    return way(
        reached, (), (), number_axis([float(sales)], words.count, room=6.0), ticks, text % {"n": words.count(sales)}
    )


def _months_before(at: datetime, months: int) -> date:
    month = 12 * at.year + at.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)

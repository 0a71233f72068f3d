"""The long view: month, quarter and year in one picture. The page paints at once; each block comes by itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound
from rebond.horizon import blocks
from rebond.horizon.access import get_close_event
from rebond.horizon.view import View

#: The block of the page of perspective: not of a view, but of one close.
AFTER = "after"


def _view(request: SignedInRequest) -> View:
    return View.of(request.user, request.GET.dict(), timezone.localdate())


@require_GET
def long_view(request: SignedInRequest) -> HttpResponse:
    """The shell: title, filters, a place for every block. No sum is made for it."""
    view = _view(request)
    context = {
        "view": view,
        "choices": view.choices,
        "segments": blocks.segment_choices(view),
        "columns": _columns(view),
    }
    return render(request, "horizon/long/page.html", context)


def _columns(view: View) -> list[list[tuple[str, str, str, int]]]:
    """Name, title, address and place of each block, column by column."""
    titles = blocks.titles()
    places = {name: place for place, name in enumerate(titles)}
    return [[(name, titles[name], _address(name, view), places[name]) for name in names] for names in blocks.COLUMNS]


def _address(name: str, view: View) -> str:
    return f"{reverse('horizon:block', args=[name])}?{view.as_query()}"


def _after(request: SignedInRequest) -> blocks.Block:
    """What one close changes on the way to the goals of whoever sold it."""
    number = request.GET.get("event", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise NotFound
    return blocks.after(request.user, get_close_event(request.user, int(number)), timezone.localdate())


@require_GET
def block(request: SignedInRequest, name: str) -> HttpResponse:
    """One block: a piece of the page with ``part=1``, else a page of its own, which needs no script."""
    view = _view(request)
    built = _after(request) if name == AFTER else blocks.build(name, view)
    context = {"view": view, "built": built, "title": blocks.titles().get(name, _("Long view")),
               "back": f"{reverse('horizon:long')}?{view.as_query()}"}  # fmt: skip
    if request.GET.get("part") == "1":
        return render(request, built.template, context)
    return render(request, "horizon/long/block_page.html", context)

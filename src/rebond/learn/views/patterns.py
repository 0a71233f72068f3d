"""Patterns: why we lose, what we can change, what really moved. The page paints at once; each block comes by itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound
from rebond.base.paging import page_of
from rebond.base.workdays import next_first_workday
from rebond.deals.queries import segments_for
from rebond.learn.lessons.digest import compose
from rebond.learn.patterns import blocks, opening
from rebond.learn.patterns.view import View


def _view(request: SignedInRequest) -> View:
    return View.of(request.user, request.GET.dict(), timezone.localdate())


@require_GET
def patterns(request: SignedInRequest) -> HttpResponse:
    """The shell: title, filters, a place for every block. No sum is made for it."""
    view = _view(request)
    context = {
        "view": view,
        "periods": blocks.period_choices(),
        "teams": view.teams,
        "segments": segments_for(request.user, view.segment),
        "blocks": [(name, title, _address(name, view)) for name, title in blocks.titles().items()],
        "headcount": _address(blocks.HEADCOUNT, view),
        "without_bulk": not view.bulk,
    }
    return render(request, "learn/patterns/page.html", context)


def _address(name: str, view: View) -> str:
    return f"{reverse('learn:block', args=[name])}?{view.as_query()}"


@require_GET
def block(request: SignedInRequest, name: str) -> HttpResponse:
    """One block: a piece of the page with ``part=1``, else a page of its own, which needs no script."""
    view = _view(request)
    if name not in blocks.BUILDERS:
        raise NotFound
    is_part = request.GET.get("part") == "1"
    built = blocks.build(name, view, whole=not is_part)
    context = {"view": view, "built": built, "title": blocks.titles().get(name, _("Losses")),
               "back": f"{reverse('learn:patterns')}?{view.as_query()}"}  # fmt: skip
    if is_part:
        return render(request, built.template, context)
    return render(request, "learn/patterns/block_page.html", context)


@require_GET
def opened(request: SignedInRequest) -> HttpResponse:
    """The deals behind a figure."""
    view = _view(request)
    found = opening.opened(view, request.GET.dict())
    beside = opening.beside(view, found, named=request.GET.get("role") == "named")
    context = {
        "view": view, "opened": found, "page": page_of(found.deals, request.GET.get("page"), load=found.load),
        "beside": beside, "back": f"{reverse('learn:patterns')}?{view.as_query()}",
        "why_empty": beside or _("The figure behind it may have changed meanwhile."),
    }  # fmt: skip
    return render(request, "learn/patterns/opened.html", context)


@require_GET
def digest(request: SignedInRequest) -> HttpResponse:
    """This month's digest as it would go to whoever looks."""
    today = timezone.localdate()
    context = {"digest": compose(request.user, today), "goes_on": next_first_workday(today)}
    return render(request, "learn/digest.html", context)

"""Value of time: the page paints at once, each block comes by itself."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound
from rebond.base.paging import page_of
from rebond.deals.queries import segments_for
from rebond.worth.view import View


def _view(request: SignedInRequest) -> View:
    return View.of(request.user, request.GET.dict(), timezone.localdate())


def _address(name: str, view: View) -> str:
    return f"{reverse('worth:block', args=[name])}?{view.as_query()}"


@require_GET
def time(request: SignedInRequest) -> HttpResponse:
    """The shell: title, filters, a place for every block. No sum is made for it."""
    from rebond.worth.time import blocks

    view = _view(request)
    context = {
        "view": view,
        "periods": blocks.period_choices(),
        "whose": blocks.whose_choices(request.user),
        "segments": segments_for(request.user, view.segment),
        "heads": [(name, title, _address(name, view)) for name, title in blocks.heads().items()],
        "blocks": [(name, title, _address(name, view)) for name, title in blocks.titles().items()],
        "lede": _address("lede", view),
        "changes": _address("changes", view),
    }
    return render(request, "worth/time/page.html", context)


@require_GET
def block(request: SignedInRequest, name: str) -> HttpResponse:
    """One block: a piece of the page with ``part=1``, else a page of its own, which needs no script."""
    from rebond.worth.time import blocks

    view = _view(request)
    if name not in blocks.BUILDERS:
        raise NotFound
    built = blocks.build(name, view, now=timezone.now())
    context = {"view": view, "built": built, "title": blocks.every_title()[name],
               "back": f"{reverse('worth:time')}?{view.as_query()}"}  # fmt: skip
    template = built.template if request.GET.get("part") == "1" else "worth/time/block_page.html"
    return render(request, template, context)


@require_GET
def opened(request: SignedInRequest) -> HttpResponse:
    """The deals behind a figure: the sales of the time, or all deals that were contacted in it."""
    from rebond.worth.time.opening import opened as found_for

    view = _view(request)
    found = found_for(view, request.GET.get("what", ""))
    page = page_of(found.deals, request.GET.get("page"), load=found.load)
    context = {
        "view": view, "opened": found, "page": page, "rows": found.rows(page.rows),
        "back": f"{reverse('worth:time')}?{view.as_query()}",
    }  # fmt: skip
    return render(request, "worth/time/opened.html", context)

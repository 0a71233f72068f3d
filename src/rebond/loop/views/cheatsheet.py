"""The cheat sheet: six lines with one person's own numbers, on screen and on paper."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.loop.cheatsheet.sheet import compose


@require_GET
def cheatsheet(request: SignedInRequest) -> HttpResponse:
    """The six lines of whoever looks; nobody sees another's."""
    return render(request, "loop/cheatsheet.html", {"sheet": compose(request.user, now=timezone.now())})


@require_GET
def pdf(request: SignedInRequest) -> HttpResponse:
    """The same on one page of A4."""
    from rebond.loop.cheatsheet.paper import as_pdf  # only this page needs the typesetter

    sheet = compose(request.user, now=timezone.now())
    name = f"rebond-{slugify(request.user.name) or 'sheet'}-{sheet.day.isoformat()}.pdf"
    return HttpResponse(
        as_pdf(sheet), content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )

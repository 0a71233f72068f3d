"""My wins: for oneself alone, on any day."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.celebrate.queries.mine import mine_of


@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    """All of one's own wins with what was said about them; nobody else's address leads here."""
    own = mine_of(request.user, number=request.GET.get("page"))
    return render(request, "celebrate/mine.html", {"own": own, "page": own.page})

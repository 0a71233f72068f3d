"""A ticket for this browser's stream."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.live.tickets import given
from rebond.live.topics import person, topics_of


@require_GET
def new_ticket(request: SignedInRequest) -> HttpResponse:
    """Where to listen, from which event on, for how many seconds the ticket is good, and what time it is."""
    user = request.user
    ticket = given(holder=person(user.pk), topics=topics_of(user), now=timezone.now())
    return JsonResponse(ticket, headers={"Cache-Control": "no-store"})

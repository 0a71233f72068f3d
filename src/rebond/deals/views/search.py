"""Find: deals, companies and people by the beginning of words; accents and case do not matter."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.deals.queries import companies_for, deals_for, people_for
from rebond.deals.search import matching, words

AT_MOST = 20


@require_GET
def search(request: SignedInRequest) -> HttpResponse:
    """At most 20 of each kind: whoever needs more types another word."""
    query = request.GET.get("q", "")[:200]
    context: dict[str, object] = {"query": query, "asked": bool(words(query))}
    if context["asked"]:
        user = request.user
        deals = deals_for(user).filter(pk__in=matching("deal", query)).select_related("company", "owner")
        context["deals"] = deals.order_by("-opened_at")[:AT_MOST]
        context["companies"] = (
            companies_for(user).filter(pk__in=matching("company", query)).order_by("folded")[:AT_MOST]
        )
        people = people_for(user).filter(pk__in=matching("person", query)).select_related("company")
        context["people"] = people.order_by("name")[:AT_MOST]
    return render(request, "deals/search.html", context)

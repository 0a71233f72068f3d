"""People and companies."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from rebond.accounts.requests import SignedInRequest
from rebond.base.paging import page_of
from rebond.deals import actions
from rebond.deals.access import get_company, get_person
from rebond.deals.forms import CompanyForm, PersonForm
from rebond.deals.models import Person
from rebond.deals.queries import companies_for, count_deals, deals_for, people_for
from rebond.deals.search import matching


@require_GET
def people(request: SignedInRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:200]
    found = people_for(request.user).select_related("company").order_by("name", "pk")
    if query:
        found = found.filter(pk__in=matching("person", query))
    return render(request, "deals/people.html", {"page": page_of(found, request.GET.get("page")), "query": query})


@require_GET
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """What we know of somebody: their part in deals, the latest contacts."""
    found = get_person(request.user, pk)
    visible = deals_for(request.user)
    parts = (
        found.deal_people.filter(deal__in=visible).select_related("deal", "deal__owner").order_by("-deal__opened_at")
    )
    touches = found.touches.filter(deal__in=visible).select_related("deal", "owner").order_by("-at")
    context = {"person": found, "parts": parts[:50], "touches": touches[:50]}
    return render(request, "deals/person.html", context)


@require_http_methods(["GET", "POST"])
def new_person(request: SignedInRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, initial={"company_name": request.GET.get("company", "")})
    if request.method == "POST" and form.is_valid():
        created = actions.create_person(actor=request.user, now=timezone.now(), **_person_values(request, form))
        return redirect("deals:person", created.pk)
    return render(request, "deals/person_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def edit_person(request: SignedInRequest, pk: int) -> HttpResponse:
    found: Person = get_person(request.user, pk)
    form = PersonForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        changes = _person_values(request, form)
        actions.edit_person(
            person=get_person(request.user, pk), changes=changes, actor=request.user, now=timezone.now()
        )
        return redirect("deals:person", pk)
    return render(request, "deals/person_form.html", {"form": form, "person": found})


def _person_values(request: SignedInRequest, form: PersonForm) -> dict[str, Any]:
    values = dict(form.cleaned_data)
    name = values.pop("company_name")
    values["company"] = actions.find_or_add_company(name=name, actor=request.user, now=timezone.now())
    return values


@require_GET
def companies(request: SignedInRequest) -> HttpResponse:
    query = request.GET.get("q", "")[:200]
    found = companies_for(request.user).order_by("folded", "pk")
    if query:
        found = found.filter(pk__in=matching("company", query))
    page = page_of(found, request.GET.get("page"))
    counts = count_deals(request.user, page.rows)
    rows = [(company, *counts.get(company.pk, (0, 0))) for company in page]
    return render(request, "deals/companies.html", {"page": page, "rows": rows, "query": query})


@require_GET
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    """A company, its people and its deals."""
    found = get_company(request.user, pk)
    context = {
        "company": found,
        "people": people_for(request.user).filter(company=found).order_by("name")[:100],
        "deals": deals_for(request.user)
        .filter(company=found)
        .select_related("owner", "stage")
        .order_by("-opened_at")[:100],
    }
    return render(request, "deals/company.html", context)


@require_http_methods(["GET", "POST"])
def new_company(request: SignedInRequest) -> HttpResponse:
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        created = actions.create_company(actor=request.user, now=timezone.now(), **form.cleaned_data)
        return redirect("deals:company", created.pk)
    return render(request, "deals/company_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def edit_company(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_company(request.user, pk)
    form = CompanyForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        stored = get_company(request.user, pk)
        actions.edit_company(company=stored, changes=form.cleaned_data, actor=request.user, now=timezone.now())
        return redirect("deals:company", pk)
    return render(request, "deals/company_form.html", {"form": form, "company": found})

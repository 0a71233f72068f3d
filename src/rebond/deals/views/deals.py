"""Deals: list, export, new, edit, and what is logged on a deal's page."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.access import get_person as get_colleague
from rebond.accounts.queries import people_for as colleagues_for
from rebond.accounts.requests import SignedInRequest
from rebond.base.paging import page_of
from rebond.base.web import back_to
from rebond.deals import actions
from rebond.deals.access import get_deal, get_person, get_stage
from rebond.deals.forms import DealForm, FilterForm
from rebond.deals.lists import SORTS, as_csv, deals_list, with_needed
from rebond.deals.models import CLOSED_OUTCOMES, Deal, Outcome, Stage


@require_GET
def deals(request: SignedInRequest) -> HttpResponse:
    """The list: 50 rows, filters and sorting in the address."""
    filters = FilterForm(request.GET).values()
    found = deals_list(request.user, filters)
    page = page_of(found, request.GET.get("page"), load=with_needed(Deal.objects.all()))
    context = {
        "page": page,
        "filters": filters,
        "sort": filters.get("sort", "-opened"),
        "sorts": SORTS,
        "outcomes": Outcome.choices,
        "closing": [(outcome.value, outcome.label) for outcome in CLOSED_OUTCOMES],
        "owners": colleagues_for(request.user).order_by("name")[:200],
        "stages": Stage.objects.all(),
        "narrowed": bool(set(filters) - {"sort"}),
    }
    return render(request, "deals/list.html", context)


@require_GET
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """What the list shows, all of it, as CSV."""
    rows = as_csv(deals_list(request.user, FilterForm(request.GET).values()))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="deals-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


@require_http_methods(["GET", "POST"])
def new_deal(request: SignedInRequest) -> HttpResponse:
    form = DealForm(request.POST or None, user=request.user, initial={"company_name": request.GET.get("company", "")})
    if request.method == "POST" and form.is_valid():
        changes = _changes(request, form)
        get_colleague(request.user, changes["owner"].pk)
        deal = actions.create_deal(actor=request.user, now=timezone.now(), **changes)
        return redirect("loop:deal", deal.pk)
    return render(request, "deals/deal_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
def edit_deal(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = get_deal(request.user, pk)
    form = DealForm(request.POST or None, user=request.user, instance=deal)
    if request.method == "POST" and form.is_valid():
        changes = _changes(request, form)
        actions.edit_deal(deal=get_deal(request.user, pk), changes=changes, actor=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("loop:deal", pk)
    return render(request, "deals/deal_form.html", {"form": form, "deal": deal})


def _changes(request: SignedInRequest, form: DealForm) -> dict[str, Any]:
    changes = form.changes()
    changes["company"] = actions.find_or_add_company(
        name=form.cleaned_data["company_name"], actor=request.user, now=timezone.now()
    )
    if opened := form.cleaned_data["opened_on"]:
        changes["opened_at"] = datetime.combine(opened, time(9), timezone.get_current_timezone())
    return changes


@require_POST
def touch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Logs a contact in one tap; who it was with and what came of it may be added."""
    deal, now = get_deal(request.user, pk, alone=True), timezone.now()
    with_whom = request.POST.get("person", "")
    actions.log_touch(
        deal=deal,
        person=get_person(request.user, int(with_whom)) if with_whom.isdigit() else None,
        channel=request.POST.get("channel", ""),
        direction=request.POST.get("direction") or "out",
        at=now,
        minutes=_minutes(request.POST.get("minutes", "")),
        result=request.POST.get("result", ""),
        note=request.POST.get("note", ""),
        material=request.POST.get("material", ""),
        material_name=request.POST.get("material_name", ""),
        actor=request.user,
        now=now,
    )
    messages.success(request, _("Logged."))
    return redirect(back_to(request, reverse("loop:deal", args=[pk])))


def _minutes(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Moves an open deal to another stage."""
    deal = get_deal(request.user, pk)
    stage = get_stage(request.user, _id(request.POST.get("stage", "")))
    actions.move_stage(deal=deal, stage=stage, actor=request.user, now=timezone.now())
    return redirect("loop:deal", pk)


@require_POST
def add_part(request: SignedInRequest, pk: int) -> HttpResponse:
    """Says who takes part in the decision, adding a person by name when they are new."""
    deal, now = get_deal(request.user, pk), timezone.now()
    person_id = request.POST.get("person", "")
    if person_id.isdigit():
        person = get_person(request.user, int(person_id))
    else:
        name, email = request.POST.get("name", ""), request.POST.get("email", "")
        person = actions.create_person(name=name, email=email, company=deal.company, actor=request.user, now=now)
    actions.set_part(deal=deal, person=person, role=request.POST.get("role", ""), actor=request.user, now=now)
    return redirect("loop:deal", pk)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

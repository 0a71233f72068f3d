"""Stages: an administrator names and orders them; what they mean (open, won, lost) is fixed by their kind."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.deals import actions
from rebond.deals.access import get_stage
from rebond.deals.forms import StageForm
from rebond.deals.models import Stage


@require_http_methods(["GET", "POST"])
def stages(request: SignedInRequest) -> HttpResponse:
    require_admin(request.user)
    form = StageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.add_stage(**form.cleaned_data, actor=request.user, now=timezone.now())
        return redirect("deals:stages")
    found = Stage.objects.annotate(used=Count("deals"))
    return render(request, "deals/stages.html", {"form": form, "stages": found})


@require_POST
def change_stage(request: SignedInRequest, pk: int) -> HttpResponse:
    """Renames a stage, or moves it one place up or down."""
    stage, now = get_stage(request.user, pk, to_change=True), timezone.now()
    if "name" in request.POST:
        actions.rename_stage(stage=stage, name=request.POST["name"], actor=request.user, now=now)
    elif request.POST.get("move") in ("up", "down"):
        actions.order_stages(stages=_moved(stage, request.POST["move"]), actor=request.user, now=now)
    return redirect("deals:stages")


def _moved(stage: Stage, way: str) -> list[Stage]:
    order = list(Stage.objects.all())
    at = order.index(stage)
    to = max(0, min(at + (-1 if way == "up" else 1), len(order) - 1))
    order.insert(to, order.pop(at))
    return order

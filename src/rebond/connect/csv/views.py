"""Screens of imports: drop a file, see what was understood, correct it, say yes, watch it run."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.models import Team
from rebond.accounts.requests import SignedInRequest
from rebond.base.money import CURRENCIES
from rebond.base.paging import page_of
from rebond.connect.csv import actions
from rebond.connect.csv.access import get_import
from rebond.connect.csv.models import ImportRun, Kind, Status
from rebond.connect.csv.queries import errors_csv, imports_for
from rebond.connect.csv.work import check_file, run_import
from rebond.files import labels
from rebond.files.vocabulary import WORDS
from rebond.jobs.actions import enqueue
from rebond.learn.queries import unconfirmed_phrases

ORDERS = [
    ("", _l("as we read it")),
    ("dmy", _l("day first: 03/04 is in April")),
    ("mdy", _l("month first: 03/04 is in March")),
]


class UploadForm(forms.Form):
    """What is in the file; and whose, when an administrator imports."""

    kind = forms.ChoiceField(label=_l("What is in it"), choices=Kind.choices)
    file = forms.FileField(label=_l("File (CSV or Excel, up to 200 MB)"), allow_empty_file=True)
    team = forms.ModelChoiceField(
        label=_l("Whose deals"), queryset=Team.objects.all(), required=False, empty_label=_l("as the file says")
    )

    def __init__(self, *args: Any, admin: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not admin:
            del self.fields["team"]


@require_GET
def imports(request: SignedInRequest) -> HttpResponse:
    page = page_of(imports_for(request.user), request.GET.get("page"))
    return render(request, "connect_csv/imports.html", {"page": page})


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Takes the file; it is looked at in the background, since it may be large."""
    initial = {"team": request.user.team, "kind": request.GET.get("kind", "deals")}
    form = UploadForm(request.POST or None, request.FILES or None, admin=request.user.is_admin, initial=initial)
    if request.method == "POST" and form.is_valid():
        now, upload = timezone.now(), form.cleaned_data["file"]
        stored = actions.keep_file(upload.chunks())
        with transaction.atomic():  # an import nobody looks at would wait for ever
            run = actions.begin(
                kind=form.cleaned_data["kind"], file_name=upload.name or "", stored_as=stored,
                choices={"zone": request.user.time_zone}, team=form.cleaned_data.get("team") or request.user.team,
                actor=request.user, now=now,
            )  # fmt: skip
            enqueue(task=check_file, kwargs={"run_id": run.pk}, now=now, unique_key=f"check:{run.pk}")
        return redirect("connect_csv:show", run.pk)
    return render(request, "connect_csv/new.html", {"form": form})


@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was understood; then the progress; then what became of it."""
    run = get_import(request.user, pk)
    context = {
        "run": run,
        "words": _words(run),
        "ours": labels.choices(run.kind),
        "orders": ORDERS,
        "zones": sorted(zoneinfo.available_timezones()),
        "zone": actions.choices_of(run).zone,
        "currency": actions.choices_of(run).currency,
        "order": run.choices.get("order", ""),
        "encodings": ["utf-8", "cp1252", "mac_roman", "utf-16"],
        "problems": run.problems.all()[:20],
        "phrases": unconfirmed_phrases().count() if request.user.is_lead and run.ended else 0,
        "live": run.status in (Status.CHECKING, Status.RUNNING),
    }
    return render(request, "connect_csv/show.html", context)


def _words(run: ImportRun) -> str:
    return _("%(read)d of %(total)d rows") % {"read": run.read, "total": run.total}


@require_POST
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes corrections of columns and of how days, letters and money are read, and looks again."""
    run = get_import(request.user, pk)
    known = set(WORDS[run.kind])
    mapping = {
        column["header"]: request.POST.get(f"column_{place}", "")
        for place, column in enumerate(run.described.get("columns", []))
        if f"column_{place}" in request.POST and request.POST[f"column_{place}"] in known | {""}
    }
    zone, currency = request.POST.get("zone", ""), request.POST.get("currency", "").upper()
    choices = {
        "mapping": mapping,
        "order": request.POST.get("order", "") if request.POST.get("order") in ("dmy", "mdy") else "",
        "zone": zone if zone in zoneinfo.available_timezones() else "",
        "currency": currency if currency in CURRENCIES else "",
        "encoding": request.POST.get("encoding", "")
        if request.POST.get("encoding") in ("utf-8", "cp1252", "mac_roman", "utf-16")
        else "",
    }
    actions.correct(run=run, choices=choices, actor=request.user, now=timezone.now())
    return redirect("connect_csv:show", pk)


@require_POST
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    run, now = get_import(request.user, pk), timezone.now()
    with transaction.atomic():  # killed between the two, it would run for ever without anybody running it
        actions.start(run=run, actor=request.user, now=now)
        enqueue(task=run_import, kwargs={"run_id": run.pk}, now=now, unique_key=f"import:{run.pk}", max_attempts=20)
    return redirect("connect_csv:show", pk)


@require_POST
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.ask_to_stop(run=get_import(request.user, pk), actor=request.user, now=timezone.now())
    return redirect("connect_csv:show", pk)


@require_GET
def state(request: SignedInRequest, pk: int) -> JsonResponse:
    """For the progress bar: how far it is."""
    run = get_import(request.user, pk)
    moving = run.status in (Status.CHECKING, Status.RUNNING)
    return JsonResponse({"read": run.read, "total": run.total, "ended": not moving, "words": _words(run)})


@require_GET
def errors(request: SignedInRequest, pk: int) -> StreamingHttpResponse:
    """The rows that were left out, to correct and import again."""
    run = get_import(request.user, pk)
    response = StreamingHttpResponse(errors_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-left-out.csv"'
    return response

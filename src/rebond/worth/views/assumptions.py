"""What was assumed: commission plans, the cost of an hour, minutes per kind of contact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.base.money import to_minor
from rebond.worth import actions
from rebond.worth.access import Scope, get_scope, may_set, scopes_for
from rebond.worth.models import Kind, Measure, Per
from rebond.worth.plans import typed
from rebond.worth.plans.defaults import DEFAULTS
from rebond.worth.plans.page import TIER_ROWS, as_typed, page_of

BAD_INPUT = 400


def _currency(text: str) -> str:
    return typed.currency_of(text) if text else settings.CONFIG.currency


@require_GET
def assumptions(request: SignedInRequest) -> HttpResponse:
    """Every number that was assumed, with its source, since when, and who set it; changed here by who leads."""
    scope = get_scope(request.user, request.GET.get("team", ""))
    return _page(request, scope, _currency(request.GET.get("currency", "")))


def _page(
    request: SignedInRequest, scope: Scope, currency: str, *, error: RebondError | None = None, part: str = "",
    filled: Mapping[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with an error beside the form it is about (``part``), and what was typed kept."""
    today = timezone.localdate()
    page = page_of(scope, currency, today=today, may_set=may_set(request.user, scope))
    context = {
        "page": page, "scope": scope, "scopes": scopes_for(request.user), "error": error, "part": part,
        "typed": as_typed(page.plan, currency, today, filled), "measures": Measure.choices, "kinds": Kind.choices,
        "pers": Per.choices, "first_allowed": typed.EARLIEST,
        "last_allowed": date.fromordinal(today.toordinal() + typed.AHEAD),
    }  # fmt: skip
    return render(request, "worth/assumptions.html", context, status=BAD_INPUT if error else 200)


def _back(scope: Scope, currency: str) -> HttpResponse:
    asked = {"team": scope.key} | ({} if currency == settings.CONFIG.currency else {"currency": currency})
    return redirect(f"{reverse('worth:assumptions')}?{urlencode(asked)}")


@require_POST
def set_assumption(request: SignedInRequest) -> HttpResponse:
    """One number is set, or goes back to its default."""
    data = request.POST.dict()
    scope = get_scope(request.user, data.get("team", ""), to_change=True)
    name, currency = data.get("name", ""), settings.CONFIG.currency
    try:
        currency = _currency(data.get("currency", ""))
        value = None if data.get("reset") else _value(name, data.get("value", ""), currency)
        made = actions.set_assumption(
            team=scope.team, name=name, value=value, currency=currency, source=data.get("source", ""),
            actor=request.user, now=timezone.now(),
        )  # fmt: skip
    except (NotAllowed, NotFound):
        raise
    except RebondError as error:
        return _page(request, scope, currency, error=error, part=name, filled=data)
    messages.success(request, _("Kept. The figures follow it from now on.") if made else _("It said so already."))
    return _back(scope, currency)


def _value(name: str, text: str, currency: str) -> int:
    """What was typed, as the assumption keeps it."""
    if name not in DEFAULTS:
        raise RebondError(
            _("We assume nothing of that name. Nothing was changed. Choose a number from the page."),
            code="unknown_assumption",
        )
    figure = typed.number(text)
    return typed.hour_cost(figure, currency) if DEFAULTS[name].unit == "money" else typed.tenths(figure)


@require_POST
def new_plan(request: SignedInRequest) -> HttpResponse:
    """What a sale earns from a day on."""
    data = request.POST.dict()
    scope = get_scope(request.user, data.get("team", ""), to_change=True)
    currency = settings.CONFIG.currency
    try:
        currency = _currency(data.get("currency", ""))
        actions.new_plan(team=scope.team, actor=request.user, now=timezone.now(), **_plan(data, currency))
    except (NotAllowed, NotFound):
        raise
    except RebondError as error:
        return _page(request, scope, currency, error=error, part="plan", filled=data)
    messages.success(request, _("Kept. Sales from that day on earn by it; those before keep their own plan."))
    return _back(scope, currency)


def _plan(data: Mapping[str, str], currency: str) -> dict[str, Any]:
    """The form as ``actions.new_plan`` takes it; only what its kind needs is read."""
    kind, measure = data.get("kind", ""), data.get("measure", Measure.COMMISSION)
    below_zero = measure == Measure.MARGIN
    day = typed.check_first_day(parse_day(data.get("valid_from", "")), timezone.localdate())
    found: dict[str, Any] = {
        "kind": kind, "measure": measure, "valid_from": day, "source": data.get("source", ""), "currency": currency,
    }  # fmt: skip
    if kind == Kind.PERCENT:
        share = typed.basis_points(typed.number(data.get("share", "")), below_zero=below_zero)
        return found | {"basis_points": share, "currency": ""}
    if kind == Kind.FLAT:
        return found | {"flat_minor": to_minor(typed.number(data.get("sum", "")), currency)}
    return found | {"tiers": _tiers(data, currency, below_zero=below_zero), "per": data.get("per", Per.DEAL)}


def _tiers(data: Mapping[str, str], currency: str, *, below_zero: bool) -> list[tuple[int, int]]:
    """The rows that were filled in; a row with one half only is refused by the half that is missing."""
    found = []
    for place in range(TIER_ROWS):
        start, share = (data.get(f"tier_{half}_{place}", "").strip() for half in ("from", "share"))
        if not share and (place == 0 or not start):
            continue
        points = typed.basis_points(typed.number(share), below_zero=below_zero)
        found.append((to_minor(typed.number(start), currency), points))
    return found

"""The programme: what we give, to whom, within which limits.

Everybody reads the terms, since sellers tell them; who leads reads the budget and what changed; an administrator
publishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day, parse_day
from rebond.base.errors import NotAllowed, RebondError
from rebond.refer import offers
from rebond.refer.actions import programme as actions
from rebond.refer.models import HoldFrom, RewardKind
from rebond.refer.programme import form, history
from rebond.refer.queries import programme as queries
from rebond.refer.terms import Terms, disclosure, terms

LANGUAGES = (("en", "English"), ("fr", "Français"))
BAD_INPUT = 400


@require_GET
def programme(request: SignedInRequest) -> HttpResponse:
    """The terms in force in both languages, this month's budget, the versions, the tax thresholds."""
    return _page(request)


def _page(
    request: SignedInRequest, *, error: RebondError | None = None, part: str = "",
    typed: Mapping[str, Any] | None = None, look: offers.Offer | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with an error beside the form it is about (``part``), what was typed kept; ``look``: not published."""
    today, leads = local_day(timezone.now()), request.user.is_lead
    in_force, versions, rows = queries.in_force(today), queries.versions(), queries.thresholds() if leads else []
    latest = versions[0] if versions else None
    rules = queries.rules_of(in_force)
    starting = offers.offer_of(latest, queries.rules_of(latest)) if latest else form.starting(settings.CONFIG.currency)
    shown, shown_rules = offers.unsaved(look) if look else (in_force, rules)
    if shown is None:
        shown, shown_rules = offers.unsaved(starting)
    context = {
        "in_force": in_force, "latest": latest, "look": look, "error": error, "part": part,
        "readings": [_reading(shown, shown_rules, code, name) for code, name in LANGUAGES],
        "editions": history.editions(versions, in_force, today) if leads else [],
        "budget": queries.budget(in_force, today) if in_force and leads else None,
        "why_closed": queries.why_closed(today), "why_not": queries.why_not_offered(today),
        "typed": typed if typed is not None and part == "terms" else form.filled(starting),
        "threshold": typed if part == "threshold" else {}, "rows": rows, "current": queries.current(rows, today),
        "kinds": RewardKind.choices, "holds": HoldFrom.choices, "may_change": request.user.is_admin, "today": today,
    }  # fmt: skip
    return render(request, "refer/programme.html", context, status=BAD_INPUT if error else 200)


def _reading(shown: Any, rules: Any, code: str, name: str) -> tuple[str, str, Terms, str]:
    """The terms, and the line the referred person reads, in one language."""
    return code, name, terms(shown, rules, code), disclosure(shown, code, rules)


@require_POST
def publish(request: SignedInRequest) -> HttpResponse:
    """Publishes the next version; with ``look`` its terms are only read, and nothing is stored."""
    require_admin(request.user)
    data = request.POST.dict()
    try:
        offer = form.typed(data)
        if data.get("look"):
            actions.check(offer, today=local_day(timezone.now()), cash_warning_read=bool(data.get("cash_read")))
            return _page(request, part="terms", typed=form.as_typed(data), look=offer)
        made = actions.publish(
            offer=offer, cash_warning_read=bool(data.get("cash_read")), after=_after(data), actor=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except NotAllowed:
        raise
    except RebondError as error:
        return _page(request, part="terms", typed=form.as_typed(data), error=error)
    messages.success(request, _("Published as version %(n)s. Whoever agreed before keeps the terms they agreed to.")
                     % {"n": made.version})  # fmt: skip
    return redirect("refer:programme")


def _after(data: Mapping[str, str]) -> int:
    """The version the form was made from; anything else than its number is none that could be current."""
    text = data.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


@require_POST
def thresholds(request: SignedInRequest) -> HttpResponse:
    """A dated row more in the table of tax thresholds."""
    require_admin(request.user)
    data = request.POST.dict()
    currency = data.get("currency", "").strip().upper()
    try:
        actions.add_threshold(
            country=data.get("country", ""), form=data.get("form", ""), from_on=parse_day(data.get("from_on", "")),
            amount_minor=form.amount(data.get("amount", ""), currency), currency=currency,
            at_least=bool(data.get("at_least")), source=data.get("source", ""), actor=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except NotAllowed:
        raise
    except RebondError as error:
        return _page(request, part="threshold", typed=data, error=error)
    messages.success(request, _("Added. Payments from that day on are looked at by it."))
    return redirect("refer:programme")

"""One advocate: who they are, whom they introduced, their link, what their employer allows, what they are owed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed, NotFound
from rebond.ledger.queries import Line, statement
from rebond.refer import payee as payees
from rebond.refer.access import get_advocate, may_look_after
from rebond.refer.actions import advocates as actions
from rebond.refer.actions.registering import name_someone
from rebond.refer.gift import may_choose
from rebond.refer.models import Advocate, Allows, Referral, RewardKind
from rebond.refer.naming import Named
from rebond.refer.own_page.offers import offered
from rebond.refer.queries.registered import worth_saying
from rebond.refer.terms import reward_words
from rebond.refer.told import people
from rebond.refer.told.history import reason_in_words


@require_GET
def advocate(request: SignedInRequest, pk: int) -> HttpResponse:
    found, user, now = get_advocate(request.user, pk), request.user, timezone.now()
    deals, (introduced, more) = people.deals_of(found, user), people.introduced(found, user)
    may = may_look_after(user, found)
    context = {
        "advocate": found,
        "person": found.person,
        "may": may,
        "deals": deals,
        "known_from": people.known_from(deals),
        "introduced": introduced,
        "more": more,
        "total": len(introduced) + more,
        "evidence": people.evidence(introduced[0].referral.state, introduced[0].referral.state_at)
        if introduced
        else "",
        "asks": people.asked(found, user),
        "thanks": people.thanked(found, user),
        "link": people.link(found, now) if may else None,
        "statement": _statement(found) if may else [],
        **_reward(found, request),
    }
    return render(request, "refer/advocate.html", context)


def _statement(found: Advocate) -> list[Line]:
    """What was booked, the newest first; why, in words."""
    return [replace(line, memo=reason_in_words(line.memo)) for line in reversed(statement(found.holder))]


def _reward(found: Advocate, request: SignedInRequest) -> dict[str, Any]:
    """What their employer allows, what they chose, where it goes."""
    rules, language = offered(found, timezone.now()), translation.get_language() or "en"
    kinds = may_choose(found.allows, frozenset(rule.kind for rule in rules))
    rewards = [(r.kind, reward_words(r, r.programme.currency, language)) for r in rules if r.kind in kinds]
    kind = _payee_kind(found, request)
    return {
        "allows": [(value, label) for value, label in Allows.choices if value != Allows.UNKNOWN],
        "rewards": [*rewards, (actions.NONE, _("No reward"))] if rules else [],
        "payee": payees.masked(payees.opened(found.payee)),
        "payee_kind": kind,
        "payee_kinds": [(value, label) for value, label in RewardKind.choices if value in payees.NEEDED],
        "payee_fields": [(name, payees.LABELS[name], name in payees.NEEDED[kind]) for name in payees.fields_for(kind)],
        "countries": payees.countries() if request.user.is_lead else {},
    }


def _payee_kind(found: Advocate, request: SignedInRequest) -> str:
    wanted = request.GET.get("payee", "") or found.wants
    return wanted if wanted in payees.NEEDED else RewardKind.VOUCHER.value


@require_POST
def named(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tap: a name said on the phone, with an address, a number or a company."""
    found, user = get_advocate(request.user, pk, to_write=True), request.user
    made = name_someone(advocate=found, named=typed_name(request), actor=user, now=timezone.now())
    messages.success(
        request, _("Noted: %(name)s. The introduction is next.") % {"name": made.name or made.company_name}
    )
    say_what_else(request, made)
    return redirect("refer:referral", made.pk)


def say_what_else(request: SignedInRequest, made: Referral) -> None:
    """No reward and why, the year's most, known to us already: told before it disappoints anybody."""
    for sentence in worth_saying(made, timezone.now()):
        messages.info(request, sentence)


def typed_name(request: SignedInRequest) -> Named:
    """Who was named, as a form says it."""
    data = request.POST
    return Named(
        name=data.get("name", ""), email=data.get("email", ""), phone=data.get("phone", ""),
        company_name=data.get("company_name", ""), why=data.get("why", ""),
    )  # fmt: skip


@require_POST
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Their own page's link: made, renewed for a year, or taken back."""
    found, now = get_advocate(request.user, pk, to_write=True), timezone.now()
    if request.POST.get("do") == "revoke":
        actions.revoke_link(advocate=found, actor=request.user, now=now)
        messages.success(request, _("Taken back. The link opens nothing any more."))
    else:
        actions.new_link(advocate=found, actor=request.user, now=now)
        messages.success(request, _("The link works for a year from today."))
    return redirect("refer:advocate", pk)


@require_POST
def permission(request: SignedInRequest, pk: int) -> HttpResponse:
    """What they said on the phone: what their employer allows, which reward they would like."""
    found, now, data = get_advocate(request.user, pk, to_write=True), timezone.now(), request.POST
    if data.get("allows") or not data.get("wants"):
        actions.say_permission(advocate=found, allows=data.get("allows", ""), actor=request.user, now=now)
    if data.get("wants"):
        actions.choose_reward(advocate=found, wants=data["wants"], actor=request.user, now=now)
    messages.success(request, _("Noted, as they said it."))
    return redirect("refer:advocate", pk)


@require_POST
def payee(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where their reward goes; who leads enters it, where they did not on their own page."""
    found = get_advocate(request.user, pk, to_write=True)
    if not request.user.is_lead:
        raise NotAllowed(_("Whoever leads the team enters where a reward goes. Nothing was changed."))
    if found.person_id is None:
        raise NotFound
    told = payees.parse(request.POST.get("kind", ""), request.POST.dict())
    actions.save_payee(advocate=found, payee=told, actor=request.user, now=timezone.now())
    messages.success(request, _("Kept, encrypted. From now on only the ends of numbers are shown."))
    return redirect("refer:advocate", pk)

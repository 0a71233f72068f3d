"""How often, per reason; who is away; what leaves by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.models import User
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.nurture import actions
from rebond.nurture.access import get_away
from rebond.nurture.cadence.policies import BUILT_IN, NEVER, Policy, all_current, current
from rebond.nurture.keep.measured import answered
from rebond.nurture.library import topics
from rebond.nurture.models import Away, StepSwitch

NUMBERS = ("first_days", "every_days", "longest_days", "before_days", "unanswered_limit")
AT_MOST = 50


@dataclass(frozen=True)
class Row:
    """One cadence as the table shows it: its topics in words, what was measured, what leaves by itself."""

    policy: Policy
    topics: tuple[str, ...]
    answered: int
    sent: int
    switches: tuple[tuple[int, str, bool], ...]


@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    """How often, with what, until when, and how well that was measured."""
    measured = answered(now=timezone.now())
    on = set(StepSwitch.objects.filter(owner=request.user).values_list("cadence", "number"))
    rows = [_row(policy, measured.get(policy.key, (0, 0)), on) for policy in all_current().values()]
    context = {"rows": rows, "never": NEVER, "hidden": len(on), "touches": list(_touches().values())}
    return render(request, "nurture/rules.html", context)


def _touches() -> dict[int, str]:
    """The notes that may leave by themselves, in words."""
    return {
        2: pgettext("touch", "The second"),
        3: pgettext("touch", "The third"),
        StepSwitch.EVERY_LATER: pgettext("touch", "Every later one"),
    }


def _row(policy: Policy, measured: tuple[int, int], on: set[tuple[str, int]]) -> Row:
    switches = tuple((number, name, (policy.key, number) in on) for number, name in _touches().items())
    return Row(policy, tuple(topics.label(key) for key in policy.topics), *measured, switches)


@require_http_methods(["GET", "POST"])
def rule(request: SignedInRequest, key: str) -> HttpResponse:
    """A new edition of one cadence; who leads writes it."""
    if key not in BUILT_IN or key == NEVER:
        raise NotFound
    if not request.user.is_lead:
        raise NotAllowed
    if request.method == "GET":
        return render(request, "nurture/rule.html", {"policy": current(key), "built_in": BUILT_IN[key]})
    actions.set_policy(key=key, values=_typed(request.POST), actor=request.user, now=timezone.now())
    messages.success(request, _("Saved. Those in touch already follow it from their next touch on."))
    return redirect("nurture:rules")


def _typed(data: QueryDict) -> dict[str, int | bool | None]:
    values: dict[str, int | bool | None] = {name: _number(data.get(name, "")) for name in NUMBERS}
    stops = data.get("stop_days", "").strip()
    return values | {"stop_days": _number(stops) if stops else None, "then_yearly": "then_yearly" in data}


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise RebondError(
            _("An interval is a number of days. Nothing was changed. Write 90, for example."), code="bad_interval"
        )
    return int(typed)


@require_POST
def switch(request: SignedInRequest) -> HttpResponse:
    """One's own notes: this one leaves by itself from now on, or no more."""
    number = _number(request.POST.get("number", ""))
    on = request.POST.get("on") == "1"
    actions.switch_step(
        owner=request.user, cadence=request.POST.get("cadence", ""), number=number, on=on, actor=request.user,
        now=timezone.now(),
    )  # fmt: skip
    said = _("It leaves by itself from now on. You find it on the person’s page.")
    messages.success(request, said if on else _("You see it first again."))
    return redirect("nurture:rules")


@require_http_methods(["GET", "POST"])
def away(request: SignedInRequest) -> HttpResponse:
    """The days on which nothing of mine is due, and those of the team for who leads."""
    now = timezone.now()
    if request.method == "POST":
        first, last = (parse_day(request.POST.get(name, "")) for name in ("first_on", "last_on"))
        if first is None or last is None:
            raise RebondError(
                _("Two days are needed: the first and the last. Nothing was changed. Choose both."), code="bad_days"
            )
        actions.set_away(user=request.user, first_on=first, last_on=last, actor=request.user, now=now)
        messages.success(request, _("Noted. Nothing of yours is due on these days, and nothing leaves."))
        return redirect("nurture:away")
    today = timezone.localdate(now)
    coming = Away.objects.filter(cancelled_at=None, last_on__gte=today).select_related("user")
    rows = coming.filter(user__in=_whose(request.user)).order_by("first_on", "pk")[:AT_MOST]
    return render(request, "nurture/away.html", {"rows": rows, "today": today})


def _whose(user: User) -> list[int]:
    """One's own days, and the team's for who leads it."""
    if user.is_admin:
        return list(User.objects.values_list("pk", flat=True))
    if user.is_lead and user.team_id:
        return list(User.objects.filter(team=user.team_id).values_list("pk", flat=True))
    return [user.pk]


@require_POST
def cancel_away(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.cancel_away(away=get_away(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("Taken back. What is due shows again."))
    return redirect("nurture:away")

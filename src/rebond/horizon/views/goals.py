"""Goals: set, changed with a reason, taken away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.horizon.access import get_goal, goals_for, may_set
from rebond.horizon.actions import goals as actions
from rebond.horizon.forms import GoalForm
from rebond.horizon.models import Goal, GoalKind
from rebond.horizon.queries.goals import by_period, editions
from rebond.horizon.targets import amount, read_target, title, typed

#: Goals that are over, shown at most.
OVER_SHOWN = 60


@require_GET
def goals(request: SignedInRequest) -> HttpResponse:
    """All goals one may see, quotas beside personal ones, and the form for a new one."""
    return _page(request, GoalForm(user=request.user, today=timezone.localdate()))


def _page(request: SignedInRequest, form: GoalForm, *, status: int = 200) -> HttpResponse:
    standing = goals_for(request.user).filter(ended_at=None)
    now, coming, over = by_period(standing, timezone.localdate())
    over = over[:OVER_SHOWN]
    told = editions([*now, *coming, *over])
    parts = [(_("Running"), now), (_("To come"), coming), (_("Over"), over)]
    context = {
        "parts": [(name, [_row(request, goal, told) for goal in found]) for name, found in parts if found],
        "form": form,
    }
    return render(request, "horizon/goals.html", context, status=status)


def _row(request: SignedInRequest, goal: Goal, told: dict[int, list[Any]]) -> dict[str, Any]:
    return {
        "goal": goal, "title": title(goal), "personal": goal.kind == GoalKind.PERSONAL, "whose": _whose(goal),
        "mine": may_set(request.user, goal.kind, goal.user, goal.team),
        "before": [(amount(one.goal.target, one.goal), after) for one, after in zip(told[goal.pk], told[goal.pk][1:],
                                                                                   strict=False)],
        "amounts": [amount(one.goal.target, one.goal) for one in told[goal.pk]],
    }  # fmt: skip


def _whose(goal: Goal) -> str:
    if goal.user is not None:
        return goal.user.name
    return _("Team %(name)s") % {"name": goal.team.name} if goal.team else _("The whole company")


@require_http_methods(["GET", "POST"])
def set_goal(request: SignedInRequest) -> HttpResponse:
    """A new goal; what was typed stays where something is wrong with it."""
    if request.method == "GET":
        return redirect("horizon:goals")
    today = timezone.localdate()
    form = GoalForm(request.POST, user=request.user, today=today)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        actions.set_goal(aim=form.aim(), today=today, actor=request.user, now=timezone.now())
    except RebondError as error:
        if error.status == 403:
            raise
        form.add_error(None, str(error))
        return _page(request, form, status=error.status)
    messages.success(request, _("The goal stands. The long view shows the way to it."))
    return redirect("horizon:goals")


@require_http_methods(["GET", "POST"])
def change_goal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another target, with the reason; both editions stay visible."""
    goal = get_goal(request.user, pk, to_change=True)
    context = {"goal": goal, "title": title(goal), "whose": _whose(goal), "error": "",
               "target": request.POST.get("target") or typed(goal.target, goal.counts, goal.currency),
               "why": request.POST.get("why", "")}  # fmt: skip
    if request.method == "GET":
        return render(request, "horizon/change_goal.html", context)
    try:
        target = read_target(request.POST.get("target", ""), goal.counts, goal.currency)
        actions.change_goal(
            goal=goal, target=target, why=request.POST.get("why", ""), today=timezone.localdate(), actor=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except RebondError as error:
        return render(request, "horizon/change_goal.html", context | {"error": str(error)}, status=error.status)
    messages.success(request, _("Changed. Both editions stay visible, with the day and the reason."))
    return redirect("horizon:goals")


@require_POST
def end_goal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Taken away; it stays on record."""
    actions.end_goal(goal=get_goal(request.user, pk, to_change=True), actor=request.user, now=timezone.now())
    messages.success(request, _("The goal is taken away."))
    return redirect("horizon:goals")

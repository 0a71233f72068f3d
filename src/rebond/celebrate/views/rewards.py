"""Small rewards: what was given, what is left, a catalogue; given as each person likes it. By date, no ranking."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.models import Team, User
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day, show_day
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.base.text import clean
from rebond.celebrate.access import colleagues_of, get_colleague, get_given, get_treat, get_win, require_lead
from rebond.celebrate.actions import rewards as actions
from rebond.celebrate.forms import BudgetForm, TreatForm, minor
from rebond.celebrate.models import Contest, ContestState, Nomination
from rebond.celebrate.queries import rewards as queries
from rebond.celebrate.queries.lessons import month_words

BAD_INPUT = 400


@require_GET
def rewards(request: SignedInRequest) -> HttpResponse:
    """Who leads sees the team's, by date, and the budget; everybody sees their own."""
    user, now = request.user, timezone.now()
    context = {
        "mine": queries.given_to(user), "leads": user.is_lead,
        "given": [one for one in queries.given_for(user) if one.user_id != user.pk] if user.is_lead else [],
        "standings": queries.standings_for(user, now=now) if user.is_lead else [],
    }  # fmt: skip
    return render(request, "celebrate/rewards.html", context)


@require_http_methods(["GET", "POST"])
def treats(request: SignedInRequest) -> HttpResponse:
    """The catalogue, and one more in it."""
    require_lead(request.user)
    form = TreatForm(request.POST or None, initial={"currency": settings.CONFIG.currency})
    if request.method == "POST" and form.is_valid() and _add(request, form):
        messages.success(request, _("In the catalogue."))
        return redirect("celebrate:treats")
    context = {"form": form, "treats": queries.catalogue()}
    return render(request, "celebrate/treats.html", context, status=BAD_INPUT if form.errors else 200)


def _add(request: SignedInRequest, form: TreatForm) -> bool:
    said = form.cleaned_data
    currency = said["currency"].upper()
    try:
        actions.add_treat(
            kind=said["kind"], label=said["label"], amount_minor=minor(said["amount"], currency), currency=currency,
            actor=request.user, now=timezone.now(),
        )  # fmt: skip
    except RebondError as error:
        form.add_error("currency" if error.code == "bad_currency" else "amount", str(error))
        return False
    return True


@require_POST
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.retire_treat(treat=get_treat(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("No longer offered. What was given of it stays."))
    return redirect("celebrate:treats")


@require_http_methods(["GET", "POST"])
def budget(request: SignedInRequest) -> HttpResponse:
    """An administrator says how much a quarter may cost."""
    require_admin(request.user)
    now = timezone.now()
    this = queries.quarter_of(local_day(now))
    form = BudgetForm(
        request.POST or None, teams=[(str(team.pk), team.name) for team in Team.objects.order_by("name")],
        quarters=[(one.isoformat(), quarter_words(one)) for one in (this, queries.quarter_after(this))],
        initial={"currency": settings.CONFIG.currency, "quarter": this.isoformat()},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid() and _set(request, form):
        messages.success(request, _("The budget holds from now on."))
        return redirect("celebrate:rewards")
    context = {"form": form, "standings": queries.standings_for(request.user, now=now)}
    return render(request, "celebrate/budget.html", context, status=BAD_INPUT if form.errors else 200)


def quarter_words(quarter: date) -> str:
    """ "quarter 2 of 2026"."""
    return _("quarter %(n)d of %(year)d") % {"n": (quarter.month + 2) // 3, "year": quarter.year}


def _set(request: SignedInRequest, form: BudgetForm) -> bool:
    said = form.cleaned_data
    currency = said["currency"].upper()
    try:
        actions.set_budget(
            team=Team.objects.get(pk=said["team"]) if said["team"] else None,
            quarter=date.fromisoformat(said["quarter"]), amount_minor=minor(said["amount"], currency),
            currency=currency, actor=request.user, now=timezone.now(),
        )  # fmt: skip
    except RebondError as error:
        form.add_error("currency" if error.code == "bad_currency" else "amount", str(error))
        return False
    return True


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest) -> HttpResponse:
    """First to whom; then what they would like, as far as they let it be seen, and what for."""
    require_lead(request.user)
    source = request.POST if request.method == "POST" else request.GET
    if not source.get("user"):
        colleagues = colleagues_of(request.user).exclude(pk=request.user.pk)
        return render(request, "celebrate/give_whom.html", {"colleagues": colleagues})
    user = get_colleague(request.user, _number(source["user"]))
    if user.pk == request.user.pk:
        raise NotAllowed(_("Nobody gives a reward to themselves. Nothing was given. Ask whoever leads you."))
    if request.method == "GET":
        return _give_page(request, user)
    try:
        _give(request, user)
    except (NotFound, NotAllowed):
        raise
    except RebondError as error:
        return _give_page(request, user, error)
    messages.success(
        request, _("Noted. Hand it to %(name)s with a word on what it is for.") % {"name": user.first_name}
    )
    return redirect("celebrate:rewards")


def _give_page(request: SignedInRequest, user: User, error: RebondError | None = None) -> HttpResponse:
    likes, typed = queries.likes_of(user), request.POST if error else request.GET
    treats = [(one, likes.fits(one.kind)) for one in queries.catalogue()]
    context = {
        "colleague": user, "likes": likes, "error": error, "why": typed.get("why", ""),
        "chosen": typed.get("treat", ""), "occasion": typed.get("occasion", ""),
        "liked": [one for one, fits in treats if fits], "others": [one for one, fits in treats if not fits],
        "occasions": _occasions(user, request.user),
        "standings": queries.standings_for(request.user, now=timezone.now()),
    }  # fmt: skip
    return render(request, "celebrate/give.html", context, status=error.status if error else 200)


def _occasions(user: User, giver: User) -> list[tuple[str, str, str]]:
    """What it may be for: how it is sent, in words, when."""
    wins = queries.occasions(user, giver, now=timezone.now())
    return [(f"win:{win.pk}", words, show_day(win.at)) for win, words in wins] + [
        (f"contest:{one.pk}", _("Their call in the call of the month"), month_words(one.month))
        for one in _contests(user)
    ]


def _contests(user: User) -> list[Contest]:
    """Those they stood in, that are announced."""
    stood = Nomination.objects.filter(nominee=user).values("contest")
    told = (ContestState.ANNOUNCED, ContestState.ARCHIVED)
    return list(Contest.objects.filter(pk__in=stood, state__in=told).order_by("-month", "-pk")[:3])


def _give(request: SignedInRequest, user: User) -> None:
    data, now = request.POST, timezone.now()
    kind, _sep, key = data.get("occasion", "").partition(":")
    contest = next((one for one in _contests(user) if str(one.pk) == key), None) if kind == "contest" else None
    if not data.get("treat"):
        raise RebondError(_("Nothing was chosen. Nothing was given yet. Choose one."), code="no_treat")
    actions.give(
        treat=get_treat(request.user, _number(data["treat"])), user=user,
        win=get_win(request.user, _number(key)) if kind == "win" else None, contest=contest,
        why=clean(data.get("why", ""), 200), again=bool(data.get("again")), actor=request.user, now=now,
    )  # fmt: skip


@require_POST
def handed(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.hand(given=get_given(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("Handed over."))
    return redirect("celebrate:rewards")


@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.take_back(given=get_given(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("Taken back, as if it had not been given."))
    return redirect("celebrate:rewards")


def _number(text: str) -> int:
    """A key that was sent; ``NotFound`` for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return int(text)

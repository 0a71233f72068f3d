"""Asking buyers, from our side: what goes out and when, what came of it, and who may read the answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import NotFound, RebondError
from rebond.base.paging import page_of
from rebond.learn import taxonomy
from rebond.learn.access import get_confidential, get_invitation
from rebond.learn.actions.invitations import exclude_invitation, may_exclude, set_programme
from rebond.learn.actions.reading import read_confidential, remove_verbatim, remove_words_of
from rebond.learn.feedback import said
from rebond.learn.feedback.forms import ProgrammeForm
from rebond.learn.feedback.options import STATEMENTS_SAID, what_happened
from rebond.learn.feedback.preview import preview
from rebond.learn.models import BY_HAND, Exclusion, Invitation, InvitationStatus, Response
from rebond.learn.queries import feedback as asked
from rebond.mail.queries import way_out

#: What leaves within two days is shown whole, up to this; the rest a page's worth.
SOON, LISTED = 200, 50
#: The figures of the headline that open their deals.
SHOWN = {
    "answered": gettext_lazy("Noes with a buyer's answer"),
    "asked": gettext_lazy("Noes whose buyers are silent so far"),
    "unasked": gettext_lazy("Noes nobody was asked about"),
}


@require_GET
def feedback(request: SignedInRequest) -> HttpResponse:
    """Who was asked and who answered; what leaves next, in whose name; who was left out, and why."""
    now, user = timezone.now(), request.user
    since, until = _period(request, timezone.localdate(now, ZoneInfo(settings.TIME_ZONE)))
    if (show := request.GET.get("show", "")) in SHOWN:
        return _behind(request, since, until, show)
    health, mine = asked.health(user, since, until, now=now), asked.invitations_for(user)
    headline, *findings = said.findings(health)
    context = {
        "health": health, "since": since, "until": until,
        "headline": headline, "findings": findings,
        "excluded": [(Exclusion(code).label, n) for code, n in health.excluded],
        "by_hand": [(who, Exclusion(code).label, n) for who, code, n in health.by_hand],
        "to_read": asked.confidential_for(user).count(), "rules": asked.programme(), "now": now, "listed": LISTED,
        "no_mail": not way_out()[0],
    }  # fmt: skip
    return render(request, "learn/feedback/feedback.html", context | _lists(mine, now))


def _lists(mine: QuerySet[Invitation], now: datetime) -> dict[str, list[Invitation]]:
    return {
        "soon": list(asked.about_to_go(mine, now=now)[:SOON]),
        "later": list(asked.later(mine, now=now)[:LISTED]),
        "waiting": list(asked.waiting(mine, now=now)[:LISTED]),
        "answered": list(asked.answered(mine)[:LISTED]),
    }


def _period(request: SignedInRequest, today: date) -> tuple[date, date]:
    """The days asked for; a day that is none is as if it was not there."""
    return asked.period_of(parse_day(request.GET.get("from", "")), parse_day(request.GET.get("to", "")), today=today)


def _behind(request: SignedInRequest, since: date, until: date, show: str) -> HttpResponse:
    """The deals behind one figure of the headline, each with who was asked or why nobody was."""
    page = page_of(asked.noes_standing(request.user, since, until, show), request.GET.get("page"))
    context = {"page": page, "title": SHOWN[show], "since": since, "until": until}
    return render(request, "learn/feedback/closes.html", context)


@require_GET
def invitation(request: SignedInRequest, pk: int) -> HttpResponse:
    """One question: the mail word for word, why this person, when, and from whom."""
    found = get_invitation(request.user, pk)
    planned = found.status == InvitationStatus.PLANNED
    context = {
        "invitation": found, "mail": preview(found) if planned and found.person else None,
        "part": found.deal.deal_people.filter(person=found.person_id).first() if found.person_id else None,
        "may_remove": request.user.is_admin and found.status == InvitationStatus.ANSWERED,
        "may_exclude": planned and may_exclude(request.user, found),
        "reasons": [(code.value, code.label) for code in BY_HAND],
        "may_open": request.user.is_admin or found.deal.team_id == request.user.team_id,
    }  # fmt: skip
    return render(request, "learn/feedback/invitation.html", context)


@require_POST
def exclude(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_invitation(request.user, pk)
    exclude_invitation(
        invitation=found, because=request.POST.get("because", ""), actor=request.user, now=timezone.now()
    )
    messages.success(request, _("They will not be asked. The reason is counted, with your name."))
    return redirect("learn:feedback")


@require_http_methods(["GET", "POST"])
def programme(request: SignedInRequest) -> HttpResponse:
    """The rules: whom, when, from whom. An administrator changes them, everybody can read them."""
    if request.method == "POST":
        require_admin(request.user)
    in_force = asked.programme()
    form = ProgrammeForm(request.POST or None, instance=in_force)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("Saved. What is planned already keeps the rules it was planned under."))
        return redirect("learn:programme")
    context = {"form": form, "rules": asked.programme()}
    return render(request, "learn/feedback/programme.html", context, status=400 if form.errors else 200)


def _saved(request: SignedInRequest, form: ProgrammeForm) -> bool:
    try:
        set_programme(changes=form.cleaned_data, actor=request.user, now=timezone.now())
    except RebondError as error:
        field = error.detail.get("field")
        form.add_error(field if field in form.fields else None, str(error))
        return False
    return True


@require_GET
def answers(request: SignedInRequest) -> HttpResponse:
    """Confidential answers that only this person may read; each is opened by itself."""
    page = page_of(asked.confidential_for(request.user), request.GET.get("page"))
    return render(request, "learn/feedback/answers.html", {"page": page})


@require_http_methods(["GET", "POST"])
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One confidential answer. Opening it is written down; the one change is to take a text away when asked to.

    An administrator takes away all that a buyer wrote, of any answer that hangs on its question, without reading it.
    """
    if request.method == "POST" and request.POST.get("asked") == "all":
        return _remove_all(request, pk)
    found = get_confidential(request.user, pk)
    if request.method == "POST":
        return _remove(request, found, pk)
    read_confidential(response=found, actor=request.user, now=timezone.now())
    return render(request, "learn/feedback/answer.html", _reading(found))


def _remove(request: SignedInRequest, found: Response, pk: int) -> HttpResponse:
    verbatim = found.verbatims.filter(asked=request.POST.get("asked", "")).first()
    if verbatim is None:
        raise NotFound
    remove_verbatim(verbatim=verbatim, actor=request.user, now=timezone.now())
    messages.success(request, _("The text is gone. The answer is still counted."))
    return redirect("learn:answer", pk)


def _remove_all(request: SignedInRequest, pk: int) -> HttpResponse:
    require_admin(request.user)
    remove_words_of(invitation=get_invitation(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("What they wrote is gone. The answer is still counted."))
    return redirect("learn:invitation", pk)


def _reading(found: Response) -> dict[str, Any]:
    names = taxonomy.current()
    return {
        "response": found,
        "invitation": found.invitation,
        "happened": what_happened(found.won).get(found.happened, ""),
        "reasons": [names.label(reason.code) for reason in found.reasons.order_by("place")],
        "statements": [(words, getattr(found, name)) for name, words in STATEMENTS_SAID.items()],
        "verbatims": found.verbatims.order_by("-asked"),
    }

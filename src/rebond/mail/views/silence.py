"""Addresses that get nothing, people who wait for an answer, bases that run out; and the balance of each use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.paging import page_of
from rebond.deals.access import get_person
from rebond.mail import actions
from rebond.mail.access import get_basis, get_silence, get_wish
from rebond.mail.actions import wishes
from rebond.mail.actions.suppression import THEIRS
from rebond.mail.addresses import usable
from rebond.mail.models import Ground, InterestRecord, Scope, Suppression, Use, Why, Wish
from rebond.mail.queries import basis as queries_basis
from rebond.mail.rights.own_page import said_where

#: So many requests and bases are shown at once; the rest comes when these are done.
SHOWN = 50
#: No basis is older than this; years outside it are slips of the keyboard.
EARLIEST = 1990


@require_http_methods(["GET", "POST"])
def silence(request: SignedInRequest) -> HttpResponse:
    """Managers read; an administrator adds one, and says that a request was answered."""
    if not request.user.is_lead:
        raise NotAllowed
    if request.method == "POST":
        require_admin(request.user)
        (_answered if request.POST.get("do") == "answered" else _add)(request)
        return redirect("mail:silence")
    return render(request, "mail/silence.html", _shown(request.GET.get("page"), timezone.now()))


def _add(request: SignedInRequest) -> None:
    address, scope = request.POST.get("address", "").strip(), request.POST.get("scope", "")
    if not usable(address):
        raise RebondError(_("This is no address mail could go to. Nothing was changed. Look at it again."))
    if scope not in Scope.values:
        raise _unknown()
    actions.suppress(
        address=address, scope=scope, why=Why.OPERATOR, source="screen", actor=request.user, now=timezone.now()
    )
    notices.success(request, _("Kept. What waited for this address is cancelled."))


def _answered(request: SignedInRequest) -> None:
    wish, what = get_wish(request.user, _number(request.POST.get("wish", ""))), request.POST.get("what", "")
    if what not in wishes.ASKED:
        raise _unknown()
    wishes.answer(mark=wish.fingerprint, what=what, actor=request.user, now=timezone.now())
    notices.success(request, _("Noted as answered."))


def _unknown() -> RebondError:
    return RebondError(_("We do not know this choice. Nothing was changed. Choose one of the list."))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0


def _shown(number: str | None, now: datetime) -> dict[str, Any]:
    page = page_of(queries_basis.silences(), number, load=Suppression.objects.select_related("by"))
    waiting, ending = queries_basis.waiting_requests(), queries_basis.running_out(now)
    requests, soon = list(waiting[:SHOWN]), list(ending[:SHOWN])
    marks = {one.fingerprint for one in page if one.why != Why.ERASED} | {one.fingerprint for one in requests}
    people = queries_basis.people_of(marks)
    return {
        "page": page,
        "rows": [(one, people.get(one.fingerprint), said_where(one.source), one.why not in THEIRS) for one in page],
        "requests": [(one, people.get(one.fingerprint), what, at) for one in requests for what, at in _asked(one)],
        "soon": soon,
        "headline": _headline(len(requests), waiting, len(soon), ending),
        "scopes": Scope.choices,
    }


def _asked(wish: Wish) -> list[tuple[str, datetime]]:
    found = [(what, getattr(wish, field)) for what, field in wishes.ASKED.items()]
    return [(what, at) for what, at in found if at is not None]


def _headline(requests: int, waiting: Any, soon: int, ending: Any) -> list[str]:
    """Three sentences that count: silent, waiting, running out."""
    silent = Suppression.objects.filter(lifted_at=None).values("fingerprint").distinct().count()
    asked = waiting.count() if requests == SHOWN else requests
    runs = ending.count() if soon == SHOWN else soon
    said = [ngettext("%(count)d address gets nothing", "%(count)d addresses get nothing", silent) % {"count": silent}]
    if asked:
        said.append(
            ngettext("%(count)d person waits for an answer", "%(count)d people wait for an answer", asked)
            % {"count": asked}
        )
    if runs:
        said.append(
            ngettext("%(count)d basis runs out within thirty days", "%(count)d bases run out within thirty days", runs)
            % {"count": runs}
        )
    return said


@require_POST
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ends a silence that is ours to end; see ``actions.lift``."""
    actions.lift(silence=get_silence(request.user, pk), actor=request.user, now=timezone.now())
    notices.success(request, _("Lifted. What was cancelled stays cancelled."))
    return redirect("mail:silence")


@require_POST
def add_basis(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why we may write to this person: the use, the ground, its evidence, and the day it began."""
    person, now = get_person(request.user, pk), timezone.now()
    use, ground = request.POST.get("use", ""), request.POST.get("ground", "")
    if use not in Use.values or ground not in Ground.values:
        raise _unknown()
    actions.note_basis(
        person=person, use=use, ground=ground, evidence=request.POST.get("evidence", ""), source="typed",
        obtained_at=_began(request.POST.get("obtained_on", ""), now), actor=request.user, now=now,
    )  # fmt: skip
    notices.success(request, _("Kept, with its evidence."))
    return redirect("loop:privacy", pk)


def _began(text: str, now: datetime) -> datetime:
    """The noon of the day as typed, never later than now; today when nothing was typed."""
    if not text:
        return now
    day = parse_day(text)
    if day is None or not EARLIEST <= day.year <= now.year:
        raise RebondError(_("This is no day a basis can begin on. Nothing was kept. Choose one."), code="bad_date")
    return min(timezone.make_aware(datetime.combine(day, time(12))), now)


@require_POST
def withdraw_basis(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nothing rests on it any more; it stays as history."""
    basis = get_basis(request.user, pk)
    actions.withdraw_basis(basis=basis, actor=request.user, now=timezone.now())
    notices.success(request, _("Withdrawn. It stays as history."))
    return redirect("loop:privacy", basis.person_id) if basis.person_id else redirect("mail:silence")


@require_http_methods(["GET", "POST"])
def interest(request: SignedInRequest) -> HttpResponse:
    """The balance of each use under legitimate interest: read by leads, rewritten by an administrator, exported."""
    if not request.user.is_lead:
        raise NotAllowed
    if request.method == "POST":
        require_admin(request.user)
        _write_interest(request)
        return redirect("mail:interest")
    records = queries_basis.interests()
    if request.GET.get("export") == "json":
        return JsonResponse({"records": [_as_json(one) for one in records], "earlier": _earlier()})
    return render(request, "mail/interest.html", {"records": [(one, Use(one.use).label) for one in records]})


def _write_interest(request: SignedInRequest) -> None:
    if request.POST.get("use", "") not in Use.values:
        raise _unknown()
    actions.write_interest(
        use=request.POST["use"], interest=request.POST.get("interest", ""), need=request.POST.get("need", ""),
        balance=request.POST.get("balance", ""), actor=request.user, now=timezone.now(),
    )  # fmt: skip
    notices.success(request, _("Kept as a new version. The ones before stay."))


def _as_json(one: queries_basis.Interest) -> dict[str, Any]:
    return {
        "use": one.use, "version": one.version, "interest": str(one.interest), "need": str(one.need),
        "balance": str(one.balance), "at": one.at, "by": one.by or "Rebond",
    }  # fmt: skip


def _earlier() -> Sequence[Mapping[str, Any]]:
    rows = InterestRecord.objects.order_by("use", "version").values(
        "use", "version", "interest", "need", "balance", "at"
    )
    return list(rows)

"""Rewards: what is due, what each waits for, approvals, runs, proofs, write-offs, the year's export. For who leads."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import local_day
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.refer import handing, tax
from rebond.refer.access import get_advocate, get_payout, get_reward
from rebond.refer.actions import rewards as actions
from rebond.refer.models import PayoutStatus
from rebond.refer.queries.rewards import screen, to_hand_out


def _check_lead(request: SignedInRequest) -> None:
    if not request.user.is_lead:
        raise NotAllowed(_("Rewards are kept by who leads. Nothing was changed. Your own referrals are on Advocates."))


def _page(request: SignedInRequest, *, error: RebondError | None = None, at: int = 0) -> HttpResponse:
    """The screen; with what went wrong on top, and beside the line it is about (``at``)."""
    found = screen(request.user, now=timezone.now(), number=request.GET.get("page"))
    context = {"screen": found, "page": found.page, "error": error, "at": at, "typed": request.POST.get("proof", "")}
    return render(request, "refer/rewards.html", context, status=error.status if error else 200)


@require_GET
def rewards(request: SignedInRequest) -> HttpResponse:
    """What is due and what each reward waits for; a manager's team, an administrator's all."""
    _check_lead(request)
    return _page(request)


@require_POST
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    """One yes to a payout, or to a write-off."""
    payout = get_payout(request.user, pk)
    try:
        after = actions.approve(payout=payout, actor=request.user, now=timezone.now())
    except (NotAllowed, NotFound):
        raise
    except RebondError as error:
        return _page(request, error=error)
    if after.status == PayoutStatus.WAITING:
        messages.success(request, _("Your approval is kept. It waits for one more person."))
    else:
        messages.success(
            request, _("Approved. It goes out with the next run.") if not after.write_off else _("Let go.")
        )
    return redirect("refer:rewards")


@require_POST
def forfeit(request: SignedInRequest, pk: int) -> HttpResponse:
    """A due reward is due no longer: the employer refuses, or it is not wanted."""
    reward = get_reward(request.user, pk, to_write=True)
    try:
        because = request.POST.get("because", "")
        actions.forfeit(reward=reward, because=because, actor=request.user, now=timezone.now())
    except RebondError as error:
        return _page(request, error=error)
    messages.success(request, _("It is due no longer. The statement says why."))
    return redirect("refer:rewards")


@require_POST
def proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """A voucher's number or a bank's reference for what was handed out."""
    payout = get_payout(request.user, pk)
    try:
        actions.note_proof(
            payout=payout, proof=request.POST.get("proof", ""), actor=request.user, now=timezone.now()
        )  # fmt: skip
    except RebondError as error:
        return _page(request, error=error, at=pk)
    messages.success(request, _("Kept."))
    return redirect("refer:rewards")


@require_POST
def run(request: SignedInRequest) -> HttpResponse:
    """Hands out everything that is approved; in the background, each once."""
    _check_lead(request)
    try:
        begun = actions.start_run(actor=request.user, now=timezone.now())
    except RebondError as error:
        return _page(request, error=error)
    count = begun.payouts.count()
    said = ngettext(
        "%(count)d reward is on its way. It is listed under “To hand out” in a moment.",
        "%(count)d rewards are on their way. They are listed under “To hand out” in a moment.",
        count,
    )
    messages.success(request, said % {"count": count})
    return redirect("refer:rewards")


@require_POST
def write_off(request: SignedInRequest, pk: int) -> HttpResponse:
    """Proposes to let go of what an advocate has to make up for; somebody else approves."""
    _check_lead(request)
    advocate = get_advocate(request.user, pk, to_write=True)
    try:
        actions.propose_write_off(
            advocate=advocate, currency=request.POST.get("currency", "")[:3], actor=request.user, now=timezone.now()
        )
    except RebondError as error:
        return _page(request, error=error)
    messages.success(request, _("Proposed. Somebody else who leads has to agree."))
    return redirect("refer:rewards")


@require_http_methods(["GET", "POST"])
def export(request: SignedInRequest) -> StreamingHttpResponse:
    """Per payee and year, as CSV; by POST the list to hand out, with whole accounts. Both are noted in the log."""
    _check_lead(request)
    user, now = request.user, timezone.now()
    if request.method == "POST":
        payouts = list(to_hand_out(user))
        actions.note_export(what="hand_out", count=len(payouts), actor=user, now=now)
        return _file(handing.as_csv(payouts), f"rewards-to-hand-out-{local_day(now):%Y-%m-%d}.csv")
    year = _year(request.GET.get("year", ""), local_day(now).year)
    found = tax.lines(user, year)
    actions.note_export(what=f"year {year}", count=len(found), actor=user, now=now)
    return _file(tax.as_csv(found), f"rewards-{year}.csv")


def _year(text: str, this_year: int) -> int:
    """As typed into the address; anything that is no year is this one."""
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text[:6]) <= this_year else this_year


def _file(lines: object, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

"""One referral: where it stands, what may come next, its introduction, its deal, thanks, doubts, history."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day, show_day
from rebond.base.errors import NotAllowed, NotFound, RebondError
from rebond.base.web import back_to
from rebond.deals.access import get_deal
from rebond.refer import typed
from rebond.refer.access import get_flag, get_referral
from rebond.refer.actions import asking, following, introducing, moving, thanking
from rebond.refer.actions.flags import settle_flag as settle
from rebond.refer.actions.registering import complete, name_someone
from rebond.refer.models import Mode, Move, Referral, State, Thanks, Verdict
from rebond.refer.states import BY_HAND
from rebond.refer.told import standing
from rebond.refer.told.referral import Asked, shown
from rebond.refer.told.writing import LANGUAGES
from rebond.refer.views.people import say_what_else, typed_name

#: How a thank-you is said where it is not written.
SAID = ("call", "meeting", "message", "other")


@require_GET
def referral(request: SignedInRequest, pk: int) -> HttpResponse:
    found, now, asked = get_referral(request.user, pk), timezone.now(), request.GET
    variant = _number(asked.get("draft", ""), 4) or 0
    how = Asked(asked.get("mode", ""), variant, asked.get("language", ""), asked.get("q", "")[:200])
    context = {
        "referral": found,
        "advocate": standing.advocate_of(found),
        "who": standing.who_of(found),
        "page": shown(found, request.user, how, now=now),
        "search": how.search,
        "modes": Mode.choices,
        "next_draft": variant + 1,
        "today": timezone.localdate(now),
        "currency": settings.CONFIG.currency,
        "void": standing.may_be_void(found),
    }
    return render(request, "refer/referral.html", context)


def _number(text: str, digits: int = 19) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < digits else None


def _to_write(request: SignedInRequest, pk: int) -> Referral:
    return get_referral(request.user, pk, to_write=True)


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    return redirect(back_to(request, reverse("refer:referral", args=[pk])))


@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """A legal move that needs no more than a tap, and perhaps a word why."""
    found, data, now = _to_write(request, pk), request.POST, timezone.now()
    to, reason = data.get("to", ""), data.get("reason", "").strip()
    if to not in BY_HAND:
        raise RebondError(
            _("This is no move a person makes by hand. Nothing was changed. Choose one from the page."),
            code="unknown_move",
        )
    if to == State.VOID:
        _check_void(request, reason)
    if to in (State.AGREED, State.DECLINED) and found.ask is not None and found.state == State.ASKED:
        asking.answered(ask=found.ask, answer=to, actor=request.user, now=now)
    else:
        moving.move(referral=found, to=to, reason=reason, actor=request.user, now=now)
    messages.success(request, _("Noted: %(state)s.") % {"state": State(to).label})
    return _back(request, pk)


def _check_void(request: SignedInRequest, reason: str) -> None:
    """What does not count takes money from somebody: who leads says so, and why."""
    if not request.user.is_lead:
        raise NotAllowed(_("Whoever leads the team says that an introduction does not count. Nothing was changed."))
    if not reason:
        raise RebondError(
            _("The reason is missing. Nothing was changed. Say in a few words why it does not count."),
            code="reason_missing",
        )


@require_POST
def details(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who it is: said for the first time, completed or corrected."""
    found, now, named = _to_write(request, pk), timezone.now(), typed_name(request)
    if standing.who_of(found):
        kept = complete(referral=found, named=named, actor=request.user, now=now)
    else:
        kept = name_someone(advocate=found.advocate, ask=found.ask, named=named, actor=request.user, now=now)
    messages.success(request, _("Kept: %(name)s.") % {"name": kept.name or kept.company_name})
    say_what_else(request, kept)
    return _back(request, kept.pk)


@require_POST
def introduce(request: SignedInRequest, pk: int) -> HttpResponse:
    """It happened, or our one first message leaves in ten seconds; ``?undo=1`` takes that back."""
    found, data, now = _to_write(request, pk), request.POST, timezone.now()
    if "undo" in request.GET:
        return _undo_introduction(request, found)
    mode = data.get("mode", "")
    introducing.introduce(
        referral=found, mode=mode, subject=data.get("subject", ""), body=data.get("body", ""),
        language=_language(request), evidence=data.get("evidence", "").strip(), actor=request.user, now=now,
    )  # fmt: skip
    if mode == Mode.FIRST_CONTACT:
        words = _("To %(name)s: leaves in ten seconds.") % {"name": standing.who_of(found)}
        request.session["toast"] = {"words": words, "url": f"{reverse('refer:introduce', args=[pk])}?undo=1"}
    elif found.state == State.DUPLICATE:
        messages.info(request, _("Noted. We knew them already, so the earlier contact stands; the reason is here."))
    else:
        messages.success(request, _("Introduced. Thank %(name)s while it is fresh.") % _advocate(found))
    return _back(request, pk)


def _language(request: SignedInRequest) -> str:
    """The language a letter was drafted in; empty for whoever's it would be."""
    asked = request.POST.get("language", "")
    return asked if asked in LANGUAGES else ""


def _advocate(found: Referral) -> dict[str, str]:
    return {"name": standing.advocate_of(found)}


def _undo_introduction(request: SignedInRequest, found: Referral) -> HttpResponse:
    if introducing.undo_introduction(referral=found, actor=request.user, now=timezone.now()):
        messages.success(request, _("Not sent. The draft is here again."))
    else:
        messages.info(request, _("It has left already: they have it, or soon will."))
    return _back(request, found.pk)


@require_POST
def deal(request: SignedInRequest, pk: int) -> HttpResponse:
    """The deal it led to: one that exists, or a new one."""
    found, data, now = _to_write(request, pk), request.POST, timezone.now()
    if data.get("deal"):
        chosen = get_deal(request.user, _number(data["deal"]) or 0)
        following.link_deal(referral=found, deal=chosen, actor=request.user, now=now)
    else:
        currency = data.get("currency", "").strip().upper() or settings.CONFIG.currency
        following.open_deal(
            referral=found, name=data.get("name", ""), amount_minor=typed.amount(data.get("amount", ""), currency),
            currency=currency, actor=request.user, now=now,
        )  # fmt: skip
    messages.success(request, _("In conversation. Won or lost will follow from the deal."))
    return _back(request, pk)


def _day(request: SignedInRequest) -> date:
    found = parse_day(request.POST.get("day", ""))
    if found is None:
        raise RebondError(_("A day is missing. Nothing was changed. Choose one."), code="day_missing")
    return found


@require_POST
def payment(request: SignedInRequest, pk: int) -> HttpResponse:
    """The day the first payment came in."""
    found, day = _to_write(request, pk), _day(request)
    following.note_payment(referral=found, day=day, actor=request.user, now=timezone.now())
    messages.success(request, _("First payment on %(day)s: noted.") % {"day": show_day(day)})
    return _back(request, pk)


@require_POST
def refund(request: SignedInRequest, pk: int) -> HttpResponse:
    """The day the deal was cancelled or refunded."""
    found, day = _to_write(request, pk), _day(request)
    following.note_refund(referral=found, day=day, actor=request.user, now=timezone.now())
    messages.success(request, _("Cancelled or refunded on %(day)s: noted.") % {"day": show_day(day)})
    return _back(request, pk)


@require_POST
def thank(request: SignedInRequest, pk: int) -> HttpResponse:
    """A thank-you: written, said, or not at all; ``?undo=THANKS`` takes a written one back."""
    found, data, now = _to_write(request, pk), request.POST, timezone.now()
    if "undo" in request.GET:
        return _undo_thanks(request, found)
    wanted = Move.objects.filter(referral=found, pk=_number(data.get("move", "")) or 0).first()
    if wanted is None:
        raise NotFound
    channel = data.get("channel", "")
    if channel not in ("email", *SAID):
        thanking.no_thanks(move=wanted, actor=request.user, now=now)
        messages.info(request, _("No thank-you for this one. It does not come back."))
        return _back(request, pk)
    given = thanking.thank(
        move=wanted, channel=channel, subject=data.get("subject", ""), body=data.get("body", ""),
        language=_language(request), actor=request.user, now=now,
    )  # fmt: skip
    if channel == "email":
        words = _("To %(name)s: leaves in ten seconds.") % _advocate(found)
        request.session["toast"] = {"words": words, "url": f"{reverse('refer:thank', args=[pk])}?undo={given.pk}"}
    else:
        messages.success(request, _("Thanked: %(name)s.") % _advocate(found))
    return _back(request, pk)


def _undo_thanks(request: SignedInRequest, found: Referral) -> HttpResponse:
    given = Thanks.objects.filter(move__referral=found, pk=_number(request.GET.get("undo", "")) or 0).first()
    if given is None:
        raise NotFound
    if thanking.undo_thanks(thanks=given, actor=request.user, now=timezone.now()):
        messages.success(request, _("Not sent. The draft is here again."))
    else:
        messages.info(request, _("It has left already: they have it, or soon will."))
    return _back(request, found.pk)


@require_POST
def settle_flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a person found about a doubt."""
    flag, data = get_flag(request.user, pk), request.POST
    verdict = data.get("verdict", "")
    if verdict not in Verdict.values:
        raise RebondError(
            _("What you found is missing. Nothing was changed. Choose one of the two."), code="verdict_missing"
        )
    settle(flag=flag, verdict=verdict, note=data.get("note", ""), actor=request.user, now=timezone.now())
    words = (
        _("Settled: all in order.") if verdict == Verdict.HONEST else _("Settled: this introduction does not count.")
    )
    messages.success(request, words)
    return _back(request, flag.referral_id)

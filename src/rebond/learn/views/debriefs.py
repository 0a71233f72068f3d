"""Screens of practice 1: one question at a time, each answer kept as soon as it is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.queries import people_for
from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day
from rebond.base.errors import NotFound
from rebond.base.paging import page_of
from rebond.base.web import back_to
from rebond.deals.actions import learn_competitor
from rebond.learn import actions, taxonomy
from rebond.learn.access import get_debrief, may_add_reasons, may_answer
from rebond.learn.actions import QUESTIONS as LAST
from rebond.learn.debrief.beside import facts
from rebond.learn.debrief.questions import COMPETITOR, CONFIDENCE, QUESTIONS, is_win, reason_label, suggested, wording
from rebond.learn.models import Answer, Debrief, ReasonAssertion, Voice, Weight
from rebond.learn.queries import (
    closed_together,
    competitor_unknown,
    current_reasons,
    due_debriefs,
    finished,
    reveal_for,
    todo,
    visible_reasons,
)
from rebond.learn.views.stating import given_reasons, reason_form

ACTION_DUE = timedelta(days=14)


@require_GET
def debriefs(request: SignedInRequest) -> HttpResponse:
    """Which ends have taught nothing yet; then those that have."""
    today = timezone.localdate()
    waiting = list(todo(request.user)[:200])
    due = set(due_debriefs(request.user, today=today).values_list("pk", flat=True))
    together = closed_together(waiting)
    context = {
        "due": [(debrief, together.get(debrief.close_event_id, 0)) for debrief in waiting if debrief.pk in due],
        "later": [debrief for debrief in waiting if debrief.pk not in due],
        "page": page_of(finished(request.user), request.GET.get("page")),
        "today": today,
    }
    return render(request, "learn/debriefs.html", context)


@require_http_methods(["GET", "POST"])
def debrief(request: SignedInRequest, pk: int) -> HttpResponse:
    """Resumes where it stopped; a finished one, or somebody else's, can be read. Who coaches may add their reasons."""
    found = get_debrief(request.user, pk)
    if request.method == "POST":
        return _coach(request, found)
    if found.finished_at or not may_answer(request.user, found):
        return render(request, "learn/read.html", _reading(request, found))
    answered = set(found.answers.values_list("question", flat=True))
    missing = [question.number for question in QUESTIONS if question.number not in answered]
    if missing:
        return redirect("learn:question", pk, missing[0])
    mine = _said(request, found, Voice.SELLER)
    stated = any(reason.at >= (found.started_at or reason.at) for reason in mine)
    return redirect("learn:lessons" if stated and found.started_at else "learn:reasons", pk)


def _coach(request: SignedInRequest, found: Debrief) -> HttpResponse:
    actions.add_reasons_as_manager(
        debrief=found, reasons=given_reasons(request.POST), actor=request.user, now=timezone.now()
    )
    messages.success(request, _("Kept beside what the seller says."))
    return redirect("learn:debrief", found.pk)


def _said(request: SignedInRequest, found: Debrief, voice: str = "") -> list[ReasonAssertion]:
    """The reasons of this close that this reader may see; of one voice, when named."""
    said = visible_reasons(request.user, [found.close_event_id])[found.close_event_id]
    return [reason for reason in said if reason.source == voice] if voice else said


def _reading(request: SignedInRequest, found: Debrief) -> dict[str, Any]:
    answers = {answer.question: answer for answer in found.answers.all()}
    said, names = _said(request, found), taxonomy.current()
    mine = [reason for reason in said if reason.source == Voice.MANAGER]
    coaching = may_add_reasons(request.user, found)
    return {
        "debrief": found,
        "answers": [(wording(question, found), answers.get(question.number)) for question in QUESTIONS],
        "stated": [(reason_label(names, reason.code, found.close_event.outcome), reason) for reason in said],
        "promises": found.actions.select_related("owner"),
        "others": closed_together([found]).get(found.close_event_id, 0),
        "reveal": reveal_for(request.user, found.close_event),
        "coaching": coaching,
        "won": is_win(found),
    } | (reason_form(won=is_win(found), said=mine, as_manager=True) if coaching else {})


@require_http_methods(["GET", "POST"])
def question(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """One question with the facts beside it."""
    found = get_debrief(request.user, pk, to_write=True)
    if not 1 <= number <= LAST:
        raise NotFound
    if request.method == "POST":
        actions.answer_question(
            debrief=found, question=number, answer=request.POST.get("answer", ""),
            evidence=request.POST.get("evidence", ""), actor=request.user, now=timezone.now(),
        )  # fmt: skip
        return redirect("learn:question", pk, number + 1) if number < LAST else redirect("learn:reasons", pk)
    asked = QUESTIONS[number - 1]
    context = _step(found, number) | {
        "number": number,
        "won": is_win(found),
        "wording": wording(asked, found),
        "facts": facts(number, found),
        "choices": Answer.choices,
        "given": found.answers.filter(question=number).first(),
    }
    return render(request, "learn/question.html", context)


def _step(found: Debrief, at: int) -> dict[str, Any]:
    """Where one is among the eight steps."""
    return {"debrief": found, "steps": [(step, step < at, step == at) for step in range(1, LAST + 3)], "at": at}


@require_http_methods(["GET", "POST"])
def reasons(request: SignedInRequest, pk: int) -> HttpResponse:
    """Up to three reasons, one of them the main one; what the answers point at comes first."""
    found = get_debrief(request.user, pk, to_write=True)
    answers = dict(found.answers.values_list("question", "answer"))
    if request.method == "POST":
        _state(request, found, CONFIDENCE.get(Answer(answers.get(LAST, Answer.DO_NOT_KNOW)), "guess"))
        return redirect("learn:lessons", pk)
    mine, won = _said(request, found, Voice.SELLER), is_win(found)
    context = _step(found, LAST + 1) | {
        "competitor_unknown": competitor_unknown(found),
        "competitor_missed": answers.get(COMPETITOR) in (Answer.NO, Answer.PARTLY),
        "others": closed_together([found]).get(found.close_event_id, 0),
        **reason_form(won=won, said=mine, suggested=suggested(answers, won=won)),
    }
    return render(request, "learn/reasons.html", context)


def _state(request: SignedInRequest, found: Debrief, confidence: str) -> None:
    """The reasons; and who else was in it, where nobody knew that at the close."""
    now, user = timezone.now(), request.user
    given = given_reasons(request.POST, confidence=confidence)
    actions.state_reasons(debrief=found, reasons=given, actor=user, now=now)
    if competitor_unknown(found):
        named = request.POST.get("competitor_name", "").strip() or request.POST.get("competitor", "")
        learn_competitor(deal=found.deal, competitor=named, actor=user, now=now)


@require_http_methods(["GET", "POST"])
def lessons(request: SignedInRequest, pk: int) -> HttpResponse:
    """One thing to keep, one to do differently; then it is finished."""
    found, now = get_debrief(request.user, pk, to_write=True), timezone.now()
    if request.method == "POST":
        _finish(request, found)
        if reveal_for(request.user, found.close_event):
            messages.success(request, _("They shared their answer. The page of this debrief lays it beside yours."))
        return redirect("horizon:perspective", found.close_event_id)
    context = _step(found, LAST + 2) | {
        "promise": found.actions.select_related("owner").first(),
        "colleagues": people_for(request.user).filter(is_active=True).order_by("name")[:100],
        "due_on": (timezone.localdate(now) + ACTION_DUE),
    }
    return render(request, "learn/lessons.html", context)


def _finish(request: SignedInRequest, found: Debrief) -> None:
    now, user = timezone.now(), request.user
    keep, change = request.POST.get("keep", ""), request.POST.get("change", "")
    actions.keep_lessons(debrief=found, keep=keep, change=change, actor=user, now=now)
    if change.strip():
        owner_id = request.POST.get("owner", "")
        owner = people_for(user).filter(pk=int(owner_id)).first() if _is_id(owner_id) else user
        due = parse_day(request.POST.get("due_on", "")) or timezone.localdate(now) + ACTION_DUE
        actions.add_action(
            owner=owner or user, text=change, due_on=due, debrief=found, deal=found.deal,
            reason_code=_main_reason(found), actor=user, now=now,
        )  # fmt: skip
    actions.finish_debrief(debrief=found, actor=user, now=now)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _main_reason(found: Debrief) -> str:
    """What an action of this debrief is meant to change, so that later noes can say whether it did."""
    said = current_reasons([found.close_event_id])[found.close_event_id]
    mine = [reason.code for reason in said if reason.source == Voice.SELLER and reason.role == Weight.PRIMARY]
    return mine[0] if mine and mine[0] not in (taxonomy.NOT_KNOWN_YET, taxonomy.OTHER) else ""


@require_POST
def snooze(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_debrief(request.user, pk, to_write=True)
    actions.snooze_debrief(debrief=found, actor=request.user, today=timezone.localdate(), now=timezone.now())
    messages.success(request, _("It comes back in two working days."))
    return redirect(back_to(request, reverse("loop:today")))

"""Screens of practice 1: one question at a time, each answer kept as soon as it is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.queries import people_for
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound, RebondError
from rebond.base.paging import page_of
from rebond.learn import actions, taxonomy
from rebond.learn.access import get_action, get_debrief, get_phrase, require_lead
from rebond.learn.actions import QUESTIONS as LAST
from rebond.learn.actions import ReasonGiven
from rebond.learn.matching import match
from rebond.learn.models import Acted, Answer, Debrief, Voice, Weight
from rebond.learn.queries import (
    current_reasons,
    due_debriefs,
    finished,
    open_actions,
    settled_actions,
    todo,
    unconfirmed_phrases,
)
from rebond.learn.questions import CONFIDENCE, QUESTIONS, facts, suggested, wording

SUGGESTIONS_SHOWN = 6
ACTION_DUE = timedelta(days=14)


@require_GET
def debriefs(request: SignedInRequest) -> HttpResponse:
    """Which ends have taught nothing yet; then those that have."""
    today = timezone.localdate()
    waiting = list(todo(request.user)[:200])
    due = set(due_debriefs(request.user, today=today).values_list("pk", flat=True))
    context = {
        "due": [debrief for debrief in waiting if debrief.pk in due],
        "later": [debrief for debrief in waiting if debrief.pk not in due],
        "page": page_of(finished(request.user), request.GET.get("page")),
    }
    return render(request, "learn/debriefs.html", context)


@require_GET
def debrief(request: SignedInRequest, pk: int) -> HttpResponse:
    """Resumes where it stopped; a finished one, or somebody else's, can be read."""
    found = get_debrief(request.user, pk)
    may_write = found.assignee_id == request.user.pk or (found.assignee_id is None and request.user.is_admin)
    if found.finished_at or not may_write:
        return render(request, "learn/read.html", _reading(found))
    answered = set(found.answers.values_list("question", flat=True))
    missing = [question.number for question in QUESTIONS if question.number not in answered]
    if missing:
        return redirect("learn:question", pk, missing[0])
    said = current_reasons([found.close_event_id])[found.close_event_id]
    stated = any(reason.source == Voice.SELLER and reason.at >= (found.started_at or reason.at) for reason in said)
    return redirect("learn:lessons" if stated and found.started_at else "learn:reasons", pk)


def _reading(found: Debrief) -> dict[str, Any]:
    answers = {answer.question: answer for answer in found.answers.all()}
    said = current_reasons([found.close_event_id])[found.close_event_id]
    return {
        "debrief": found,
        "answers": [(wording(question, found), answers.get(question.number)) for question in QUESTIONS],
        "reasons": [(taxonomy.label(reason.code), reason) for reason in said],
        "promises": found.actions.select_related("owner"),
    }


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
        given = _given_reasons(request, CONFIDENCE.get(Answer(answers.get(LAST, Answer.DO_NOT_KNOW)), "guess"))
        actions.state_reasons(debrief=found, reasons=given, actor=request.user, now=timezone.now())
        return redirect("learn:lessons", pk)
    said = current_reasons([found.close_event_id])[found.close_event_id]
    mine = [reason for reason in said if reason.source == Voice.SELLER]
    main = next((reason for reason in mine if reason.role == Weight.PRIMARY), None)
    context = _step(found, LAST + 1) | {
        "suggested": [(code, taxonomy.label(code)) for code in suggested(answers)[:SUGGESTIONS_SHOWN]],
        "reasons": taxonomy.choices(),
        "slots": _slots(main, [reason for reason in mine if reason is not main]),
        "acted": Acted.choices,
        "not_known_yet": taxonomy.NOT_KNOWN_YET,
        "other": taxonomy.OTHER,
    }
    return render(request, "learn/reasons.html", context)


def _slots(main: Any, others: list[Any]) -> list[tuple[int, Any]]:
    padded = [main, *others, None, None, None]
    return list(enumerate(padded[:3], start=1))


def _given_reasons(request: SignedInRequest, confidence: str) -> list[ReasonGiven]:
    """The three slots of the form; the first that names a code is the main reason."""
    given: list[ReasonGiven] = []
    for slot in ("1", "2", "3"):
        code = request.POST.get(f"reason_{slot}", "")
        if code and code not in {reason.code for reason in given}:
            given.append(
                ReasonGiven(
                    code, role=Weight.CONTRIBUTING if given else Weight.PRIMARY, confidence=confidence,
                    could_act=request.POST.get(f"acted_{slot}", ""), verbatim=request.POST.get(f"words_{slot}", ""),
                )
            )  # fmt: skip
    if not given:
        raise RebondError(
            _("Choose the main reason, or “not known yet”. Your answers are kept."), code="reason_missing"
        )
    return given


@require_http_methods(["GET", "POST"])
def lessons(request: SignedInRequest, pk: int) -> HttpResponse:
    """One thing to keep, one to do differently; then it is finished."""
    found, now = get_debrief(request.user, pk, to_write=True), timezone.now()
    if request.method == "POST":
        _finish(request, found)
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
        owner = people_for(user).filter(pk=int(owner_id)).first() if owner_id.isdigit() else user
        due = _date(request.POST.get("due_on", "")) or timezone.localdate(now) + ACTION_DUE
        actions.add_action(
            owner=owner or user, text=change, due_on=due, debrief=found, deal=found.deal, actor=user, now=now
        )
    actions.finish_debrief(debrief=found, actor=user, now=now)


def _date(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None


@require_POST
def snooze(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_debrief(request.user, pk, to_write=True)
    actions.snooze_debrief(debrief=found, actor=request.user, today=timezone.localdate(), now=timezone.now())
    messages.success(request, _("It comes back in two working days."))
    return redirect("loop:today")


@require_GET
def actions_list(request: SignedInRequest) -> HttpResponse:
    """What one decided to do differently, and what became of it."""
    context = {
        "open": open_actions(request.user)[:200],
        "page": page_of(settled_actions(request.user), request.GET.get("page")),
        "today": timezone.localdate(),
    }
    return render(request, "learn/actions.html", context)


@require_POST
def action_done(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.settle_action(action=get_action(request.user, pk), done=True, actor=request.user, now=timezone.now())
    messages.success(request, _("Done. The next noes will tell whether it helped."))
    return redirect("learn:actions")


@require_POST
def action_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.settle_action(action=get_action(request.user, pk), done=False, actor=request.user, now=timezone.now())
    return redirect("learn:actions")


@require_POST
def action_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.reopen_action(action=get_action(request.user, pk), actor=request.user, now=timezone.now())
    return redirect("learn:actions")


@require_POST
def action_move(request: SignedInRequest, pk: int) -> HttpResponse:
    day = _date(request.POST.get("due_on", ""))
    if day is None:
        raise RebondError(_("This is not a date. The action is kept as it was. Choose a day."), code="bad_date")
    actions.move_action(action=get_action(request.user, pk), due_on=day, actor=request.user, now=timezone.now())
    return redirect("learn:actions")


@require_GET
def phrases(request: SignedInRequest) -> HttpResponse:
    """Free-text reasons no rule is sure about: a person says once what each means."""
    require_lead(request.user)
    page = page_of(unconfirmed_phrases(), request.GET.get("page"))
    suggestions = [(phrase, match(phrase.verbatim).code or "") for phrase in page]
    context = {"page": page, "phrases": suggestions, "reasons": taxonomy.choices()}
    return render(request, "learn/phrases.html", context)


@require_POST
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    phrase = get_phrase(request.user, pk)
    changed = actions.confirm_phrase(
        phrase=phrase, code=request.POST.get("code", ""), actor=request.user, now=timezone.now()
    )
    words = ngettext(
        "Remembered, and applied to %(count)d deal.", "Remembered, and applied to %(count)d deals.", changed
    )
    messages.success(request, words % {"count": changed})
    return redirect("learn:phrases")

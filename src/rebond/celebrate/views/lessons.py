"""The library of lessons, searched by situation, and the hall of fame. A lesson stays when its recording goes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.base.text import clean
from rebond.base.web import back_to
from rebond.celebrate import situations
from rebond.celebrate.access import get_lesson, get_recording
from rebond.celebrate.actions import lessons as actions
from rebond.celebrate.forms import LessonForm
from rebond.celebrate.models import Lesson, Mark, Recording
from rebond.celebrate.queries import lessons as queries

BAD_INPUT = 400


@require_GET
def lessons(request: SignedInRequest) -> HttpResponse:
    """The library; the search works without a script, each word from its beginning."""
    asked, from_loss = clean(request.GET.get("q", ""), 200), request.GET.get("from") == "loss"
    page = page_of(queries.lessons_for(request.user, asked=asked, from_loss=from_loss), request.GET.get("page"))
    context = {
        "page": page, "rows": queries.shown_to(request.user, page.rows), "asked": asked, "from_loss": from_loss,
        "situations": queries.situations_of(request.user), "hints": situations.hints(),
    }  # fmt: skip
    return render(request, "celebrate/lessons.html", context)


@require_GET
def lesson(request: SignedInRequest, pk: int) -> HttpResponse:
    """One lesson: the words always, the sound as long as everybody who is heard agrees."""
    found = get_lesson(request.user, pk)
    shown = queries.shown_to(request.user, [found])[0]
    context = {
        "shown": shown, "lesson": found, "recording": found.recording if shown.sound else None,
        "clip": found.clip if shown.sound else None, "may_write": _may_write(request, pk),
    }  # fmt: skip
    return render(request, "celebrate/lesson.html", context)


def _may_write(request: SignedInRequest, pk: int) -> bool:
    try:
        get_lesson(request.user, pk, to_write=True)
    except RebondError:
        return False
    return True


@require_http_methods(["GET", "POST"])
def new_lesson(request: SignedInRequest) -> HttpResponse:
    """A lesson is kept; from a deal, a debrief or a recording it comes with what is known."""
    source = request.POST if request.method == "POST" else request.GET
    call, clip = _call_of(request, source)
    form = LessonForm(request.POST or None, initial=_first(request.GET, call))
    if request.method == "POST" and form.is_valid() and (made := _keep(request, form, call, clip)):
        messages.success(request, _("Kept. Whoever meets the same will find it."))
        return redirect("celebrate:lesson", made.pk)
    context = {
        "form": form, "call": call, "clip": clip,
        "situations": dict.fromkeys([*queries.situations_of(request.user), *situations.hints()]),
    }  # fmt: skip
    return render(request, "celebrate/new_lesson.html", context, status=BAD_INPUT if form.errors else 200)


def _call_of(request: SignedInRequest, source: QueryDict) -> tuple[Recording | None, Mark | None]:
    """The recording it comes from, and the stretch of it, where one is named."""
    named, wanted = source.get("recording", ""), source.get("clip", "")
    if not _is_number(named):
        return None, None
    call = get_recording(request.user, int(named), purpose="coaching")
    clips = Mark.objects.filter(recording=call).exclude(until_ms=None)
    return call, clips.filter(pk=int(wanted)).first() if _is_number(wanted) else None


def _first(asked: QueryDict, call: Recording | None) -> dict[str, object]:
    """What the form begins with: what the page before knew."""
    return {
        "situation": clean(asked.get("situation", call.situation if call else ""), 160),
        "title": clean(asked.get("title", ""), 160), "text": clean(asked.get("text", ""), 4_000),
        "from_loss": asked.get("from") == "loss",
    }  # fmt: skip


def _keep(request: SignedInRequest, form: LessonForm, call: Recording | None, clip: Mark | None) -> Lesson | None:
    try:
        return actions.keep_lesson(
            **form.cleaned_data, recording=call, clip=clip, author=request.user, actor=request.user, now=timezone.now()
        )
    except RebondError as error:
        form.add_error(None, str(error))
        return None


@require_POST
def cheer(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tap, or some words; pressed twice it is once."""
    found = get_lesson(request.user, pk)
    actions.cheer_lesson(lesson=found, words=request.POST.get("words", ""), actor=request.user, now=timezone.now())
    return redirect(back_to(request, reverse("celebrate:lesson", args=[pk])))


@require_POST
def retire(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not offered any more, or again."""
    found = get_lesson(request.user, pk, to_write=True)
    if request.POST.get("back"):
        actions.take_up(lesson=found, actor=request.user, now=timezone.now())
        messages.success(request, _("It is found again."))
    else:
        actions.retire(lesson=found, actor=request.user, now=timezone.now())
        messages.success(request, _("Retired: it is no longer found. In the hall of fame it stays."))
    return redirect("celebrate:lesson", pk)


@require_GET
def hall(request: SignedInRequest) -> HttpResponse:
    """The calls of the months: title, lesson and month always; name and sound while they are let."""
    return render(request, "celebrate/hall.html", {"months": queries.hall_for(request.user)})


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19

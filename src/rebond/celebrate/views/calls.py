"""Recorded calls: the list, one call with its player, notes and clips, who agreed to what, and who listened."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_GET, require_POST, require_safe

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.paging import page_of
from rebond.celebrate.access import get_mark, get_recording, get_voice
from rebond.celebrate.actions import marks as marking
from rebond.celebrate.actions import recordings as actions
from rebond.celebrate.actions.consents import give_consent, name_voice, withdraw_consent
from rebond.celebrate.actions.listening import note_access
from rebond.celebrate.actions.silencing import want_quiet
from rebond.celebrate.models import Access, ConsentPurpose, Lesson, Recording, RecordingStatus, Voice
from rebond.celebrate.queries.consents import standing_of
from rebond.celebrate.queries.muted import being_silenced, to_play
from rebond.celebrate.queries.recordings import heard_by, list_for, may_manage
from rebond.celebrate.sound.refusals import WORDS
from rebond.celebrate.sound.tickets import address_of
from rebond.deals.models import Deal
from rebond.deals.queries import deals_for

#: Days of listening that a page shows.
SHOWN = 60
_NUMBER = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?\Z")
#: Why sound is gone, as a page says it.
GONE = {
    "withdrawn": _l("Somebody who is heard took their word back. What was learnt stays."),
    "retention": _l("Sound is kept for 180 days. What was learnt stays."),
    "erased": _l("Somebody who was heard asked to be forgotten. What was learnt stays."),
    "asked": _l("It was removed. What was learnt stays."),
}  # fmt: skip


@require_GET
def calls(request: SignedInRequest) -> HttpResponse:
    """Those one may open, newest first."""
    page = page_of(list_for(request.user), request.GET.get("page"))
    return render(request, "celebrate/calls.html", {"page": page})


@require_GET
def call(request: SignedInRequest, pk: int) -> HttpResponse:
    """One call: its player, notes, who agreed, who listened, what was learnt."""
    recording = get_recording(request.user, pk)
    manages = may_manage(request.user, recording)
    hears = Recording.objects.filter(heard_by(request.user), pk=pk).exists()
    voices = voices_of(recording, request.user, manages=manages)
    context = {
        "recording": recording, "manages": manages, "hears": hears, "voices": voices,
        "mine": recording.owner_id == request.user.pk, "today": timezone.localdate(),
        "notes": recording.marks.select_related("by").order_by("at_ms", "pk"),
        "accesses": _accesses(request, recording),
        "lessons": Lesson.objects.filter(recording=recording, retired_at=None).order_by("-made_at", "-pk"),
        "why": WORDS.get(recording.refused, ""), "gone": GONE.get(recording.removed_because, ""),
        "preparing": recording.status == RecordingStatus.WORKING, "silencing": hears and being_silenced(recording),
        "deal": _deal(request, recording),
    }  # fmt: skip
    return render(request, "celebrate/call.html", context)


def _deal(request: SignedInRequest, recording: Recording) -> Deal | None:
    """The deal, for whoever may see it; the library is open to other teams, its deals are not."""
    return deals_for(request.user).filter(pk=recording.deal_id).first() if recording.deal_id else None


def _accesses(request: SignedInRequest, recording: Recording) -> QuerySet[Access]:
    """Who listened lately, for whoever is heard and who looks after it; for nobody else."""
    found = recording.accesses.select_related("by").order_by("-day", "pk")
    told = may_manage(request.user, recording) or recording.voices.filter(user=request.user).exists()
    return found[:SHOWN] if told else found.none()


def voices_of(recording: Recording, user: Any, *, manages: bool) -> list[dict[str, Any]]:
    """Each voice with what stands for each purpose, and whether ``user`` may say so for it; two queries."""
    standing = standing_of(recording)
    inside = manages or user.team_id == recording.team_id
    found = []
    for voice in recording.voices.select_related("user", "person").order_by("pk"):
        said = standing.get(voice.pk, {})
        mine = voice.user_id == user.pk
        found.append({
            "voice": voice, "name": name_of(voice, inside=inside), "mine": mine,
            "may": mine or (manages and voice.user_id is None),
            "open": [one for one in ConsentPurpose.choices if one[0] not in said],
            "given": [(label, said[purpose]) for purpose, label in ConsentPurpose.choices if purpose in said],
        })  # fmt: skip
    return found


def name_of(voice: Voice, *, inside: bool = True) -> str:
    """How a voice is called on a page; to other teams a customer's name is not theirs to know."""
    if voice.user is not None:
        return voice.user.name
    if not inside:
        return _("A customer")
    return (voice.person.name if voice.person is not None else voice.name) or _("Somebody who is not named any more")


@require_safe
def sound(request: SignedInRequest, pk: int) -> HttpResponse:
    """Sends the player on to the sound itself, for its length and an hour; who opened it is noted, a row a day.

    ``?for=contest`` or ``library``: for that purpose. A player that asks again (``?again=1``) is not counted twice.
    """
    recording = get_recording(request.user, pk, _purpose(request), to_hear=True)
    if recording.status != RecordingStatus.READY:
        raise NotAllowed(_("This call is not ready to be heard. Nothing was changed. Look at its page."))
    now, session = timezone.now(), request.session.session_key or ""
    found = to_play(recording, request.user)
    if found is None:
        want_quiet(recording=recording, now=now)
        raise RebondError(
            _("A stretch of this call is being made silent. Nothing was changed. Try again in a minute."),
            code="being_silenced", status=409,
        )  # fmt: skip
    again = request.method != "GET" or "again" in request.GET
    note_access(recording=recording, actor=request.user, again=again, now=now)
    length_ms, (stored, kind) = recording.duration_ms or 0, found
    answer = redirect(address_of(stored=stored, kind=kind, length_ms=length_ms, session=session, now=now))
    answer["Cache-Control"] = "no-store"
    return answer


def _purpose(request: SignedInRequest) -> str:
    purpose = request.GET.get("for", ConsentPurpose.COACHING)
    if purpose not in ConsentPurpose.values:
        raise RebondError(_("There is no such purpose. Nothing was opened. Check the address."), code="no_such_purpose")
    return purpose


@require_GET
def peaks(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its outline: how high and how low each stretch reaches, 0 to 1; its length in seconds; and how far it is."""
    recording = get_recording(request.user, pk, _purpose(request))
    low, high = recording.peaks[::2], recording.peaks[1::2]
    body = {
        "peaks": [[round(max(one, 0) / 127, 3) for one in high], [round(max(-one, 0) / 127, 3) for one in low]],
        "duration": (recording.duration_ms or 0) / 1000, "status": recording.status,
        "ended": recording.status not in (RecordingStatus.WORKING, RecordingStatus.UPLOADING)
        and (may_manage(request.user, recording) or not being_silenced(recording)),
        "words": recording.get_status_display(), "total": 0, "read": 0,
    }  # fmt: skip
    return JsonResponse(body, headers={"Cache-Control": "private, no-store"})


class MarkForm(forms.Form):
    """A note, a clip, or a stretch that is not heard; places as people write them, 1:05 or 65.5."""

    at = forms.CharField(max_length=12)
    until = forms.CharField(max_length=12, required=False)
    text = forms.CharField(max_length=500, required=False)
    muted = forms.BooleanField(required=False)

    def clean_at(self) -> int | None:
        return ms_of(self.cleaned_data["at"])

    def clean_until(self) -> int | None:
        return ms_of(self.cleaned_data["until"]) if self.cleaned_data["until"].strip() else None


def ms_of(text: str) -> int:
    """A place as people write it, in milliseconds.

    >>> ms_of("1:05"), ms_of("65,5"), ms_of("1:00:00")
    (65000, 65500, 3600000)
    """
    parts = text.strip().replace(",", ".").split(":")
    if not 1 <= len(parts) <= 3 or not all(_NUMBER.match(part) for part in parts):
        raise forms.ValidationError(_("Write a place as 1:05."))
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return min(round(seconds * 1000), 2**31 - 1)


@require_POST
def add_mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pins a note to a second, or marks a stretch; muting one is for who looks after the call."""
    recording = get_recording(request.user, pk, to_hear=True)
    form = MarkForm(request.POST)
    if not form.is_valid():
        raise RebondError(
            _("We could not read where that is. Nothing was added. Write a place as 1:05, and an end after it."),
            code="no_such_moment",
        )
    said = form.cleaned_data
    if said["muted"] and not may_manage(request.user, recording):
        raise NotAllowed
    marking.add_mark(
        recording=recording, at_ms=said["at"], until_ms=said["until"], text=said["text"], muted=said["muted"],
        actor=request.user, now=timezone.now(),
    )  # fmt: skip
    return redirect(f"/calls/{pk}#notes")


@require_POST
def drop_mark(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own, or any where one looks after the call."""
    mark = get_mark(request.user, pk)
    marking.drop_mark(mark=mark, actor=request.user, now=timezone.now())
    return redirect(f"/calls/{mark.recording_id}#notes")


@require_POST
def voices(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody more is heard."""
    recording, name = get_recording(request.user, pk, to_write=True), request.POST.get("name", "").strip()
    if not name:
        raise RebondError(_("No name was given. Nothing was changed. Write who is heard."), code="nobody_named")
    from rebond.celebrate.views.uploads import known

    who = known(name, recording.deal, request.user)
    name_voice(recording=recording, name="" if who else name, actor=request.user, now=timezone.now(), **(who or {}))
    return redirect(f"/calls/{pk}#voices")


@require_POST
def consent(request: SignedInRequest, pk: int) -> HttpResponse:
    """A voice agreed: to what, with what proof, where, when. A colleague's own word is its own proof."""
    voice = get_voice(request.user, pk)
    chosen = [one for one in request.POST.getlist("purpose") if one in ConsentPurpose.values]
    mine = voice.user_id == request.user.pk
    proof = request.POST.get("proof", "").strip() or (_("Said by themselves") if mine else "")
    if not chosen or not proof:
        raise RebondError(
            _("A purpose and a proof are needed. Nothing was changed. Say what they agreed to, and how we know."),
            code="proof_needed",
        )
    for purpose in chosen:
        give_consent(
            voice=voice, purpose=purpose, proof=proof, place=request.POST.get("place", ""),
            given_on=_day(request.POST.get("given_on", "")), actor=request.user, now=timezone.now(),
        )  # fmt: skip
    messages.success(request, _("Noted."))
    return redirect(f"/calls/{voice.recording_id}#voices")


def _day(typed: str) -> date:
    """The day that was typed, not later than today; today without one."""
    today = timezone.localdate()
    try:
        return min(date.fromisoformat(typed), today) if typed else today
    except ValueError:
        raise RebondError(
            _("That is no day. Nothing was changed. Choose the day they agreed."), code="no_such_day"
        ) from None


@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Taken back; the sound is gone there at once."""
    voice, now = get_voice(request.user, pk), timezone.now()
    chosen = [one for one in request.POST.getlist("purpose") if one in ConsentPurpose.values]
    ended = sum(withdraw_consent(voice=voice, purpose=one, actor=request.user, now=now) for one in chosen)
    if ended:
        messages.success(request, _("Taken back. The sound is gone there, what was learnt stays."))
    return redirect(f"/calls/{voice.recording_id}#voices")


@require_POST
def hold(request: SignedInRequest, pk: int) -> HttpResponse:
    """A legal hold, by who leads."""
    recording = get_recording(request.user, pk, to_write=True)
    if not request.user.is_lead:
        raise NotAllowed
    actions.hold(recording=recording, on=request.POST.get("on") == "yes", actor=request.user, now=timezone.now())
    return redirect("celebrate:call", pk)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its sound goes; an upload that was only begun leaves nothing."""
    recording, now = get_recording(request.user, pk, to_write=True), timezone.now()
    if recording.status == RecordingStatus.UPLOADING:
        actions.drop_unfinished(recording=recording, actor=request.user, now=now)
        messages.success(request, _("The upload was ended. Nothing of it was kept."))
        return redirect("celebrate:calls")
    actions.sound_removed(recording=recording, because="asked", actor=request.user, now=now)
    messages.success(request, _("The sound is gone. What was learnt stays."))
    return redirect("celebrate:call", pk)

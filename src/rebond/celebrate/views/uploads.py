"""A recording is uploaded: what it is, who is heard, then the file, in pieces that go on after a lost network.

The pieces follow the idea of tus.io 1.0 in plain HTTP: ``HEAD`` says how far it is (``Upload-Offset``), ``PATCH`` with
that offset adds a piece. Without a script, one form brings the whole file.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from rebond.accounts.models import User
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound
from rebond.base.text import fold
from rebond.celebrate.access import get_recording
from rebond.celebrate.actions import recordings as actions
from rebond.celebrate.actions.consents import give_consent, name_voice
from rebond.celebrate.models import ConsentPurpose, Recording, RecordingStatus
from rebond.celebrate.queries.recordings import deals_to_name, unfinished_of
from rebond.celebrate.sound.refusals import WORDS, refusal
from rebond.deals.access import get_deal
from rebond.deals.models import Deal, Person

#: Others heard in one call, at most; deals offered.
VOICES, OFFERED = 12, 50
_ENDED = (RecordingStatus.REFUSED, RecordingStatus.REMOVED)


class CallForm(forms.Form):
    """What it is, and who is heard; the file itself comes after."""

    title = forms.CharField(label=_("What is the call about?"), max_length=160)
    situation = forms.CharField(
        label=_("In which situation does it help?"), max_length=160, required=False,
        help_text=_("As you would look for it: they say it is too dear, somebody new decides, no answer …"),
    )  # fmt: skip
    deal = forms.TypedChoiceField(label=_("Deal"), coerce=int, empty_value=None, required=False)
    called_on = forms.DateField(
        label=_("Day of the call"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    place = forms.CharField(
        label=_("Where the call was made"), max_length=80, required=False,
        help_text=_("The country decides who must agree to a recording."),
    )  # fmt: skip
    others = forms.CharField(
        label=_("Who else is heard?"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One name a line. Nobody else hears it until each of them agreed; you note that on the next page."),
    )  # fmt: skip
    alone = forms.BooleanField(label=_("Nobody but me is heard"), required=False)
    agreed = forms.MultipleChoiceField(
        label=_("I agree that my own voice is used for"), choices=ConsentPurpose.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("Each is its own, and you can take it back at any time."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("File (mp3, m4a, ogg, wav or webm, up to 200 MB and three hours)"), required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "audio/*,.mp3,.m4a,.ogg,.oga,.opus,.wav,.webm"}),
    )  # fmt: skip
    #: Filled in by the script, which sends the file in pieces afterwards.
    size = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=2**40)
    file_name = forms.CharField(required=False, widget=forms.HiddenInput, max_length=1_000)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = (self.data or self.initial).get("deal") or ""
        self.fields["deal"].choices = [("", ""), *_deals(user, str(named))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        names = [line.strip() for line in cleaned.get("others", "").splitlines() if line.strip()]
        cleaned["names"] = list(dict.fromkeys(names))[:VOICES]
        if not cleaned["names"] and not cleaned.get("alone"):
            self.add_error("others", _("Say who else is heard, or that nobody is."))
        if cleaned.get("file") is None and cleaned.get("size") is None:
            self.add_error("file", _("Choose the recording."))
        return cleaned


def _deals(user: User, named: str) -> list[tuple[int, str]]:
    """Those one works on, and the one that was asked for by its number."""
    found = list(deals_to_name(user)[:OFFERED])
    if named.isascii() and named.isdigit() and len(named) < 19 and int(named) not in {deal.pk for deal in found}:
        found.insert(0, get_deal(user, int(named)))
    return [(deal.pk, f"{deal.name} · {deal.company.name}" if deal.company else deal.name) for deal in found]


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """The form; then the file, whole or in pieces (a script asks for JSON and is told where to send them)."""
    wants = "application/json" in request.headers.get("Accept", "")
    initial = {"deal": request.GET.get("deal", ""), "called_on": timezone.localdate()}
    form = CallForm(request.POST or None, request.FILES or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        recording = _begin(form.cleaned_data, request.user)
        if wants and form.cleaned_data["file"] is None:
            place = reverse("celebrate:upload", args=[recording.pk])
            return JsonResponse({"upload": place, "page": reverse("celebrate:call", args=[recording.pk])}, status=201)
        if form.cleaned_data["file"] is not None:
            _take(recording, form.cleaned_data["file"].chunks(), request.user)
        return redirect("celebrate:call", recording.pk)
    if wants and request.method == "POST":
        return JsonResponse({"errors": form.errors}, status=422)
    unfinished = unfinished_of(request.user)
    return render(request, "celebrate/new_call.html", {"form": form, "unfinished": unfinished})


@transaction.atomic
def _begin(said: dict[str, Any], user: User) -> Recording:
    """The recording, its voices, and what the uploader agreed to."""
    now, file = timezone.now(), said["file"]
    deal = get_deal(user, said["deal"]) if said["deal"] else None
    recording = actions.start_upload(
        title=said["title"], file_name=file.name if file else said["file_name"], situation=said["situation"],
        size=file.size if file else said["size"], deal=deal, called_on=said["called_on"], place=said["place"],
        actor=user, now=now,
    )  # fmt: skip
    for purpose in said["agreed"]:
        mine = recording.voices.get(user=user)
        give_consent(voice=mine, purpose=purpose, proof=str(_("Said by themselves, at the upload")),
                     place=said["place"], given_on=timezone.localdate(), actor=user, now=now)  # fmt: skip
    for name in said["names"]:
        who = known(name, deal, user)
        name_voice(recording=recording, name="" if who else name, actor=user, now=now, **(who or {}))
    return recording


def known(name: str, deal: Deal | None, user: User) -> dict[str, Any] | None:
    """Whose name that is: a colleague of one's team, a person of the deal, a colleague of another team (each colleague
    says for themselves what they agree to); ``None`` for anybody else."""
    colleagues = [one for one in User.objects.filter(is_active=True).order_by("pk") if fold(one.name) == fold(name)]
    near = [one for one in colleagues if one.team_id is not None and one.team_id == user.team_id]
    people = Person.objects.filter(deal_people__deal=deal).order_by("pk") if deal else Person.objects.none()
    if not near and (person := next((one for one in people if fold(one.name) == fold(name)), None)):
        return {"person": person}
    return {"user": (near or colleagues)[0]} if colleagues else None


@require_http_methods(["HEAD", "GET", "PATCH", "POST"])
def upload(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far it is; one piece more; or the whole file again, from a form."""
    recording = get_recording(request.user, pk)
    if recording.owner_id != request.user.pk:
        raise NotFound
    if request.method == "PATCH":
        return _patched(request, recording)
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None or file.size != recording.size:
            raise refusal("other_file")
        _take(recording, _from(file.chunks(), recording.received), request.user)
        return redirect("celebrate:call", pk)
    return _where(recording)


def _patched(request: SignedInRequest, recording: Recording) -> HttpResponse:
    """The piece is read before anything is locked, so that a slow network holds nobody up."""
    said, length = request.headers.get("Upload-Offset", ""), request.headers.get("Content-Length") or "0"
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise refusal("other_place")
    if not (length.isascii() and length.isdigit()) or int(length) > actions.PIECE:
        raise refusal("piece_too_large")
    piece = request.read(int(length))
    held = actions.receive(recording=recording, at=int(said), piece=piece, actor=request.user, now=timezone.now())
    return _where(held)


def _where(recording: Recording) -> HttpResponse:
    """Its offset as a header; its state, and why it was refused, as JSON."""
    body: dict[str, Any] = {"status": recording.status, "received": recording.received, "size": recording.size}
    if recording.status in _ENDED:
        body["message"] = str(WORDS.get(recording.refused, ""))
    refused = recording.status == RecordingStatus.REFUSED
    answer = JsonResponse(body, status=415 if refused else 200)
    answer["Upload-Offset"], answer["Upload-Length"] = str(recording.received), str(recording.size)
    answer["Cache-Control"] = "no-store"
    return answer


def _take(recording: Recording, pieces: Any, user: User) -> None:
    actions.receive_all(recording=recording, pieces=pieces, actor=user, now=timezone.now())


def _from(pieces: Any, skip: int) -> Any:
    """What is here already is not written again."""
    for piece in pieces:
        if skip < len(piece):
            yield piece[skip:]
        skip = max(skip - len(piece), 0)

"""Recorded calls, who agreed to what, and the lessons that outlive them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import Deal, Person


class RecordingStatus(models.TextChoices):
    UPLOADING = "uploading", pgettext_lazy("recording", "Being uploaded")
    WORKING = "working", pgettext_lazy("recording", "Being prepared")
    READY = "ready", pgettext_lazy("recording", "Ready")
    REFUSED = "refused", pgettext_lazy("recording", "Cannot be used")
    REMOVED = "removed", pgettext_lazy("recording", "Removed")


class Recording(models.Model):
    """One call that was recorded. Its sound is a file in ``REBOND_DATA/recordings``; here is what is known of it.

    Attributes:
        size: of the whole file, in bytes, as it was announced; ``received``: of it, so many are here.
        sha256: of the whole; ``stored``: the file's name in the folder (random; empty once removed).
        quiet: the file's name in which what is muted is silent (``sound.quiet``); empty: nothing is, or not yet.
        kind: ``mp3``, ``m4a``, ``ogg``, ``wav``, ``webm``, as its content says, not its name.
        duration_ms, peaks: worked out in the background; peaks: -128..127, lowest and highest by turns, 4,000 pairs.
        refused: why it cannot be used, a code of ``celebrate.sound``.
        keep_until: its sound is deleted then (180 days); ``legal_hold``: not even then.
    """

    title = models.CharField(_("title"), max_length=160)
    situation = models.CharField(_("situation"), max_length=160, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recordings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=9, choices=RecordingStatus.choices, default=RecordingStatus.UPLOADING)
    file_name = models.CharField(max_length=200, blank=True, default="")
    size = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    stored = models.CharField(max_length=80, blank=True, default="")
    quiet = models.CharField(max_length=80, blank=True, default="")
    kind = models.CharField(max_length=5, blank=True, default="")
    duration_ms = models.PositiveIntegerField(null=True)
    peaks = models.JSONField(default=list)
    refused = models.CharField(max_length=30, blank=True, default="")
    transcript = models.TextField(blank=True, default="")
    called_on = models.DateField(null=True)
    place = models.CharField(max_length=80, blank=True, default="")
    made_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    keep_until = models.DateField(null=True)
    legal_hold = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)
    removed_because = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["team", "-made_at", "-id"], name="recording_of_team"),
            models.Index(fields=["owner", "-made_at", "-id"], name="recording_of_owner"),
            models.Index(fields=["status", "keep_until"], name="recording_kept"),
        ]

    def __str__(self) -> str:
        return f"recording {self.pk} {self.status}"


class Voice(models.Model):
    """Somebody who is heard: a colleague, a person on record, or a name."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="voices")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"voice {self.pk}"


class ConsentPurpose(models.TextChoices):
    """What somebody agreed to; each is its own."""

    COACHING = "coaching", pgettext_lazy("consent", "coaching within the team")
    CONTEST = "contest", pgettext_lazy("consent", "the call of the month")
    LIBRARY = "library", pgettext_lazy("consent", "the library of calls")


class Consent(models.Model):
    """One voice agreed to one purpose: with what proof, where, when. Withdrawn, it stays as history."""

    voice = models.ForeignKey(Voice, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=8, choices=ConsentPurpose.choices)
    proof = models.CharField(max_length=300)
    place = models.CharField(max_length=80, blank=True, default="")
    given_on = models.DateField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["voice", "purpose"], condition=models.Q(withdrawn_at=None), name="consent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.voice_id} {self.purpose}"


class Mark(models.Model):
    """A note pinned to a second of a recording (``until_ms`` empty), or a stretch of it: a clip."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="marks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at_ms = models.PositiveIntegerField()
    until_ms = models.PositiveIntegerField(null=True)
    text = models.CharField(max_length=500, blank=True, default="")
    muted = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at_ms", "pk"]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.at_ms}"


class Access(models.Model):
    """Somebody listened; kept for whoever is heard to see."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="accesses")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-day", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["recording", "by", "day"], name="access_a_day")]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.by_id} {self.day}"


class Lesson(models.Model):
    """What can be learnt from a call, won or lost: in words, so that it outlives the recording.

    Attributes:
        situation: where it helps ("they say it is too dear"); searched by it.
        folded: the situation without accents and case, by which two are the same.
        place: 1 where it won the month, 2, 3 ...; empty for one that was only kept.
    """

    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("what we can learn"))
    situation = models.CharField(_("situation"), max_length=160, blank=True, default="")
    folded = models.TextField(blank=True, default="")
    recording = models.ForeignKey(Recording, on_delete=models.SET_NULL, null=True, blank=True, related_name="lessons")
    clip = models.ForeignKey(Mark, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    nomination = models.OneToOneField(
        "celebrate.Nomination", on_delete=models.SET_NULL, null=True, related_name="kept_as"
    )
    month = models.DateField(null=True)
    won = models.BooleanField(default=False)
    from_loss = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"lesson {self.pk}"

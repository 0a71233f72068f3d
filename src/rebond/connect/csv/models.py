"""An import: the file, how it is read, how far it got, and the rows it could not use."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    DEALS = "deals", _("Deals")
    PEOPLE = "people", _("People")
    TOUCHES = "touches", _("Contacts made (calls, emails, meetings)")


class Status(models.TextChoices):
    CHECKING = "checking", pgettext_lazy("import", "Being looked at")
    READY = "ready", pgettext_lazy("import", "Waits for your yes")
    RUNNING = "running", pgettext_lazy("import", "Running")
    DONE = "done", pgettext_lazy("import", "Done")
    CANCELLED = "cancelled", pgettext_lazy("import", "Stopped")
    FAILED = "failed", pgettext_lazy("import", "Could not be read")


ENDED = (Status.DONE, Status.CANCELLED, Status.FAILED)


class ImportRun(models.Model):
    """One file. ``checkpoint`` is the last line whose rows are in, written with them in one transaction."""

    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CHECKING)
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=120)
    source = models.CharField(max_length=20, default="csv")
    choices = models.JSONField(default=dict)
    described = models.JSONField(default=dict)
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, null=True, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    checkpoint = models.PositiveIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    failure = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.status}"

    @property
    def path(self) -> Path:
        """Where the file is kept."""
        return Path(settings.CONFIG.data) / "imports" / self.stored_as

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class ImportProblem(models.Model):
    """A row that was left out: where, what stood there, what was expected."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    number = models.PositiveIntegerField()
    column = models.CharField(max_length=120)
    value = models.CharField(max_length=200, blank=True)
    expected = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["number", "pk"]

    def __str__(self) -> str:
        return f"{self.run_id} line {self.number}"


class SavedMapping(models.Model):
    """Corrections a person made for one kind of export, remembered by its headers."""

    fingerprint = models.CharField(max_length=64, unique=True)
    mapping = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint[:12]

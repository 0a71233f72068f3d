"""The seller's own look back: six questions about one close."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import CloseEvent, Deal


class Debrief(models.Model):
    """The seller's six questions about one close event: planned at the close, due in two working days."""

    close_event = models.OneToOneField(CloseEvent, on_delete=models.PROTECT, related_name="debrief")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="debriefs")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="debriefs")
    planned_at = models.DateTimeField()
    due_on = models.DateField()
    snoozed_until = models.DateField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    keep = models.TextField(_("one thing to keep"), blank=True, default="")
    change = models.TextField(_("one thing to do differently"), blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["assignee", "finished_at", "due_on"], name="debrief_todo")]

    def __str__(self) -> str:
        return f"debrief {self.close_event_id}"


class Answer(models.TextChoices):
    """An honest answer; "I don't know" is never penalised."""

    YES = "yes", pgettext_lazy("debrief answer", "Yes")
    PARTLY = "partly", pgettext_lazy("debrief answer", "Partly")
    NO = "no", pgettext_lazy("debrief answer", "No")
    DO_NOT_KNOW = "do_not_know", pgettext_lazy("debrief answer", "I don't know")


class DebriefAnswer(models.Model):
    """One of the six answers, with its line of evidence; may be corrected until the debrief is finished."""

    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="answers")
    question = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=11, choices=Answer.choices)
    evidence = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["debrief", "question"], name="debrief_question_once")]

    def __str__(self) -> str:
        return f"{self.debrief_id} q{self.question} {self.answer}"

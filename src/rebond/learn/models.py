"""What a close taught: reasons by voice, the seller's debrief, and the action for next time."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import AppendOnly, CloseEvent, Deal


class Voice(models.TextChoices):
    """Who asserts a reason."""

    SELLER = "seller", _("Seller")
    MANAGER = "manager", _("Manager")
    BUYER = "buyer", _("Buyer")
    CODER = "coder", _("Coder")


class Weight(models.TextChoices):
    PRIMARY = "primary", _("Main reason")
    CONTRIBUTING = "contributing", _("Also played a part")


class Confidence(models.TextChoices):
    """How the seller knows (debrief question 6)."""

    KNOW = "know", _("I know")
    THINK = "think", _("I think so")
    GUESS = "guess", _("I guess")


class Acted(models.TextChoices):
    """Knowing what you knew then, could you have acted on it?"""

    YES = "yes", pgettext_lazy("could act", "Yes")
    PARTLY = "partly", pgettext_lazy("could act", "Only partly")
    NO = "no", pgettext_lazy("could act", "No")


class ReasonAssertion(AppendOnly):
    """One voice says why one close happened. Superseded by a later assertion, never overwritten.

    ``code`` is a taxonomy code, ``not_known_yet``, or ``other`` with its ``verbatim``. The current assertions
    of a close event and source are those of its highest ``edition``.
    """

    close_event = models.ForeignKey(CloseEvent, on_delete=models.PROTECT, related_name="reasons")
    source = models.CharField(max_length=7, choices=Voice.choices)
    edition = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=40)
    role = models.CharField(max_length=12, choices=Weight.choices, default=Weight.PRIMARY)
    could_act = models.CharField(max_length=6, choices=Acted.choices, blank=True, default="")
    confidence = models.CharField(max_length=5, choices=Confidence.choices, blank=True, default="")
    verbatim = models.TextField(blank=True, default="")
    taxonomy_version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["code"], name="reason_code")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["close_event", "source", "edition", "code"], name="reason_said_once")
        ]

    def __str__(self) -> str:
        return f"{self.close_event_id} {self.source}:{self.code}"


class ReasonPhrase(models.Model):
    """Free text met in an import and what it means. A person confirms a new one once; then it is remembered."""

    folded = models.CharField(max_length=300, unique=True)
    verbatim = models.CharField(max_length=300)
    code = models.CharField(max_length=40, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.verbatim} -> {self.code or '?'}"


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


class Action(models.Model):
    """What somebody will do differently, by a date: feedback ends in this, or it was only talk (M6)."""

    debrief = models.ForeignKey(Debrief, on_delete=models.PROTECT, null=True, related_name="actions")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("by"))
    reason_code = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "done_at", "due_on"], name="action_todo")]

    def __str__(self) -> str:
        return self.text

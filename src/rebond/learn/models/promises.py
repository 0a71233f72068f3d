"""What follows from a lesson: one person's action, or a test of the whole team."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import Deal
from rebond.learn.models.debriefs import Debrief


class Action(models.Model):
    """What somebody will do differently, by a date: feedback ends in this, or it was only talk (M6)."""

    debrief = models.ForeignKey(Debrief, on_delete=models.PROTECT, null=True, related_name="actions")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("by"))
    reason_code = models.CharField(max_length=40, blank=True, default="")
    #: The finding it came from (``findings.Finding.key``), when it came from Patterns.
    pattern = models.CharField(max_length=80, blank=True, default="")
    #: What became of it, in the owner's words.
    result = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["owner", "done_at", "due_on"], name="action_todo")]

    def __str__(self) -> str:
        return self.text


class Measure(models.TextChoices):
    """What a test watches."""

    REASON = "reason", _("share of noes that name a reason")
    ANSWER = "answer", _("share of debriefs that answer a question with yes")
    WIN_RATE = "win_rate", _("win rate")
    BUYER = "buyer", _("share of buyers who agree with a statement")


class Decided(models.TextChoices):
    """What the team made of a test."""

    KEEP = "keep", pgettext_lazy("test", "Keep it")
    DROP = "drop", pgettext_lazy("test", "Drop it")


class TeamTest(models.Model):
    """A change that a team tries: what, how it is measured, from how many cases on, until when. All fixed at the start.

    Attributes:
        subject: the reason's code, the question's number, or the statement's name; empty for the win rate.
        baseline_from: cases that closed from here until ``starts_on`` are "before".
        minimum_n: no verdict below so many cases since the start.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(_("what we change"), max_length=200)
    why = models.CharField(_("why"), max_length=500, blank=True, default="")
    pattern = models.CharField(max_length=80, blank=True, default="")
    measure = models.CharField(_("measured by"), max_length=8, choices=Measure.choices)
    subject = models.CharField(max_length=40, blank=True, default="")
    baseline_from = models.DateField()
    starts_on = models.DateField(_("starts on"))
    stops_on = models.DateField(_("until"))
    minimum_n = models.PositiveSmallIntegerField(_("cases needed"))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=4, choices=Decided.choices, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["team", "stopped_at", "stops_on"], name="test_running")]

    def __str__(self) -> str:
        return self.title

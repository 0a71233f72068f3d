"""What says that somebody may be ready: dates they gave, and signs that came by themselves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import Deal, Person


class DateKind(models.TextChoices):
    """What happens on a date they gave."""

    BUDGET = "budget", _("their budget opens")
    CONTRACT_END = "contract_end", _("their contract ends")
    DECISION = "decision", _("they decide again")
    CALL_BACK = "call_back", _("they asked to be called")
    OTHER = "other", pgettext_lazy("date", "something else")


class NamedDate(models.Model):
    """A date the person gave, in their words ("budget in June"). A month alone is its first day.

    ``settled_at``: it was reached and used, or taken back.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="named_dates")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=DateKind.choices)
    on = models.DateField()
    whole_month = models.BooleanField(default=False)
    words = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=20, default="typed")
    said_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "on"], name="named_date_of_person"),
            models.Index(fields=["on"], name="named_date_open", condition=Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.on}"


class SignalKind(models.TextChoices):
    """What says so. That a mail was opened is none (L28)."""

    REPLY = "reply", _("they answered")
    WROTE = "wrote", _("they wrote by themselves")
    DATE = "date", _("a date they gave has come")
    SURVEY = "survey", _("they said so in their answer")
    STAGE = "stage", _("something moved in the CRM")
    SUCCESSOR = "successor", _("somebody new is in charge")
    CALLED = "called", _("they called")


class Verdict(models.TextChoices):
    """What the seller found."""

    READY = "ready", _("Ready: a deal is open")
    TALKING = "talking", _("We are talking")
    NOT_YET = "not_yet", _("Not yet")
    NOTHING = "nothing", _("It meant nothing")


class Signal(models.Model):
    """One sign that a person may be ready, with its evidence. ``ref`` names its cause, so that it is noted once.

    Attributes:
        ref: e.g. ``received:12``, ``date:5``, ``survey:UUID``, ``stage:88``.
        words: the evidence as a person reads it: what they wrote, at most 300 characters.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="signals")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=9, choices=SignalKind.choices)
    ref = models.CharField(max_length=80, unique=True)
    words = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    noted_at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_deal = models.ForeignKey(Deal, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "settled_at", "at"], name="signal_open"),
            models.Index(fields=["person", "-at"], name="signal_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"

"""Small rewards for colleagues: a catalogue, a budget per period, what was given. What is owed is in ``ledger``."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Team
from rebond.celebrate.models.preferences import Incentive
from rebond.celebrate.models.wins import Win


class Treat(models.Model):
    """One thing of the catalogue. ``amount_minor``: what it costs us; 0 for what costs nothing."""

    kind = models.CharField(max_length=13, choices=[one for one in Incentive.choices if one[0] != Incentive.NONE])
    label = models.CharField(_("what it is"), max_length=120)
    amount_minor = models.BigIntegerField(_("what it costs"), default=0)
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["kind", "label", "pk"]

    def __str__(self) -> str:
        return self.label


class Budget(models.Model):
    """So much for one team (or everybody) in one quarter; the newest row holds."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    quarter = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.team_id} {self.quarter}"


class Given(models.Model):
    """A reward given to a colleague, in the form they like.

    ``transaction_key``: of the ledger; empty where it costs nothing. ``taken_back_at``: a slip, reversed there.
    """

    treat = models.ForeignKey(Treat, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    win = models.ForeignKey(Win, on_delete=models.PROTECT, null=True, related_name="rewards")
    contest = models.ForeignKey("celebrate.Contest", on_delete=models.PROTECT, null=True, related_name="rewards")
    why = models.CharField(max_length=200)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    transaction_key = models.CharField(max_length=160, blank=True, default="")
    at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["team", "at"], name="given_of_team")]

    def __str__(self) -> str:
        return f"given {self.pk}"

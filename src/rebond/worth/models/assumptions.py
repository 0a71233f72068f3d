"""What was assumed: what a sale earns, what an hour costs, how long a contact takes. Kept, dated, never overwritten."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import AppendOnly


class Measure(models.TextChoices):
    """What a sale is counted as: what the seller earns of it, or what the company does."""

    COMMISSION = "commission", pgettext_lazy("a sale counts as", "Commission")
    MARGIN = "margin", pgettext_lazy("a sale counts as", "Margin")


class Kind(models.TextChoices):
    PERCENT = "percent", _("A share of the amount")
    FLAT = "flat", _("A sum per sale")
    TIERS = "tiers", _("Tiers")


class Per(models.TextChoices):
    """What the tiers add up: one deal, or all sales of a seller in a month, quarter or year."""

    DEAL = "deal", pgettext_lazy("tiers count", "each deal")
    MONTH = "month", pgettext_lazy("tiers count", "the month")
    QUARTER = "quarter", pgettext_lazy("tiers count", "the quarter")
    YEAR = "year", pgettext_lazy("tiers count", "the year")


class Plan(AppendOnly):
    """One edition of a team's commission plan. The newest that is valid on the day of a sale counts.

    Attributes:
        team: whose; ``None`` is for whoever has no plan of their own.
        basis_points: of ``percent``: hundredths of a percent, may be negative for a margin.
        flat_minor: of ``flat``, in ``currency``.
        tiers: of ``tiers``: ``[[from_minor, basis_points], ...]`` by ``from_minor``, the first from 0; each part of an
            amount earns the share of its own tier (marginal).
        currency: of ``flat_minor`` and of the tiers; empty for a share.
        valid_from: the first day it counts. Before a team's own earliest plan that for everybody counts; the
            earliest of all counts for everything before it, too (``worth.plans.choosing``).
        source: where it is from, in the words of whoever entered it.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    measure = models.CharField(max_length=10, choices=Measure.choices, default=Measure.COMMISSION)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    basis_points = models.IntegerField(null=True)
    flat_minor = models.BigIntegerField(null=True)
    tiers = models.JSONField(default=list)
    per = models.CharField(max_length=7, choices=Per.choices, default=Per.DEAL)
    currency = models.CharField(max_length=3, blank=True, default="")
    valid_from = models.DateField()
    source = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["valid_from", "pk"]
        indexes: ClassVar = [models.Index(fields=["team", "valid_from"], name="plan_of_team")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.kind} from {self.valid_from}"


class Assumption(AppendOnly):
    """One number somebody set, for a team or (``team`` ``None``) for everybody; the newest counts.

    Attributes:
        name: a key of ``worth.plans.defaults.DEFAULTS``: ``hour_cost``, ``minutes_call``, ``minutes_email`` ...
        value: minor units of ``currency`` for money, tenths of a minute for minutes; ``None`` goes back to the default.
        source: where it is from, in the words of whoever entered it.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=30)
    value = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    source = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["team", "name"], name="assumption_of_team")]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"

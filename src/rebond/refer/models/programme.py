"""What advocates are offered: programmes in versions, the rewards of each, and tax thresholds by date."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import AppendOnly


class HoldFrom(models.TextChoices):
    """From when the holding period runs."""

    PAYMENT = "payment", _("the first payment received")
    CLOSE = "close", _("the day the deal was won")


class Programme(AppendOnly):
    """One version of the rules; a change is a new version, and a referral keeps the one its advocate agreed to.

    All amounts are in minor units of ``currency``; an empty cap is no cap.

    Attributes:
        is_open: asks may offer a reward and new introductions may come in; thanks and content go on without.
        starts_on, ends_on: the days between which it is open; empty for no end.
        per_referral_minor, per_year_minor, per_month_minor: most for one referral; for one advocate in a calendar
            year (the gift cap of a person-year); for the whole programme in a calendar month.
        hold_days: from ``hold_from`` to the reward.
        clawback_days: how long after a payment a cancelled or refunded deal takes the reward back.
        two_above_minor: payouts above it need two people.
        own_deal_days: no reward while the advocate's own deal is open, or was lost fewer days ago.
        unclaimed_months: a reward nobody claims is forfeited after them.
        referrals_a_week: more in seven days raise a flag.
        name: what advocates call it; ``note_en``, ``note_fr``: a line of the company's own under the terms.
    """

    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    is_open = models.BooleanField(pgettext_lazy("programme", "open"), default=True)
    starts_on = models.DateField(pgettext_lazy("programme", "from"), null=True, blank=True)
    ends_on = models.DateField(pgettext_lazy("programme", "until"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    per_referral_minor = models.BigIntegerField(_("most for one introduction"), null=True, blank=True)
    per_year_minor = models.BigIntegerField(_("most for one person in a year"), null=True, blank=True)
    per_month_minor = models.BigIntegerField(_("most for the whole programme in a month"), null=True, blank=True)
    hold_days = models.PositiveSmallIntegerField(_("days until the reward"), default=30)
    hold_from = models.CharField(_("counted from"), max_length=7, choices=HoldFrom.choices, default=HoldFrom.PAYMENT)
    clawback_days = models.PositiveSmallIntegerField(_("days in which a refund takes it back"), default=90)
    two_above_minor = models.BigIntegerField(_("two approvals above"), null=True, blank=True)
    own_deal_days = models.PositiveSmallIntegerField(_("days after a deal of their own"), default=90)
    unclaimed_months = models.PositiveSmallIntegerField(_("months until it is forfeited"), default=12)
    referrals_a_week = models.PositiveSmallIntegerField(_("introductions a week before we look"), default=5)
    note_en = models.TextField(_("a line of your own, in English"), blank=True, default="")
    note_fr = models.TextField(_("a line of your own, in French"), blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["version"]

    def __str__(self) -> str:
        return f"version {self.version}"


class RewardKind(models.TextChoices):
    """What a reward is. Cash is off by default."""

    GIFT = "gift", pgettext_lazy("reward", "A present")
    VOUCHER = "voucher", pgettext_lazy("reward", "A voucher")
    DONATION = "donation", pgettext_lazy("reward", "A donation")
    CREDIT = "credit", pgettext_lazy("reward", "Credit for their company")
    CASH = "cash", pgettext_lazy("reward", "Money")


class Basis(models.TextChoices):
    """How big it is."""

    FIXED = "fixed", _("a fixed value")
    SHARE = "share", _("a share of the deal")


class RewardRule(AppendOnly):
    """One reward that one version of a programme offers; advocates choose among them, or none.

    Attributes:
        amount_minor: with ``fixed``: its value, in the programme's currency.
        basis_points: with ``share``: hundredths of a percent of the deal; rounded half to even, once, at the end.
        label_en, label_fr: what it is, in the company's words ("a box of our region").
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rules")
    kind = models.CharField(max_length=8, choices=RewardKind.choices)
    basis = models.CharField(max_length=5, choices=Basis.choices, default=Basis.FIXED)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    basis_points = models.PositiveIntegerField(null=True, blank=True)
    label_en = models.CharField(max_length=120, blank=True, default="")
    label_fr = models.CharField(max_length=120, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(basis="fixed", amount_minor__gt=0, basis_points=None)
                | Q(basis="share", basis_points__gt=0, basis_points__lte=10_000, amount_minor=None),
                name="rule_has_one_size",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.kind}"


class TaxThreshold(models.Model):
    """From which sum a year a payee must be declared, by country and date. Information, not advice.

    Attributes:
        country: ISO code; ``form``: what it is called there ("1099-NEC", "DAS2").
        from_on: the first day it holds for payments; the next row of the country ends it.
        amount_minor, currency: declared from (``at_least``) or above this sum.
    """

    country = models.CharField(max_length=2)
    form = models.CharField(max_length=40)
    from_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at_least = models.BooleanField(default=False)
    source = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["country", "from_on"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["country", "form", "from_on"], name="threshold_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.form} {self.from_on}"

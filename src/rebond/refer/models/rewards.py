"""Rewards that are due, who approved them, and the runs that hand them out. What is owed is in ``ledger``."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.refer.models.asking import Advocate
from rebond.refer.models.programme import Programme, RewardKind, RewardRule
from rebond.refer.models.referrals import Referral


class RewardStatus(models.TextChoices):
    DUE = "due", pgettext_lazy("reward", "Due")
    PAID = "paid", pgettext_lazy("reward", "Given")
    FORFEITED = "forfeited", pgettext_lazy("reward", "Forfeited")
    REVERSED = "reversed", pgettext_lazy("reward", "Taken back before it was given")
    CLAWED_BACK = "clawed_back", pgettext_lazy("reward", "Taken back")


class Reward(models.Model):
    """One accrual: what one referral brought one advocate, under one rule, once.

    Attributes:
        round: 0; counts up where an accrual was reversed (the deal was opened again) and the deal was won anew.
        earned_minor: by the rule, before caps; ``amount_minor``: after them, what was accrued; may be 0.
        clamps: which caps took how much: ``[{"cap": "per_year", "taken_minor": 1200}]``; explained to the advocate.
        transaction_key: of its accrual in the ledger; empty where nothing was left to accrue.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="rewards")
    advocate = models.ForeignKey(Advocate, on_delete=models.PROTECT, related_name="rewards")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(RewardRule, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=RewardKind.choices)
    round = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=11, choices=RewardStatus.choices, default=RewardStatus.DUE)
    earned_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    clamps = models.JSONField(default=list)
    transaction_key = models.CharField(max_length=160, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["advocate", "at"], name="reward_of_advocate"),
            models.Index(fields=["status", "at"], name="reward_status"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["referral", "programme", "advocate", "kind", "round"], name="reward_once")
        ]

    def __str__(self) -> str:
        return f"reward {self.pk} {self.amount_minor} {self.currency}"


class PayoutStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("payout", "Waits for approval")
    APPROVED = "approved", pgettext_lazy("payout", "Approved")
    PAID = "paid", pgettext_lazy("payout", "Handed out")
    CANCELLED = "cancelled", pgettext_lazy("payout", "Cancelled")


class PayoutRun(models.Model):
    """One sweep over everything that is approved. A run that was killed goes on where it stopped."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"run {self.pk}"


class Payout(models.Model):
    """One reward on its way to its payee, or a write-off of what cannot be recovered (``write_off``).

    Attributes:
        amount_minor: the reward; ``netted_minor``: of it, what went against what the advocate had to make up for.
        needs: how many people must approve; the deal's owner never alone.
        proof: what shows that it was handed out: a voucher's number, a bank's reference; typed by who did it.
    """

    reward = models.OneToOneField(Reward, on_delete=models.PROTECT, null=True, related_name="payout")
    advocate = models.ForeignKey(Advocate, on_delete=models.PROTECT, related_name="payouts")
    write_off = models.BooleanField(default=False)
    status = models.CharField(max_length=9, choices=PayoutStatus.choices, default=PayoutStatus.WAITING)
    amount_minor = models.BigIntegerField()
    netted_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=8, choices=RewardKind.choices, blank=True, default="")
    needs = models.PositiveSmallIntegerField(default=1)
    run = models.ForeignKey(PayoutRun, on_delete=models.PROTECT, null=True, related_name="payouts")
    proof = models.CharField(_("reference"), max_length=120, blank=True, default="")
    made_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["made_at", "pk"]
        indexes: ClassVar = [models.Index(fields=["status", "made_at"], name="payout_status")]

    def __str__(self) -> str:
        return f"payout {self.pk} {self.status}"


class Approval(models.Model):
    """One person said yes to one payout, once."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["payout", "by"], name="approval_once")]

    def __str__(self) -> str:
        return f"{self.payout_id} by {self.by_id}"

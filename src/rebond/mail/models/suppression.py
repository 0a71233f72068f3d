"""Whom nothing goes to, why we may write to somebody at all, and what they wish."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import Person


class Scope(models.TextChoices):
    """What a person asked us not to send. ``all`` covers every other one."""

    ALL = "all", _("anything")
    FEEDBACK = "feedback", _("questions about a decision")
    KEEP_IN_TOUCH = "keep_in_touch", _("helpful notes now and then")
    REFERRAL = "referral", _("being asked for, or being, an introduction")


class Why(models.TextChoices):
    """Where a suppression comes from."""

    ASKED = "asked", _("they asked for it")
    BOUNCED = "bounced", _("the address does not exist")
    COMPLAINED = "complained", _("they called it unwanted")
    OPERATOR = "operator", _("one of us entered it")
    ERASED = "erased", _("they asked to be erased")


class Suppression(models.Model):
    """An address that gets nothing of one scope. Kept as a fingerprint, so that it survives the person's erasure.

    ``fingerprint`` is ``mail.addresses.fingerprint(address)``. A lifted one stays as history.
    """

    fingerprint = models.CharField(max_length=64, db_index=True)
    scope = models.CharField(max_length=16, choices=Scope.choices)
    why = models.CharField(max_length=10, choices=Why.choices)
    source = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["fingerprint", "scope"], condition=Q(lifted_at=None), name="suppression_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]} {self.scope}"


class Use(models.TextChoices):
    """What a lawful basis is for. One basis covers one use."""

    FEEDBACK = "feedback", _("asking about a decision")
    KEEP_IN_TOUCH = "keep_in_touch", _("staying in touch")
    REFERRAL = "referral", _("introductions")


class Ground(models.TextChoices):
    """Why we may write (GDPR art. 6; CASL s. 10)."""

    CONSENT = "consent", _("they agreed")
    LEGITIMATE_INTEREST = "legitimate_interest", _("legitimate interest")
    CASL_ENQUIRY = "casl_enquiry", _("they enquired (Canada, six months)")
    CASL_PURCHASE = "casl_purchase", _("they bought (Canada, two years)")
    CUSTOMER = "customer", _("they are a customer")


class Basis(models.Model):
    """Why we may write to one address for one use: the ground, its evidence, and until when.

    Attributes:
        fingerprint: ``mail.addresses.fingerprint``; two records with one address share their bases.
        person: whose record it was entered on; empty after an erasure.
        evidence: what proves it, in words a person can check ("lost deal Valmy, maintenance, 12 March 2026").
        obtained_at: when it began; for the French three years and CASL, the person's last own act.
        expires_at: nothing is claimed at or after it; empty for never.
        told_at: when the person was first told of their right to object (GDPR 21(4)).
        withdrawn_at: taken back, by them or by us; stays as history.
    """

    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    fingerprint = models.CharField(max_length=64)
    use = models.CharField(max_length=16, choices=Use.choices)
    ground = models.CharField(max_length=20, choices=Ground.choices)
    evidence = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=60)
    obtained_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["fingerprint", "use"], name="basis_of_address")]

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]} {self.use} {self.ground}"


class InterestRecord(models.Model):
    """The balance of one use under legitimate interest (GDPR 6(1)(f), recital 47): versioned, shown on request."""

    use = models.CharField(max_length=16, choices=Use.choices)
    version = models.PositiveSmallIntegerField()
    interest = models.TextField()
    need = models.TextField()
    balance = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["use", "version"], name="interest_version_once")]

    def __str__(self) -> str:
        return f"{self.use} {self.version}"


class Rhythm(models.TextChoices):
    """How often a person wants to hear from us at most."""

    USUAL = "usual", pgettext_lazy("rhythm", "as you think fit")
    HALF_YEAR = "half_year", pgettext_lazy("rhythm", "at most twice a year")
    YEAR = "year", pgettext_lazy("rhythm", "at most once a year")


class Wish(models.Model):
    """What a person chose on their preference page, by address; suppressions are apart.

    ``copy_asked_at``, ``erasure_asked_at``: what they asked for and still wait for; emptied when it is done.
    """

    fingerprint = models.CharField(max_length=64, unique=True)
    rhythm = models.CharField(max_length=9, choices=Rhythm.choices, default=Rhythm.USUAL)
    language = models.CharField(max_length=5, blank=True, default="")
    copy_asked_at = models.DateTimeField(null=True)
    erasure_asked_at = models.DateTimeField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.fingerprint[:8]} {self.rhythm}"

"""What is sent, and to whom nothing is: the outbox and the addresses that asked for silence."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Scope(models.TextChoices):
    """What a person asked us not to send. ``all`` covers every other one."""

    ALL = "all", _("anything")
    FEEDBACK = "feedback", _("questions about a decision")


class Why(models.TextChoices):
    """Where a suppression comes from."""

    ASKED = "asked", _("they asked for it")
    BOUNCED = "bounced", _("the address does not exist")
    COMPLAINED = "complained", _("they called it unwanted")
    OPERATOR = "operator", _("one of us entered it")


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


class MessageStatus(models.TextChoices):
    """Where a mail stands. From ``data_started`` on nobody but the mail server knows; ``unknown`` says so.

    planned → claimed → data_started → accepted; out of it: skipped, cancelled, deferred (tried again later),
    rejected, unknown, and what a person decided about an unknown one: assumed_sent (or planned again).
    """

    PLANNED = "planned", pgettext_lazy("mail", "Planned")
    CLAIMED = "claimed", pgettext_lazy("mail", "Being sent")
    DATA_STARTED = "data_started", pgettext_lazy("mail", "Handing over")
    ACCEPTED = "accepted", pgettext_lazy("mail", "Sent")
    DEFERRED = "deferred", pgettext_lazy("mail", "Tried, again later")
    REJECTED = "rejected", pgettext_lazy("mail", "Refused")
    UNKNOWN = "unknown", pgettext_lazy("mail", "Not known whether sent")
    ASSUMED_SENT = "assumed_sent", pgettext_lazy("mail", "Taken as sent")
    SKIPPED = "skipped", pgettext_lazy("mail", "Not sent")
    CANCELLED = "cancelled", pgettext_lazy("mail", "Taken back")


class Message(models.Model):
    """One mail to one person: planned once (``key``), claimed before it is sent, never sent twice by itself.

    What it says is written by its purpose (``mail.purposes``) at the moment it is sent; ``subject`` and ``text``
    keep what was sent, without personal links.
    """

    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=32)
    status = models.CharField(max_length=12, choices=MessageStatus.choices, default=MessageStatus.PLANNED)
    recipient = models.EmailField(blank=True, default="")
    recipient_name = models.CharField(max_length=200, blank=True, default="")
    fingerprint = models.CharField(max_length=64, db_index=True)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=5, default="en")
    planned_at = models.DateTimeField()
    send_at = models.DateTimeField()
    message_id = models.CharField(max_length=200, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    answer = models.CharField(max_length=300, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "send_at"], name="message_due"),
            models.Index(fields=["-planned_at", "-id"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"

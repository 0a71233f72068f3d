"""The outbox: one mail to one person, and what became of it; who may stop all of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.mail.models.mailboxes import Mailbox


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


class Aftermath(models.TextChoices):
    """What came back after a server had accepted a mail; the strongest that is known."""

    AUTO_REPLIED = "auto_replied", pgettext_lazy("mail", "An automatic answer")
    BOUNCED_SOFT = "bounced_soft", pgettext_lazy("mail", "Came back, for now")
    REPLIED = "replied", pgettext_lazy("mail", "Answered")
    BOUNCED_HARD = "bounced_hard", pgettext_lazy("mail", "Came back: no such address")
    COMPLAINED = "complained", pgettext_lazy("mail", "Called unwanted")


class Message(models.Model):
    """One mail to one person: planned once (``key``), claimed before it is sent, never sent twice by itself.

    What it says is written by its purpose (``mail.purposes``) at the moment it is sent; ``subject`` and ``text``
    keep what was sent, without personal links.

    Attributes:
        mailbox: where it leaves from; empty for the installation's own.
        provider_id: what a provider's API called it, where one sent it.
        aftermath: what came back, and when.
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
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, null=True, related_name="+")
    provider_id = models.CharField(max_length=200, blank=True, default="", db_index=True)
    aftermath = models.CharField(max_length=12, choices=Aftermath.choices, blank=True, default="")
    aftermath_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "send_at"], name="message_due"),
            models.Index(fields=["-planned_at", "-id"], name="message_newest"),
            models.Index(fields=["fingerprint", "finished_at"], name="message_to_address"),
            models.Index(fields=["mailbox", "finished_at"], name="message_from_mailbox"),
            models.Index(fields=["purpose", "finished_at"], name="message_of_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"


class Halts(models.TextChoices):
    """What is stopped."""

    EVERYTHING = "everything", _("all mail")
    CADENCE = "cadence", _("notes to people we stay in touch with")


class HaltReason(models.TextChoices):
    OPERATOR = "operator", _("one of us stopped it")
    RESTORED = "restored", _("the database was restored or moved")
    COMPLAINTS = "complaints", _("too many people called it unwanted")


class Halt(models.Model):
    """Nothing is claimed while one stands (``lifted_at`` empty), until a person lifts it.

    ``since``: for a restored database, the last moment it knows of; what was due after it may have left already.
    """

    covers = models.CharField(max_length=10, choices=Halts.choices)
    because = models.CharField(max_length=10, choices=HaltReason.choices)
    note = models.CharField(max_length=300, blank=True, default="")
    since = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.covers} {self.because}"


class Mark(models.Model):
    """One row: how far this database has got. The data folder keeps the same outside it, so that a restored or
    moved database notices (``mail.outgoing.restored``)."""

    number = models.BigIntegerField(default=0)
    host = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.number)

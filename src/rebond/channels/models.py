"""Chat channels of the team, and what was said in them: an outbox of its own, with the rules of mail's."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team


class ChatKind(models.TextChoices):
    """Where it leads."""

    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    MATTERMOST = "mattermost", "Mattermost"
    DISCORD = "discord", "Discord"
    WEBHOOK = "webhook", _("Webhook")


class ChatChannel(models.Model):
    """One place where a team's wins are told.

    Attributes:
        secret: the address it was given by the service, encrypted (it is a password: whoever has it can write there).
        team: whose wins are told there; empty for everybody's that are visible to all.
        is_digest: once a day instead of at once.
    """

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("service"), max_length=10, choices=ChatKind.choices)
    secret = models.TextField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(_("language"), max_length=5, default="en")
    is_on = models.BooleanField(_("on"), default=True)
    is_digest = models.BooleanField(_("once a day instead of at once"), default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class DeliveryStatus(models.TextChoices):
    """As a mail's: from ``started`` on nobody but the service knows; ``unknown`` says so, and it is not tried again."""

    PLANNED = "planned", pgettext_lazy("delivery", "Planned")
    CLAIMED = "claimed", pgettext_lazy("delivery", "Being sent")
    STARTED = "started", pgettext_lazy("delivery", "Handing over")
    ACCEPTED = "accepted", pgettext_lazy("delivery", "Told")
    DEFERRED = "deferred", pgettext_lazy("delivery", "Tried, again later")
    REJECTED = "rejected", pgettext_lazy("delivery", "Refused")
    UNKNOWN = "unknown", pgettext_lazy("delivery", "Not known whether told")
    SKIPPED = "skipped", pgettext_lazy("delivery", "Not told")
    CANCELLED = "cancelled", pgettext_lazy("delivery", "Taken back")


class Delivery(models.Model):
    """One message to one channel, planned once (``key``), claimed before it is handed over.

    Attributes:
        purpose: who plans it, e.g. ``celebrate.bell``; rooms above register a guard for it (``channels.purposes``).
        subject: what it is about, e.g. ``celebrate.win:12``.
        title, body: as they were told.
        attempts, send_at: a service that is down is tried again for a day, less and less often.
    """

    key = models.CharField(max_length=120, unique=True)
    channel = models.ForeignKey(ChatChannel, on_delete=models.PROTECT, related_name="deliveries")
    purpose = models.CharField(max_length=32)
    subject = models.CharField(max_length=80, blank=True, default="", db_index=True)
    status = models.CharField(max_length=9, choices=DeliveryStatus.choices, default=DeliveryStatus.PLANNED)
    title = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    planned_at = models.DateTimeField()
    send_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-planned_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["status", "send_at"], name="delivery_due"),
            models.Index(fields=["channel", "-planned_at", "-id"], name="delivery_of_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"

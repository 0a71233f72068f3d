"""What came in and concerns people in Rebond. Everything else in a mailbox is looked at by its headers and not kept."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rebond.deals.models import Person
from rebond.mail.models.mailboxes import Mailbox
from rebond.mail.models.outbox import Message


class Kind(models.TextChoices):
    """What an incoming mail is."""

    HUMAN = "human", _("A person answers")
    STOP = "stop", _("Asks for silence")
    OUT_OF_OFFICE = "out_of_office", _("Away until later")
    LEFT = "left", _("Has left the company")
    AUTO_REPLY = "auto_reply", _("An automatic answer")
    BOUNCE_HARD = "bounce_hard", _("Came back: no such address")
    BOUNCE_SOFT = "bounce_soft", _("Came back, for now")
    BOUNCE_POLICY = "bounce_policy", _("Refused because of us")
    COMPLAINT = "complaint", _("Called unwanted")
    OTHER = "other", _("Something else")


class MatchedBy(models.TextChoices):
    """How an incoming mail was matched, surest first."""

    MESSAGE_ID = "message_id", _("its references")
    ENVELOPE = "envelope", _("the address it came back to")
    ADDRESS = "address", _("its sender")
    NOTHING = "", _("nothing")


class Received(models.Model):
    """One incoming mail that answers one of ours or comes from somebody we know.

    Attributes:
        fingerprint: of the address it is about: the one we wrote to where it answers us, else its sender's.
        message_id: its own, without angle brackets; made of what it says where it has none. One mail in two folders
            or mailboxes is kept once.
        text: what the person wrote, without what they quote; at most 20,000 characters.
        kind, reading: how it was understood, see ``mail.reading``; ``reading`` holds ``return_on``,
            ``successor_name``, ``successor_address``, ``status`` (RFC 3463), ``rule`` (why we think so); and what was
            done about it: ``done``, ``silenced``, ``again_at``.
        corrected_kind: what a person said it is instead.
        answers: the mail of ours it belongs to.
        followed_at: when what follows from it was done (listeners called), once.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+")
    folder = models.CharField(max_length=200, default="INBOX")
    uidvalidity = models.BigIntegerField(default=0)
    uid = models.BigIntegerField(default=0)
    message_id = models.CharField(max_length=250)
    from_address = models.CharField(max_length=254, blank=True, default="")
    from_name = models.CharField(max_length=200, blank=True, default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_index=True)
    subject = models.CharField(max_length=300, blank=True, default="")
    text = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=13, choices=Kind.choices)
    reading = models.JSONField(default=dict)
    answers = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="received")
    matched_by = models.CharField(max_length=10, choices=MatchedBy.choices, blank=True, default="")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    followed_at = models.DateTimeField(null=True)
    corrected_kind = models.CharField(max_length=13, choices=Kind.choices, blank=True, default="")
    corrected_at = models.DateTimeField(null=True)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="received_newest"),
            models.Index(fields=["person", "-sent_at"], name="received_of_person"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "message_id"], name="received_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    @property
    def meant(self) -> str:
        """The kind in force: a person's correction before the program's reading."""
        return self.corrected_kind or self.kind

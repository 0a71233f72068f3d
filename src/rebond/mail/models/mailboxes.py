"""The addresses that mail leaves from and arrives at."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Mailbox(models.Model):
    """One address of ours: how mail leaves, how much of it, and where answers are read.

    The installation's own (``is_house``) takes its way out from ``REBOND_MAIL_URL`` and its way in from
    ``REBOND_INBOX_URL``; a seller's holds both, encrypted.

    Attributes:
        way_out: encrypted ``smtp://``, ``smtps://``, ``smtp+starttls://`` or ``provider+name://`` address; empty for
            the installation's own way.
        way_in: encrypted ``imap://`` or ``imaps://`` address; empty when nothing is read.
        sent_folder: where the server keeps what was sent; empty to ask it (RFC 6154).
        per_minute, per_day: how much may leave; 0 for as much as there is.
        checked_at: when the self-check mail came back signed (L02); cadence mail waits for it.
        found: what the last check found, see ``mail.doctor``.
        paused_until, paused_because: the sender rests, e.g. after a policy refusal (5.7.x).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_house = models.BooleanField(default=False)
    address = models.EmailField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    way_out = models.TextField(blank=True, default="")
    way_in = models.TextField(blank=True, default="")
    sent_folder = models.CharField(_("folder of sent mail"), max_length=120, blank=True, default="")
    per_minute = models.PositiveIntegerField(_("at most so many mails a minute"), default=0)
    per_day = models.PositiveIntegerField(_("at most so many mails a day"), default=0)
    is_on = models.BooleanField(_("mail leaves from it"), default=True)
    checked_at = models.DateTimeField(null=True)
    found = models.JSONField(default=dict)
    paused_until = models.DateTimeField(null=True)
    paused_because = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_house"], condition=Q(is_house=True), name="one_house_mailbox"),
            models.UniqueConstraint(fields=["owner"], condition=Q(owner__isnull=False), name="one_mailbox_each"),
        ]

    def __str__(self) -> str:
        return self.address


class Folder(models.Model):
    """How far one folder of a mailbox was read (RFC 3501, 2.3.1.1; RFC 7162 for ``modseq``).

    A new ``uidvalidity`` means that every number we knew is void: reading begins again, and Message-IDs keep us
    from taking anything twice.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=200)
    uidvalidity = models.BigIntegerField(default=0)
    uidnext = models.BigIntegerField(default=1)
    modseq = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    seen = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True, default="")
    problem_since = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["mailbox", "name"], name="folder_once")]

    def __str__(self) -> str:
        return f"{self.mailbox_id}:{self.name}"

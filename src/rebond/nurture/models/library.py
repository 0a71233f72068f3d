"""What helps them: pieces of content, who got which, and the words our notes begin with."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import Person


class PieceKind(models.TextChoices):
    ARTICLE = "article", _("Article")
    CASE = "case", _("How a customer did it")
    TEMPLATE = "template", _("Template")
    VIDEO = "video", _("Video")
    EVENT = "event", _("Event")


class Piece(models.Model):
    """Something helpful to send: a link, a file, or a text of one's own. Never a newsletter.

    Attributes:
        language: of the piece; ``also_for`` names further languages it may be sent in, separated by commas.
        text: what can be pasted into a note; ``url``, ``file``: where the piece itself is. One of the three at least.
        file_hash: SHA-256 of the file, in hex; the public address of a file is made of ``nonce``.
        persona, stage: whom and when it helps most; empty for everybody.
        review_on: somebody looks at it again by then; after it, it is not picked until somebody did.
        expires_on: not sent after it (an event).
        broken_since: its address stopped answering; kept out of drafts.
        copied_from: a starter piece it was made of.
    """

    title = models.CharField(_("title"), max_length=160)
    kind = models.CharField(_("kind"), max_length=8, choices=PieceKind.choices)
    language = models.CharField(_("language"), max_length=5)
    also_for = models.CharField(_("also for readers of"), max_length=40, blank=True, default="")
    summary = models.CharField(_("what it helps with, in one sentence"), max_length=300)
    text = models.TextField(_("text to paste"), blank=True, default="")
    url = models.URLField(_("address"), max_length=500, blank=True, default="")
    file = models.FileField(upload_to="library/", blank=True, default="")
    file_name = models.CharField(max_length=160, blank=True, default="")
    file_hash = models.CharField(max_length=64, blank=True, default="")
    nonce = models.CharField(max_length=32, blank=True, default="")
    persona = models.CharField(_("for whom"), max_length=80, blank=True, default="")
    stage = models.CharField(_("when"), max_length=80, blank=True, default="")
    licence = models.CharField(_("licence or source"), max_length=120, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_on = models.DateField(_("look at it again on"))
    expires_on = models.DateField(_("not after"), null=True, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    is_starter = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    broken_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class TagKind(models.TextChoices):
    REASON = "reason", pgettext_lazy("tag", "Reason")
    TOPIC = "topic", pgettext_lazy("tag", "Topic")


class PieceTag(models.Model):
    """A reason (code) a piece answers, or a topic it is about."""

    piece = models.ForeignKey(Piece, on_delete=models.CASCADE, related_name="tags")
    kind = models.CharField(max_length=6, choices=TagKind.choices)
    value = models.CharField(max_length=40)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="pieces_of_tag")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["piece", "kind", "value"], name="tag_once")]

    def __str__(self) -> str:
        return f"{self.piece_id} {self.value}"


class Given(models.Model):
    """A person was given a piece: once, which the database itself holds. Made when a note with it is planned.

    Attributes:
        sent_at: when it left; a row without it is reserved, and goes when the note is not sent.
        replied_at: the first reply of theirs within 60 days; ``reopened_at``: a deal with them opened within a year.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="given")
    piece = models.ForeignKey(Piece, on_delete=models.CASCADE, related_name="given")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "piece"], name="piece_once_each")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.piece_id}"


class NoteTemplate(models.Model):
    """One edition of how a note begins. The built-in ones are in ``drafts.templates``; this table holds changes.

    ``owner`` empty: for everybody; else one seller's own. Placeholders as in ``drafts.placeholders``.
    """

    key = models.CharField(max_length=20)
    language = models.CharField(max_length=5)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=160)
    body = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "language", "owner", "-version"], name="template_newest")]

    def __str__(self) -> str:
        return f"{self.key} {self.language} {self.version}"


class ContentWish(models.Model):
    """A line of the content plan: something somebody said they will make, for a gap the list showed."""

    reason = models.CharField(max_length=40)
    language = models.CharField(max_length=5)
    kind = models.CharField(max_length=8, choices=PieceKind.choices)
    title = models.CharField(max_length=160)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    made = models.ForeignKey(Piece, on_delete=models.SET_NULL, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.title

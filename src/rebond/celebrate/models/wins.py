"""A win rings once; what is said about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import CloseEvent, Deal


class Milestone(models.TextChoices):
    """What makes a win more than one; several may hold."""

    AFTER_A_NO = "after_a_no", pgettext_lazy("milestone", "after an earlier no")
    BY_REFERRAL = "by_referral", pgettext_lazy("milestone", "by an introduction")
    DRY_SPELL = "dry_spell", pgettext_lazy("milestone", "the first after a dry spell")
    FIRST_EVER = "first_ever", pgettext_lazy("milestone", "the very first")
    LARGEST = "largest", pgettext_lazy("milestone", "the largest of ours this year")
    QUICKEST = "quickest", pgettext_lazy("milestone", "the quickest of ours this year")
    PATIENT = "patient", pgettext_lazy("milestone", "after more than a year")


class Win(models.Model):
    """A deal was won, and that was news. One per deal and spell: reopened and won again within 90 days is the same.

    Attributes:
        number: 1; 2 where the deal was won again after more than 90 days.
        milestones: values of ``Milestone``.
        rung_at: when it was told; empty while it waits, or where nobody may hear of it (it still counts for the team).
        withdrawn_at: the close was taken back: it leaves every feed, quietly.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="wins")
    close_event = models.OneToOneField(CloseEvent, on_delete=models.PROTECT, related_name="win")
    number = models.PositiveSmallIntegerField(default=1)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="wins")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    milestones = models.JSONField(default=list)
    at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["deal", "number"], name="win_once")]
        indexes: ClassVar = [
            models.Index(fields=["team", "-at", "-id"], name="win_of_team"),
            models.Index(fields=["owner", "-at", "-id"], name="win_of_owner"),
        ]

    def __str__(self) -> str:
        return f"win {self.pk} of {self.deal_id}"


class WinPart(models.Model):
    """A colleague who had a part in it: named by the owner or who leads. The most private of all decides."""

    win = models.ForeignKey(Win, on_delete=models.CASCADE, related_name="parts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["win", "user"], name="part_once")]

    def __str__(self) -> str:
        return f"{self.win_id} {self.user_id}"


class PraiseStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("praise", "To be written")
    SENT = "sent", pgettext_lazy("praise", "Said")
    LEFT = "left", pgettext_lazy("praise", "Left unsaid")
    CANCELLED = "cancelled", pgettext_lazy("praise", "Taken back")


class Praise(models.Model):
    """The leader's message about one win: a task, due in one working day, sent by a person, never by itself.

    Attributes:
        leader: whose task; whoever leads the team then.
        form: how it was said: a value of ``PraiseForm``; ``spoken`` is noted when it was done.
        did: what exactly they did; ``text``: the message as it was sent.
        message_key: of a private mail in the outbox.
    """

    win = models.OneToOneField(Win, on_delete=models.PROTECT, related_name="praise")
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=9, choices=PraiseStatus.choices, default=PraiseStatus.WAITING)
    form = models.CharField(max_length=7, blank=True, default="")
    did = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    because = models.CharField(max_length=200, blank=True, default="")
    message_key = models.CharField(max_length=120, blank=True, default="")
    due_on = models.DateField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["leader", "status", "due_on"], name="praise_due")]

    def __str__(self) -> str:
        return f"praise of {self.win_id} {self.status}"


class Cheer(models.Model):
    """A colleague's thanks or cheer for a win or a lesson; one each."""

    win = models.ForeignKey(Win, on_delete=models.CASCADE, null=True, related_name="cheers")
    lesson = models.ForeignKey("celebrate.Lesson", on_delete=models.CASCADE, null=True, related_name="cheers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["win", "by"], name="cheer_of_win_once"),
            models.UniqueConstraint(fields=["lesson", "by"], name="cheer_of_lesson_once"),
        ]

    def __str__(self) -> str:
        return f"cheer by {self.by_id}"

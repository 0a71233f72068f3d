"""What a seller decided about an item of the Today list."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Decision(models.TextChoices):
    DONE = "done", _("Done")
    LATER = "later", _("Later")
    NOT_USEFUL = "not_useful", _("Not useful")


class TodayDecision(models.Model):
    """Done, later or not useful, said of one item by one person; ``undone_at`` takes it back.

    ``item`` is the item's stable key, ``kind:id`` (``learn.debrief:12``); ``minutes`` what it was priced at.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=80)
    decision = models.CharField(max_length=10, choices=Decision.choices)
    at = models.DateTimeField()
    until = models.DateField(null=True)
    minutes = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(max_length=300, blank=True, default="")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-at"], name="decision_user_at")]

    def __str__(self) -> str:
        return f"{self.item} {self.decision}"

"""Screens on a wall: paired by a code, with a key of their own and no login."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Team


class Wall(models.Model):
    """One television. While it waits for its code to be entered, ``team`` and ``paired_at`` are empty.

    Attributes:
        code: six letters and digits shown on it while it waits; empty once it is paired.
        code_until: it shows another one then.
        key_digest: SHA-256 of the key in its cookie.
        team: whose wins it shows; empty (and ``everybody`` set) for all that are visible to everyone.
        seen_at: it asked for something last; ``ended_at``: taken off the wall.
    """

    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    code = models.CharField(max_length=8, blank=True, default="", db_index=True)
    code_until = models.DateTimeField(null=True)
    key_digest = models.CharField(max_length=64, unique=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    everybody = models.BooleanField(default=False)
    language = models.CharField(_("language"), max_length=5, default="en")
    made_at = models.DateTimeField()
    paired_at = models.DateTimeField(null=True)
    paired_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return f"wall {self.pk}"

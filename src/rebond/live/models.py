"""What open screens are told: a table, so that a screen that slept or lost its network is told afterwards."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LiveEvent(models.Model):
    """One thing told to every open screen of its audience, once.

    Attributes:
        key: names the occasion; the same one again is the same event.
        kind: what the browser calls it: ``bell``, ``withdrawn`` ...
        audience: topics, see ``live.topics``; whoever listens to one of them is told.
        data: what is told, JSON-able; seen by everybody of the audience.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    audience = models.JSONField()
    data = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.key

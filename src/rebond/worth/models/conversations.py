"""Conversations whose next hour costs more than it returns: ended kindly, or kept because their seller knows better."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from rebond.deals.models import CloseEvent, Deal, Person


class Goodbye(models.Model):
    """A conversation that was ended kindly; the person is kept in touch with.

    Attributes:
        message_key: of the mail in the outbox (``worth.goodbye:PK``); empty where the goodbye was said, not written.
        subject, body: the note as its seller sent it; empty when it was said.
        close_event: the close that went with it.
        chance, worth_minor, currency: what the list said when it was ended, for looking back.
        undone_at: it was taken back: the deal is open again.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="goodbyes")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="")
    message_key = models.CharField(max_length=200, blank=True, default="")
    close_event = models.OneToOneField(CloseEvent, on_delete=models.PROTECT, related_name="goodbye")
    chance = models.FloatField(null=True)
    worth_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"goodbye to {self.deal_id}"


class Right(models.TextChoices):
    """Who turned out to be right about a conversation that was kept against the advice."""

    SELLER = "seller", pgettext_lazy("who was right", "You were: it moved")
    LIST = "list", pgettext_lazy("who was right", "The list was: nothing came")
    OPEN = "open", pgettext_lazy("who was right", "Too early to say")


class Objection(models.Model):
    """ "No, because ...": a seller keeps a conversation that the numbers would end. Asked later who was right.

    Attributes:
        because: in the seller's words.
        chance, worth_minor, currency: what the list said then.
        ask_on: the day the seller is asked; from then on it is on their Today list.
        right: see ``Right``; ``OPEN`` asks again later. Empty while nobody answered.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="objections")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    because = models.CharField(max_length=500)
    chance = models.FloatField(null=True)
    worth_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    ask_on = models.DateField()
    right = models.CharField(max_length=6, choices=Right.choices, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deal"], condition=Q(settled_at=None), name="one_open_objection_a_deal")
        ]
        indexes: ClassVar = [models.Index(fields=["by", "ask_on"], name="objection_to_ask")]

    def __str__(self) -> str:
        return f"{self.deal_id}: {self.because[:40]}"

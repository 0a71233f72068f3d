"""What a seller decided about an item of the Today list, what items are priced by, and what was promised."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Team
from rebond.deals.models import Deal, Person


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


class PriceList(models.Model):
    """What items of the Today list are priced by: made by the worker from the facts, read by pages.

    One per seller, one per team (for who is new in it), one for the whole company (neither).

    Attributes:
        body: ``numbers.pricing.Prices`` as JSON.
        facts: the state of the facts it was made from.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    team = models.OneToOneField(Team, on_delete=models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField()
    facts = models.CharField(max_length=200, blank=True, default="")
    body = models.JSONField()

    def __str__(self) -> str:
        return f"prices of {self.user_id or self.team_id or 'all'} at {self.made_at:%Y-%m-%d %H:%M}"


class Promise(models.Model):
    """What an item promised when it was done, kept to be held against what came ("Was the list right?").

    Attributes:
        kind: of the item (``loop.quiet``, ``nurture.keep`` ...).
        decision: the decision that did it; one done in its room has a ``ref`` instead (``nurture.step:12``).
        worth_minor, lo80_minor, hi80_minor: the net worth it was ranked by, in ``currency``.
        gross_minor: chance times what a sale brings, before the work that follows.
        minutes: what it took; ``explored``: it stood there to learn about its kind.
        leans: ``own``, ``team`` or ``usual``: what its chances rested on most.
        taken_back_at: the decision was undone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    item = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    decision = models.OneToOneField(TodayDecision, on_delete=models.CASCADE, null=True, related_name="promise")
    ref = models.CharField(max_length=60, blank=True, default="")
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    worth_minor = models.BigIntegerField()
    lo80_minor = models.BigIntegerField()
    hi80_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    minutes = models.PositiveSmallIntegerField()
    explored = models.BooleanField(default=False)
    leans = models.CharField(max_length=5, default="usual")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ref"], condition=~models.Q(ref=""), name="promise_of_a_ref_once")
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="promise_at")]

    def __str__(self) -> str:
        return f"{self.item} promised {self.worth_minor}"

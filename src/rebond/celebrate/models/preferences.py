"""What praise each person wants: said by themselves, changed by nobody else."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Visibility(models.TextChoices):
    """Who may hear of somebody's wins, from the widest."""

    EVERYONE = "everyone", pgettext_lazy("praise", "everybody here")
    TEAM = "team", pgettext_lazy("praise", "my team")
    LEADER = "leader", pgettext_lazy("praise", "who leads my team, alone")
    NOBODY = "nobody", pgettext_lazy("praise", "nobody")


class PraiseForm(models.TextChoices):
    """In which form praise does somebody good."""

    PUBLIC = "public", pgettext_lazy("praise", "in front of everybody")
    GROUP = "group", pgettext_lazy("praise", "among a few")
    PRIVATE = "private", pgettext_lazy("praise", "a message to me alone")
    SPOKEN = "spoken", pgettext_lazy("praise", "said to me in person")
    NONE = "none", pgettext_lazy("praise", "none, thank you")


class Incentive(models.TextChoices):
    """What somebody would like to be given."""

    TIME_OFF = "time_off", pgettext_lazy("incentive", "time off")
    LEARNING = "learning", pgettext_lazy("incentive", "something to learn with")
    GIFT = "gift", pgettext_lazy("incentive", "a present")
    DONATION = "donation", pgettext_lazy("incentive", "a donation")
    TEAM = "team_activity", pgettext_lazy("incentive", "something with the team")
    CASH = "cash", pgettext_lazy("incentive", "money, where allowed")
    NONE = "none", pgettext_lazy("incentive", "nothing")


class Preference(models.Model):
    """One person's. Without a row the default holds: my team, my name and the customer, not the amount; praise in
    private; sound off.

    Attributes:
        incentives: values of ``Incentive``, as they like best first.
        leader_may_see: whether who leads may see what motivates them beyond the form of praise.
        sound: the bell may sound on their own screens (a click on the screen is still needed); ``song``: which one.
        said_at: when they said so themselves; empty while they only put it off (``asked_at``, ``put_off`` times).
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="praise")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.TEAM)
    show_name = models.BooleanField(default=True)
    show_amount = models.BooleanField(default=False)
    show_customer = models.BooleanField(default=True)
    form = models.CharField(max_length=7, choices=PraiseForm.choices, default=PraiseForm.PRIVATE)
    incentives = models.JSONField(default=list)
    leader_may_see = models.BooleanField(default=True)
    sound = models.BooleanField(default=False)
    song = models.CharField(max_length=20, blank=True, default="")
    asked_at = models.DateTimeField(null=True)
    put_off = models.PositiveSmallIntegerField(default=0)
    said_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.visibility}"


class Echo(models.Model):
    """What somebody said of praise or a reward they got: whether it did them good. Theirs; counted by form."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=80)
    form = models.CharField(max_length=13)
    good = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        verbose_name = _("echo")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "about"], name="echo_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.form} {self.good}"

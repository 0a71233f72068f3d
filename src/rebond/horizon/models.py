"""The tables of practice 3: goals, and what was changed on which day."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team


class Period(models.TextChoices):
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class Counts(models.TextChoices):
    """What a goal counts: sales, or their amounts."""

    SALES = "sales", pgettext_lazy("a goal counts", "Sales")
    MONEY = "money", pgettext_lazy("a goal counts", "Money")


class GoalKind(models.TextChoices):
    """Whose wish it is: set for somebody by who leads them, or chosen for oneself (seen by oneself alone)."""

    QUOTA = "quota", _("Quota")
    PERSONAL = "personal", _("My own goal")


class Goal(models.Model):
    """What a seller or a team wants to reach by the end of one month, quarter or year.

    A goal that is changed keeps its history: the old edition gets ``ended_at`` and the new one points to it.

    Attributes:
        user, team: whose; one of the two, or neither for the whole company.
        begins_on: the first day of its period.
        target: sales, or minor units of ``currency``; 0 is allowed and reached from the start.
        replaces: the edition before it; ``why``: in words, why it was changed.
        ended_at: when it was replaced or taken away.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=GoalKind.choices, default=GoalKind.QUOTA)
    counts = models.CharField(max_length=5, choices=Counts.choices)
    period = models.CharField(max_length=7, choices=Period.choices)
    begins_on = models.DateField()
    target = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True, default="")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["begins_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(target__gte=0), name="goal_not_negative"),
            models.UniqueConstraint(
                fields=["user", "kind", "counts", "period", "begins_on"],
                condition=Q(ended_at=None, user__isnull=False), name="one_goal_a_period_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["team", "counts", "period", "begins_on"],
                condition=Q(ended_at=None, user=None, team__isnull=False), name="one_goal_a_period_of_a_team",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.target} by {self.period} from {self.begins_on}"


class Mark(models.Model):
    """ "What we changed": a line of the journal, drawn on the charts at its day.

    Attributes:
        team: whose; ``None`` is everybody's.
        on: the day it changed.
        taken_back_at: it was entered by mistake.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    on = models.DateField()
    text = models.CharField(max_length=160)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["on", "pk"]
        indexes: ClassVar = [models.Index(fields=["team", "on"], name="mark_of_team")]

    def __str__(self) -> str:
        return f"{self.on} {self.text}"

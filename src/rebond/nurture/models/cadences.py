"""How often, with what, until when: policies per reason, and each person's own keeping in touch."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import CloseEvent, Deal, Person, Touch


class Policy(models.Model):
    """One edition of a cadence: the built-in ones are in ``cadence.policies``, this table holds what was changed.

    Attributes:
        key: which cadence, a key of ``cadence.policies.BUILT_IN``.
        version: 2, 3 ...; the built-in one is version 1. Those already enrolled keep theirs until their next touch.
        first_days: days from the no to the first touch, which is always a person's.
        every_days: the usual interval after it; ``longest_days``: what it may stretch to.
        before_days: so many days before a date the person gave.
        stop_days: days after the no when the cadence ends, or (``then_yearly``) goes on once a year.
        unanswered_limit: so many of ours in a row without an answer end it.
        topics: what content fits, see ``library.topics``.
    """

    key = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField()
    first_days = models.PositiveSmallIntegerField()
    every_days = models.PositiveSmallIntegerField()
    longest_days = models.PositiveSmallIntegerField()
    before_days = models.PositiveSmallIntegerField(default=30)
    stop_days = models.PositiveSmallIntegerField(null=True)
    then_yearly = models.BooleanField(default=False)
    unanswered_limit = models.PositiveSmallIntegerField(default=3)
    topics = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class Standing(models.TextChoices):
    """How keeping in touch with somebody stands."""

    ACTIVE = "active", pgettext_lazy("keep in touch", "In touch")
    PAUSED = "paused", pgettext_lazy("keep in touch", "Paused")
    ENDED = "ended", pgettext_lazy("keep in touch", "Ended")


class Paused(models.TextChoices):
    """Why it rests."""

    REPLY = "reply", _("they answered; it is your turn")
    AWAY = "away", _("they are away")
    COMPANY_REPLY = "company_reply", _("a colleague of theirs answered")
    SELLER_AWAY = "seller_away", _("the person in charge is away")
    BY_HAND = "by_hand", _("one of us paused it")
    DEAL_OPEN = "deal_open", _("a deal with them is open")


class Ended(models.TextChoices):
    """Why it is over."""

    ASKED = "asked", _("they asked for silence")
    REOPENED = "reopened", _("the deal is open again")
    WON = "won", _("they bought")
    UNANSWERED = "unanswered", _("several in a row stayed without an answer")
    OVER = "over", _("its time is over")
    LEFT = "left", _("they left the company")
    NO_ADDRESS = "no_address", _("the address does not exist")
    NO_BASIS = "no_basis", _("nothing allows us to write any more")
    BY_HAND = "by_hand", _("one of us ended it")
    REPLACED = "replaced", _("another no began it anew")


class DueBecause(models.TextChoices):
    """What the next touch follows from."""

    FIRST = "first", _("the first time after the no")
    INTERVAL = "interval", _("the interval is over")
    DATE = "date", _("a date they gave comes near")
    YEARLY = "yearly", _("once a year now")
    RETURN = "return", _("they are back")
    SUCCESSOR = "successor", _("somebody follows them")
    SHIPPED = "shipped", _("what they missed is there")
    CHOSEN = "chosen", _("you chose the day")


class Enrolment(models.Model):
    """Keeping in touch with one person: at most one that is not ended. It belongs to the person, not to the deal.

    Attributes:
        close_event, deal: the no it follows; empty when somebody began it by hand.
        reason: the reason's code at the time; ``cadence`` and ``version``: the policy followed.
        ideal_days, longest_days: this person's own interval instead of the policy's.
        step: number of the next touch, 1 for the first.
        unanswered: touches of ours since they last said something.
        interaction_at: the last real two-way contact; every one restarts the interval.
        touched_at: our last touch.
        due_on: the local day (theirs) of the next touch; empty while paused without a day, and when ended.
        due_at: when the window of that day opens, in UTC; worked out again when it is sent.
        waits_for: a feature or other thing they missed; its arrival is a reason to call (``shipped``).
        zone, zone_from: IANA zone, and where it comes from: ``person``, ``country`` or ``seller``.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrolments")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    close_event = models.ForeignKey(CloseEvent, on_delete=models.PROTECT, null=True, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40, blank=True, default="")
    cadence = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=6, choices=Standing.choices, default=Standing.ACTIVE)
    ideal_days = models.PositiveSmallIntegerField(_("usual interval, days"), null=True, blank=True)
    longest_days = models.PositiveSmallIntegerField(_("longest interval, days"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=1)
    unanswered = models.PositiveSmallIntegerField(default=0)
    interaction_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    due_because = models.CharField(max_length=10, choices=DueBecause.choices, blank=True, default="")
    paused_until = models.DateField(null=True)
    paused_because = models.CharField(max_length=14, choices=Paused.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=10, choices=Ended.choices, blank=True, default="")
    waits_for = models.CharField(max_length=160, blank=True, default="")
    zone = models.CharField(max_length=64, default="Europe/Paris")
    zone_from = models.CharField(max_length=8, default="seller")
    started_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "status", "due_on", "id"], name="enrolment_due"),
            models.Index(fields=["team", "status", "due_on", "id"], name="enrolment_team_due"),
            models.Index(fields=["status", "due_on", "id"], name="enrolment_all_due"),
            models.Index(fields=["status", "paused_until"], name="enrolment_paused"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person"], condition=~Q(status="ended"), name="one_enrolment_each")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.cadence} {self.status}"

    @property
    def due_words(self) -> str:
        """What the next touch follows from; advocates and partners said no to nothing. Empty where none is due."""
        if self.due_because == DueBecause.FIRST and self.close_event_id is None:
            return str(_("the first time"))
        return str(self.get_due_because_display()) if self.due_because else ""


class StepStatus(models.TextChoices):
    """What became of one planned touch."""

    SENDING = "sending", pgettext_lazy("touch", "Leaving")
    DONE = "done", pgettext_lazy("touch", "Done")
    SKIPPED = "skipped", pgettext_lazy("touch", "Not done")


class Step(models.Model):
    """One touch of an enrolment: a call, a mail, a meeting. ``number`` once per enrolment, so never twice.

    Attributes:
        message_key: of the outbox, when it is a mail.
        piece: what went with it.
        automatic: nobody looked at it first, since its owner switched this step so.
        answered_at: when they answered it.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=7)
    status = models.CharField(max_length=7, choices=StepStatus.choices)
    automatic = models.BooleanField(default=False)
    piece = models.ForeignKey("nurture.Piece", on_delete=models.SET_NULL, null=True, related_name="steps")
    message_key = models.CharField(max_length=120, blank=True, default="", db_index=True)
    touch = models.ForeignKey(Touch, on_delete=models.SET_NULL, null=True, related_name="+")
    skipped_because = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["enrolment", "number"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}.{self.number} {self.status}"


class StepSwitch(models.Model):
    """One seller lets one step of one cadence leave by itself. ``number`` 2 and up; the first is always a person's.

    ``number`` ``EVERY_LATER`` stands for every one from the fourth on.
    """

    EVERY_LATER = 4

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    cadence = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "cadence", "number"], name="switch_once"),
            models.CheckConstraint(condition=Q(number__gte=2), name="first_touch_is_human"),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.cadence}.{self.number}"


class Away(models.Model):
    """A seller is away: their cadences freeze from the first to the last of these days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    made_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "last_on"], name="away_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.first_on} {self.last_on}"

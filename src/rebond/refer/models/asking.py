"""Who might introduce us, and who was asked, when, by whom."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.refer.models.programme import RewardKind


class Allows(models.TextChoices):
    """Whether an advocate's employer allows a reward. Only ``yes`` and ``self`` let one reach the person."""

    UNKNOWN = "unknown", pgettext_lazy("employer", "not said yet")
    YES = "yes", pgettext_lazy("employer", "their employer allows it")
    SELF = "self", pgettext_lazy("employer", "they work for themselves")
    NO = "no", pgettext_lazy("employer", "their employer does not allow it")
    PUBLIC = "public", pgettext_lazy("employer", "a public official")
    REGULATED = "regulated", pgettext_lazy("employer", "a regulated profession")


class Advocate(models.Model):
    """A person who introduces us, or might. Lost, won or never a deal: it makes no difference.

    Attributes:
        owner, team: whose advocate: who asked first; ``None`` where nobody is responsible.
        allows: see ``Allows``; ``allowed_at``: when they said so.
        wants: the kind of reward they chose; empty for not chosen; ``none``: no reward at all.
        payee: what a payout needs, encrypted (``mail.boxes.secrets``): a JSON document, see ``refer.payee``.
        payee_marks: fingerprints of bank account and legal name, so that two advocates with one are noticed.
        nonce, token_digest: of the link to their own page; the link is made of the nonce and stored nowhere. Revoked:
            both are empty.
        link_until: the link opens nothing from then on.
    """

    person = models.OneToOneField(Person, on_delete=models.SET_NULL, null=True, related_name="advocate")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=5, blank=True, default="")
    allows = models.CharField(max_length=9, choices=Allows.choices, default=Allows.UNKNOWN)
    allowed_at = models.DateTimeField(null=True)
    wants = models.CharField(
        max_length=8, choices=[*RewardKind.choices, ("none", _("No reward"))], blank=True, default=""
    )
    payee = models.TextField(blank=True, default="")
    payee_marks = models.JSONField(default=list)
    payee_at = models.DateTimeField(null=True)
    nonce = models.CharField(max_length=32, blank=True, default="")
    token_digest = models.CharField(max_length=64, unique=True, null=True)
    link_until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    since = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "-since", "-id"], name="advocate_owner"),
            models.Index(fields=["team", "-since", "-id"], name="advocate_team"),
        ]

    def __str__(self) -> str:
        return f"advocate {self.pk}"

    @property
    def holder(self) -> str:
        """The name of their accounts in the ledger."""
        return f"refer.advocate:{self.pk}"


class AskMoment(models.TextChoices):
    """When somebody is asked."""

    TALK = "talk", pgettext_lazy("ask", "in the talk that ends it")
    WRITTEN = "written", pgettext_lazy("ask", "in writing, a week or two after the debrief")
    BY_HAND = "by_hand", pgettext_lazy("ask", "whenever it fits")


class AskStatus(models.TextChoices):
    """What became of a planned ask; ``excluded`` and ``passed`` always carry why."""

    PLANNED = "planned", pgettext_lazy("ask", "Planned")
    ASKED = "asked", pgettext_lazy("ask", "Asked")
    PASSED = "passed", pgettext_lazy("ask", "Not this time")
    EXCLUDED = "excluded", pgettext_lazy("ask", "Not asked")
    CANCELLED = "cancelled", pgettext_lazy("ask", "Taken back")


class AskExclusion(models.TextChoices):
    """Why somebody is not asked (``excluded``), or why a seller passed (``passed``)."""

    NOBODY = "nobody", _("nobody is named on the deal")
    SUPPRESSED = "suppressed", _("they asked to be left in peace")
    NOT_MET = "not_met", _("nobody ever met them")
    COMPLAINT = "complaint", _("they had reason to complain")
    HOSTILE = "hostile", _("the debrief was heated")
    ASKED_LATELY = "asked_lately", _("asked within the last 180 days")
    TWICE_A_YEAR = "twice_a_year", _("asked twice within a year")
    DECLINED = "declined", _("they declined within the last twelve months")
    REOPENED = "reopened", _("the deal is open again")
    NO_THANKS_YET = "no_thanks_yet", _("the thank-you for the debrief has not left yet")
    IN_A_PLEA = "in_a_plea", _("a message that asks to think again is under way")
    TOO_LATE = "too_late", _("the moment is over")
    ASKED_BY_TALK = "asked_by_talk", _("asked in the talk already")
    NOT_NOW = "not_now", pgettext_lazy("ask", "it did not feel right")
    NO_NAME = "no_name", pgettext_lazy("ask", "they would know nobody")
    RELATION = "relation", pgettext_lazy("ask", "the relation is not there yet")
    OTHER = "other", pgettext_lazy("ask", "something else")


class ReferralAsk(models.Model):
    """One person to be asked at one moment; whoever is not asked is written down with why.

    Attributes:
        due_on, until_on: the first and last local day it is worth doing.
        channel: through which it was asked; ``subject``, ``body``: the message, when it was written.
        message_key: of the mail in the outbox (``refer.ask:PK``).
        names_said: how many names they gave at once.
    """

    close_event = models.ForeignKey(CloseEvent, on_delete=models.PROTECT, null=True, related_name="referral_asks")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, related_name="referral_asks")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="referral_asks")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    moment = models.CharField(max_length=7, choices=AskMoment.choices)
    status = models.CharField(max_length=9, choices=AskStatus.choices, default=AskStatus.PLANNED)
    because = models.CharField(max_length=16, choices=AskExclusion.choices, blank=True, default="")
    because_note = models.CharField(max_length=200, blank=True, default="")
    due_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    planned_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=7, blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    message_key = models.CharField(max_length=120, blank=True, default="", db_index=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "status", "due_on", "id"], name="ask_due"),
            models.Index(fields=["person", "asked_at"], name="ask_of_person"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["close_event", "person", "moment"], condition=~Q(close_event=None) & ~Q(person=None),
                name="ask_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"ask {self.pk} {self.moment} {self.status}"

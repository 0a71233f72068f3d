"""The buyer's voice: the programme's rules, who was asked, what they answered, and how it may be read."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import CloseEvent, Deal, Person


class Mode(models.TextChoices):
    """Who may read an answer. Fixed when the invitation is made; only the respondent may open up their own answer.

    ``confidential``: read by one named person outside the deal, pooled for everybody else. ``shared``: ticked by the
    buyer; the seller sees it. ``anonymous``: no link to deal or person is stored.
    """

    CONFIDENTIAL = "confidential", _("confidential")
    SHARED = "shared", _("shared with the person I dealt with")
    ANONYMOUS = "anonymous", _("anonymous")


class FeedbackProgramme(models.Model):
    """The rules of asking buyers; a change is a new version, and invitations keep the rules they were made under.

    Attributes:
        sender, reader: ``None`` lets the rule choose (``learn.feedback.rules``): never the deal's owner.
        delay_min, delay_max: days after the close, drawn at random and recorded; never under two (48 hours' notice).
    """

    version = models.PositiveSmallIntegerField(unique=True)
    is_on = models.BooleanField(_("ask buyers"), default=True)
    include_wins = models.BooleanField(_("ask after wins too"), default=True)
    mode = models.CharField(_("answers are"), max_length=12, choices=Mode.choices, default=Mode.CONFIDENTIAL)
    delay_min = models.PositiveSmallIntegerField(_("earliest, days after the close"), default=3)
    delay_max = models.PositiveSmallIntegerField(_("latest, days after the close"), default=21)
    reminder_after = models.PositiveSmallIntegerField(_("one reminder after days"), default=7)
    expires_after = models.PositiveSmallIntegerField(_("links close after days"), default=60)
    company_name = models.CharField(_("our name, as buyers know it"), max_length=120, blank=True, default="")
    contact = models.CharField(_("who answers questions about it"), max_length=200, blank=True, default="")
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("sent by"),
    )  # fmt: skip
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("who reads confidential answers"),
    )  # fmt: skip
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"version {self.version}"


class InvitationStatus(models.TextChoices):
    """Where an invitation stands; ``excluded`` always carries its reason."""

    PLANNED = "planned", pgettext_lazy("invitation", "Planned")
    SENT = "sent", pgettext_lazy("invitation", "Sent")
    ANSWERED = "answered", pgettext_lazy("invitation", "Answered")
    EXCLUDED = "excluded", pgettext_lazy("invitation", "Not asked")
    FAILED = "failed", pgettext_lazy("invitation", "Could not be delivered")


class Exclusion(models.TextChoices):
    """Why somebody is not asked. The first ones are the rule's, the last ones a person's; all are counted."""

    NO_CONTACT = "no_contact", _("nobody with an address on the deal")
    SUPPRESSED = "suppressed", _("they asked not to be asked")
    ASKED_RECENTLY = "asked_recently", _("asked within the last 180 days")
    NO_SENDER = "no_sender", _("nobody but the owner could ask")
    SWITCHED_OFF = "switched_off", _("the programme was switched off")
    REOPENED = "reopened", _("the deal was opened again")
    TOO_LATE = "too_late", _("mail could not leave in time")
    LEGAL = "legal", _("a dispute or a legal matter")
    INTERVIEWED = "interviewed", _("somebody spoke with them already")
    BUYER_ASKED = "buyer_asked", _("the buyer asked us not to")
    SENSITIVE = "sensitive", _("a personal matter on their side")


#: The reasons a person may give; the rest come from the rule.
BY_HAND = (Exclusion.LEGAL, Exclusion.INTERVIEWED, Exclusion.BUYER_ASKED, Exclusion.SENSITIVE)


class Invitation(models.Model):
    """One person asked about one close (or not asked, and why): its own record, so that silence can be counted.

    The link's token is ``learn.feedback.tokens.token_of(invitation)``: derived from ``nonce`` and the secret key;
    only its digest is stored.
    """

    close_event = models.ForeignKey(CloseEvent, on_delete=models.PROTECT, related_name="invitations")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="invitations")
    status = models.CharField(max_length=9, choices=InvitationStatus.choices, default=InvitationStatus.PLANNED)
    excluded_because = models.CharField(max_length=16, choices=Exclusion.choices, blank=True, default="")
    excluded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    programme = models.ForeignKey(FeedbackProgramme, on_delete=models.PROTECT, null=True, related_name="+")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.CONFIDENTIAL)
    language = models.CharField(max_length=5, default="en")
    delay_days = models.PositiveSmallIntegerField(null=True)
    planned_at = models.DateTimeField()
    send_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    answered_on = models.DateField(null=True)
    nonce = models.CharField(max_length=32, blank=True, default="")
    token_digest = models.CharField(max_length=64, unique=True, null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["status", "send_at"], name="invitation_next")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["close_event", "person"], condition=~Q(person=None), name="invitation_person_once"
            )
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk} {self.status}"


class Happened(models.TextChoices):
    """B1: what happened, from the buyer's seat. Wins read them as what we were chosen over."""

    ANOTHER = "another", _("We chose another supplier")
    KEPT = "kept", _("We kept what we have")
    IN_HOUSE = "in_house", _("We did it ourselves")
    POSTPONED = "postponed", _("We postponed or stopped it")
    DECIDING = "deciding", _("We are still deciding")


class ReleasedPool(models.Model):
    """Five or more confidential answers that are counted together, whole or not at all, in every figure.

    Every figure made of confidential answers is a sum of whole pools, so the difference of any two views is one too:
    nobody can be told apart below five (``learn.feedback.pools``). One team, and either wins or noes.

    Attributes:
        closed_until: the newest close in it; a view whose period holds this day counts the pool.
        answers: how many; at least five, fixed.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    won = models.BooleanField()
    closed_until = models.DateField()
    released_on = models.DateField()
    answers = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"pool {self.pk} of {self.answers}"


class Response(models.Model):
    """One buyer's answer, saved at each step, sent once.

    While it is a draft it hangs on its invitation and nobody can read it. An anonymous one loses the invitation, its
    moments and its order (the key is random) when it is sent; team, won and the quarter remain.

    Attributes:
        involved, understood, proposal, helped: 1 to 5, or 0 for "does not apply"; ``None`` not answered.
        period: first day of the quarter in which the deal closed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, null=True, related_name="response")
    is_final = models.BooleanField(default=False)
    mode = models.CharField(max_length=12, choices=Mode.choices, default=Mode.CONFIDENTIAL)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    won = models.BooleanField(default=False)
    period = models.DateField(null=True)
    pool = models.ForeignKey(ReleasedPool, on_delete=models.PROTECT, null=True, related_name="responses")
    language = models.CharField(max_length=5, default="en")
    happened = models.CharField(max_length=9, choices=Happened.choices, blank=True, default="")
    competitor = models.CharField(max_length=120, blank=True, default="")
    competitor_withheld = models.BooleanField(default=False)
    involved = models.PositiveSmallIntegerField(null=True)
    understood = models.PositiveSmallIntegerField(null=True)
    proposal = models.PositiveSmallIntegerField(null=True)
    helped = models.PositiveSmallIntegerField(null=True)
    may_contact = models.BooleanField(default=False)
    option_order = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=1)
    saves = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["is_final", "mode", "team"], name="response_pool")]

    def __str__(self) -> str:
        return f"response {self.mode} {'sent' if self.is_final else 'draft'}"


#: B4's four statements, and the debrief question each mirrors.
STATEMENTS = {"involved": 1, "understood": 2, "proposal": 3, "helped": 5}


class FeedbackReason(models.Model):
    """One of up to three things that mattered most (B3); ``place`` 1 is the main one."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="reasons")
    code = models.CharField(max_length=40)
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["response", "code"], name="feedback_reason_once"),
            models.UniqueConstraint(fields=["response", "place"], name="feedback_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.code}"


class Consent(models.TextChoices):
    """B6, for each text by itself: may we quote this?"""

    NO = "no", _("No")
    ANONYMOUS = "anonymous", _("Yes, inside the company, without my name")
    NAMED = "named", _("Yes, inside the company, with my name")
    ASK = "ask", _("Ask me first")


class Asked(models.TextChoices):
    """Which open question a text answers."""

    OWN_WORDS = "own_words", _("In their own words, what mattered")
    ONE_THING = "one_thing", _("One thing that would have changed the decision")


class Verbatim(models.Model):
    """A buyer's own words, with their consent. Deleting it on request removes the text and keeps the counts."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="verbatims")
    asked = models.CharField(max_length=9, choices=Asked.choices)
    text = models.TextField(blank=True, default="")
    language = models.CharField(max_length=5, default="en")
    consent = models.CharField(max_length=9, choices=Consent.choices, default=Consent.NO)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["response", "asked"], name="verbatim_once")]

    def __str__(self) -> str:
        return f"{self.asked} {self.consent}"


class Reveal(models.Model):
    """A seller saw a shared answer beside their own, and what surprised them."""

    response = models.OneToOneField(Response, on_delete=models.CASCADE, related_name="reveal")
    seller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    surprised = models.TextField(blank=True, default="")
    written_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"reveal {self.response_id}"

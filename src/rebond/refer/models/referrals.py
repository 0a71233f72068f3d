"""A referral from the ask to the thanks, its append-only history, and what raises a doubt about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.deals.models import AppendOnly, Company, Deal, Person
from rebond.refer.models.asking import Advocate, ReferralAsk
from rebond.refer.models.programme import Programme, RewardRule


class State(models.TextChoices):
    """Where a referral stands; which moves are legal is in ``refer.states``."""

    ASKED = "asked", pgettext_lazy("referral", "Asked")
    AGREED = "agreed", pgettext_lazy("referral", "Agreed")
    DECLINED = "declined", pgettext_lazy("referral", "Declined")
    NO_ANSWER = "no_answer", pgettext_lazy("referral", "No answer")
    LAPSED = "lapsed", pgettext_lazy("referral", "Did not come about")
    INTRODUCED = "introduced", pgettext_lazy("referral", "Introduced")
    QUALIFIED = "qualified", pgettext_lazy("referral", "In conversation")
    DISQUALIFIED = "disqualified", pgettext_lazy("referral", "Not a fit")
    DUPLICATE = "duplicate", pgettext_lazy("referral", "Known to us already")
    WON = "won", pgettext_lazy("referral", "Won")
    LOST = "lost", pgettext_lazy("referral", "Lost")
    REWARD_DUE = "reward_due", pgettext_lazy("referral", "Reward due")
    PAID = "paid", pgettext_lazy("referral", "Reward given")
    FORFEITED = "forfeited", pgettext_lazy("referral", "Reward forfeited")
    CLAWED_BACK = "clawed_back", pgettext_lazy("referral", "Reward taken back")
    VOID = "void", pgettext_lazy("referral", "Void")


class Mode(models.TextChoices):
    """How somebody is introduced, best first."""

    THREE_WAY = "three_way", pgettext_lazy("introduction", "an introduction to both")
    FORWARD = "forward", pgettext_lazy("introduction", "a mail they forward")
    FIRST_CONTACT = "first_contact", pgettext_lazy("introduction", "our first contact, naming them")


class Referral(models.Model):
    """One advocate, one person or company they introduce.

    ``state`` and its dates repeat what ``Move`` says, for lists; the moves are the truth.

    Attributes:
        ask: what it came from; empty where the advocate came by themselves (their page, a call).
        name, email, phone, company_name, why: the referred as they were named; before anybody is a record of ours.
        person, company: their records, once they are.
        deal: the one deal it led to.
        registered_at: when it was first named in full (a name, and an address, a phone or a company): the first valid
            registration wins.
        duplicate_of: the earlier referral that stands; ``duplicate_because``: why, a code of ``refer.duplicates``.
        programme, rule: pinned at ``agreed`` (the version), and the reward chosen of it (may come later, or never).
        terms_shown_at: when the advocate was shown the terms.
        letter_subject, letter_body, letter_language, message_key: the introduction we sent (``refer.introduction:PK``).
        payment_on: the day of the first payment received; ``refunded_on``: cancelled or refunded.
    """

    advocate = models.ForeignKey(Advocate, on_delete=models.PROTECT, related_name="referrals")
    ask = models.ForeignKey(ReferralAsk, on_delete=models.PROTECT, null=True, related_name="referrals")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices)
    state_at = models.DateTimeField()
    mode = models.CharField(max_length=13, choices=Mode.choices, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    company_name = models.CharField(max_length=200, blank=True, default="")
    why = models.CharField(max_length=500, blank=True, default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="", db_index=True)
    folded = models.CharField(max_length=420, blank=True, default="", db_index=True)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="referred_by")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="+")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, related_name="referrals")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.ForeignKey(RewardRule, on_delete=models.PROTECT, null=True, related_name="+")
    terms_shown_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    duplicate_because = models.CharField(max_length=30, blank=True, default="")
    letter_subject = models.CharField(max_length=200, blank=True, default="")
    letter_body = models.TextField(blank=True, default="")
    letter_language = models.CharField(max_length=5, blank=True, default="")
    message_key = models.CharField(max_length=120, blank=True, default="", db_index=True)
    payment_on = models.DateField(null=True)
    refunded_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["owner", "state", "-state_at", "-id"], name="referral_owner"),
            models.Index(fields=["team", "state", "-state_at", "-id"], name="referral_team"),
            models.Index(fields=["state", "-state_at", "-id"], name="referral_state"),
            models.Index(fields=["advocate", "-created_at"], name="referral_advocate"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deal"],
                condition=Q(state__in=("qualified", "won", "lost", "reward_due", "paid", "forfeited", "clawed_back")),
                name="one_paying_referral_a_deal",
            )
        ]

    def __str__(self) -> str:
        return f"referral {self.pk} {self.state}"


class Move(AppendOnly):
    """One move of the state machine: append-only, in code and by the database.

    Attributes:
        from_state: empty for the first.
        reason: a code or a sentence of the one who moved it; ``evidence``: an id that proves it, e.g.
            ``deals.touch:12``, ``mail.message:9``, ``deals.closeevent:4``.
        number: 1, 2, 3 ... within the referral, so that two at once cannot both happen.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveSmallIntegerField()
    from_state = models.CharField(max_length=12, blank=True, default="")
    to_state = models.CharField(max_length=12, choices=State.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="")
    evidence = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["referral", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["referral", "number"], name="move_once")]
        indexes: ClassVar = [models.Index(fields=["to_state", "at"], name="move_to")]

    def __str__(self) -> str:
        return f"{self.referral_id}.{self.number} {self.to_state}"


class Verdict(models.TextChoices):
    """What a person found about a flag."""

    HONEST = "honest", _("all in order")
    FRAUD = "fraud", _("not in order")


class RiskFlag(models.Model):
    """Something that makes a referral look like one's own: shown, never acted on silently; a person decides.

    ``code``: of ``refer.risks``; ``detail``: what was found, without addresses.
    """

    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="flags")
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=200, blank=True, default="")
    raised_at = models.DateTimeField()
    verdict = models.CharField(max_length=6, choices=Verdict.choices, blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["raised_at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["referral", "code"], name="flag_once")]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.code}"


class Thanks(models.Model):
    """An advocate was thanked for one move of a referral (or somebody decided not to: ``channel`` empty)."""

    move = models.OneToOneField(Move, on_delete=models.PROTECT, related_name="thanks")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=7, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    message_key = models.CharField(max_length=120, blank=True, default="", db_index=True)

    def __str__(self) -> str:
        return f"thanks for {self.move_id}"

"""Who says why, in which words, and the list of reasons itself: versioned by its changes."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.deals.models import AppendOnly, CloseEvent


class Voice(models.TextChoices):
    """Who asserts a reason."""

    SELLER = "seller", _("Seller")
    MANAGER = "manager", _("Manager")
    BUYER = "buyer", _("Buyer")
    CODER = "coder", _("Coder")


class Weight(models.TextChoices):
    PRIMARY = "primary", _("Main reason")
    CONTRIBUTING = "contributing", _("Also played a part")


class Confidence(models.TextChoices):
    """How the seller knows (debrief question 6)."""

    KNOW = "know", _("I know")
    THINK = "think", _("I think so")
    GUESS = "guess", _("I guess")


class Acted(models.TextChoices):
    """Knowing what you knew then, could you have acted on it?"""

    YES = "yes", pgettext_lazy("could act", "Yes")
    PARTLY = "partly", pgettext_lazy("could act", "Only partly")
    NO = "no", pgettext_lazy("could act", "No")


class ReasonAssertion(AppendOnly):
    """One voice says why one close happened. Superseded by a later assertion, never overwritten.

    ``code`` is a taxonomy code, ``not_known_yet``, or ``other`` with its ``verbatim``. The current assertions
    of a close event and source are those of its highest ``edition``.
    """

    close_event = models.ForeignKey(CloseEvent, on_delete=models.PROTECT, related_name="reasons")
    source = models.CharField(max_length=7, choices=Voice.choices)
    edition = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=40)
    role = models.CharField(max_length=12, choices=Weight.choices, default=Weight.PRIMARY)
    could_act = models.CharField(max_length=6, choices=Acted.choices, blank=True, default="")
    confidence = models.CharField(max_length=5, choices=Confidence.choices, blank=True, default="")
    verbatim = models.TextField(blank=True, default="")
    taxonomy_version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["code"], name="reason_code")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["close_event", "source", "edition", "code"], name="reason_said_once")
        ]

    def __str__(self) -> str:
        return f"{self.close_event_id} {self.source}:{self.code}"


class Suggester(models.TextChoices):
    """Who suggests what a free text means. None of them decides."""

    RULES = "rules", _("our rules")
    CLASSIFIER = "classifier", _("learnt from your team's confirmations")
    ENDPOINT = "endpoint", _("a language model")


class ReasonPhrase(models.Model):
    """Free text met in an import or in a seller's own words, and what it means.

    A person confirms a new one once; then it is remembered.
    """

    folded = models.CharField(max_length=300, unique=True)
    verbatim = models.CharField(max_length=300)
    code = models.CharField(max_length=40, blank=True, default="")
    #: What the matcher thinks it means, who thought so, and how sure; a suggestion only.
    suggested_code = models.CharField(max_length=40, blank=True, default="")
    suggested_by = models.CharField(max_length=10, choices=Suggester.choices, blank=True, default="")
    suggested_chance = models.FloatField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    seen = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.verbatim} -> {self.code or '?'}"


class MatcherRun(models.Model):
    """One training of the matcher on what people confirmed, and how often it was right on phrases it had not seen.

    Attributes:
        examples, codes: confirmed phrases, and how many different reasons they stand for.
        tested, right: phrases held out in turn, and those it got right.
        always: of ``tested``, how many the most frequent reason alone would have got right.
    """

    at = models.DateTimeField()
    examples = models.PositiveIntegerField()
    codes = models.PositiveSmallIntegerField()
    tested = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    always = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.right} of {self.tested}"


class ChangeKind(models.TextChoices):
    """What can happen to the list of reasons. A code is never deleted."""

    ADD = "add", _("added")
    MERGE = "merge", _("merged")
    RETIRE = "retire", _("retired")
    RESTORE = "restore", _("taken up again")
    REWORD = "reword", _("reworded")


class TaxonomyChange(AppendOnly):
    """One change of the list of reasons; the list of version v is the built-in one and every change up to v.

    Attributes:
        version: 2, 3 ...; the built-in list is version 1.
        into: for ``merge``, the code that is counted instead from now on (in every chart, with a stamp).
        wording: for ``add`` and ``reword``: ``{"seller": {"en": .., "fr": ..}, "buyer": {...}, "buyer_win": {...}}``.
    """

    version = models.PositiveSmallIntegerField(unique=True)
    kind = models.CharField(max_length=8, choices=ChangeKind.choices)
    code = models.CharField(max_length=40)
    into = models.CharField(max_length=40, blank=True, default="")
    group = models.CharField(max_length=20, blank=True, default="")
    control = models.CharField(max_length=16, blank=True, default="")
    owner = models.CharField(max_length=20, blank=True, default="")
    recheck_days = models.PositiveSmallIntegerField(null=True)
    wording = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["version"]

    def __str__(self) -> str:
        return f"{self.version} {self.kind} {self.code}"

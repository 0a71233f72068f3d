"""The Sales Call of the Month: from nominations to the announced winner, recountable from its ballots."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rebond.accounts.models import Team
from rebond.celebrate.models.recordings import Mark, Recording
from rebond.deals.models import AppendOnly


class ContestState(models.TextChoices):
    """Where a contest stands; which moves are legal is in ``celebrate.contest.states``."""

    DRAFT = "draft", pgettext_lazy("contest", "Being prepared")
    NOMINATIONS = "nominations", pgettext_lazy("contest", "Calls are named")
    REVIEW = "review", pgettext_lazy("contest", "Calls are looked at")
    SHORTLIST = "shortlist", pgettext_lazy("contest", "The short list stands")
    VOTING = "voting", pgettext_lazy("contest", "Votes are open")
    CLOSED = "closed", pgettext_lazy("contest", "Votes are closed")
    ANNOUNCED = "announced", pgettext_lazy("contest", "Announced")
    ARCHIVED = "archived", pgettext_lazy("contest", "Past")
    CANCELLED = "cancelled", pgettext_lazy("contest", "Called off")


class Contest(models.Model):
    """One month's contest of one team, or of everybody (``team`` empty).

    Attributes:
        rules, rubric: frozen when nominations open; see ``celebrate.contest.rules``.
        closes_at: nominations, then votes, close then.
        joined_before: whoever joined later does not vote.
        tally: how it was counted, as ``celebrate.contest.tally`` gives it; made again from the ballots at any time.
        decided_by: ``votes`` or ``reviewers`` (below the quorum).
    """

    month = models.DateField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=ContestState.choices, default=ContestState.DRAFT)
    rules = models.JSONField(default=dict)
    rubric = models.JSONField(default=list)
    closes_at = models.DateTimeField(null=True)
    joined_before = models.DateTimeField(null=True)
    seed = models.CharField(max_length=32, blank=True, default="")
    tally = models.JSONField(default=dict)
    decided_by = models.CharField(max_length=9, blank=True, default="")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-month", "-pk"]

    def __str__(self) -> str:
        return f"contest {self.pk} {self.state}"


class ContestMove(AppendOnly):
    """One move of a contest, append-only."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="moves")
    number = models.PositiveSmallIntegerField()
    from_state = models.CharField(max_length=11, blank=True, default="")
    to_state = models.CharField(max_length=11)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["contest", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["contest", "number"], name="contest_move_once")]

    def __str__(self) -> str:
        return f"{self.contest_id}.{self.number} {self.to_state}"


class NominationStatus(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("nomination", "Waits for the one who is heard")
    ACCEPTED = "accepted", pgettext_lazy("nomination", "In the contest")
    REFUSED = "refused", pgettext_lazy("nomination", "They would rather not")
    DISQUALIFIED = "disqualified", pgettext_lazy("nomination", "Cannot take part")
    SHORTLISTED = "shortlisted", pgettext_lazy("nomination", "On the short list")
    WITHDRAWN = "withdrawn", pgettext_lazy("nomination", "Withdrawn")


class Nomination(models.Model):
    """One call (a clip of at most ten minutes) for one month; who is heard must agree.

    Attributes:
        nominee: whose call; ``by``: who named it (two each).
        lesson: what we can learn; required.
        extract: what was said, names and prices removed; stands in for the sound where somebody heard has not agreed.
        place: on the short list, and after counting: 1 for a winner (several with a tie).
    """

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="nominations")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="nominations")
    clip = models.ForeignKey(Mark, on_delete=models.PROTECT, null=True, related_name="+")
    nominee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=160)
    lesson = models.TextField(_("what we can learn"))
    situation = models.CharField(_("situation"), max_length=160, blank=True, default="")
    extract = models.TextField(blank=True, default="")
    status = models.CharField(max_length=12, choices=NominationStatus.choices, default=NominationStatus.WAITING)
    because = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    place = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["contest", "recording"], name="nominated_once")]

    def __str__(self) -> str:
        return f"nomination {self.pk} {self.status}"


class Score(models.Model):
    """One reviewer's marks for one nomination, made without seeing the other's; criterion to 1..5."""

    nomination = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="scores")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marks = models.JSONField()
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["nomination", "reviewer"], name="score_once")]

    def __str__(self) -> str:
        return f"{self.nomination_id} by {self.reviewer_id}"


class Voter(models.Model):
    """The roll, frozen when voting opens."""

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="voters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["contest", "user"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["contest", "user"], name="voter_once")]

    def __str__(self) -> str:
        return f"{self.contest_id} {self.user_id}"


class Listening(models.Model):
    """How much of a clip a voter has heard: stretches in milliseconds, joined."""

    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="heard")
    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="+")
    spans = models.JSONField(default=list)
    heard_ms = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["voter", "nomination"], name="heard_once")]

    def __str__(self) -> str:
        return f"{self.voter_id} {self.nomination_id} {self.heard_ms}"


class Ballot(models.Model):
    """One person's ballot, changeable until closing, never shown with a name.

    ``choices``: nominations' ids: those approved of (three on the short list), or ranked, best first (four or five).
    """

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="ballots")
    voter = models.OneToOneField(Voter, on_delete=models.PROTECT, related_name="ballot")
    choices = models.JSONField()
    cast_at = models.DateTimeField()
    changed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["contest", "pk"]

    def __str__(self) -> str:
        return f"ballot {self.pk}"

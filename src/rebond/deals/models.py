"""The records: companies, people, deals, stages, close events, touches. Only ``deals.actions`` writes them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Outcome(models.TextChoices):
    """How a deal stands. ``open`` is the absence of an end; the other seven are the ways to close.

    ``duplicate`` leaves every rate. ``unknown`` is closed with the result not known: censored, never a loss.
    """

    OPEN = "open", pgettext_lazy("outcome", "Open")
    WON = "won", pgettext_lazy("outcome", "Won")
    LOST = "lost", pgettext_lazy("outcome", "Lost")
    NO_DECISION = "no_decision", pgettext_lazy("outcome", "No decision")
    LOST_IN_HOUSE = "lost_in_house", pgettext_lazy("outcome", "They do it themselves")
    DISQUALIFIED = "disqualified", pgettext_lazy("outcome", "Disqualified by us")
    DUPLICATE = "duplicate", pgettext_lazy("outcome", "Duplicate or invalid")
    UNKNOWN = "unknown", pgettext_lazy("outcome", "Closed, result unknown")


CLOSED_OUTCOMES = tuple(outcome for outcome in Outcome if outcome != Outcome.OPEN)
#: The noes a debrief and keep-in-touch follow.
NOES = (Outcome.LOST, Outcome.NO_DECISION, Outcome.LOST_IN_HOUSE)


class StageKind(models.TextChoices):
    """What a stage means, whatever it is called; so renaming one is safe."""

    OPEN = "open", pgettext_lazy("stage", "Open")
    WON = "won", pgettext_lazy("stage", "Won")
    LOST = "lost", pgettext_lazy("stage", "Lost")


class DealRole(models.TextChoices):
    """A person's part in the decision."""

    DECISION_MAKER = "decision_maker", _("Decides")
    BUDGET_HOLDER = "budget_holder", _("Holds the budget")
    SPONSOR = "sponsor", _("Supports us")
    INFLUENCER = "influencer", _("Has a say")
    USER = "user", _("Will use it")
    PROCUREMENT = "procurement", _("Procurement")
    OPPONENT = "opponent", _("Is against")
    UNKNOWN = "unknown", _("Part not known")


class Channel(models.TextChoices):
    CALL = "call", _("Call")
    EMAIL = "email", _("Email")
    MEETING = "meeting", _("Meeting")
    MESSAGE = "message", _("Message")
    OTHER = "other", pgettext_lazy("touch", "Other")


class Direction(models.TextChoices):
    OUT = "out", _("From us")
    IN = "in", _("From them")


class Mirrored(models.Model):
    """A record that may live in another system too: where it came from, and its id there."""

    source = models.CharField(max_length=20, default="typed")
    external_id = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True


def _one_per_source(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["source", "external_id"], condition=~Q(external_id=""), name=name)


class Company(Mirrored):
    """A firm that buys, might buy, or said no. ``folded`` is ``base.text.fold(name)``, how two spellings meet."""

    name = models.CharField(_("name"), max_length=200)
    folded = models.CharField(max_length=200, db_index=True)
    sector = models.CharField(_("sector"), max_length=120, blank=True, default="")
    country = models.CharField(_("country"), max_length=80, blank=True, default="")

    class Meta:
        constraints: ClassVar = [_one_per_source("company_external_id")]

    def __str__(self) -> str:
        return self.name


class Person(Mirrored):
    """Somebody at a company. Keeping in touch belongs to the person, not to the deal."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("email"), blank=True, default="", db_index=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True, default="")
    title = models.CharField(_("job title"), max_length=160, blank=True, default="")
    language = models.CharField(_("language"), max_length=5, blank=True, default="")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="people")

    class Meta:
        constraints: ClassVar = [_one_per_source("person_external_id")]
        # Addresses are compared whatever their case (who wrote to us?).
        indexes: ClassVar = [models.Index(Lower("email"), name="person_by_address")]
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """A step of the sale. Its ``kind`` is what the program goes by; its name is the team's own."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=4, choices=StageKind.choices, default=StageKind.OPEN)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Deal(Mirrored):
    """One sale that may come about.

    ``team`` is always the owner's team (or, without owner, the one the import named): who may see the deal is
    one indexed column. ``outcome``, ``closed_at`` and ``last_touch_at`` repeat what close events and touches
    say, for lists; the events are the truth. ``commission_minor`` is what the sale earned (or cost: it may be below
    0) where somebody recorded it, in ``currency``; else a plan says (``worth.plans``).
    """

    name = models.CharField(_("name"), max_length=300)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="deals")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="deals"
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="deals")
    outcome = models.CharField(_("outcome"), max_length=13, choices=Outcome.choices, default=Outcome.OPEN)
    amount_minor = models.BigIntegerField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    commission_minor = models.BigIntegerField(_("commission"), null=True, blank=True)
    segment = models.CharField(_("segment"), max_length=120, blank=True, default="")
    lead_source = models.CharField(_("source"), max_length=120, blank=True, default="")
    competitor = models.CharField(_("competitor"), max_length=120, blank=True, default="")
    next_step = models.CharField(_("next step"), max_length=300, blank=True, default="")
    problem = models.TextField(_("their problem, in their words"), blank=True, default="")
    notes = models.TextField(_("notes"), blank=True, default="")
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    expected_close = models.DateField(_("expected close"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    last_touch_at = models.DateTimeField(_("last touch"), null=True, blank=True)

    class Meta:
        # Every list is one range of one of these: who may see it, how it is sorted, the newest id for ties.
        indexes: ClassVar = [
            models.Index(fields=["team", "-closed_at", "-id"], name="deal_team_closed"),
            models.Index(fields=["team", "-opened_at", "-id"], name="deal_team_opened"),
            models.Index(fields=["team", "outcome", "-opened_at", "-id"], name="deal_team_outcome"),
            models.Index(fields=["team", "-amount_minor", "-id"], name="deal_team_amount"),
            models.Index(fields=["team", "-last_touch_at", "-id"], name="deal_team_touched"),
            models.Index(fields=["owner", "outcome", "last_touch_at"], name="deal_owner_quiet"),
            models.Index(fields=["-opened_at", "-id"], name="deal_opened"),
            models.Index(fields=["outcome", "-opened_at", "-id"], name="deal_outcome_opened"),
            models.Index(fields=["-amount_minor", "-id"], name="deal_amount"),
            models.Index(fields=["-last_touch_at", "-id"], name="deal_touched"),
            models.Index(fields=["external_id"], name="deal_external"),
        ]
        constraints: ClassVar = [
            _one_per_source("deal_external_id"),
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None) | ~Q(outcome="open"),
                name="deal_open_has_no_close",
            ),
            models.CheckConstraint(condition=Q(amount_minor=None) | ~Q(currency=""), name="deal_amount_has_currency"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Still to be decided."""
        return self.outcome == Outcome.OPEN


class DealPerson(models.Model):
    """Who takes part in the decision, and how."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="deal_people")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="deal_people")
    role = models.CharField(
        _("part in the decision"), max_length=14, choices=DealRole.choices, default=DealRole.UNKNOWN
    )
    met_at = models.DateTimeField(_("first met"), null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["deal", "person"], name="deal_person_once")]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class StageChange(models.Model):
    """A deal's stay in one stage; ``left_at`` empty means it is there now."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="stage_changes")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["entered_at", "pk"]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.stage_id} {self.entered_at:%Y-%m-%d}"


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete history. Never the user's doing."""


class AppendOnly(models.Model):
    """A row that is written once. The database refuses updates too (see the migration's triggers)."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"{self._meta.label} {self.pk} is history")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError(f"{self._meta.label} {self.pk} is history")


class CloseSource(models.TextChoices):
    """Through which door a deal was closed."""

    SCREEN = "screen", _("Deal page")
    BULK = "bulk", _("List, several at once")
    COMMAND = "command", _("Command line")
    IMPORT = "import", _("Import")
    API = "api", "API"


class CloseEvent(AppendOnly):
    """A deal ended, once, for its own reasons. Lost, reopened, lost again are two of these.

    ``competitor`` is apart from the reason: a name, ``none``, or empty for not known.
    ``declared`` marks a close date that somebody planned rather than one that was recorded.
    """

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="close_events")
    outcome = models.CharField(max_length=13, choices=[(o.value, o.label) for o in CLOSED_OUTCOMES])
    closed_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=8, choices=CloseSource.choices)
    in_bulk = models.BooleanField(default=False)
    declared = models.BooleanField(default=False)
    competitor = models.CharField(max_length=120, blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.outcome}"


class ReopenEvent(AppendOnly):
    """A close was taken back. The close event stays."""

    close_event = models.OneToOneField(CloseEvent, on_delete=models.PROTECT, related_name="reopening")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.close_event_id} reopened {self.at:%Y-%m-%d}"


#: Results that exports and our own buttons write as codes.
RESULTS = {
    "reached": _("reached"),
    "no_answer": _("no answer"),
    "voicemail": _("voicemail left"),
    "replied": _("they replied"),
    "bounced": _("address refused"),
    "held": _("took place"),
    "no_show": _("they did not come"),
}

#: Results of a contact of ours that are an answer; as ``numbers.next_touch`` counts them.
ANSWERS = ("reached", "replied")


class FieldChange(AppendOnly):
    """A field of a deal that says something about the sale was changed: from, to, in which stage.

    Kept for ``WATCHED`` fields only, as shown text (an amount with its currency).
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="field_changes")
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=300, blank=True, default="")
    after = models.CharField(max_length=300, blank=True, default="")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["deal", "field", "at"], name="field_change_of_deal")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.field}"


#: Fields whose changes are kept.
WATCHED = ("competitor", "amount_minor", "expected_close", "next_step", "problem")


class Material(models.TextChoices):
    """What a contact carried with it."""

    PROPOSAL = "proposal", _("A proposal")
    HELPFUL = "helpful", _("Something to help them decide")


class Touch(models.Model):
    """One contact with a buyer: a call, an email, a meeting, a message. ``material_name``: what was sent, by name."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, null=True, blank=True, related_name="touches")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="touches")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    channel = models.CharField(max_length=7, choices=Channel.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    result = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="")
    material = models.CharField(max_length=8, choices=Material.choices, blank=True, default="")
    material_name = models.CharField(max_length=160, blank=True, default="")
    source = models.CharField(max_length=20, default="typed")
    external_id = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["deal", "-at"], name="touch_deal_at"),
            models.Index(fields=["person", "-at"], name="touch_person_at"),
            # How often, and since when in vain: counted from the index alone.
            models.Index(fields=["deal", "direction", "-at", "result"], name="touch_deal_direction_at"),
        ]
        constraints: ClassVar = [_one_per_source("touch_external_id")]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d %H:%M}"

    @property
    def result_label(self) -> str:
        """What came of it in the reader's words; a word of one's own stands as it was typed."""
        return str(RESULTS.get(self.result, self.result))


class SearchEntry(models.Model):
    """What search looks at: one folded line per deal, company and person, with a full-text index beside it."""

    kind = models.CharField(max_length=8)
    record_id = models.BigIntegerField()
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, null=True, related_name="+")
    label = models.CharField(max_length=300)
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "record_id"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"

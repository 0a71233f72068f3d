"""Every version of the programme with what changed in it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Field
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rebond.base.dates import show_day
from rebond.refer.models import Programme
from rebond.refer.terms import exactly, reward_words

#: Fields whose values are sums, days of the calendar, choices, and texts that are named and not shown.
SUMS = ("per_referral_minor", "per_year_minor", "per_month_minor", "two_above_minor")
DATES = ("starts_on", "ends_on")
TEXTS = ("note_en", "note_fr")
FIELDS = (
    "name", "is_open", "currency", *SUMS, "hold_days", "hold_from", "clawback_days", "own_deal_days",
    "unclaimed_months", "referrals_a_week", "ends_on", *TEXTS,
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One thing that reads otherwise than in the version before; an empty side was not there."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Edition:
    """One version.

    Attributes:
        state: ``now``, ``coming`` or ``before``.
        changes: against the version before; empty for the first.
        rewards: what it offers, in words.
    """

    programme: Programme
    state: str
    changes: tuple[Change, ...]
    rewards: tuple[str, ...]

    @property
    def is_first(self) -> bool:
        """Whether there is no version before it."""
        return self.programme.version == 1


def editions(versions: Sequence[Programme], in_force: Programme | None, on: date) -> list[Edition]:
    """The versions as given (the newest first, their rewards fetched), each beside the one before it."""
    older: list[Programme | None] = [*versions[1:], None]
    return [
        Edition(one, _state(one, in_force, on), tuple(_changes(before, one)) if before else (), _rewards(one))
        for one, before in zip(versions, older, strict=False)
    ]


def _state(one: Programme, in_force: Programme | None, on: date) -> str:
    if in_force is not None and one.pk == in_force.pk:
        return "now"
    return "coming" if one.starts_on is not None and one.starts_on > on else "before"


def _rewards(one: Programme) -> tuple[str, ...]:
    rules = sorted(one.rules.all(), key=lambda rule: (rule.position, rule.pk))
    return tuple(reward_words(rule, one.currency, get_language() or "en") for rule in rules)


def _changes(before: Programme, after: Programme) -> Iterator[Change]:
    old, new = _rewards(before), _rewards(after)
    yield from (Change(_("no longer offered"), reward, "") for reward in old if reward not in new)
    yield from (Change(_("offered now"), "", reward) for reward in new if reward not in old)
    for name in FIELDS:
        said = _shown(before, name), _shown(after, name)
        if getattr(before, name) != getattr(after, name) or (name in SUMS and said[0] != said[1]):
            yield Change(_label(name), *said)


def _label(name: str) -> str:
    """What a field is called where it is edited."""
    field = Programme._meta.get_field(name)
    return str(field.verbose_name) if isinstance(field, Field) else name


def _shown(one: Programme, name: str) -> str:
    value = getattr(one, name)
    if name == "is_open":
        return _("yes") if value else _("no")
    if name == "hold_from":
        return str(one.get_hold_from_display())
    if value is None or value == "":
        return "–"
    if name in SUMS:
        return exactly(value, one.currency)
    return show_day(value) if name in DATES else str(value)

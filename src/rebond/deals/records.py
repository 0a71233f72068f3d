"""Rows as an import hands them over: typed, already understood, not yet stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from rebond.deals.models import Outcome


@dataclass(frozen=True)
class PersonRecord:
    """A person, with their part in the deal where the row says one."""

    name: str
    email: str = ""
    phone: str = ""
    title: str = ""
    language: str = ""
    company: str = ""
    external_id: str = ""
    role: str = ""


@dataclass(frozen=True)
class DealRecord:
    """One deal as of the day the file was made. ``declared``: the close date was planned, not recorded."""

    name: str
    external_id: str = ""
    company: str = ""
    owner_id: int | None = None
    team_id: int | None = None
    stage: str = ""
    outcome: str = Outcome.OPEN
    amount_minor: int | None = None
    currency: str = ""
    commission_minor: int | None = None
    segment: str = ""
    lead_source: str = ""
    competitor: str = ""
    next_step: str = ""
    notes: str = ""
    opened_at: datetime | None = None
    expected_close: date | None = None
    closed_at: datetime | None = None
    declared: bool = False
    people: tuple[PersonRecord, ...] = ()


@dataclass(frozen=True)
class TouchRecord:
    """One contact; ``deal`` is the deal's external id."""

    deal: str
    at: datetime
    channel: str
    direction: str = "out"
    owner_id: int | None = None
    minutes: int | None = None
    result: str = ""
    note: str = ""
    person_email: str = ""
    external_id: str = ""


@dataclass
class BatchResult:
    """What became of one batch.

    Attributes:
        created, updated, unchanged: counts of rows.
        skipped: row index to why it could not be stored (an unknown deal, say).
        close_events: row index to the id of a close event this batch wrote.
        ids: row index to the record's id.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: dict[int, str] = field(default_factory=dict)
    close_events: dict[int, int] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)

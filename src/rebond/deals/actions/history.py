"""What an import writes: batches of rows, each upserted, history kept, no follow-up ever planned.

A batch is at most a few thousand rows and costs a fixed number of queries, whatever is in it. The caller opens the
transaction (``loop.close.record_history`` with the import's checkpoint) and writes the audit entry of the run.

How a row meets a record, in this order:
1. same source and external id;
2. without an external id: same name, company and opening day;
3. a record that the importing person may not see is left alone and the row is skipped;
4. what the file leaves empty never erases what is known;
5. a deal that a person closed here stays closed though the file still says open;
6. what a file changes of a known deal's watched fields leaves a ``FieldChange``; what a new deal begins with does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from rebond.accounts.models import User
from rebond.base.text import fold
from rebond.deals import heard
from rebond.deals.actions.changes import differences, keep_changes, watched
from rebond.deals.actions.indexing import index_deals
from rebond.deals.actions.people import companies_by_name, save_people, save_touches, take_part
from rebond.deals.models import (
    CloseEvent,
    Company,
    Deal,
    FieldChange,
    Outcome,
    ReopenEvent,
    Stage,
    StageChange,
    StageKind,
)
from rebond.deals.queries import deals_for
from rebond.deals.records import BatchResult, DealRecord

__all__ = ["save_deals", "save_people", "save_touches"]

_COPIED = (
    "name", "owner_id", "team_id", "amount_minor", "currency", "commission_minor", "segment", "lead_source",
    "competitor", "next_step", "notes", "opened_at", "expected_close",
)  # fmt: skip
_WRITTEN = [
    *(name.removesuffix("_id") for name in _COPIED),
    "company",
    "stage",
    "outcome",
    "closed_at",
    "updated_at",
]


@transaction.atomic
def save_deals(*, rows: Sequence[DealRecord], source: str, actor: User | None, now: datetime) -> BatchResult:
    """Upserts one batch of deals with their companies, stages, people and close events.

    Args:
        rows: at most a few thousand; texts already cut to what the columns hold.
        source: the outside system (``csv``, ``hubspot`` ...); external ids are unique within it.

    Returns:
        Counts, why rows were skipped, and the close events written, by row index.
    """
    result = BatchResult()
    companies = companies_by_name({row.company for row in rows}, now=now)
    stages = _stages(rows)
    known = _known(rows, source)
    visible = set(deals_for(actor).filter(pk__in=[d.pk for d in known.values()]).values_list("pk", flat=True))
    batch = _Batch(companies, stages, source, actor, now, result)
    for index, row in enumerate(rows):
        key = _key(row, companies)
        deal = known.get(key)
        if key in batch.seen:
            result.skipped[index] = "duplicate"
        elif deal is not None and deal.pk not in visible:
            result.skipped[index] = "other_team"
        else:
            batch.take(index, row, deal)
            batch.seen.add(key)
    batch.write()
    take_part(rows=rows, deals=batch.deals, now=now)
    heard.tell(now)
    return result


def _key(row: DealRecord, companies: dict[str, Company]) -> tuple[Any, ...]:
    """What makes two rows the same deal."""
    if row.external_id:
        return ("id", row.external_id)
    company = companies.get(fold(row.company))
    return ("name", fold(row.name), company.pk if company else None, row.opened_at and row.opened_at.date())


def _known(rows: Sequence[DealRecord], source: str) -> dict[tuple[Any, ...], Deal]:
    """Deals that are there already, by the same key as the rows."""
    deals = Deal.objects.select_related("company", "stage")
    ids = [row.external_id for row in rows if row.external_id]
    found: dict[tuple[Any, ...], Deal] = {
        ("id", deal.external_id): deal for deal in deals.filter(source=source, external_id__in=ids)
    }
    names = [row.name for row in rows if not row.external_id]
    for deal in deals.filter(name__in=names, external_id="") if names else ():
        found[("name", fold(deal.name), deal.company_id, deal.opened_at and deal.opened_at.date())] = deal
    return found


def _stages(rows: Sequence[DealRecord]) -> dict[str, Stage]:
    """Stages by folded name; a new name becomes a stage whose kind follows from the deals in it."""
    known = {fold(stage.name): stage for stage in Stage.objects.all()}
    last = Stage.objects.aggregate(last=Max("position"))["last"] or 0
    added: dict[str, Stage] = {}
    for row in rows:
        name = fold(row.stage)
        if name and name not in known and name not in added:
            added[name] = Stage(name=row.stage, kind=_kind(row.outcome), position=last + len(added) + 1)
    Stage.objects.bulk_create(added.values())
    return known | added


def _kind(outcome: str) -> StageKind:
    if outcome == Outcome.OPEN:
        return StageKind.OPEN
    return StageKind.WON if outcome == Outcome.WON else StageKind.LOST


class _Batch:
    """Collects what one batch writes, then writes it in as few statements as there are tables."""

    def __init__(
        self, companies: dict[str, Company], stages: dict[str, Stage], source: str, actor: User | None,
        now: datetime, result: BatchResult,
    ) -> None:  # fmt: skip
        self.companies, self.stages, self.source = companies, stages, source
        self.actor, self.now, self.result = actor, now, result
        self.seen: set[tuple[Any, ...]] = set()
        self.deals: dict[int, Deal] = {}
        self.new: list[Deal] = []
        self.changed: list[Deal] = []
        self.differences: list[FieldChange] = []
        self.moved: list[tuple[Deal, datetime]] = []
        self.closes: list[tuple[int, Deal, DealRecord]] = []
        self.reopened: list[Deal] = []

    def take(self, index: int, row: DealRecord, deal: Deal | None) -> None:
        if deal is None:
            deal = Deal(source=self.source, external_id=row.external_id, created_at=self.now, updated_at=self.now)
            self._fill(deal, row)
            self._settle(index, deal, row)
            self.new.append(deal)
            self.moved.append((deal, row.opened_at or row.closed_at or self.now))
        else:
            self._update(index, deal, row)
        self.deals[index] = deal

    def _update(self, index: int, deal: Deal, row: DealRecord) -> None:
        before, stage, stood = _state(deal), deal.stage_id, watched(deal)
        self._fill(deal, row)
        if row.outcome != deal.outcome:
            self._settle(index, deal, row)
        if _state(deal) == before:
            self.result.unchanged += 1
            return
        if deal.stage_id != stage:
            self.moved.append((deal, row.closed_at or self.now))
        self.differences += differences(deal=deal, before=stood, at=self.now, actor=self.actor)
        deal.updated_at = self.now
        self.changed.append(deal)

    def _fill(self, deal: Deal, row: DealRecord) -> None:
        for name in _COPIED:
            value = getattr(row, name)
            if value not in (None, ""):
                setattr(deal, name, value)
        if company := self.companies.get(fold(row.company)):
            deal.company = company
        stage = self.stages.get(fold(row.stage))
        if stage and not (stage.kind == StageKind.OPEN and self._closed_here(deal)):
            deal.stage = stage

    def _settle(self, index: int, deal: Deal, row: DealRecord) -> None:
        """Brings the outcome to what the row says, leaving an event behind for each end and each return."""
        if row.outcome == Outcome.OPEN and self._closed_here(deal):
            return
        if deal.pk and not deal.is_open:
            self.reopened.append(deal)
        deal.outcome = row.outcome
        deal.closed_at = None if row.outcome == Outcome.OPEN else row.closed_at
        if row.outcome != Outcome.OPEN:
            self.closes.append((index, deal, row))

    def _closed_here(self, deal: Deal) -> bool:
        """Somebody closed this deal in Rebond: a stale file does not undo it."""
        if not deal.pk or deal.is_open:
            return False
        last = deal.close_events.order_by("-recorded_at", "-pk").first()
        return last is not None and last.source != "import"

    def write(self) -> None:
        Deal.objects.bulk_create(self.new, batch_size=500)
        Deal.objects.bulk_update(self.changed, _WRITTEN, batch_size=200)
        keep_changes(self.differences)
        self._write_stays()
        self._write_events()
        self.result.created, self.result.updated = len(self.new), len(self.changed)
        self.result.ids = {index: deal.pk for index, deal in self.deals.items()}
        index_deals([*self.new, *self.changed])

    def _write_stays(self) -> None:
        fresh = {deal.pk for deal in self.new}
        for deal, at in self.moved:
            if deal.pk not in fresh:
                StageChange.objects.filter(deal=deal, left_at=None).update(left_at=at)
        stays = [
            StageChange(deal=deal, stage=deal.stage, entered_at=at) for deal, at in self.moved if deal.stage is not None
        ]
        StageChange.objects.bulk_create(stays, batch_size=500)

    def _write_events(self) -> None:
        for deal in self.reopened:
            last = deal.close_events.order_by("-recorded_at", "-pk").first()
            if last is not None:
                ReopenEvent.objects.create(close_event=last, at=self.now, by=self.actor)
        events = CloseEvent.objects.bulk_create(
            [self._event(deal, row) for _index, deal, row in self.closes], batch_size=500
        )
        self.result.close_events = {
            index: event.pk for (index, _deal, _row), event in zip(self.closes, events, strict=True)
        }

    def _event(self, deal: Deal, row: DealRecord) -> CloseEvent:
        return CloseEvent(
            deal=deal, outcome=row.outcome, closed_at=row.closed_at, recorded_at=self.now, recorded_by=self.actor,
            source="import", declared=row.declared, competitor=row.competitor,
        )  # fmt: skip


def _state(deal: Deal) -> tuple[Any, ...]:
    return (
        *(getattr(deal, name) for name in _COPIED),
        deal.company_id,
        deal.stage_id,
        deal.outcome,
        deal.closed_at,
    )

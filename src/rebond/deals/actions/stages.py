"""Stages and a deal's stay in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import Deal, Stage, StageChange, StageKind


def enter_stage(*, deal: Deal, stage: Stage | None, at: datetime) -> None:
    """Ends the current stay and begins the next, inside the caller's transaction; the same stage is no move."""
    if stage is None or stage.pk == deal.stage_id:
        return
    deal.stage_changes.filter(left_at=None).update(left_at=at)
    StageChange.objects.create(deal=deal, stage=stage, entered_at=at)
    deal.stage = stage
    deal.save(update_fields=["stage"])


@transaction.atomic
def move_stage(*, deal: Deal, stage: Stage, actor: User | None, now: datetime) -> None:
    """Moves an open deal to an open stage; ends are reached by closing only.

    Raises:
        Conflict: ``use_close`` when the deal is closed or the stage is an end.
    """
    if not deal.is_open or stage.kind != StageKind.OPEN:
        raise Conflict(
            _("Won and lost are reached by closing the deal. Nothing was changed. Use Close on its page."),
            code="use_close",
        )
    enter_stage(deal=deal, stage=stage, at=now)
    record(verb="deals.move_stage", subject=deal, actor=actor, at=now, stage=stage.name)


@transaction.atomic
def add_stage(*, name: str, kind: str, actor: User | None, now: datetime) -> Stage:
    """A new stage at the end of the list. ``Conflict`` ``stage_exists`` when the name is taken."""
    last = Stage.objects.aggregate(last=Max("position"))["last"]
    stage = Stage(name=_named(name), kind=StageKind(kind), position=0 if last is None else last + 1)
    _save(stage)
    record(verb="deals.add_stage", subject=stage, actor=actor, at=now, name=stage.name, kind=stage.kind)
    return stage


@transaction.atomic
def rename_stage(*, stage: Stage, name: str, actor: User | None, now: datetime) -> None:
    """Another name for the same stage; deals and history follow, because they go by its id and kind."""
    before, stage.name = stage.name, _named(name)
    _save(stage)
    record(verb="deals.rename_stage", subject=stage, actor=actor, at=now, before=before, name=stage.name)


@transaction.atomic
def order_stages(*, stages: Sequence[Stage], actor: User | None, now: datetime) -> None:
    """Puts stages in the order given; the others follow behind in theirs."""
    rest = Stage.objects.exclude(pk__in=[stage.pk for stage in stages])
    rest.update(position=F("position") + len(stages))
    for position, stage in enumerate(stages):
        stage.position = position
    Stage.objects.bulk_update(stages, ["position"])
    if stages:
        record(verb="deals.order_stages", subject=stages[0], actor=actor, at=now, order=[s.pk for s in stages])


def _named(name: str) -> str:
    cleaned = clean(name, 80)
    if not cleaned:
        raise RebondError(_("A stage needs a name. Nothing was changed."), code="name_missing")
    return cleaned


def _save(stage: Stage) -> None:
    try:
        with transaction.atomic():
            stage.save()
    except IntegrityError as error:
        raise Conflict(
            _("There is a stage of that name already. Nothing was changed. Choose another name."),
            code="stage_exists",
        ) from error

"""How a deal ends and comes back. Only ``loop/close.py`` calls these (import-linter holds it)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.actions.changes import differences, keep_changes, watched
from rebond.deals.actions.stages import enter_stage
from rebond.deals.models import CLOSED_OUTCOMES, CloseEvent, Deal, Outcome, ReopenEvent, Stage, StageKind

NO_COMPETITOR = "none"


@transaction.atomic
def close_deal(
    *,
    deal: Deal,
    outcome: str,
    closed_at: datetime,
    competitor: str = "",
    note: str = "",
    actor: User | None,
    source: str,
    in_bulk: bool = False,
    now: datetime,
) -> CloseEvent:
    """Ends a deal: one more close event; nothing that was planned is deleted.

    Args:
        outcome: one of ``CLOSED_OUTCOMES``.
        closed_at: when it was decided, aware, not after ``now``.
        competitor: a name, ``none``, or empty for not known.

    Raises:
        Conflict: ``already_closed``; somebody was faster.
        RebondError: ``unknown_outcome``, ``closed_in_future``.
    """
    locked = Deal.objects.select_for_update(of=("self",)).select_related("stage").get(pk=deal.pk)
    _check(locked, outcome, closed_at, now)
    competitor, stood = clean(competitor, 120), watched(locked)
    event = CloseEvent.objects.create(
        deal=locked, outcome=outcome, closed_at=closed_at, recorded_at=now, recorded_by=actor, source=source,
        in_bulk=in_bulk, competitor=competitor, note=clean(note, 5000),
    )  # fmt: skip
    locked.outcome, locked.closed_at, locked.updated_at = outcome, closed_at, now
    locked.competitor = competitor or locked.competitor
    locked.save(update_fields=["outcome", "closed_at", "updated_at", "competitor"])
    enter_stage(deal=locked, stage=_end_stage(outcome), at=closed_at)
    keep_changes(differences(deal=locked, before=stood, at=now, actor=actor))
    record(verb="deals.close", subject=locked, actor=actor, at=now, outcome=outcome, close_event=event.pk)
    _follow(deal, locked)
    return event


@transaction.atomic
def reopen_deal(*, deal: Deal, actor: User | None, now: datetime) -> ReopenEvent:
    """Takes the last close back; its event stays. The deal returns to the last open stage it stood in.

    Raises:
        Conflict: ``not_closed``.
    """
    locked = Deal.objects.select_for_update(of=("self",)).select_related("stage").get(pk=deal.pk)
    event = locked.close_events.order_by("-recorded_at", "-pk").first()
    if locked.is_open or event is None:
        raise Conflict(_("This deal is open already. Nothing was changed."), code="not_closed")
    reopening = ReopenEvent.objects.create(close_event=event, at=now, by=actor)
    locked.outcome, locked.closed_at, locked.updated_at = Outcome.OPEN, None, now
    locked.save(update_fields=["outcome", "closed_at", "updated_at"])
    enter_stage(deal=locked, stage=_last_open_stage(locked), at=now)
    record(verb="deals.reopen", subject=locked, actor=actor, at=now, close_event=event.pk)
    _follow(deal, locked)
    return reopening


def _check(deal: Deal, outcome: str, closed_at: datetime, now: datetime) -> None:
    if outcome not in CLOSED_OUTCOMES:
        raise RebondError(
            _("“%(outcome)s” is not a way to close a deal. Nothing was changed. Choose one of: %(choices)s.")
            % {"outcome": clean(outcome, 40), "choices": ", ".join(CLOSED_OUTCOMES)},
            code="unknown_outcome",
        )
    if not deal.is_open:
        raise Conflict(
            _("This deal is closed already. Nothing was changed. Reopen it first if that was wrong."),
            code="already_closed",
        )
    if closed_at > now:
        raise RebondError(
            _("A deal cannot close in the future. Nothing was changed. Choose today or an earlier day."),
            code="closed_in_future",
        )


def _end_stage(outcome: str) -> Stage | None:
    kind = StageKind.WON if outcome == Outcome.WON else StageKind.LOST
    return Stage.objects.filter(kind=kind).first()


def _last_open_stage(deal: Deal) -> Stage | None:
    stay = deal.stage_changes.filter(stage__kind=StageKind.OPEN).select_related("stage").order_by("-entered_at").first()
    return stay.stage if stay else Stage.objects.filter(kind=StageKind.OPEN).first()


def _follow(given: Deal, stored: Deal) -> None:
    """The caller's object shows what is stored, without reading it again."""
    for field in ("outcome", "closed_at", "updated_at", "competitor", "stage"):
        setattr(given, field, getattr(stored, field))

"""The action for next time (M6): somebody will do something by a date; then it was done, or dropped."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import clean
from rebond.deals.models import Deal
from rebond.learn.models import Action, Debrief


@transaction.atomic
def add_action(
    *, owner: User, text: str, due_on: date, debrief: Debrief | None = None, deal: Deal | None = None,
    reason_code: str = "", pattern: str = "", actor: User, now: datetime,
) -> Action:  # fmt: skip
    """What ``owner`` will do differently by ``due_on``; the one of a debrief is replaced, not doubled.

    ``reason_code`` is what it is meant to change: once it is done, the owner's noes say whether it did.
    """
    cleaned = clean(text, 300)
    if not cleaned:
        raise RebondError(_("Say in a few words what will be done. Nothing was saved."), code="text_missing")
    values = {"owner": owner, "text": cleaned, "due_on": due_on, "deal": deal, "reason_code": reason_code} | (
        {"pattern": pattern} if pattern else {}
    )
    if debrief is not None:
        action, _created = Action.objects.update_or_create(
            debrief=debrief, defaults=values, create_defaults=values | {"created_at": now}
        )
    else:
        action = Action.objects.create(**values, created_at=now)
    record(verb="learn.add_action", subject=action, actor=actor, at=now, owner=owner.pk)
    return action


@transaction.atomic
def settle_action(*, action: Action, done: bool, result: str = "", actor: User, now: datetime) -> None:
    """Done, or dropped for good, with what came of it. ``Conflict`` ``action_settled`` when it was settled before."""
    if action.done_at or action.dropped_at:
        raise Conflict(_("This action is settled already. Nothing was changed."), code="action_settled")
    action.done_at, action.dropped_at = (now, None) if done else (None, now)
    action.result = clean(result, 500) or action.result
    action.save(update_fields=["done_at", "dropped_at", "result"])
    record(verb="learn.settle_action", subject=action, actor=actor, at=now, done=done)


@transaction.atomic
def note_result(*, action: Action, result: str, actor: User, now: datetime) -> None:
    """What came of it, once it is settled; a later line replaces the earlier one."""
    action.result = clean(result, 500)
    action.save(update_fields=["result"])
    record(verb="learn.note_result", subject=action, actor=actor, at=now)


@transaction.atomic
def reopen_action(*, action: Action, actor: User, now: datetime) -> None:
    """Undoes ``settle_action``."""
    action.done_at = action.dropped_at = None
    action.save(update_fields=["done_at", "dropped_at"])
    record(verb="learn.reopen_action", subject=action, actor=actor, at=now)


@transaction.atomic
def move_action(*, action: Action, due_on: date, actor: User, now: datetime) -> None:
    """Another date for an action."""
    action.due_on = due_on
    action.save(update_fields=["due_on"])
    record(verb="learn.move_action", subject=action, actor=actor, at=now, due_on=due_on.isoformat())

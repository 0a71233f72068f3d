"""Every write of the loop's own: what a person decides about an item of their list."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.play import Play
from rebond.deals.actions import log_touch
from rebond.deals.models import Channel, Deal
from rebond.learn.access import get_action
from rebond.learn.actions import reopen_action, settle_action
from rebond.loop.models import Decision, TodayDecision
from rebond.nurture import actions as nurture_actions
from rebond.nurture.plays import DUE, enrolment_of

ACTION_KIND = "learn.action"
DEBRIEF_KIND = "learn.debrief"


@transaction.atomic
def decide(
    *, user: User, item: Play, decision: str, until: date | None = None, today: date, now: datetime
) -> TodayDecision:
    """Done, later (until a day after today), or not useful. What is done in its own room is done there too.

    Raises:
        RebondError: ``unknown_decision``, ``later_needs_day``.
        Conflict: ``debrief_later``; a debrief is put off in its own room, once.
    """
    if decision not in Decision.values:
        raise RebondError(_("We do not know this choice. The item stays on your list."), code="unknown_decision")
    if decision == Decision.LATER and (until is None or until <= today):
        raise RebondError(
            _("Later needs a day after today. The item stays on your list. Choose one."), code="later_needs_day"
        )
    kind, _colon, pk = item.key.partition(":")
    if kind == DEBRIEF_KIND and decision == Decision.LATER:
        raise Conflict(
            _("A debrief is put off once, by two working days. It stays on your list; three minutes will do."),
            code="debrief_later",
        )
    stored = TodayDecision.objects.create(
        user=user, item=item.key, decision=decision, at=now, until=until if decision == Decision.LATER else None,
        minutes=item.minutes, label=f"{item.who}: {item.verb}"[:300],
    )  # fmt: skip
    if kind == ACTION_KIND and decision != Decision.LATER:
        settle_action(action=get_action(user, int(pk)), done=decision == Decision.DONE, actor=user, now=now)
    if kind == DUE:
        _keep(user, item.key, stored, now)
    record(verb="loop.decide", subject=stored, actor=user, at=now, item=item.key, decision=decision)
    return stored


def _keep(user: User, key: str, decision: TodayDecision, now: datetime) -> None:
    """Staying in touch knows of it too: another day, not this time, or done by other means."""
    enrolment = enrolment_of(user, key)
    if decision.decision == Decision.LATER and decision.until is not None:
        nurture_actions.choose_day(enrolment=enrolment, on=decision.until, actor=user, now=now)
    elif decision.decision == Decision.NOT_USEFUL:
        nurture_actions.skip_step(enrolment=enrolment, actor=user, now=now)
    else:
        person, channel = enrolment.person, Channel.OTHER.value
        nurture_actions.log_contact(person=person, channel=channel, actor=user, now=now)


@transaction.atomic
def undo(*, decision: TodayDecision, user: User, now: datetime) -> None:
    """Takes a decision back; the item returns to its place. ``Conflict`` ``undone_before``."""
    if decision.undone_at is not None:
        raise Conflict(_("This was taken back already. Nothing was changed."), code="undone_before")
    decision.undone_at = now
    decision.save(update_fields=["undone_at"])
    kind, _colon, pk = decision.item.partition(":")
    if kind == ACTION_KIND and decision.decision != Decision.LATER:
        reopen_action(action=get_action(user, int(pk)), actor=user, now=now)
    if kind == DUE:
        today = now.astimezone(ZoneInfo(user.time_zone)).date()
        enrolment = enrolment_of(user, decision.item)
        nurture_actions.choose_day(enrolment=enrolment, on=today, actor=user, now=now)
    record(verb="loop.undo", subject=decision, actor=user, at=now, item=decision.item)


@transaction.atomic
def follow_up_done(
    *, user: User, deal: Deal, item: Play, channel: str, material: str = "", material_name: str = "", now: datetime
) -> None:
    """A quiet deal was followed up: the contact is logged, so the numbers learn, and the item is done."""
    log_touch(
        deal=deal, channel=channel, at=now, minutes=item.minutes, material=material, material_name=material_name,
        actor=user, now=now,
    )  # fmt: skip
    decide(user=user, item=item, decision=Decision.DONE, today=now.date(), now=now)

"""Every write of the loop's own: what a person decides about an item of their list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.base.play import Play
from rebond.deals.actions import log_touch, unlog_touch
from rebond.deals.models import Channel, Deal, Touch
from rebond.learn.access import get_action
from rebond.learn.actions import reopen_action, settle_action
from rebond.loop.models import Decision, Promise, TodayDecision
from rebond.loop.plays import QUIET
from rebond.loop.prices import prices_for
from rebond.loop.queries import filled, listed_for
from rebond.loop.today import INSTEAD
from rebond.nurture import actions as nurture_actions
from rebond.nurture.plays import DUE, enrolment_of

ACTION_KIND = "learn.action"
DEBRIEF_KIND = "learn.debrief"
#: Kinds whose outcome is followed by their own room.
FOLLOWED_THERE = "refer."
#: The same button pressed twice within so long is once.
TWICE = timedelta(seconds=10)


@transaction.atomic
def decide(
    *, user: User, item: Play, decision: str, until: date | None = None, today: date, now: datetime
) -> TodayDecision:
    """Done, later (until a day after today), or not useful; pressed twice it is once. What is done in its own room is
    done there too.

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
    if before := _just_decided(user, item.key, decision, now):
        return before
    stored = TodayDecision.objects.create(
        user=user, item=item.key, decision=decision, at=now, until=until if decision == Decision.LATER else None,
        minutes=item.minutes, label=f"{item.who}: {item.verb}"[:300],
    )  # fmt: skip
    if decision == Decision.DONE:
        promise(user=user, item=item, decision=stored, now=now)
    if kind == ACTION_KIND and decision != Decision.LATER:
        settle_action(action=get_action(user, int(pk)), done=decision == Decision.DONE, actor=user, now=now)
    if kind == DUE:
        _keep(user, item.key, stored, now)
    record(verb="loop.decide", subject=stored, actor=user, at=now, item=item.key, decision=decision)
    return stored


def _just_decided(user: User, key: str, decision: str, now: datetime) -> TodayDecision | None:
    """The same, said a moment ago. Whoever presses twice at once waits here for the first to be written."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    same = TodayDecision.objects.filter(user=user, item=key, decision=decision, undone_at=None)
    return same.filter(at__gt=now - TWICE, at__lte=now).order_by("-pk").first()


def promise(
    *, user: User, item: Play, decision: TodayDecision | None = None, ref: str = "", now: datetime
) -> Promise | None:  # fmt: skip
    """Keeps what an item with a price promised when it was done, to be held against what comes of it; once.

    ``None`` for what has no price, for an end (the price is that of going on), for an ask or a thank-you (their sale is
    a deal of somebody else, which the funnel on Advocates follows), and for what was written down already.
    """
    worth, kind = item.worth, item.key.partition(":")[0]
    if worth is None or kind in INSTEAD or kind.startswith(FOLLOWED_THERE) or (ref and _promised(user, item, ref)):
        return None
    return Promise.objects.create(
        user=user, team=user.team, item=item.key, kind=kind, at=now, decision=decision, ref=ref,
        deal_id=item.deal_id, person_id=item.person_id, worth_minor=worth.value_minor, lo80_minor=worth.lo80_minor,
        hi80_minor=worth.hi80_minor, gross_minor=worth.gross_minor, currency=worth.currency, minutes=item.minutes,
        explored=item.explored, leans=worth.leans,
    )  # fmt: skip


def _promised(user: User, item: Play, ref: str) -> bool:
    """Whether this very thing is written down: by its record, or by a decision on Today that does it in its room."""
    same = Q(ref=ref) | Q(user=user, item=item.key, decision__isnull=False)
    return Promise.objects.filter(same, taken_back_at=None).exists()


def before_it_is_done(key: str, user: User, now: datetime) -> Callable[[str], None] | None:
    """A practice is about to do an item in its own room: what the list promised of it is kept once it is done."""
    if prices_for(user, now=now).gain is None:
        return None
    listed = listed_for(user, now=now)
    found = listed.find(key)
    plays = filled(user, [found], listed.prices, now=now) if found is not None and found.price is not None else []
    return partial(_done_there, user, plays[0], now) if plays else None


def _done_there(user: User, item: Play, now: datetime, ref: str) -> None:
    promise(user=user, item=item, ref=ref, now=now)


def taken_back_there(ref: str, now: datetime) -> None:
    """A practice took back what it had done in its own room."""
    Promise.objects.filter(ref=ref, taken_back_at=None).update(taken_back_at=now)


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
    Promise.objects.filter(decision=decision, taken_back_at=None).update(taken_back_at=now)
    kind, _colon, pk = decision.item.partition(":")
    if kind == ACTION_KIND and decision.decision != Decision.LATER:
        reopen_action(action=get_action(user, int(pk)), actor=user, now=now)
    if kind == QUIET:
        _unlog(decision, int(pk), now)
    if kind == DUE:
        today = now.astimezone(ZoneInfo(user.time_zone)).date()
        enrolment = enrolment_of(user, decision.item)
        nurture_actions.choose_day(enrolment=enrolment, on=today, actor=user, now=now)
    record(verb="loop.undo", subject=decision, actor=user, at=now, item=decision.item)


def _unlog(decision: TodayDecision, deal: int, now: datetime) -> None:
    """The contact that was logged with the decision did not take place after all."""
    for touch in Touch.objects.filter(deal=deal, owner=decision.user_id, at=decision.at, source="typed"):
        unlog_touch(touch=touch, actor=decision.user, now=now)


@transaction.atomic
def follow_up_done(
    *, user: User, deal: Deal, item: Play, channel: str, material: str = "", material_name: str = "", now: datetime
) -> TodayDecision:
    """A quiet deal was followed up: the contact is logged, so the numbers learn, and the item is done; pressed twice it
    is once.
    """
    if before := _just_decided(user, item.key, Decision.DONE, now):
        return before
    log_touch(
        deal=deal, channel=channel, at=now, minutes=item.minutes, material=material, material_name=material_name,
        actor=user, now=now,
    )  # fmt: skip
    return decide(user=user, item=item, decision=Decision.DONE, today=now.date(), now=now)

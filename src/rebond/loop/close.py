"""The one way a deal is closed or reopened: from its page, a list, the command line, an import, later a connector.

What follows from a close, in this order, in one transaction:

1. ``deals`` writes one more close event and moves the deal to the end stage of its kind.
2. ``learn`` keeps the reason the seller gave, or "not known yet".
3. ``learn`` plans a debrief in two working days, for wins and for noes; not for duplicates and deals we turned down,
   which teach nothing about selling.
4. ``learn`` plans the question to the buyer, every time: to up to three people, from somebody who does not own the
   deal, visible for 48 hours before it goes; or writes down why nobody is asked.
5. ``nurture`` stays in touch with up to three people after a no, and ends that after a yes.
6. ``refer`` plans to ask the person who decides for an introduction, in the talk and by letter, or writes down why they
   are not asked. Where we did not fit, the ask comes first: staying in touch begins months later.
7. ``refer`` takes the introduction that led to the deal along: won, or lost.
8. ``worth`` settles who was right where the deal was kept against its advice.
9. ``celebrate`` records a win and rings the bell, as far as the people who won it let it be heard.

Nothing that was planned before is deleted: keeping in touch belongs to the person, not to the deal. A reopening takes
questions and asks back that have not left (what left may still be answered), ends staying in touch with its people,
takes the introduction back into conversation, and the win out of every feed, quietly. An import (``record_history``)
writes the same events and reasons for what ended long ago; it plans nothing and rings no bell; an introduction follows
its deal all the same, and a win that is none any more leaves every feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.celebrate.actions.wins import record_win, withdraw_reversed, withdraw_wins
from rebond.deals.actions.closing import close_deal, reopen_deal
from rebond.deals.actions.history import save_deals
from rebond.deals.models import CloseEvent, CloseSource, Deal, Outcome, ReopenEvent
from rebond.deals.records import BatchResult, DealRecord
from rebond.facts.freshness import want_fresh_facts
from rebond.learn.actions import ReasonGiven, assert_reasons, attach_history, plan_debrief
from rebond.learn.actions.invitations import plan_invitations, take_invitations_back
from rebond.learn.models import Weight
from rebond.nurture.actions import begin_after_no, reopened, won
from rebond.refer.actions.following import deal_ended, deal_reopened, deals_recorded
from rebond.refer.actions.planning import plan_asks, take_asks_back
from rebond.worth.actions import settle_by_end, settle_by_ends, unsettle

#: Ends that are not news about selling: no reason asked, no debrief planned.
WITHOUT_DEBRIEF = frozenset({Outcome.DUPLICATE, Outcome.DISQUALIFIED})
WITHOUT_REASON = frozenset({Outcome.WON, Outcome.DUPLICATE})


@transaction.atomic
def close(
    *,
    deal: Deal,
    outcome: str,
    reasons: Sequence[ReasonGiven] = (),
    competitor: str = "",
    note: str = "",
    closed_at: datetime | None = None,
    actor: User | None,
    source: str,
    in_bulk: bool = False,
    now: datetime,
) -> CloseEvent:
    """Closes ``deal`` and starts what follows: all of it or nothing, so the parts make no savepoints of their own.

    Args:
        reasons: one main reason and up to two more; ``not_known_yet`` is an answer, silence is not.
        competitor: a name, ``none``, or empty for not known; apart from the reason.
        closed_at: when it was decided; ``now`` when missing.

    Raises:
        RebondError: ``reason_missing``, ``unknown_reason``, ``unknown_outcome``, ``closed_in_future``.
        Conflict: ``already_closed``.
    """
    event = close_deal(
        deal=deal, outcome=outcome, closed_at=closed_at or now, competitor=competitor, note=note, actor=actor,
        source=source, in_bulk=in_bulk, now=now,
    )  # fmt: skip
    if not reasons and outcome not in WITHOUT_REASON:
        raise RebondError(
            _("A reason is missing. The deal is still open. Choose one, or say “not known yet”."), code="reason_missing"
        )
    if reasons:
        assert_reasons(close_event=event, reasons=reasons, actor=actor, now=now)
    else:
        want_fresh_facts(now=now)  # which stated reasons ask for themselves
    if outcome not in WITHOUT_DEBRIEF:
        plan_debrief(close_event=event, actor=actor, now=now)
    plan_invitations(close_event=event, actor=actor, now=now)
    _stay_in_touch(event, reasons, actor, now)
    plan_asks(close_event=event, actor=actor, now=now)
    deal_ended(close_event=event, actor=actor, now=now)
    settle_by_end(close_event=event, actor=actor, now=now)
    if event.outcome == Outcome.WON:
        record_win(close_event=event, actor=actor, now=now)
    return event


def _stay_in_touch(event: CloseEvent, reasons: Sequence[ReasonGiven], actor: User | None, now: datetime) -> None:
    """Everyone who said no hears from us again; whoever bought is a customer now."""
    if event.outcome == Outcome.WON:
        won(deal=event.deal, actor=actor, now=now)
        return
    codes = [given.code for given in sorted(reasons, key=lambda given: given.role != Weight.PRIMARY)]
    begin_after_no(close_event=event, reasons=codes, actor=actor, now=now)


@transaction.atomic
def close_many(
    *,
    deals: Sequence[Deal],
    outcome: str,
    reasons: Sequence[ReasonGiven],
    actor: User | None,
    now: datetime,
    **rest: Any,
) -> list[CloseEvent]:
    """Closes several deals the same way, all or none; each is flagged, since reasons given in bulk are reflexes."""
    return [
        close(
            deal=deal,
            outcome=outcome,
            reasons=reasons,
            actor=actor,
            source=CloseSource.BULK,
            in_bulk=True,
            now=now,
            **rest,
        )
        for deal in deals
    ]


@transaction.atomic
def reopen(*, deal: Deal, actor: User | None, now: datetime) -> ReopenEvent:
    """Takes the last close back. Its event, its reasons and what was answered stay.

    Its open debrief is not asked, and buyers who were not asked yet are not.
    """
    reopening = reopen_deal(deal=deal, actor=actor, now=now)
    take_invitations_back(close_event=reopening.close_event, actor=actor, now=now)
    reopened(deal=deal, actor=actor, now=now)
    take_asks_back(close_event=reopening.close_event, actor=actor, now=now)
    deal_reopened(deal=deal, actor=actor, now=now)
    unsettle(close_event=reopening.close_event, actor=actor, now=now)
    withdraw_wins(deal=deal, actor=actor, now=now)
    want_fresh_facts(now=now)
    return reopening


@transaction.atomic
def record_history(
    *, rows: Sequence[DealRecord], reasons: Mapping[int, str], source: str, actor: User | None, now: datetime
) -> BatchResult:
    """One batch of an import: deals as they are in another system, with the reasons of those that ended.

    Args:
        rows: see ``deals.actions.save_deals``.
        reasons: row index to the reason text of the file.
    """
    result = save_deals(rows=rows, source=source, actor=actor, now=now)
    said = [(event, reasons[index]) for index, event in result.close_events.items() if reasons.get(index)]
    attach_history(rows=said, actor=actor, now=now)
    settle_by_ends(close_events=list(result.close_events.values()), actor=actor, now=now)
    deals_recorded(deal_ids=result.ids.values(), actor=actor, now=now)
    withdraw_reversed(deal_ids=[*result.ids.values()], actor=actor, now=now)
    want_fresh_facts(now=now)
    return result

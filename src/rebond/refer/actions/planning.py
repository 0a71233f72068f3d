"""Asks that plan themselves: at every no, two moments; looked at again every hour; taken back when it is opened again.

Which ends count: the three noes (lost, no decision, they do it themselves). Not a sale, not a duplicate, not a deal we
turned down, not an unknown end: the specification speaks of a lost deal, and these are what a debrief and staying in
touch follow, too. Whoever bought is asked by hand (``asking.new_ask``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from rebond.accounts.audit import record, record_many
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.deals.models import NOES, CloseEvent
from rebond.mail.actions import cancel_message
from rebond.refer.eligibility import PASSING, why_not
from rebond.refer.models import AskExclusion, AskMoment, AskStatus, ReferralAsk
from rebond.refer.queries.standing import Looked, decision_contact, look, window_of

#: Rows looked at in one go of the hourly round.
BATCH = 500
#: In this order: who is asked in the talk gets no letter on top of it.
MOMENTS = (AskMoment.TALK, AskMoment.WRITTEN)


@transaction.atomic(savepoint=False)
def plan_asks(*, close_event: CloseEvent, actor: User | None, now: datetime) -> list[ReferralAsk]:
    """After a no, two asks of the person who decides: in the talk that ends it, and by letter after the debrief.

    Whoever may not be asked is written down with why. Several deals closed at once (``in_bulk``) have no talk that
    ends them, so only the letter is planned. Once per close, however often it is called.
    """
    if close_event.outcome not in NOES:
        return []
    if before := list(close_event.referral_asks.order_by("pk")):
        return before
    moments = MOMENTS[1:] if close_event.in_bulk else MOMENTS
    made = _made(close_event, moments, now)
    looked = look(made, now)
    for place, ask in enumerate(made):
        _date(ask, looked[place])
        _look_again(ask, looked[place], now)
    ReferralAsk.objects.bulk_create(made)
    stored = list(close_event.referral_asks.order_by("pk"))
    record_many(
        verb="refer.plan_ask", actor=actor, at=now,
        subjects=[(ask, {"moment": ask.moment, "status": ask.status, "because": ask.because}) for ask in stored],
    )  # fmt: skip
    return stored


def _made(event: CloseEvent, moments: Sequence[AskMoment], now: datetime) -> list[ReferralAsk]:
    deal = event.deal
    person, owner = decision_contact(deal), deal.owner
    return [
        ReferralAsk(
            close_event=event, deal=deal, person=person, owner=owner, team=owner.team if owner else deal.team,
            moment=moment, planned_at=now, language=(person.language if person else "")[:5],
        )
        for moment in (moments if person else moments[-1:])
    ]  # fmt: skip


def _date(ask: ReferralAsk, looked: Looked) -> bool:
    """Sets the window of a planned ask; whether it changed."""
    first, last = window_of(ask, looked.about)
    changed = (ask.due_on, ask.until_on) != (first, last)
    ask.due_on, ask.until_on = first, last
    return changed


def _look_again(ask: ReferralAsk, looked: Looked, now: datetime) -> bool:
    """Gives an ask up where a rule that does not pass holds it back, or its time is over; plans one again whose meeting
    was logged after the close. Whether anything changed."""
    today, before = local_day(now), (ask.status, ask.because)
    why = why_not(looked.known, written=ask.moment == AskMoment.WRITTEN, today=today)
    if (not why or why in PASSING) and ask.until_on is not None and ask.until_on < today:
        why = AskExclusion.TOO_LATE.value
    if not why or why in PASSING:
        ask.status, ask.because = AskStatus.PLANNED, ""
    else:
        ask.status = AskStatus.CANCELLED if why == AskExclusion.REOPENED else AskStatus.EXCLUDED
        ask.because = AskExclusion(why)
    return before != (ask.status, ask.because)


# ---- every hour


def look_again(*, now: datetime) -> int:
    """Every planned ask: its window follows the debrief and the thank-you, and whoever may no longer be asked is taken
    out, with why; how many changed. Whoever was left out because nobody had met them is asked after all where the
    meeting is logged while its time lasts.

    What is shown is looked at again when it is shown, and what is sent inside the mail's claim; this only keeps the
    counts beside the navigation true. Two at once are harmless.
    """
    not_met = Q(status=AskStatus.EXCLUDED, because=AskExclusion.NOT_MET, until_on__gte=local_day(now))
    open_ones = Q(status=AskStatus.PLANNED, message_key="") | not_met
    waiting = ReferralAsk.objects.filter(open_ones).exclude(close_event=None)
    changed, last = 0, 0
    while batch := list(_batch(waiting.filter(pk__gt=last))):
        last = batch[-1].pk
        changed += _round(batch, now)
    return changed


def _batch(asks: QuerySet[ReferralAsk]) -> QuerySet[ReferralAsk]:
    return asks.select_related("person", "close_event").order_by("pk")[:BATCH]


@transaction.atomic
def _round(batch: Sequence[ReferralAsk], now: datetime) -> int:
    looked, done = look(batch, now), 0
    for place, ask in enumerate(batch):
        before = ask.status
        dated = ask.moment == AskMoment.WRITTEN and _date(ask, looked[place])
        if _look_again(ask, looked[place], now) or dated:
            done += _keep(ask, before, now)
    return done


def _keep(ask: ReferralAsk, before: str, now: datetime) -> int:
    """Writes one down, if nobody touched it in the meantime; how many that is."""
    still = ReferralAsk.objects.filter(pk=ask.pk, status=before, message_key="")
    kept = still.update(status=ask.status, because=ask.because, due_on=ask.due_on, until_on=ask.until_on)
    if kept and ask.status != before:
        record(verb="refer.look_at_ask", subject=ask, actor=None, at=now, status=ask.status, because=ask.because)
    return kept


# ---- the deal is open again


@transaction.atomic
def take_asks_back(*, close_event: CloseEvent, actor: User | None, now: datetime) -> int:
    """The deal is open again: what nobody has asked yet is not asked, and letters that have not left do not; how many.

    What was asked stays asked.
    """
    planned = ReferralAsk.objects.select_for_update(of=("self",)).filter(
        close_event=close_event, status=AskStatus.PLANNED
    )
    taken = 0
    for ask in planned.order_by("pk"):
        if ask.message_key and not cancel_message(key=ask.message_key, reason="reopened", actor=actor, now=now):
            continue  # it is just leaving: the outbox says what became of it
        ask.status, ask.because, ask.message_key = AskStatus.CANCELLED, AskExclusion.REOPENED, ""
        ask.save(update_fields=["status", "because", "message_key"])
        record(verb="refer.take_ask_back", subject=ask, actor=actor, at=now, because="reopened")
        taken += 1
    return taken

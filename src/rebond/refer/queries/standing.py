"""What the rules of asking look at, for many people at once: a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.db.models.functions import Lower

from rebond.base.dates import local_day
from rebond.deals.models import Channel, Deal, DealPerson, Outcome, Person, ReopenEvent, Touch
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed
from rebond.refer import known as rooms
from rebond.refer.eligibility import A_YEAR, AFTER_DECLINED, Known, letter_window, window
from rebond.refer.known import NOTHING, About
from rebond.refer.models import AskMoment, AskStatus, Move, ReferralAsk, State

#: Results of a meeting that say it did not take place.
NOT_HELD = ("no_show", "no_answer", "bounced")


@dataclass(frozen=True)
class Looked:
    """One ask with what the rules look at, and what is known of the no."""

    known: Known
    about: About


def look(asks: Sequence[ReferralAsk], now: datetime) -> dict[int, Looked]:
    """By the place of each ask in ``asks`` (they need not be stored yet); persons are loaded by the caller."""
    people = {ask.person.pk: ask.person for ask in asks if ask.person is not None}
    events = [ask.close_event_id for ask in asks if ask.close_event_id]
    about = rooms.about({ask.close_event_id: ask.person_id for ask in asks if ask.close_event_id})
    silent = suppressed(sorted({person.email for person in people.values() if person.email}), Scope.REFERRAL)
    met, asked = _met(asks), _asked(people.values(), now)
    declined, pleading = _declined(people, now), rooms.pleading(people) if people else frozenset()
    reopened = set(ReopenEvent.objects.filter(close_event__in=events).values_list("close_event", flat=True))
    found = {}
    for place, ask in enumerate(asks):
        of_no = about.get(ask.close_event_id or 0, NOTHING)
        found[place] = Looked(_known(ask, of_no, silent, met, asked, declined, pleading, reopened), of_no)
    return found


def look_at(ask: ReferralAsk, now: datetime) -> Looked:
    """The same of one ask."""
    return look([ask], now)[0]


def _known(
    ask: ReferralAsk, about: About, silent: set[str], met: set[tuple[str, int]],
    asked: Mapping[int, list[ReferralAsk]], declined: Mapping[int, date], pleading: frozenset[int], reopened: set[int],
) -> Known:  # fmt: skip
    person = ask.person
    if person is None:
        return Known(nobody=True)
    others = [one for one in asked.get(person.pk, []) if one.pk != ask.pk]
    talked = ask.close_event_id is not None and any(
        one.close_event_id == ask.close_event_id and one.moment == AskMoment.TALK for one in others
    )
    return Known(
        suppressed=person.email in silent,
        met=("person", person.pk) in met or ("deal", ask.deal_id or 0) in met,
        complaint=about.complaint, hostile=about.hostile, asked_in_talk=talked,
        asked_on=tuple(local_day(one.asked_at or one.planned_at) for one in others),
        declined_on=declined.get(person.pk), reopened=(ask.close_event_id or 0) in reopened,
        pleading=person.pk in pleading, letter_from=letter_from(ask, about),
    )  # fmt: skip


def closed_on(ask: ReferralAsk) -> date:
    """The local day of the no; of an ask by hand, the day it was made."""
    event = ask.close_event
    return local_day((event.closed_at or event.recorded_at) if event else ask.planned_at)


def window_of(ask: ReferralAsk, about: About) -> tuple[date, date]:
    """First and last day of a planned ask. A letter about a no that was recorded late is not late."""
    closed = closed_on(ask)
    if ask.moment != AskMoment.TALK:
        closed = max(closed, local_day(ask.planned_at))
    return window(ask.moment, closed, about.debriefed_on, about.thanked_on)


def letter_from(ask: ReferralAsk, about: About) -> date | None:
    """The first day on which a letter may ask; ``None`` where there was no no."""
    if ask.close_event_id is None:
        return None
    closed = max(closed_on(ask), local_day(ask.planned_at))
    return letter_window(closed, about.debriefed_on, about.thanked_on)[0]


def _met(asks: Iterable[ReferralAsk]) -> set[tuple[str, int]]:
    """Whom somebody met, and deals in which somebody was met without saying whom; three queries.

    Whoever bought is known to us, met or not.
    """
    people = {ask.person_id for ask in asks if ask.person_id}
    deals = {ask.deal_id for ask in asks if ask.deal_id}
    parts = DealPerson.objects.filter(person__in=people)
    seen = parts.filter(Q(met_at__isnull=False) | Q(deal__outcome=Outcome.WON)).values_list("person", flat=True)
    held = Touch.objects.filter(channel=Channel.MEETING).exclude(result__in=NOT_HELD)
    with_them = held.filter(person__in=people).values_list("person", flat=True)
    on_deal = held.filter(deal__in=deals, person=None).values_list("deal", flat=True)
    met = {("person", pk) for pk in (*seen.order_by(), *with_them.order_by()) if pk is not None}
    return met | {("deal", pk) for pk in on_deal.order_by() if pk is not None}


def _asked(people: Iterable[Person], now: datetime) -> dict[int, list[ReferralAsk]]:
    """Per person the asks of the last year, those whose letter is just leaving among them; one query.

    Two records with one address are one person.
    """
    by_address: dict[str, list[int]] = defaultdict(list)
    ids = set()
    for person in people:
        ids.add(person.pk)
        if person.email:
            by_address[person.email.lower()].append(person.pk)
    lately = Q(asked_at__gt=now - A_YEAR) | (Q(status=AskStatus.PLANNED) & ~Q(message_key=""))
    theirs = Q(person__in=ids) | Q(address__in=list(by_address))
    asks = ReferralAsk.objects.alias(address=Lower("person__email")).filter(lately, theirs)
    found: dict[int, list[ReferralAsk]] = defaultdict(list)
    for ask in asks.select_related("person").order_by("pk"):
        if ask.person is not None:
            same = by_address.get(ask.person.email.lower(), []) if ask.person.email else []
            for pk in {ask.person.pk, *same}:
                found[pk].append(ask)
    return found


def _declined(people: Iterable[int], now: datetime) -> dict[int, date]:
    """Per person the day they last declined, within a year; one query. What an erasure or fraud voided counts too."""
    moves = Move.objects.filter(to_state=State.DECLINED, at__gt=now - AFTER_DECLINED)
    rows = moves.filter(referral__advocate__person__in=list(people)).order_by("at", "pk")
    return {person: local_day(at) for person, at in rows.values_list("referral__advocate__person", "at") if person}


def decision_contact(deal: Deal) -> Person | None:
    """Whom to ask about a deal: who decides, else the nearest to it."""
    from rebond.deals.queries import contacts_of

    part = contacts_of([deal]).get(deal.pk)
    return part.person if part else None

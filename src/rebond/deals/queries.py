"""Reads for pages, commands and other rooms. Who may see a deal is one column: its team."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import parse_day, show_day
from rebond.base.money import show, to_minor
from rebond.base.prepared import OneRecord, Slot
from rebond.deals.models import (
    ANSWERS,
    CloseEvent,
    Company,
    Deal,
    DealPerson,
    DealRole,
    Direction,
    Outcome,
    Person,
    ReopenEvent,
    StageChange,
    Touch,
)

#: Parts in a decision, from the person to speak to first.
NEAREST_FIRST = (
    DealRole.DECISION_MAKER, DealRole.BUDGET_HOLDER, DealRole.SPONSOR, DealRole.INFLUENCER, DealRole.USER,
    DealRole.PROCUREMENT, DealRole.UNKNOWN, DealRole.OPPONENT,
)  # fmt: skip

#: Segments offered as a filter; a company with more finds its own in the list of deals.
SEGMENTS = 40


def deals_for(user: User | None) -> QuerySet[Deal]:
    """The deals ``user`` may open: an admin all, others their team's, without a team their own.

    ``None`` is the program itself (the command line of the machine's owner) and sees all.
    """
    return Deal.objects.filter(**_whose(user))


def deal_for(user: User | None, pk: int) -> Deal | None:
    """One of them, without what belongs to it: a sixth of the time, for every form that is about a deal."""
    whose = _whose(user)
    return _deal_by(*whose).get(pk=pk, **whose)


def _whose(user: User | None) -> dict[str, int]:
    if user is None or user.is_admin:
        return {}
    return {"team": user.team_id} if user.team_id else {"owner": user.pk}


@cache
def _deal_by(*names: str) -> OneRecord[Deal]:
    return OneRecord(lambda: Deal.objects.filter(pk=Slot("pk"), **{name: Slot(name) for name in names}))


def segments_for(user: User | None, chosen: str = "") -> list[str]:
    """Segments of the deals ``user`` may open, to filter by, and the one that is ``chosen``."""
    found = deals_for(user).exclude(segment="").order_by("segment").values_list("segment", flat=True).distinct()
    named = list(found[:SEGMENTS])
    return named if not chosen or chosen in named else [chosen, *named]


def companies_for(user: User | None) -> QuerySet[Company]:
    """Companies with a deal ``user`` may open, and those without any deal."""
    if user is None or user.is_admin:
        return Company.objects.all()
    mine = deals_for(user).filter(company=OuterRef("pk"))
    return Company.objects.filter(Exists(mine) | ~Exists(Deal.objects.filter(company=OuterRef("pk"))))


def count_deals(user: User | None, companies: Sequence[Company]) -> dict[int, tuple[int, int]]:
    """Per company id: how many of its deals are open, and how many there are, of those ``user`` may open."""
    open_ones = Count("pk", filter=Q(outcome=Outcome.OPEN))
    found = deals_for(user).filter(company__in=companies).values("company").annotate(open=open_ones, all=Count("pk"))
    return {row["company"]: (row["open"], row["all"]) for row in found}


def people_for(user: User | None) -> QuerySet[Person]:
    """People in a deal ``user`` may open or at such a company, and those that belong to no deal at all."""
    if user is None or user.is_admin:
        return Person.objects.all()
    mine = deals_for(user)
    in_mine = Exists(DealPerson.objects.filter(person=OuterRef("pk"), deal__in=mine))
    at_mine = Exists(mine.filter(company=OuterRef("company")))
    in_any = Exists(DealPerson.objects.filter(person=OuterRef("pk")))
    at_any = Exists(Deal.objects.filter(company=OuterRef("company")))
    return Person.objects.filter(in_mine | at_mine | (~in_any & ~at_any))


def contacts_of(deals: Sequence[Deal]) -> dict[int, DealPerson]:
    """Per deal id the person to speak to first: who decides, else who holds the budget, and so on; one query."""
    parts = DealPerson.objects.filter(deal__in=deals).select_related("person").order_by("pk")
    nearest = sorted(parts, key=lambda part: NEAREST_FIRST.index(part.role), reverse=True)
    return {part.deal_id: part for part in nearest}


def last_touches(deals: Sequence[Deal]) -> dict[int, Touch]:
    """Per deal id its latest contact, with the person; deals without any are left out; one query."""
    latest = Touch.objects.filter(deal__in=deals, at=F("deal__last_touch_at")).select_related("person").order_by("pk")
    return {touch.deal_id: touch for touch in latest if touch.deal_id}


def outgoing_and_silent(deals: QuerySet[Deal] | Collection[Deal] | Collection[int]) -> dict[int, tuple[int, int]]:
    """Per deal id: how many contacts of ours it has, and how many of the last ones stayed without an answer.

    An answer is a contact from them, or one of ours that reached somebody (``ANSWERS``), at the same moment or later;
    so ``numbers.next_touch`` counts, too. Deals without a contact of ours are left out. One query, from an index alone.
    """
    since = Touch.objects.filter(deal=OuterRef("deal"), at__gte=OuterRef("at"))
    answered = Exists(since.filter(direction=Direction.IN)) | Exists(
        since.filter(direction=Direction.OUT, result__in=ANSWERS)
    )
    ours = Touch.objects.filter(deal__in=deals, direction=Direction.OUT).order_by()
    counted = ours.values("deal").annotate(n=Count("pk"), silent=Count("pk", filter=~answered))
    return {deal: (n, silent) for deal, n, silent in counted.values_list("deal", "n", "silent")}


def find_deal(key: str) -> Deal | None:
    """A deal by our id, else by the id another system gave it."""
    by_id = Deal.objects.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    return by_id or Deal.objects.filter(external_id=key).order_by("pk").first()


@dataclass(frozen=True)
class Moment:
    """One line of a deal's timeline: ``kind`` says which of the records ``record`` is."""

    at: datetime
    kind: str
    record: Touch | StageChange | CloseEvent | ReopenEvent
    lasted: timedelta | None = None


def closes_of(deal: Deal) -> list[CloseEvent]:
    """Every end of a deal, newest first, with who recorded it and its reopening."""
    events = deal.close_events.select_related("recorded_by", "reopening", "reopening__by")
    return list(events.order_by("-recorded_at", "-pk"))


def timeline(deal: Deal, *, closes: Sequence[CloseEvent], now: datetime, limit: int = 50) -> list[Moment]:
    """What happened with a deal, newest first: touches, stages with how long they lasted, closes, reopenings."""
    touches = deal.touches.select_related("person", "owner").order_by("-at", "-pk")[:limit]
    changes = deal.stage_changes.select_related("stage").order_by("-entered_at", "-pk")[:limit]
    moments = [Moment(touch.at, "touch", touch) for touch in touches]
    moments += [Moment(c.entered_at, "stage", c, (c.left_at or now) - c.entered_at) for c in changes]
    moments += [Moment(event.closed_at or event.recorded_at, "close", event) for event in closes]
    moments += [Moment(e.reopening.at, "reopen", e.reopening) for e in closes if hasattr(e, "reopening")]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:limit]


@dataclass(frozen=True)
class Changed:
    """One change of a watched field, as its reader reads it; an empty text means that nothing stood there."""

    field: str
    before: str
    after: str
    at: datetime
    stage: str


def changes_of(deal: Deal, *fields: str) -> list[Changed]:
    """What became of these watched fields of the deal, oldest first; one query."""
    changes = deal.field_changes.filter(field__in=fields).select_related("stage").order_by("at", "pk")
    return [
        Changed(
            field=change.field,
            before=shown_value(change.field, change.before),
            after=shown_value(change.field, change.after),
            at=change.at,
            stage=change.stage.name if change.stage else "",
        )
        for change in changes
    ]


def shown_value(field: str, kept: str) -> str:
    """A value as ``deals.actions.changes`` keeps it, in the language in force.

    >>> shown_value("amount_minor", "18000.00 EUR"), shown_value("competitor", "none"), shown_value("problem", "")
    ('€18,000', 'nobody else', '')
    """
    if field == "amount_minor" and kept:
        amount, _space, currency = kept.partition(" ")
        return show(to_minor(Decimal(amount), currency), currency, get_language() or "en")
    if field == "expected_close":
        return show_day(parse_day(kept))
    return _("nobody else") if field == "competitor" and kept == "none" else kept

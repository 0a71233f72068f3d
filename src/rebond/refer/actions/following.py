"""What a referred deal does to its referral: linked, ended, opened again, paid for, refunded.

A referral is brought to where its deal stands, whatever was told how often and in which order: an end that is told a
hundred times moves it once. Locks are taken in one order, the deal before its referral, as closing does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, RebondError
from rebond.base.money import CURRENCIES
from rebond.deals.actions import create_deal, create_person, find_or_add_company, set_part
from rebond.deals.models import CloseEvent, Deal, DealRole, Outcome, Person
from rebond.refer import guards
from rebond.refer.actions.moving import move
from rebond.refer.duplicates import people_like
from rebond.refer.models import Referral, RiskFlag, State
from rebond.refer.states import WITH_DEAL

#: Where a deal comes from, as the record says it in every language, so that figures by source stay one.
LEAD_SOURCE = "Referral"
#: States that a deal's end decides about; what was paid or forfeited stays.
DECIDED_BY_DEAL = frozenset({State.QUALIFIED, State.WON, State.LOST, State.REWARD_DUE})
#: The flag on a referral whose deal was opened again after its reward was given.
REOPENED_AFTER = "reopened_after_payment"


@transaction.atomic(savepoint=False)
def deal_ended(*, close_event: CloseEvent, actor: User | None, now: datetime) -> Referral | None:
    """A deal ended: its referral is won or lost, once, however often this is told. ``None``: nobody introduced it."""
    return _follow_deal(close_event.deal_id, actor, now)


@transaction.atomic
def deals_recorded(*, deal_ids: Iterable[int], actor: User | None, now: datetime) -> int:
    """An import wrote these deals, ended or opened again: their referrals follow; how many. One query if none."""
    referred = Referral.objects.filter(deal__in=list(deal_ids), state__in=WITH_DEAL)
    found = list(referred.order_by("deal").values_list("deal", flat=True))
    for deal in found:
        _follow_deal(deal, actor, now)
    return len(found)


@transaction.atomic
def deal_reopened(*, deal: Deal, actor: User | None, now: datetime) -> Referral | None:
    """A deal is open again: its referral is in conversation again, an accrual is reversed; what was given stays."""
    return _follow_deal(deal.pk, actor, now)


def _follow_deal(deal_id: int, actor: User | None, now: datetime) -> Referral | None:
    theirs = Referral.objects.select_for_update(of=("self",), no_key=True).filter(deal=deal_id, state__in=WITH_DEAL)
    referral = theirs.order_by("pk").first()
    if referral is None:
        return None
    deal = Deal.objects.get(pk=deal_id)
    if referral.state in DECIDED_BY_DEAL:
        _bring_to(referral, deal, actor, now)
    elif referral.state == State.PAID and deal.outcome != Outcome.WON:
        _doubt(referral, actor, now)
    return referral


def _bring_to(referral: Referral, deal: Deal, actor: User | None, now: datetime) -> None:
    """To where the deal stands. An end of its own is a move of its own: lost, opened again, lost again are three."""
    referral.deal = deal
    if guards.end_stands(referral):
        return
    event = deal.close_events.order_by("-recorded_at", "-pk").first()
    wanted = _wanted(deal.outcome)
    evidence = guards.evidence_of(event) if event else f"deals.deal:{deal.pk}"
    if referral.state != State.QUALIFIED:
        _back_to_talks(referral, evidence, actor, now)
    if wanted != State.QUALIFIED:
        move(referral=referral, to=wanted, actor=actor, now=now, reason=deal.outcome, evidence=evidence)
    if wanted == State.WON:
        _accrue(referral, actor, now)


def _wanted(outcome: str) -> State:
    if outcome in guards.UNDECIDED:
        return State.QUALIFIED
    return State.WON if outcome == Outcome.WON else State.LOST


def _back_to_talks(referral: Referral, evidence: str, actor: User | None, now: datetime) -> None:
    """What was paid or refunded belongs to the sale that is no more; the audit log keeps the days."""
    if referral.state == State.REWARD_DUE:
        _take_back(referral, "reopened", actor, now)
    move(
        referral=referral, to=State.QUALIFIED, actor=actor, now=now, reason="reopened", evidence=evidence,
        payment_on=None, refunded_on=None,
    )  # fmt: skip


def _accrue(referral: Referral, actor: User | None, now: datetime) -> None:
    """Makes the reward due where nothing has to be waited for; else the job does, when the day has come."""
    from rebond.refer.actions.rewards import accrue  # it moves referrals itself

    accrue(referral=referral, actor=actor, now=now)
    referral.refresh_from_db()


def _take_back(referral: Referral, because: str, actor: User | None, now: datetime) -> str:
    from rebond.refer.actions.rewards import take_back  # it moves referrals itself

    done = take_back(referral=referral, because=because, actor=actor, now=now)
    referral.refresh_from_db()
    return done


def _doubt(referral: Referral, actor: User | None, now: datetime) -> None:
    """The reward was given and the deal is open again: somebody who leads looks at it; nothing happens by itself."""
    flag, is_new = RiskFlag.objects.get_or_create(referral=referral, code=REOPENED_AFTER, defaults={"raised_at": now})
    if is_new:
        record(verb="refer.raise_flag", subject=flag, actor=actor, at=now, code=REOPENED_AFTER)


@transaction.atomic
def note_payment(*, referral: Referral, day: date, actor: User | None, now: datetime) -> Referral:
    """The day of the first payment received, from which the holding period runs; corrected until the reward is due.

    Raises:
        RebondError: ``day_in_future``, ``day_too_early``.
        Conflict: ``not_won``.
    """
    mine = _locked(
        referral,
        day,
        now,
        (State.WON,),
        _("The deal is not won, or the reward is settled already. Nothing was changed."),
    )
    if mine.payment_on != day:
        mine.payment_on = day
        mine.save(update_fields=["payment_on"])
        record(verb="refer.note_payment", subject=mine, actor=actor, at=now, day=day.isoformat())
    _accrue(mine, actor, now)
    referral.refresh_from_db()
    return referral


@transaction.atomic
def note_refund(*, referral: Referral, day: date, actor: User | None, now: datetime) -> Referral:
    """The day the deal was cancelled or refunded. Noted twice it is noted once.

    ``won``: no reward becomes due. ``reward_due``: it is reversed, the referral ends as ``forfeited``. ``paid``: taken
    back if the day is inside the window of the programme; after it the referral stays as it is.

    Raises:
        RebondError: ``day_in_future``, ``day_too_early``.
        Conflict: ``not_won``.
    """
    able = (State.WON, State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK)
    mine = _locked(referral, day, now, able, _("The deal is not won. Nothing was changed."))
    if mine.refunded_on is None and mine.state not in (State.FORFEITED, State.CLAWED_BACK):
        mine.refunded_on = day
        mine.save(update_fields=["refunded_on"])
        record(verb="refer.note_refund", subject=mine, actor=actor, at=now, day=day.isoformat())
        if mine.state != State.WON and _take_back(mine, "refunded", actor, now) == "reversed":
            move(referral=mine, to=State.FORFEITED, actor=actor, now=now, reason="refunded")
    referral.refresh_from_db()
    return referral


def _locked(referral: Referral, day: date, now: datetime, able: tuple[State, ...], said: str) -> Referral:
    if day > local_day(now):
        raise RebondError(
            _("This day is still to come. Nothing was changed. Choose today or an earlier one."), code="day_in_future"
        )
    mine = Referral.objects.select_for_update(of=("self",), no_key=True).select_related("deal").get(pk=referral.pk)
    if mine.state not in able:
        raise Conflict(said, code="not_won", state=mine.state)
    if day < _earliest(mine):
        raise RebondError(
            _("This day lies before the deal was opened. Nothing was changed. Look at the year you typed."),
            code="day_too_early",
        )
    return mine


def _earliest(referral: Referral) -> date:
    """Nobody pays for a deal, or gets money back for it, before it was there: a slip in the year would end the days of
    waiting at once."""
    deal = referral.deal
    days = [local_day(at) for at in (referral.created_at, deal.opened_at if deal else None) if at is not None]
    return min(days)


@transaction.atomic
def link_deal(*, referral: Referral, deal: Deal, actor: User | None, now: datetime) -> Referral:
    """The deal it led to: ``qualified``; and on to won or lost where the deal has ended already.

    Raises:
        Conflict: ``deal_taken``, ``has_deal``, ``illegal_move``.
    """
    locked = Deal.objects.select_for_update(of=("self",), no_key=True).get(pk=deal.pk)
    _in_time(Referral.objects.get(pk=referral.pk))
    person = referral.person or _person_in(locked, referral)
    move(
        referral=referral, to=State.QUALIFIED, actor=actor, now=now, evidence=f"deals.deal:{deal.pk}", deal=locked,
        company=locked.company, person=person,
    )  # fmt: skip
    _follow_deal(locked.pk, actor, now)
    referral.refresh_from_db()
    return referral


def _in_time(referral: Referral) -> None:
    """Once it has a deal, it comes back into conversation with that one alone."""
    guards.check_legal(referral, State.QUALIFIED)
    if referral.deal_id is not None:
        raise Conflict(
            _("This introduction has a deal already. Nothing was changed. It is won or lost with that one."),
            code="has_deal",
        )


def _person_in(deal: Deal, referral: Referral) -> Person | None:
    """The referred person among those of the deal."""
    like = people_like(email=referral.email, name=referral.name, company_name=referral.company_name)
    return like.filter(deal_people__deal=deal).order_by("pk").first()


@transaction.atomic
def open_deal(
    *, referral: Referral, name: str = "", amount_minor: int | None = None, currency: str = "", actor: User | None,
    now: datetime,
) -> Referral:  # fmt: skip
    """A new deal with the referred person and their company, of the one who takes care of the referral: ``qualified``.

    Args:
        name: of the deal; empty: the company's, or the person's.
        currency: ISO 4217; empty: the company's own.

    Raises:
        Conflict: ``has_deal``, ``illegal_move``.
        RebondError: ``unknown_currency``, ``owner_missing``.
    """
    mine = Referral.objects.select_for_update(of=("self",), no_key=True).select_related("owner", "person__company").get(
        pk=referral.pk
    )  # fmt: skip
    _in_time(mine)
    owner = mine.owner or actor
    if owner is None:
        raise RebondError(
            _("Nobody takes care of this introduction. Nothing was changed. Say who with --as."), code="owner_missing"
        )
    money = _money(amount_minor, currency)
    person = person_of(referral=mine, actor=actor, now=now)
    named = name or mine.company_name or mine.name
    deal = create_deal(
        name=named, owner=owner, company=person.company, lead_source=LEAD_SOURCE, actor=actor, now=now, **money
    )
    set_part(deal=deal, person=person, role=DealRole.UNKNOWN, actor=actor, now=now)
    move(
        referral=referral, to=State.QUALIFIED, actor=actor, now=now, evidence=f"deals.deal:{deal.pk}", deal=deal,
        company=person.company, person=person,
    )  # fmt: skip
    return referral


def _money(amount_minor: int | None, currency: str) -> dict[str, Any]:
    code = (currency or settings.CONFIG.currency).upper()
    if code not in CURRENCIES:
        raise RebondError(
            _("“%(code)s” is not a currency we know. Nothing was changed. Write EUR, USD, CHF ...")
            % {"code": code[:12]},
            code="unknown_currency",
        )
    return {} if amount_minor is None else {"amount_minor": amount_minor, "currency": code}


@transaction.atomic
def person_of(*, referral: Referral, actor: User | None, now: datetime) -> Person:
    """The record of the referred person: the one there is, by address or by name at that company; else a new one."""
    like = people_like(
        email=referral.email, name=referral.name, company_name=referral.company_name, known=referral.person_id
    )
    found = like.select_related("company").order_by("pk").first()
    if found is None:
        company = find_or_add_company(name=referral.company_name, actor=actor, now=now)
        found = create_person(
            name=referral.name or referral.company_name, email=referral.email, phone=referral.phone, company=company,
            actor=actor, now=now,
        )  # fmt: skip
    if referral.person_id != found.pk:
        referral.person = found
        Referral.objects.filter(pk=referral.pk).update(person=found)
    return found

"""What a reward waits for: before it is due, and before it is handed out. One place, for guards and screens.

For many referrals at once the number of queries stays the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import local_day, moments_of, show_day
from rebond.deals.models import NOES, DealPerson, Outcome
from rebond.refer import gift
from rebond.refer.amounts import earned
from rebond.refer.models import (
    Approval,
    HoldFrom,
    Payout,
    PayoutStatus,
    Programme,
    Referral,
    Reward,
    RewardRule,
    RewardStatus,
    RiskFlag,
)
from rebond.refer.payee import LABELS, missing, opened
from rebond.refer.queries.programme import budget

#: Rewards that count for one person's year: what was taken back or forfeited is room again.
COUNTED = (RewardStatus.DUE, RewardStatus.PAID)


@dataclass(frozen=True)
class Wait:
    """One thing that is missing.

    Attributes:
        code: ``payment``, ``hold``, ``flag``, ``amount``, ``no_programme``, ``refunded``, ``approval``, ``payee``,
            ``year_paid``, or one of ``refer.gift``.
        words: the same for a reader; ``day``: when it passes by itself.
    """

    code: str
    words: str
    day: date | None = None


@dataclass
class Known:
    """What is known about a set of referrals: their advocates' own deals, open flags, what their programmes offer."""

    own_open: set[int] = field(default_factory=set)
    own_lost: dict[int, date] = field(default_factory=dict)
    flags: dict[int, int] = field(default_factory=dict)
    rules: dict[int, list[RewardRule]] = field(default_factory=lambda: defaultdict(list))


def known_about(referrals: Iterable[Referral]) -> Known:
    """Three queries, however many referrals; each must come with its advocate, deal, programme and rule."""
    found, known = list(referrals), Known()
    people = {one.advocate.person_id for one in found if one.advocate.person_id}
    own = DealPerson.objects.filter(person__in=people).order_by("pk")
    for person, outcome, closed_at in own.values_list("person_id", "deal__outcome", "deal__closed_at"):
        if outcome == Outcome.OPEN:
            known.own_open.add(person)
        elif outcome in NOES and closed_at is not None:
            known.own_lost[person] = max(local_day(closed_at), known.own_lost.get(person, date.min))
    raised = RiskFlag.objects.filter(referral__in=[one.pk for one in found], verdict="").order_by()
    known.flags = dict(raised.values_list("referral").annotate(count=Count("pk")))
    for rule in RewardRule.objects.filter(programme__in={one.programme_id for one in found if one.programme_id}):
        known.rules[rule.programme_id].append(rule)
    return known


def rule_for(referral: Referral, known: Known) -> RewardRule | None:
    """The reward it brings: the one pinned to it, else the first of its version that is of the kind they chose."""
    if referral.advocate.wants == gift.NONE:
        return None
    if referral.rule is not None:
        return referral.rule
    of_version = known.rules.get(referral.programme_id or 0, [])
    return next((rule for rule in of_version if rule.kind == referral.advocate.wants), None)


def case_of(referral: Referral, known: Known, today: date) -> gift.Case:
    """The gift-policy gate's view of one referral."""
    rule, advocate = rule_for(referral, known), referral.advocate
    person = advocate.person_id or 0
    return gift.Case(
        allows=advocate.allows,
        wants=rule.kind if rule is not None else advocate.wants,
        today=today,
        offered=frozenset(one.kind for one in known.rules.get(referral.programme_id or 0, [])),
        own_deal_open=person in known.own_open,
        own_deal_lost_on=known.own_lost.get(person),
        own_deal_days=referral.programme.own_deal_days if referral.programme else 90,
    )


def ready_on(referral: Referral) -> date | None:
    """The first day on which the holding period is over; ``None``: the day it begins is not known yet."""
    programme, deal = referral.programme, referral.deal
    if programme is None:
        return None
    closed = local_day(deal.closed_at) if deal and deal.closed_at else None
    begins = referral.payment_on if programme.hold_from == HoldFrom.PAYMENT else closed
    return begins + timedelta(days=programme.hold_days) if begins else None


def waits_of(referrals: Sequence[Referral], *, now: datetime) -> dict[int, list[Wait]]:
    """For each won referral, what its reward still waits for; nothing: it can be made due."""
    known, today = known_about(referrals), local_day(now)
    return {one.pk: list(_before_it_is_due(one, known, today)) for one in referrals}


def waits_for(referral: Referral, *, now: datetime) -> list[Wait]:
    """The same for one."""
    return waits_of([referral], now=now)[referral.pk]


def _before_it_is_due(referral: Referral, known: Known, today: date) -> Iterable[Wait]:
    if referral.programme is None:
        yield Wait("no_programme", _("no programme was in force when they agreed"))
        return
    if referral.refunded_on is not None:
        yield Wait("refunded", _("nothing: the deal was cancelled or refunded"))
        return
    case = case_of(referral, known, today)
    yield from (Wait(code, gift.words(code, case), case.clear_on) for code in gift.why_no_reward(case))
    yield from _time(referral, today)
    yield from _flags(known.flags.get(referral.pk, 0))
    rule = rule_for(referral, known)
    if rule is not None and amount_of(referral, rule) is None:
        words = _("the deal’s amount in %(currency)s") % {"currency": referral.programme.currency}
        yield Wait("amount", words)


def _time(referral: Referral, today: date) -> Iterable[Wait]:
    ready = ready_on(referral)
    if ready is None:
        yield Wait("payment", _("the first payment"))
    elif today < ready:
        yield Wait("hold", _("the days of waiting, until %(day)s") % {"day": show_day(ready)}, ready)


def _flags(count: int) -> Iterable[Wait]:
    if count:
        words = ngettext("%(count)d open question about it", "%(count)d open questions about it", count)
        yield Wait("flag", words % {"count": count})


def amount_of(referral: Referral, rule: RewardRule) -> int | None:
    """What the rule brings for this deal before caps, in the programme's currency; ``None`` where that is unknown."""
    deal, programme = referral.deal, referral.programme
    if programme is None:
        return None
    return earned(
        rule,
        deal_amount_minor=deal.amount_minor if deal else None,
        deal_currency=deal.currency if deal else "",
        currency=programme.currency,
    )


def room_of(programme: Programme, *, advocate_id: int, today: date) -> dict[str, int | None]:
    """What each cap still lets through; ``None``: no such cap. Years and months are the installation's."""
    begins, over = moments_of(date(today.year, 1, 1), date(today.year, 12, 31))
    counted = Reward.objects.filter(advocate=advocate_id, at__gte=begins, at__lt=over, status__in=COUNTED)
    used = counted.filter(currency=programme.currency).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    year = programme.per_year_minor
    return {
        "per_referral": programme.per_referral_minor,
        "per_year": None if year is None else max(0, year - used),
        "per_month": budget(programme, today).left_minor,
    }


# Before it is handed out


def payout_waits(payouts: Sequence[Payout], *, now: datetime) -> dict[int, list[Wait]]:
    """For each payout that is not out yet, what it waits for; nothing: the next run hands it out."""
    today = local_day(now)
    rewarded = [one for one in payouts if one.reward is not None]
    known = known_about([one.reward.referral for one in rewarded if one.reward])
    approvals = _approvals(payouts)
    paid = paid_in_year({one.advocate_id for one in rewarded}, today.year)
    return {
        one.pk: [*_approval(one, approvals[one.pk]), *_before_it_is_out(one, known, today, paid)] for one in payouts
    }


def _approvals(payouts: Sequence[Payout]) -> Mapping[int, list[Approval]]:
    found: dict[int, list[Approval]] = defaultdict(list)
    for one in Approval.objects.filter(payout__in=[one.pk for one in payouts]).select_related("by"):
        found[one.payout_id].append(one)
    return found


def paid_in_year(advocates: Iterable[int], year: int) -> dict[tuple[int, str], int]:
    """What was handed out to each advocate in a calendar year, per currency, before anything was set off."""
    begins, over = moments_of(date(year, 1, 1), date(year, 12, 31))
    paid = Payout.objects.filter(
        advocate__in=set(advocates), status=PayoutStatus.PAID, write_off=False, paid_at__gte=begins, paid_at__lt=over
    ).exclude(reward__status=RewardStatus.CLAWED_BACK)
    rows = paid.order_by().values_list("advocate", "currency").annotate(sum=Sum("amount_minor"))
    return {(advocate, currency): total for advocate, currency, total in rows}


def deal_owner(payout: Payout) -> int | None:
    """Whose sale it was; the referral's owner where no deal is linked. ``None`` for a write-off."""
    if payout.reward is None:
        return None
    referral = payout.reward.referral
    return referral.deal.owner_id if referral.deal else referral.owner_id


def _approval(payout: Payout, given: Sequence[Approval]) -> Iterable[Wait]:
    if payout.status != PayoutStatus.WAITING:
        return
    owner = deal_owner(payout)
    alone = len(given) >= payout.needs and all(one.by_id == owner for one in given)
    words = {"given": len(given), "needs": payout.needs, "names": ", ".join(one.by.name for one in given)}
    if alone:
        yield Wait("approval", _("approval by somebody beside %(names)s, whose deal it was") % words)
    elif given:
        yield Wait("approval", _("approval: %(given)d of %(needs)d, by %(names)s") % words)
    else:
        yield Wait(
            "approval",
            ngettext("approval by one person", "approval by %(needs)d people", payout.needs) % words,
        )


def _before_it_is_out(payout: Payout, known: Known, today: date, paid: Mapping[tuple[int, str], int]) -> Iterable[Wait]:
    if payout.reward is None:
        return
    referral, reward = payout.reward.referral, payout.reward
    case = case_of(referral, known, today)
    yield from (Wait(code, gift.words(code, case), case.clear_on) for code in gift.why_no_reward(case))
    yield from _flags(known.flags.get(referral.pk, 0))
    if absent := missing(opened(payout.advocate.payee), payout.kind):
        names = ", ".join(str(LABELS[name]) for name in absent)
        yield Wait("payee", _("from them: %(fields)s") % {"fields": names})
    cap = reward.programme.per_year_minor
    if cap is not None and paid.get((payout.advocate_id, payout.currency), 0) + payout.amount_minor > cap:
        yield Wait("year_paid", _("next year: with it, the most for one person in a year would be passed"))

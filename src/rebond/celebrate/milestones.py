"""What makes a win more than one more win; found when it is recorded, in six queries at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, QuerySet

from rebond.celebrate.known import by_referral
from rebond.celebrate.models import Milestone
from rebond.deals.models import NOES, CloseEvent, Deal, Outcome

#: So long without a win of one's own is a dry spell; so long a sale is a patient one.
DRY, PATIENT = timedelta(days=60), timedelta(days=365)
#: The largest and quickest of a year are told from so many wins of the team on (the largest: in one currency): of
#: two, one is always the largest.
FROM = 5


def earlier_noes(deal: Deal) -> int:
    """How often this deal, or this company about others, had said no before; one query."""
    return noes_before([deal]).get(deal.pk, 0)


def noes_before(deals: Sequence[Deal]) -> dict[int, int]:
    """The same for many deals, by their ids; one query."""
    companies = {deal.company_id for deal in deals if deal.company_id}
    same = Q(deal__in=[deal.pk for deal in deals]) | Q(deal__company__in=companies)
    noes = CloseEvent.objects.filter(same, outcome__in=NOES).values_list("deal_id", "deal__company_id", "recorded_at")
    said = list(noes)
    return {
        deal.pk: sum(
            about == deal.pk or (company is not None and company == deal.company_id and _before(at, deal))
            for about, company, at in said
        )
        for deal in deals
    }


def _before(at: datetime, deal: Deal) -> bool:
    return deal.closed_at is None or at <= deal.closed_at


def milestones_of(event: CloseEvent) -> list[str]:
    """The codes of ``Milestone`` that hold for this close, in their order."""
    deal, at = event.deal, event.closed_at or event.recorded_at
    found = {
        Milestone.AFTER_A_NO: earlier_noes(deal) > 0,
        Milestone.BY_REFERRAL: by_referral(deal),
        Milestone.PATIENT: bool(deal.opened_at and at - deal.opened_at > PATIENT),
    }
    found |= _of_owner(deal, at) | _of_team(deal, at)
    return [code.value for code in Milestone if found.get(code)]


def _won_before(deal: Deal, at: datetime) -> QuerySet[Deal]:
    return Deal.objects.filter(outcome=Outcome.WON, closed_at__lt=at).exclude(pk=deal.pk)


def _of_owner(deal: Deal, at: datetime) -> dict[Milestone, bool]:
    """The very first; the first after a dry spell."""
    if deal.owner_id is None:
        return {}
    last = _won_before(deal, at).filter(owner=deal.owner_id).order_by("-closed_at")
    closed_at = last.values_list("closed_at", flat=True).first()
    return {Milestone.FIRST_EVER: True} if closed_at is None else {Milestone.DRY_SPELL: at - closed_at > DRY}


def _of_team(deal: Deal, at: datetime) -> dict[Milestone, bool]:
    """The largest and the quickest of the team's last twelve months."""
    year = _won_before(deal, at).filter(team=deal.team_id, closed_at__gt=at - timedelta(days=365))
    found = {}
    if deal.amount_minor:
        alike = year.filter(currency=deal.currency, amount_minor__gt=0)
        most = alike.aggregate(count=Count("pk"), most=Max("amount_minor"))
        found[Milestone.LARGEST] = most["count"] + 1 >= FROM and deal.amount_minor > most["most"]
    if deal.opened_at and year.count() + 1 >= FROM:
        as_quick = year.filter(opened_at__gt=F("closed_at") - (at - deal.opened_at))
        found[Milestone.QUICKEST] = not as_quick.exists()
    return found

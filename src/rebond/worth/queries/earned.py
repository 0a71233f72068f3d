"""What one deal earns, for its own page: what was recorded, else by the plan of its team at its closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.dates import day_begins, local_day, moments_of
from rebond.deals.models import Deal, Outcome
from rebond.findings import words
from rebond.worth.models import Kind, Measure, Per, Plan
from rebond.worth.plans.choosing import in_force, rule_of
from rebond.worth.plans.rules import earned
from rebond.worth.plans.words import earns_head
from rebond.worth.queries.assumed import of_team


@dataclass(frozen=True)
class Earned:
    """What a deal earned, or would earn if it were won today.

    Attributes:
        minor: in minor units of ``currency``; may be below 0.
        recorded: somebody recorded it; else it is by the plan.
        counts_as: ``commission`` or ``margin``.
    """

    minor: int
    currency: str
    recorded: bool
    counts_as: str


def earned_of(deal: Deal, *, today: date) -> Earned | None:
    """What the deal earns; ``None`` for one that was not won, and where neither record nor plan says. Three queries.

    An open deal is taken as won today; tiers of a period count what its seller has sold in it so far.
    """
    if deal.outcome not in (Outcome.OPEN, Outcome.WON):
        return None
    day = _day(deal, today)
    plan = in_force(of_team(Plan.objects.all(), deal.team_id), deal.team_id, on=day, currency=deal.currency)
    counts_as = plan.measure if plan else Measure.COMMISSION
    if deal.commission_minor is not None:
        return Earned(deal.commission_minor, deal.currency, recorded=True, counts_as=counts_as)
    so_far = _so_far(deal, plan, day) if plan and plan.kind == Kind.TIERS and plan.per != Per.DEAL else 0
    minor = earned(rule_of(plan), deal.amount_minor, so_far) if plan else None
    if plan is None or minor is None:
        return None
    return Earned(minor, deal.currency or plan.currency, recorded=False, counts_as=counts_as)


def _day(deal: Deal, today: date) -> date:
    """The day by which a plan is chosen, as ``plans.expression`` has it."""
    at = deal.closed_at or (None if deal.is_open else deal.opened_at)
    return local_day(at) if at else today


def _so_far(deal: Deal, plan: Plan, day: date) -> int:
    """The seller's sales of the same period and currency before this one: by closing day, then by id as text."""
    months = {Per.MONTH: 1, Per.QUARTER: 3, Per.YEAR: 12}[Per(plan.per)]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    sold = Deal.objects.filter(outcome=Outcome.WON, owner=deal.owner_id).exclude(pk=deal.pk)
    if deal.owner_id is None:
        sold = sold.filter(team=deal.team_id)
    sold = sold.filter(currency=deal.currency).exclude(amount_minor=None)
    begin, end = moments_of(day, day)
    before = sold.filter(closed_at__gte=day_begins(first), closed_at__lt=begin).aggregate(sum=Sum("amount_minor"))
    same_day = sold.filter(closed_at__gte=begin, closed_at__lt=end).values_list("pk", "amount_minor")
    is_earlier = sum(amount or 0 for pk, amount in same_day if deal.is_open or str(pk) < str(deal.pk))
    return (before["sum"] or 0) + is_earlier


def earned_as(deal: Deal, reader: User, *, today: date) -> dict[str, str]:
    """For the deal page: what the money is called, and what it comes to, for its seller and for who leads."""
    may_know = reader.is_lead or deal.owner_id in (None, reader.pk)
    found = earned_of(deal, today=today) if may_know else None
    return {
        "head": earns_head(found.counts_as if found else Measure.COMMISSION),
        "says": _says(deal, found) if found else "",
        "note": _("below 0: this sale costs money") if found and found.minor < 0 else "",
    }


def _says(deal: Deal, found: Earned) -> str:
    """ "€500, recorded", "€500 by the plan"."""
    said = {"sum": words.money(found.minor, found.currency)}
    if found.recorded:
        return _("%(sum)s, recorded") % said
    return (_("%(sum)s by the plan, if it is won") if deal.is_open else _("%(sum)s by the plan")) % said

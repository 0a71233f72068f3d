"""Plans and assumptions in words a seller can repeat; every text is a whole message."""

from __future__ import annotations

from functools import reduce

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rebond.findings import words
from rebond.worth.models import Kind, Measure, Per, Plan
from rebond.worth.plans.choosing import rule_of
from rebond.worth.plans.defaults import TENTHS
from rebond.worth.plans.rules import WHOLE, earned


def share(basis_points: int) -> str:
    """Hundredths of a percent as a reader writes them.

    >>> share(850), share(-300)
    ('8.5%', '-3%')
    """
    figure = format_decimal(basis_points * 100 / WHOLE, format="#,##0.##", locale=words.locale())
    return _("%(n)s%%") % {"n": figure}


def minutes(tenths: float) -> str:
    """How long a contact takes: "6 min", "2.5 min"."""
    return _("%(n)s min") % {"n": words.decimal(tenths / TENTHS)}


def plan_words(plan: Plan) -> str:
    """What a sale earns, in a sentence without its full stop."""
    if plan.kind == Kind.FLAT:
        return _flat(plan)
    if plan.kind == Kind.PERCENT:
        return _percent(plan)
    steps = reduce(lambda said, tier: _("%(tiers)s; %(tier)s") % {"tiers": said, "tier": tier}, tier_words(plan))
    return {
        Per.DEAL: _("%(tiers)s, each deal by itself"),
        Per.MONTH: _("%(tiers)s, on a seller’s sales of the month"),
        Per.QUARTER: _("%(tiers)s, on a seller’s sales of the quarter"),
        Per.YEAR: _("%(tiers)s, on a seller’s sales of the year"),
    }[Per(plan.per)] % {"tiers": steps}


def _flat(plan: Plan) -> str:
    sum_ = words.money(abs(plan.flat_minor or 0), plan.currency)
    if (plan.flat_minor or 0) < 0:
        return _("each sale costs %(sum)s: a negative margin") % {"sum": sum_}
    return _("%(sum)s, whatever its amount") % {"sum": sum_}


def _percent(plan: Plan) -> str:
    said = {"share": share(abs(plan.basis_points or 0))}
    if (plan.basis_points or 0) < 0:
        return _("each sale costs %(share)s of its amount: a negative margin") % said
    if plan.measure == Measure.MARGIN:
        return _("a margin of %(share)s of the amount") % said
    return _("%(share)s of the amount") % said


def tier_words(plan: Plan) -> list[str]:
    """Each tier: "5% up to €10,000", "8% from €10,000"."""
    found = []
    for place, (start, basis_points) in enumerate(plan.tiers):
        last = place + 1 == len(plan.tiers)
        said = {
            "share": share(basis_points),
            "from": words.money(start, plan.currency),
            "to": "" if last else words.money(plan.tiers[place + 1][0], plan.currency),
        }
        if last:
            found.append((_("%(share)s from %(from)s") if place else _("%(share)s of all")) % said)
        elif place == 0:
            found.append(_("%(share)s up to %(to)s") % said)
        else:
            found.append(_("%(share)s from %(from)s to %(to)s") % said)
    return found


def example(plan: Plan, amount_minor: int, currency: str) -> str:
    """What a sale of an amount earns by it: "A sale of €6,200 earns €496"."""
    earns = earned(rule_of(plan), amount_minor)
    said = {"amount": words.money(amount_minor, currency), "sum": words.money(abs(earns or 0), currency)}
    if (earns or 0) < 0:
        return _("A sale of %(amount)s costs %(sum)s.") % said
    if plan.kind == Kind.TIERS and plan.per != Per.DEAL:
        return _("The first sale of the period, of %(amount)s, earns %(sum)s.") % said
    return _("A sale of %(amount)s earns %(sum)s.") % said


def earns_head(counts_as: str) -> str:
    """What the money of a sale is called where it stands first."""
    if counts_as == Measure.MARGIN:
        return pgettext("what a sale brings", "Margin")
    return pgettext("what a sale brings", "Commission")


def names() -> dict[str, str]:
    """The assumptions by name."""
    return {
        "hour_cost": _("The cost of an hour"),
        "minutes_call": _("A call"),
        "minutes_email": _("An email"),
        "minutes_meeting": _("A meeting"),
        "minutes_message": _("A message"),
        "minutes_other": pgettext("contact", "Anything else"),
    }

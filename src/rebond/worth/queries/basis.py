"""What every answer about time stands on: the deals of a view with what they earned, and what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet

from rebond.base.dates import moments_of
from rebond.deals.models import Deal, Outcome
from rebond.facts import warm
from rebond.facts.model import Facts, Table
from rebond.worth.plans.expression import with_commission
from rebond.worth.queries.assumed import Assumed, assumed, assumptions_state
from rebond.worth.view import View

Found = TypeVar("Found")


@dataclass(frozen=True)
class Terms:
    """In which money, with what assumed.

    Attributes:
        currency: of all money of the answers; empty where no deal names one.
        minor_per_major: 100 for euros and cents.
        assumed: of the view's team.
    """

    currency: str
    minor_per_major: int
    assumed: Assumed

    @property
    def minute_minor(self) -> float | None:
        """What a minute costs; ``None`` while an hour has no price."""
        hour = self.assumed.hour_cost_minor
        return None if hour is None else hour / 60


def facts_for(view: View) -> Facts:
    """Facts of the view's deals, whatever their day; ``commission_minor`` filled as the plans in force say."""
    kept = warm.current(view.today)
    currency = kept.facts(deals_only=True).currency

    def chosen(deals: Table) -> Table:
        deals = view.whose.of(deals)
        if view.segment:
            deals = deals.filter(deals.segment == view.segment)
        return with_commission(deals, currency=currency)

    whole = not view.segment and view.whose.key == (None, None)
    return kept.laid_out(("worth", view.whose.key, view.segment, assumptions_state()), chosen, whole=whole)


def terms_for(view: View) -> Terms:
    """Currency and assumptions; two queries besides the facts."""
    facts = warm.current(view.today).facts(deals_only=True)
    currency = "" if facts.currency == "XXX" else facts.currency
    return Terms(currency, facts.minor_per_major, assumed(view.team_id, on=view.today, currency=facts.currency))


def remembered(view: View, name: str, make: Callable[[], Found], *more: Hashable) -> Found:
    """An answer, made once per state of the facts, view, edition of plans and assumptions, and ``more``."""
    return warm.remembered(("worth", name, view.key, assumptions_state(), view.team_id, *more), make)


def won_in(view: View, deals: Table) -> Table:
    """The sales of the view's time."""
    won = deals.filter((deals.outcome == "won") & (deals.closed_at <= _day(view.until)))
    return won if view.starts is None else won.filter(won.closed_at >= _day(view.starts))


def records_for(view: View) -> QuerySet[Deal]:
    """The view's deals in the database, whatever their day."""
    found = view.whose.records()
    return found.filter(segment=view.segment) if view.segment else found


def sales_for(view: View) -> QuerySet[Deal]:
    """The sales of the view's time in the database."""
    first, after = moments_of(view.since, view.until)
    return records_for(view).filter(outcome=Outcome.WON, closed_at__gte=first, closed_at__lt=after)


def _day(day: Any) -> Any:
    import ibis

    return ibis.date(day.isoformat())

"""The deals behind a figure: the sales of the time with what each earned, or every deal that was contacted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from rebond.base.dates import moments_of
from rebond.base.errors import NotFound
from rebond.deals.lists import with_needed
from rebond.deals.models import Deal, Touch
from rebond.deals.queries import deals_for
from rebond.worth.queries.basis import facts_for, records_for, sales_for, terms_for
from rebond.worth.view import View


@dataclass(frozen=True)
class Row:
    """A deal with its contacts of the time and what it earned; ``earned`` is ``None`` where nobody knows."""

    deal: Deal
    contacts: int
    earned: int | None


@dataclass(frozen=True)
class Opened:
    """The deals behind one figure, newest first.

    Attributes:
        beside: deals that the figure counts and that are in no list of this reader: sold in another team.
    """

    title: str
    deals: QuerySet[Deal]
    view: View
    currency: str
    beside: int = 0

    @property
    def load(self) -> QuerySet[Deal]:
        """With what a line of the list shows."""
        return with_needed(Deal.objects.all())

    def rows(self, deals: Sequence[Deal]) -> list[Row]:
        """These deals with contacts and money; two more queries, and one of the facts."""
        contacts = _contacts(self.view, [deal.pk for deal in deals])
        earned = _earned(self.view, [deal.pk for deal in deals if self._may_know(deal)])
        return [Row(deal, contacts.get(deal.pk, 0), earned.get(deal.pk)) for deal in deals]

    def _may_know(self, deal: Deal) -> bool:
        """What a colleague earned is between them and who leads."""
        user = self.view.user
        return user is None or user.is_lead or deal.owner_id == user.pk


def opened(view: View, what: str) -> Opened:
    """The deals a query asks for; ``NotFound`` for what is none of ``sales`` and ``contacted``."""
    if what == "sales":
        title, found = _("Sales of this time"), sales_for(view)
    elif what == "contacted":
        title, found = _("Deals contacted in this time"), _contacted(view)
    else:
        raise NotFound
    mine = found.filter(pk__in=deals_for(view.user).values("pk"))
    beside = 0 if not view.is_own else found.count() - mine.count()
    return Opened(title, mine.order_by("-closed_at", "-id"), view, terms_for(view).currency, beside)


def _contacted(view: View) -> QuerySet[Deal]:
    return records_for(view).filter(Exists(Touch.objects.filter(_in_time(view), deal=OuterRef("pk"))))


def _in_time(view: View) -> Q:
    first, after = moments_of(view.since, view.until)
    return Q(at__gte=first, at__lt=after)


def _contacts(view: View, ids: Sequence[int]) -> Mapping[int, int]:
    touched = Touch.objects.filter(_in_time(view), deal__in=ids).order_by()
    return dict(touched.values_list("deal").annotate(contacts=Count("pk")))


def _earned(view: View, ids: Sequence[int]) -> dict[int, int]:
    from rebond.numbers.tables import rows

    deals: Any = facts_for(view).deals
    won = deals.filter(deals.outcome == "won", deals.commission_minor.notnull())
    found = rows(won.filter(won["id"].isin([str(pk) for pk in ids] or [""])).select("id", "commission_minor"))
    return {int(pk): int(minor) for pk, minor in zip(found["id"], found["commission_minor"], strict=True)}

"""Lists of deals: which columns sort, which filters narrow. One place, so that page and export agree."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, OrderBy, QuerySet
from django.utils.translation import gettext as _

from rebond.accounts.models import User
from rebond.base.money import to_major
from rebond.base.text import defuse
from rebond.deals.models import Deal, Outcome
from rebond.deals.queries import deals_for
from rebond.deals.search import narrowed

#: name in the address: column. ``-`` before the name turns it round.
SORTS = {
    "opened": "opened_at",
    "closed": "closed_at",
    "amount": "amount_minor",
    "name": "name",
    "touched": "last_touch_at",
}
DEFAULT_SORT = "-opened"
NEEDED = (
    "id", "name", "outcome", "amount_minor", "currency", "opened_at", "closed_at", "last_touch_at", "segment",
    "external_id", "company__name", "owner__name", "stage__name", "stage__kind",
)  # fmt: skip


def with_needed(deals: QuerySet[Deal]) -> QuerySet[Deal]:
    """With what a line of the list shows, and no more."""
    return deals.select_related("company", "owner", "stage").only(*NEEDED)


def deals_list(user: User | None, filters: Mapping[str, Any]) -> QuerySet[Deal]:
    """The deals ``user`` may open, narrowed and sorted; ties by newest id, so that pages never overlap."""
    found = with_needed(_narrowed(deals_for(user), user, filters))
    return found.order_by(_order(str(filters.get("sort", ""))), "-id")


def _narrowed(found: QuerySet[Deal], user: User | None, filters: Mapping[str, Any]) -> QuerySet[Deal]:
    if filters.get("outcome") in Outcome.values:
        found = found.filter(outcome=filters["outcome"])
    elif filters.get("outcome") == "closed":
        found = found.exclude(outcome=Outcome.OPEN)
    for name in ("owner", "stage", "segment"):
        if filters.get(name):
            found = found.filter(**{name: filters[name]})
    zone = ZoneInfo(user.time_zone if user else "UTC")
    if start := filters.get("closed_from"):
        found = found.filter(closed_at__gte=datetime.combine(start, time.min, zone))
    if end := filters.get("closed_to"):
        found = found.filter(closed_at__lt=datetime.combine(end + timedelta(days=1), time.min, zone))
    if filters.get("q"):
        found = narrowed(found, "deal", filters["q"])
    return found


def _order(sort: str) -> str | OrderBy:
    name = sort.removeprefix("-")
    if name not in SORTS:
        sort, name = DEFAULT_SORT, DEFAULT_SORT.removeprefix("-")
    column = F(SORTS[name])
    if name == "opened":
        return f"-{SORTS[name]}" if sort.startswith("-") else SORTS[name]
    return column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)


class _Line:
    """A file that hands each written line on, for streaming."""

    def write(self, line: str) -> str:
        return line


def as_csv(deals: QuerySet[Deal]) -> Iterator[str]:
    """The list as a spreadsheet reads it: UTF-8 with its mark, no cell a formula, at most 2,000 rows in memory."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(
        [_("id"), _("external id"), _("deal"), _("company"), _("owner"), _("stage"), _("outcome"), _("amount"),
         _("currency"), _("opened"), _("closed")]
    )  # fmt: skip
    for deal in deals.iterator(chunk_size=2000):
        yield writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in _cells(deal)])


def _cells(deal: Deal) -> list[object]:
    amount = "" if deal.amount_minor is None else to_major(deal.amount_minor, deal.currency)
    return [
        deal.pk, deal.external_id, deal.name, deal.company.name if deal.company else "",
        deal.owner.name if deal.owner else "", deal.stage.name if deal.stage else "", deal.outcome, amount,
        deal.currency, deal.opened_at.isoformat() if deal.opened_at else "",
        deal.closed_at.isoformat() if deal.closed_at else "",
    ]  # fmt: skip

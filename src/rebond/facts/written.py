"""What was written lately, told by the moments it was written at: so that a refresh reads what is new, and no more.

A write that was begun before the last refresh may have ended after it, so a refresh must look again at what was written
shortly before the latest moment it knows. After an import of a hundred thousand records in one minute that is all of
them, at every logged contact. Per moment the number of records and the sum of their ids say whether anything of that
moment is new: a few groups are counted, and only the records of those that changed are read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Max, Q, Sum

from rebond.deals.models import Company, Deal

#: Writes that were begun before the last refresh may have been finished after it.
OVERLAP = timedelta(minutes=15)
#: More different moments than this are not told apart: all that was written in that time is read.
MOMENTS = 500
#: Per table and moment how many records, and the sum of their ids.
Seen = dict[str, dict[str, list[int]]]


def seen_since(latest: datetime | None) -> Seen:
    """What was written since shortly before ``latest``; of all that there is when it is ``None``."""
    if latest is None:
        latest = Deal.objects.aggregate(last=Max("updated_at"))["last"]
    if latest is None:
        return {}
    since = latest - OVERLAP
    return {"deals": _moments(Deal.objects.all(), since), "companies": _moments(Company.objects.all(), since)}


def _moments(rows: models.QuerySet[Any], since: datetime) -> dict[str, list[int]]:
    """By moment; empty where there are too many."""
    counted = rows.filter(updated_at__gte=since).order_by().values_list("updated_at")
    found = list(counted.annotate(n=Count("pk"), ids=Sum("pk"))[: MOMENTS + 1])
    return {} if len(found) > MOMENTS else {at.isoformat(): [n, int(ids)] for at, n, ids in found}


def written(latest: datetime, now: Seen, before: Seen) -> Q | None:
    """The condition for deals that were written, or whose company was, and not seen before; ``None`` for none."""
    conditions = [
        _since(name, latest - OVERLAP, now.get(table, {}), before.get(table, {}))
        for table, name in (("deals", "updated_at"), ("companies", "company__updated_at"))
    ]
    asked = [condition for condition in conditions if condition is not None]
    if not asked:
        return None
    whole = asked[0]
    for condition in asked[1:]:
        whole |= condition
    return whole


def _since(name: str, since: datetime, now: dict[str, list[int]], before: dict[str, list[int]]) -> Q | None:
    if not now:
        return Q(**{f"{name}__gte": since})
    changed = [datetime.fromisoformat(moment) for moment, counts in now.items() if before.get(moment) != counts]
    return Q(**{f"{name}__in": changed}) if changed else None

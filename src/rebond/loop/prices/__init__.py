"""What items are priced by: each person's price list, made by the worker, read here in one query without statistics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q

from rebond.accounts.models import User
from rebond.loop.models import PriceList
from rebond.loop.prices.codes import ever_code, follows_code
from rebond.loop.prices.usual import usual_prices
from rebond.numbers.pricing import Prices
from rebond.worth.models import Plan
from rebond.worth.queries.assumed import last_change

__all__ = ["ever_code", "follows_code", "make_all", "on_its_way", "prices_for", "usual_prices", "wanted"]
#: Lists stand so long while only the records change: making them all takes seconds.
REST = timedelta(minutes=10)


def prices_for(user: User, *, now: datetime) -> Prices:  # noqa: ARG001 (a list does not depend on the hour)
    """The price list of ``user``, else of the team, else of the company, else what is usual; one query."""
    theirs = Q(user=user.pk) | Q(user=None, team=None)
    if user.team_id is not None:
        theirs |= Q(team=user.team_id)
    found = list(PriceList.objects.filter(theirs).order_by("pk").values_list("user", "team", "body"))
    found.sort(key=lambda row: (row[0] is None, row[1] is None))
    read = (_read(body) for _user, _team, body in found)
    return next((prices for prices in read if prices is not None), None) or usual_prices(settings.CONFIG.currency)


def wanted(*, now: datetime) -> bool:
    """Whether to make the lists: there are none, a plan or an assumption is newer, or they stood for a while."""
    made, changed = _made_at(), last_change()
    return made is None or made <= now - REST or (changed is not None and changed > made)


def on_its_way(user: User) -> bool:
    """Whether a plan says what a sale of ``user`` brings, and no list has seen it yet; one query."""
    seen = PriceList.objects.filter(made_at__gte=OuterRef("at"))
    return Plan.objects.filter(~Exists(seen), Q(team=None) | Q(team=user.team_id)).exists()


def _made_at() -> datetime | None:
    last: datetime | None = PriceList.objects.aggregate(last=Max("made_at"))["last"]
    return last


def _read(body: Any) -> Prices | None:
    """A list as it was kept; ``None`` for one of another version of the program, until the worker has made it anew."""
    try:
        return Prices.of_json(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def make_all(*, now: datetime) -> int:
    """Makes every price list anew, where something has changed; how many. The worker's part: it loads the engine."""
    from rebond.loop.prices.making import make_all as make

    return make(now=now)

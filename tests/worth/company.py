"""Sellers' deals with contacts and commission, as the product would have left them, for tests of the value of time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from rebond.accounts.models import Team, User
from rebond.deals.models import Deal, Outcome, Touch
from rebond.facts import warm
from rebond.worth.models import Plan
from rebond.worth.view import View
from tests.factories import make_closed_deal, make_deal

#: Records written since the facts were made.
CHANGED: list[str] = []


def fresh() -> None:
    """What a worker does: brings the facts up to what was written."""
    if CHANGED:
        warm.refresh()
        CHANGED.clear()


def flat_plan(team: Team | None, minor: int = 50_000, *, currency: str = "EUR", since: date = date(2020, 1, 1)) -> Plan:
    """A sum per sale."""
    return Plan.objects.create(
        team=team, kind="flat", flat_minor=minor, currency=currency, valid_from=since, source="the contract",
        at=timezone.now(),
    )  # fmt: skip


def sold(
    owner: User, count: int, *, outcome: str = Outcome.WON, contacts: int = 10, days_ago: int = 30, **fields: object
) -> list[Deal]:
    """Deals that ended, each with contacts in the weeks before; alternately calls and emails."""
    made = []
    CHANGED.append("deals")
    for number in range(count):
        end = timezone.now() - timedelta(days=days_ago, minutes=number)
        opened = end - timedelta(days=60)
        named = {"name": f"Deal {number} of {owner.name}", "opened_at": opened} | fields
        if outcome == Outcome.OPEN:
            deal = make_deal(owner=owner, **named)
        else:
            deal, _event = make_closed_deal(outcome, owner=owner, closed_at=end, **named)
        touch(deal, contacts, end - timedelta(days=2))
        made.append(deal)
    return made


def touch(deal: Deal, count: int, last: datetime, *, channels: tuple[str, ...] = ("call", "email")) -> None:
    """So many contacts, one a day, the last on that moment."""
    CHANGED.append("contacts")
    Touch.objects.bulk_create(
        Touch(deal=deal, at=last - timedelta(days=number), channel=channels[number % len(channels)], owner=deal.owner)
        for number in range(count)
    )


def view(user: User | None, **params: str) -> View:
    """What ``user`` sees today, from fresh facts."""
    fresh()
    return View.of(user, params, timezone.localdate())

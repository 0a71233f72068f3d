"""Goals, marks and a seller's years of deals, as the product would have left them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

from django.test import Client

from rebond.accounts.models import Team, User
from rebond.deals.models import CloseEvent, Deal
from rebond.facts import warm
from rebond.horizon.actions.goals import Aim, set_goal
from rebond.horizon.models import Counts, Goal, GoalKind, Mark, Period
from tests.factories import THEN, make_deal

TODAY = date(2026, 6, 9)
NOW = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def goal(
    whose: User | Team | None, target: int = 40, *, period: str = Period.YEAR, first: date = date(2026, 1, 1),
    counts: str = Counts.SALES, kind: str = GoalKind.QUOTA, currency: str = "", actor: User | None = None,
    at: datetime = NOW,
) -> Goal:  # fmt: skip
    """A goal that stands."""
    user, team = (whose, None) if isinstance(whose, User) else (None, whose)
    aim = Aim(user, team, kind, counts, period, first, target, currency or ("EUR" if counts == Counts.MONEY else ""))
    return set_goal(aim=aim, today=TODAY, actor=actor, now=at)


def mark(
    team: Team | None, text: str = "Prices by the hour", on: date = date(2026, 4, 1), by: User | None = None
) -> Mark:
    return Mark.objects.create(team=team, text=text, on=on, at=NOW, by=by)


def sold(owner: User, day: date, amount: int | None = 500_000, *, outcome: str = "won", **fields: Any) -> Deal:
    """A deal that was decided on a day, opened forty days before."""
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    return make_deal(owner=owner, outcome=outcome, closed_at=at, opened_at=at - timedelta(days=40), amount_minor=amount,
                     stage=None, **fields)  # fmt: skip


def years(
    owner: User, *, months: int = 29, won: int = 2, lost: int = 6, open_: int = 12, amount: int = 500_000
) -> None:
    """So many months up to June 2026, each with as many sales and noes; and deals that are open now."""
    deals = []
    for back in range(months):
        number = 12 * 2026 + 5 - back
        first = date(number // 12, number % 12 + 1, 1)
        for place in range(won + lost):
            day = first + timedelta(days=3 * place % 27)
            if day <= TODAY:
                deals.append(_row(owner, day, "won" if place < won else "lost", amount + 1000 * place))
    deals += [_row(owner, TODAY - timedelta(days=9 + place), "open", amount) for place in range(open_)]
    Deal.objects.bulk_create(deals)
    closed = [deal for deal in Deal.objects.filter(owner=owner) if deal.closed_at is not None]
    CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome=deal.outcome, closed_at=deal.closed_at, recorded_at=NOW, source="import")
        for deal in closed
    )


def _row(owner: User, day: date, outcome: str, amount: int) -> Deal:
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    is_open = outcome == "open"
    return Deal(
        name="Maintenance", owner=owner, team=owner.team, outcome=outcome, amount_minor=amount, currency="EUR",
        opened_at=at if is_open else at - timedelta(days=35), closed_at=None if is_open else at, created_at=THEN,
        updated_at=THEN, segment="1 site" if amount % 2000 else "2 sites",
    )  # fmt: skip


def part(client: Client, name: str, query: str = "") -> str:
    """A block as the page brings it, after the worker's refresh."""
    warm.refresh()
    answer = client.get(f"/long/block/{name}?{query}&part=1")
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def text(html: str) -> str:
    """What one reads, without the table behind."""
    shown = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", shown))).strip()

"""Price lists and conversations as the worker and three months of follow-ups would have left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Deal, Touch
from rebond.loop.models import PriceList
from rebond.numbers.pricing import Prices, Rate
from tests.factories import make_company, make_deal, make_person

SALE = Rate(50_000.0, 44_000.0, 57_000.0, own=(12, 12), team=(40, 40), leans="own")


def price_list(*, seen: int = 41, minute: float = 100.0, gain: Rate | None = SALE, **fields: Any) -> Prices:
    """A sale brings EUR 500, an hour costs EUR 60; the longer the silence, the less it is worth; seven are hopeless."""
    rates = {}
    for made in range(13):
        for silent in range(min(made, 8) + 1):
            value = 0.3 * 0.5**silent
            won = round(value * seen)
            rates[f"deal.ever.{made}.{silent}"] = Rate(
                value, value * 0.6, value * 1.5, own=(0, 0), team=(won, seen), leans="team"
            )
            rates[f"deal.follows.{made}.{silent}"] = Rate(20.0, 15.0, 26.0, team=(seen, seen), leans="team")
    return Prices("EUR", gain, None, minute, {"call": 6.0, "email": 3.0, "meeting": 48.0}, rates=rates, **fields)


def keep_prices(prices: Prices, **whose: Any) -> None:
    """As ``loop.prices.make_all`` writes it; for everybody unless ``user`` or ``team`` is given."""
    PriceList.objects.create(made_at=timezone.now(), body=prices.as_json(), **whose)


def talk(
    user: User, name: str = "Optima Conseil", *, silent: int = 7, answered: bool = True, now: datetime, **fields: Any
) -> Deal:
    """An open deal: an answer, and then so many follow-ups a week apart in vain, the last eight days ago."""
    firm = make_company(name)
    person = make_person("Léa Moreau", company=firm, email=fields.pop("email", "lea@optima.example"),
                         language=fields.pop("language", "en"))  # fmt: skip
    deal = make_deal(f"Audit, {name}", owner=user, company=firm, people={person: "decision_maker"}, **fields)
    first = now - timedelta(days=8 + 7 * (silent - 1))
    touches = [
        Touch(deal=deal, person=person, owner=user, at=first + timedelta(days=7 * n), channel="email")
        for n in range(silent)
    ]
    if answered:
        touches.append(Touch(deal=deal, person=person, owner=user, at=first - timedelta(days=2), channel="call",
                             minutes=30, result="reached"))  # fmt: skip
    Touch.objects.bulk_create(touches)
    deal.last_touch_at = max(touch.at for touch in touches)
    deal.save(update_fields=["last_touch_at"])
    return deal

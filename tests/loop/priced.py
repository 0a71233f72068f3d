"""A price list with round figures, so that a test can do the sum in its head."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from rebond.loop.models import PriceList
from rebond.loop.prices import ever_code, follows_code
from rebond.numbers.pricing import Prices, Rate

#: A sale brings €5,000; 2 of 10 answer, 1 of 10 of them buys; an hour costs €60.
GAIN = Rate(500_000.0, 400_000.0, 610_000.0, (12, 12), (40, 40), "own")
ANSWERS = Rate(0.2, 0.12, 0.3, (2, 9), (10, 50), "team")
BUYS = Rate(0.1, 0.05, 0.17, (0, 2), (1, 9), "usual")
SIGNAL = Rate(0.3, 0.2, 0.42, (3, 10), (12, 40), "own")


def prices(**changes: Any) -> Prices:
    """The list; a quiet deal is won one time in ten whatever was tried, after 20 minutes of work."""
    rates = {"keep.answers": ANSWERS, "keep.buys": BUYS, "signal.buys": SIGNAL}
    for made in range(13):
        for silent in range(9):
            rates[ever_code(made, silent)] = Rate(0.1, 0.06, 0.16, (3, 30), (20, 200), "own")
            rates[follows_code(made, silent)] = Rate(20.0, 10.0, 32.0, (30, 30), (200, 200), "own")
    given = {"currency": "EUR", "gain": GAIN, "share": 0.1, "minute": 100.0, "rates": rates}
    return Prices(**(given | changes))


def price_list(**changes: Any) -> PriceList:
    """The same, kept for the whole company."""
    return PriceList.objects.create(made_at=timezone.now(), body=prices(**changes).as_json())

"""The demo's Today list is priced by what its three years say: queued here, made by its worker in some seconds."""

from __future__ import annotations

from datetime import datetime

from rebond.jobs.actions import enqueue
from rebond.loop.work import make_prices


def let_things_have_a_price(*, now: datetime) -> None:
    """Queues the first price lists; later ones come round by themselves."""
    enqueue(task=make_prices, kwargs={}, now=now, unique_key="prices")

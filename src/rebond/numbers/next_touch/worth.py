"""What a sale brings and what a touch costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

import numpy as np

from rebond.numbers import tables
from rebond.numbers.estimate import RANGE_FROM, Estimate, cannot
from rebond.numbers.next_touch.counts import Tally
from rebond.numbers.next_touch.logit import Floats

Z80, Z95 = 1.281552, 1.959964


@dataclass(frozen=True)
class Stakes:
    """``gain`` of a sale and ``cost`` of a touch, in minor units (cost in sales where no money is known).

    Attributes:
        basis: ``given``, ``minutes`` or ``average_touch``.
        money: whether a sale's gain is known.
        spread: standard error of the log of the gain; 0 where it was given.
        sales, touches: what an average touch brings, where that is the cost.
    """

    gain: Estimate
    cost: Estimate
    basis: str
    money: bool
    spread: float
    sales: int
    touches: int

    def cost_in_sales(self, count: int, random: np.random.Generator) -> Floats | None:
        """Draws of what a touch costs, as a share of what a sale brings; ``None`` where the two cannot be compared."""
        if self.basis == "average_touch":
            return random.beta(self.sales + 0.5, max(self.touches - self.sales, 0) + 0.5, size=count)
        if self.gain.value is None or self.cost.value is None or self.gain.value <= 0:
            return None
        return self.cost.value / self.gain_draws(count, random)

    def gain_draws(self, count: int, random: np.random.Generator) -> Floats:
        """Draws of the mean gain of a sale, minor units; 1 where no money is known."""
        if self.gain.value is None:
            return np.ones(count)
        return np.asarray(self.gain.value * np.exp(self.spread * random.standard_normal(count)))


def stakes(
    deals: tables.Table,
    tally: Tally,
    as_of: date,
    gain: int | None,
    cost: float | None,
    minutes: float | None,
    per_minute: float | None,
) -> Stakes:
    """Given amounts, or what the won deals and the touches themselves say."""
    worth, spread = (Estimate(float(gain), method="given"), 0.0) if gain is not None else _gain(deals, as_of)
    money = worth.value is not None and worth.value > 0
    if minutes is None and tally.timed >= RANGE_FROM:
        minutes = tally.minutes / tally.timed
    if cost is not None:
        price, basis = Estimate(float(cost), method="given"), "given"
    elif minutes is not None and per_minute is not None:
        price, basis = Estimate(minutes * per_minute, n=tally.timed, method="minutes times money per minute"), "minutes"
    else:
        price, basis = _average_touch(tally, worth), "average_touch"
    return Stakes(worth, price, basis, money, spread, tally.wins, tally.touches)


def _gain(deals: tables.Table, as_of: date) -> tuple[Estimate, float]:
    """Average commission of won deals, else their average amount, with the standard error of its logarithm."""
    today = (as_of - date(1970, 1, 1)).days
    won = deals.filter((deals.outcome == "won") & (deals.closed_at.isnull() | (tables.day(deals.closed_at) <= today)))
    sums: dict[str, Any] = {}
    for name in ("commission_minor", "amount_minor"):
        each = won[name].cast("float64")
        sums |= {f"{name}_n": each.count(), f"{name}_sum": each.sum(), f"{name}_squares": (each * each).sum()}
    found = tables.rows(won.aggregate(**sums))
    for name, method in (("commission_minor", "mean commission of a sale"), ("amount_minor", "mean amount of a sale")):
        n = int(found[f"{name}_n"][0])
        if n < RANGE_FROM or not found[f"{name}_sum"][0] > 0:
            continue
        mean = float(found[f"{name}_sum"][0]) / n
        variance = max(float(found[f"{name}_squares"][0]) / n - mean * mean, 0.0) * n / (n - 1)
        spread = sqrt(variance / n) / mean
        low80, high80, low95, high95 = (mean * np.exp(z * spread) for z in (-Z80, Z80, -Z95, Z95))
        return Estimate(mean, float(low80), float(high80), float(low95), float(high95), n=n, method=method), spread
    return cannot("no_money", "no commission or amount of a sale is known"), 0.0


def _average_touch(tally: Tally, gain: Estimate) -> Estimate:
    """Sales over touches, times what a sale brings where that is known."""
    if tally.touches == 0:
        return cannot("no_touches", "no touches are recorded")
    unit = gain.value if gain.value is not None and gain.value > 0 else 1.0
    method = "sales over touches" + (", times the gain of a sale" if gain.value is not None else "")
    return Estimate(unit * tally.wins / tally.touches, k=tally.wins, n=tally.touches, method=method)

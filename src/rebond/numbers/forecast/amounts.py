"""Money from sales: what open deals say they are worth, and what past sales were."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np

from rebond.numbers.estimate import PERCENT_FROM, RANGE_FROM
from rebond.numbers.forecast.history import Floats, Ints

#: Sales of one draw up to which each gets an amount of its own; the sum of more is from a gamma of equal mean and
#: variance.
ONE_BY_ONE = 200
#: No drawn amount is more than this many times the largest one seen.
FARTHEST = 10.0


class Amounts(Protocol):
    """Sums of so many sales' amounts, minor units."""

    def sums(self, sales: Ints, random: np.random.Generator) -> Floats: ...


@dataclass(frozen=True)
class Bootstrap:
    """From 30 sales on: amounts drawn from past ones, their mean itself as uncertain as so many sales leave it."""

    amounts: Floats

    def sums(self, sales: Ints, random: np.random.Generator) -> Floats:
        n, mean, variance = len(self.amounts), float(self.amounts.mean()), float(self.amounts.var())
        found = np.zeros(len(sales))
        few = sales <= ONE_BY_ONE
        drawn = self.amounts[random.integers(n, size=int(sales[few].sum()))]
        found[few] = np.bincount(np.repeat(np.arange(few.sum()), sales[few]), drawn, minlength=int(few.sum()))
        if variance > 0:
            found[~few] = random.standard_gamma(sales[~few] * mean**2 / variance) * variance / mean
        else:
            found[~few] = sales[~few] * mean
        doubt = sqrt(variance / n) / mean
        return np.asarray(found * np.exp(doubt * random.standard_normal(len(sales))))


@dataclass(frozen=True)
class LogNormal:
    """From 10 to 29 sales: logarithms from a t predictive, whose tail reaches beyond what so few sales have shown."""

    middle: float
    spread: float
    n: int
    largest: float

    def sums(self, sales: Ints, random: np.random.Generator) -> Floats:
        count = len(sales)
        doubt = self.middle + self.spread * random.standard_t(self.n - 1, count) / sqrt(self.n)
        each = np.repeat(np.arange(count), sales)
        drawn = np.exp(np.minimum(doubt[each] + self.spread * random.standard_t(self.n - 1, len(each)), 700))
        return np.bincount(each, np.minimum(drawn, FARTHEST * self.largest), minlength=count).astype(np.float64)


def amounts(values: Floats, counts: Ints) -> Amounts | None:
    """How to draw amounts from past sales; ``None`` below 10 sales of known amount."""
    n = int(counts.sum())
    if n < RANGE_FROM:
        return None
    each = np.sort(np.repeat(values, counts))
    if n >= PERCENT_FROM:
        return Bootstrap(each)
    logs = np.log(each)
    return LogNormal(float(logs.mean()), float(logs.std(ddof=1)), n, float(each[-1]))

"""If some hours went from one kind of contact to another: twenty equally likely quarters.

Each draw has its own money per hour of both kinds (lognormal, with the mean and the likely range that were estimated)
and its own luck: sales come as a Poisson process, each brings one of the sums that sales have brought (a compound
Poisson process; S. Klugman, H. Panjer and G. Willmot, "Loss Models", chapter 9). Of the draws, the twenty that cut them
into equal parts are shown.

It supposes that the hours bring what hours of that kind have brought on average. The best leads got those hours, so
this is the hopeful side: a reason to test, not a promise.

>>> found = moved(_made(9_000.0), _made(2_000.0), hours=26, sales_minor=[50_000] * 40)
>>> len(found.outcomes), found.ahead > 10
(20, True)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

import numpy as np

from rebond.numbers.counting import Floats
from rebond.numbers.estimate import RANGE_FROM, Estimate

#: Imagined quarters drawn; those shown; weeks in one.
DRAWS, SHOWN, WEEKS = 20_000, 20, 13
_Z80 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Moved:
    """Twenty imagined quarters.

    Attributes:
        outcomes: what each ends ahead (below 0: behind) by, minor units, ascending.
        ahead: how many of them end ahead.
        chance: of all draws, the share that ends ahead; level ones count half.
        mean: of all draws, minor units.
    """

    outcomes: tuple[float, ...]
    ahead: int
    chance: float
    mean: float


def moved(to: Estimate, away: Estimate, *, hours: float, sales_minor: Sequence[float], seed: int = 0) -> Moved | None:
    """What ``hours`` a quarter bring more with one kind of contact than with the other.

    Args:
        to, away: money per hour in minor units, of the kind they go to and of the one they leave.
        hours: moved in a quarter.
        sales_minor: what single sales have brought.

    Returns:
        ``None`` below 10 sales, or where either kind has no range.
    """
    if len(sales_minor) < RANGE_FROM or not (_usable(to) and _usable(away)):
        return None
    random = np.random.default_rng(seed)
    amounts = np.asarray(sales_minor, dtype=np.float64)
    gains = _quarter(to, hours, amounts, random) - _quarter(away, hours, amounts, random)
    parts = (np.arange(SHOWN) + 0.5) / SHOWN
    outcomes = tuple(float(value) for value in np.quantile(gains, parts, method="inverted_cdf"))
    chance = float((gains > 0).mean() + (gains == 0).mean() / 2)
    return Moved(outcomes, sum(value > 0 for value in outcomes), chance, float(gains.mean()))


def _usable(rate: Estimate) -> bool:
    return rate.value is not None and rate.value > 0 and rate.lo80 is not None and rate.lo80 > 0


def _quarter(rate: Estimate, hours: float, amounts: Floats, random: np.random.Generator) -> Floats:
    """What so many hours bring in each draw."""
    value, low, high = (float(limit or 0) for limit in (rate.value, rate.lo80, rate.hi80))
    spread = (log(high) - log(low)) / (2 * _Z80)
    means = value * np.exp(spread * random.standard_normal(DRAWS) - spread**2 / 2)
    sales = random.poisson(hours * means / amounts.mean())
    drawn = amounts[random.integers(0, len(amounts), int(sales.sum()))]
    return np.bincount(np.repeat(np.arange(DRAWS), sales), drawn, DRAWS)


def _made(value: float) -> Estimate:
    """An estimate with a likely range of a fifth either way."""
    return Estimate(value, lo80=value * exp(-0.2), hi80=value * exp(0.2), k=40, n=200)

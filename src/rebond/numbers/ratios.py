"""A ratio of two totals over the same deals, with its range.

Delta method on the log of the ratio with the deal as the unit: psi_i = a_i - theta b_i, standard error
sqrt(sum psi^2) / sum b, t distribution. Where Fieller's theorem (E. C. Fieller, 1954, "Some problems in interval
estimation", JRSS B 16:175-185) has no finite range, the denominator could be nothing: then there is none here either.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt

from scipy.special import stdtrit

from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, cannot, too_few

NO_RANGE = "no range: what it is divided by is too uncertain"
DOMINATED = "no range: one sale brings over half of the money, and nothing here says how often such a sale comes"
#: From this part of the money on, one sale is more than all others together.
MOST = 0.5


@dataclass(frozen=True)
class Ratio:
    """A ratio and what its range needs.

    Attributes:
        above, below: the totals (or means, on the same scale as ``spread``).
        spread: the variance of ``above - theta below``.
        below_spread: the variance of ``below``.
        df: degrees of freedom of the t distribution.
    """

    above: float
    below: float
    spread: float
    below_spread: float
    df: float

    @property
    def value(self) -> float:
        return self.above / self.below

    def range(self, confidence: float) -> tuple[float, float] | None:
        """Limits; ``None`` where there are no finite ones."""
        t = _quantile(self.df, confidence)
        if t * t * self.below_spread >= self.below**2:
            return None
        width = t * sqrt(max(self.spread, 0.0)) / self.above
        return (self.value * exp(-width), self.value * exp(width)) if width < 700 else None

    def linear_range(self, confidence: float) -> tuple[float, float] | None:
        """Limits on the scale of the ratio itself, for a numerator that may be below zero; ``None`` as ``range``."""
        t = _quantile(self.df, confidence)
        if t * t * self.below_spread >= self.below**2:
            return None
        width = t * sqrt(max(self.spread, 0.0)) / self.below
        return self.value - width, self.value + width


@lru_cache(maxsize=4096)
def _quantile(df: float, confidence: float) -> float:
    return float(stdtrit(df, 0.5 + confidence / 2))


def shown(value: float) -> float:
    """Rounded to 12 digits: sums of floats differ in the last ones from run to run, pages should not.

    >>> shown(0.1 + 0.2)
    0.3
    """
    return float(f"{value:.12g}")


def plain_estimate(ratio: Ratio, *, sales: int, deals: int, method: str, note: str = "") -> Estimate:
    """A ratio that is accounting: from 5 sales the value, from 10 its range."""
    if sales < COUNTS_FROM:
        return too_few(need=COUNTS_FROM - sales, unit="wins", k=sales, n=deals)
    if ratio.below <= 0 or ratio.above <= 0:
        return cannot("nothing_recorded", "nothing is recorded that could be divided", k=sales, n=deals)
    likely, wide = (ratio.range(0.80), ratio.range(0.95)) if sales >= RANGE_FROM else (None, None)
    if likely is None or wide is None:
        said = NO_RANGE if sales >= RANGE_FROM else note
        return Estimate(shown(ratio.value), k=sales, n=deals, method=method, note=said)
    return _with_range(ratio.value, likely, wide, sales=sales, deals=deals, method=method, note=note)


def share_of_largest(largest: float, all_: float) -> float | None:
    """The part of the money that one sale makes; ``None`` where there is none.

    >>> share_of_largest(98.0, 100.0)
    0.98
    """
    return shown(largest / all_) if all_ > 0 else None


def signed_estimate(
    ratio: Ratio, *, sales: int, deals: int, method: str, note: str, below_zero: bool, largest: float | None
) -> Estimate:
    """Money over work, where a sale may have cost money, or one sale may be nearly all there is.

    Args:
        below_zero: whether any sale brought less than nothing: then the range is on the linear scale.
        largest: the part of the money that one sale makes; above ``MOST`` there is no range (``one_sale_dominates``).
    """
    if sales >= RANGE_FROM and ratio.below > 0 and largest is not None and largest > MOST:
        value = shown(ratio.value)
        return Estimate(value, k=sales, n=deals, method=method, note=DOMINATED, code="one_sale_dominates")
    if not below_zero:
        return plain_estimate(ratio, sales=sales, deals=deals, method=method, note=note)
    method = f"{method.removesuffix(', log-t')}, t on the linear scale since a commission is below zero"
    if sales < COUNTS_FROM:
        return too_few(need=COUNTS_FROM - sales, unit="wins", k=sales, n=deals)
    if ratio.below <= 0:
        return cannot("nothing_recorded", "nothing is recorded that could be divided", k=sales, n=deals)
    likely, wide = (ratio.linear_range(0.80), ratio.linear_range(0.95)) if sales >= RANGE_FROM else (None, None)
    if likely is None or wide is None:
        said = NO_RANGE if sales >= RANGE_FROM else note
        return Estimate(shown(ratio.value), k=sales, n=deals, method=method, note=said)
    return _with_range(ratio.value, likely, wide, sales=sales, deals=deals, method=method, note=note)


def corrected_estimate(ratio: Ratio, *, sales: int, deals: int, method: str, note: str) -> Estimate:
    """A ratio that is estimated: refused where it has no finite range."""
    if ratio.below <= 0 or ratio.above <= 0:
        return cannot("nothing_recorded", "nothing is recorded that could be divided", k=sales, n=deals)
    likely, wide = ratio.range(0.80), ratio.range(0.95)
    if likely is None or wide is None:
        return cannot("no_range", NO_RANGE, k=sales, n=deals)
    return _with_range(ratio.value, likely, wide, sales=sales, deals=deals, method=method, note=note)


def _with_range(
    value: float,
    likely: tuple[float, float],
    wide: tuple[float, float],
    *,
    sales: int,
    deals: int,
    method: str,
    note: str = "",
) -> Estimate:
    lo80, hi80, lo95, hi95 = (shown(limit) for limit in (*likely, *wide))
    return Estimate(shown(value), lo80, hi80, lo95, hi95, sales, deals, method, note)

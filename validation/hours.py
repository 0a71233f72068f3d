"""Do the ranges of money per hour hold the truth, and what happens when one sale is nearly all there is?

Worlds: companies of so many deals, lost ones too, drawn anew each time. Hours of a deal are gamma distributed, won
deals take longer; commissions are lognormal, with an ordinary spread or with one so wide that single sales dominate.
The truth is that of 400,000 deals. Sums go straight into ``touches_plain.Sums``, so that thousands of worlds take
seconds; that the engine's sums are the same is the business of tests/numbers/test_hours.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from rebond.numbers.estimate import Estimate
from rebond.numbers.ratios import MOST, plain_estimate
from rebond.numbers.touches_plain import Sums, _ratio
from validation.study import Line, Study

Floats = np.ndarray[Any, np.dtype[np.float64]]
TRUTH = 400_000


@dataclass(frozen=True)
class World:
    """How commissions come about: the spread of their logarithms, and what is taken off each (losses)."""

    name: str
    spread: float
    off: float = 0.0


ORDINARY = World("ordinary sales", 0.8)
LOSING = World("some sales at a loss", 0.8, 0.6)
WILD = World("sales of very different size", 2.6)


def draw(rng: np.random.Generator, world: World, n: int) -> tuple[Floats, Floats, Floats]:
    """Hours, whether won (0 or 1) and commission of n deals."""
    won = (rng.random(n) < 0.25).astype(float)
    hours = rng.gamma(2.0, 1.5, n) * (1 + won)
    typical = 50_000 * np.exp(-(world.spread**2) / 2)
    money = won * (typical * rng.lognormal(0, world.spread, n) * (0.6 + 0.08 * hours) - world.off * 50_000)
    return hours, won, money


@cache
def truth(world: World) -> float:
    """Minor units per hour."""
    hours, _won, money = draw(np.random.default_rng(11), world, TRUTH)
    return float(money.sum() / hours.sum())


def sums(hours: Floats, won: Floats, money: Floats) -> Sums:
    """What the engine would add up; in the place of minutes."""
    size = np.abs(money)
    top = int(size.argmax())
    return Sums({
        "deals": float(len(hours)), "sales": float(won.sum()), "paid": float(won.sum()), "moved": float(size.sum()),
        "losses": float((money < 0).sum()), "biggest": float(size[top]), "big_earned": float(money[top]),
        "big_minutes": float(hours[top]), "t_minutes": float(hours.sum()), "tt_minutes": float((hours**2).sum()),
        "tw_minutes": float((hours * won).sum()), "c_minutes": float(money.sum()),
        "cc_minutes": float((money**2).sum()), "ct_minutes": float((money * hours).sum()),
    })  # fmt: skip


def _inside(estimate: Estimate, true: float) -> bool | None:
    """Whether the 95 % range holds the truth; ``None`` without a range."""
    if estimate.lo95 is None or estimate.hi95 is None:
        return None
    return estimate.lo95 <= true <= estimate.hi95


def _unrefused(found: Sums) -> Estimate:
    """The log range whatever the largest sale: what is refused where it dominates."""
    t, tt, c, cc, ct = (found[f"{key}_minutes"] for key in ("t", "tt", "c", "cc", "ct"))
    ratio = _ratio(c, t, cc, ct, tt, found)
    return plain_estimate(ratio, sales=found.sales, deals=found.deals, method="log-t")


def coverage(worlds: int, seed: int) -> list[Line]:
    """Companies of 60 and 400 deals, with and without sales at a loss.

    The linear range is short with few and skew sales (15 of them here): its gate says so.
    """
    lines = []
    for world in (ORDINARY, LOSING):
        for n in (60, 400):
            gate = 0.85 if world.off and n < 100 else 0.91
            rng = np.random.default_rng([seed, n, int(10 * world.off)])
            found = [sums(*draw(rng, world, n)).money_per_work("minutes", method="log-t") for _world in range(worlds)]
            held = [hit for hit in (_inside(one, truth(world)) for one in found) if hit is not None]
            what = f"coverage of the 95 % range of money per hour, {world.name}, {n} deals"
            lines.append(Line(what, float(np.mean(held)), gate, worlds=len(held)))
    return lines


def one_sale(worlds: int, seed: int) -> list[Line]:
    """Companies of 80 deals whose sales differ wildly: where one brings more than half, and where none does."""
    rng, true = np.random.default_rng([seed, 80]), truth(WILD)
    dominated, refused = [], 0
    for _world in range(worlds):
        found = sums(*draw(rng, WILD, 80))
        if found.sales >= 10 and (found.largest_share or 0) > MOST:
            refused += found.money_per_work("minutes", method="log-t").code == "one_sale_dominates"
            dominated.append(bool(_inside(_unrefused(found), true)))
    share = float(np.mean(dominated))
    return [
        Line("ranges refused where one sale brings over half", refused / len(dominated), 1.0),
        Line("coverage of the 95 % range there, were it shown", share, 0.93, worlds=len(dominated), control=True),
    ]


STUDIES = (
    Study(
        "hours_coverage",
        "Companies of 60 and 400 deals, a quarter won, hours and commissions that belong together: do the ranges of "
        "money per hour hold the truth, on the log scale, and on the linear one where some sales cost money?",
        coverage,
        smoke=150,
        full=4_000,
    ),
    Study(
        "hours_one_sale",
        "Companies of 80 deals whose sales differ wildly. Where one sale brings over half of the money no range is "
        "shown; the one that would have been shown must miss the truth too often.",
        one_sale,
        smoke=400,
        full=8_000,
    ),
)

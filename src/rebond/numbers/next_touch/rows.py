"""From draws to the rows of the answer: estimates with their ranges, and what is advised."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from rebond.numbers.estimate import RANGE_FROM, Estimate, cannot, too_few
from rebond.numbers.next_touch.counts import Ints
from rebond.numbers.next_touch.curve import DRAWS, Chances
from rebond.numbers.next_touch.logit import Floats
from rebond.numbers.next_touch.result import AfterTouches, State
from rebond.numbers.next_touch.states import DRAWS as CHAIN_DRAWS
from rebond.numbers.next_touch.states import SILENT, Cells, Chain
from rebond.numbers.next_touch.worth import Stakes

CURVE = "Beta-Binomial around a logistic curve"
CHAIN = "logistic chain of win, no and answer"


class Outlook(Protocol):
    """What going on brings after a number of touches; draws in sales, the lowest and the highest that may hold."""

    method: str

    def ever(self, made: int) -> tuple[Floats, Floats]: ...

    def value(self, made: int) -> tuple[Floats, Floats] | None: ...


class ByTouches:
    """By touches made alone. Where it cannot be seen whose no it was, low and high differ."""

    def __init__(self, found: Chances, stake: Stakes, random: np.random.Generator) -> None:
        self.method = CURVE
        cost = stake.cost_in_sales(DRAWS, random)
        ends = (found.end_at_most, found.end)
        self._ever = [found.ever(end) for end in ends]
        self._value = None if cost is None else [found.going_on(cost, end) for end in ends]

    def ever(self, made: int) -> tuple[Floats, Floats]:
        low, high = self._ever
        return low[:, made], high[:, made]

    def value(self, made: int) -> tuple[Floats, Floats] | None:
        if self._value is None:
            return None
        low, high = self._value
        return low[:, made], high[:, made]


class ByStates:
    """By touches made and silence: what deals are in each state after so many touches decides the mix."""

    def __init__(self, chain: Chain, seen: Cells, horizon: int, stake: Stakes, random: np.random.Generator) -> None:
        self.method, self.chain = CHAIN, chain
        cost = stake.cost_in_sales(CHAIN_DRAWS, random)
        self.ever_by_state = chain.ever(horizon)
        self.value_by_state = None if cost is None else chain.going_on(cost)
        arrived = seen.arrived.astype(float)
        self._mix = arrived / np.maximum(arrived.sum(axis=1, keepdims=True), 1)

    def ever(self, made: int) -> tuple[Floats, Floats]:
        draws = self.ever_by_state[:, made] @ self._mix[made]
        return draws, draws

    def value(self, made: int) -> tuple[Floats, Floats] | None:
        if self.value_by_state is None:
            return None
        draws = self.value_by_state[:, made] @ self._mix[made]
        return draws, draws


def curve_rows(
    found: Chances, shown: range, arrived: Ints, stake: Stakes, outlook: Outlook, random: np.random.Generator
) -> tuple[AfterTouches, ...]:
    """One row per number of touches made."""
    rows = []
    for made in shown:
        tried, sold = int(found.tried[made]), int(found.sold[made])
        chance = _chance(found, made)
        if tried < RANGE_FROM:
            few = too_few(need=RANGE_FROM - tried, unit="deals_at_risk", n=tried, k=sold)
            rows.append(
                AfterTouches(made, int(arrived[made]), chance, few, _worth(chance, stake, None), few, "cannot_tell")
            )
            continue
        gains = stake.gain_draws(DRAWS, random)
        worth = _worth(chance, stake, found.win[:, made] * gains)
        ever = _between(*outlook.ever(made), method=outlook.method, n=tried)
        ever = replace(ever, note=f"within {found.horizon} touches")
        value, verdict = _verdict(outlook.value(made), stake, tried, outlook.method, random)
        rows.append(AfterTouches(made, int(arrived[made]), chance, ever, worth, value, verdict))
    return tuple(rows)


def state_rows(model: ByStates, seen: Cells, stake: Stakes, random: np.random.Generator) -> tuple[State, ...]:
    """One row per state from which a touch was ever made."""
    rows = []
    for made in range(model.chain.win.shape[1]):
        for silent in range(min(made, SILENT) + 1):
            tried, sold = int(seen.tried[made, silent]), int(seen.sold[made, silent])
            if tried == 0:
                continue
            if tried < RANGE_FROM:
                few = too_few(need=RANGE_FROM - tried, unit="deals_at_risk", n=tried, k=sold)
                rows.append(State(made, silent, tried, few, few, few, "cannot_tell"))
                continue
            chance = replace(_ranged(model.chain.win[:, made, silent], model.method, tried), k=sold)
            ever = _ranged(model.ever_by_state[:, made, silent], model.method, tried)
            value = model.value_by_state
            draws = None if value is None else (value[:, made, silent],) * 2
            worth, verdict = _verdict(draws, stake, tried, model.method, random)
            rows.append(State(made, silent, tried, chance, ever, worth, verdict))
    return tuple(rows)


def _chance(found: Chances, made: int) -> Estimate:
    tried, sold = int(found.tried[made]), int(found.sold[made])
    if tried < RANGE_FROM:
        return Estimate(float(found.level[made]), k=sold, n=tried, method=CURVE)
    drawn = _ranged(found.win[:, made], CURVE, tried)
    # The mean of a very skew chance may lie beyond its range, which is the better guide then.
    level = float(np.clip(found.level[made], drawn.lo95, drawn.hi95))
    return replace(drawn, value=level, k=sold)


def _worth(chance: Estimate, stake: Stakes, draws: Floats | None) -> Estimate:
    """Of one touch: its chance times the gain."""
    if not stake.money or stake.gain.value is None or chance.value is None:
        return cannot("no_money", "no commission or amount of a sale is known", n=chance.n, k=chance.k)
    value, method = chance.value * stake.gain.value, "chance times " + stake.gain.method
    if draws is None:
        return Estimate(value, k=chance.k, n=chance.n, method=method)
    return replace(_ranged(draws, method, chance.n), value=value, k=chance.k)


def _verdict(
    draws: tuple[Floats, Floats] | None, stake: Stakes, n: int, method: str, random: np.random.Generator
) -> tuple[Estimate, str]:
    """The value of going on (minor units, or sales without money), and what 9 draws in 10 agree on."""
    if draws is None:
        return cannot(
            "no_money", "what a touch costs cannot be held against a sale of unknown worth", n=n
        ), "cannot_tell"
    low, high = draws
    gains = stake.gain_draws(len(low), random)
    verdict = "cannot_tell"
    if np.quantile(high, 0.9) < 0:
        verdict = "close_kindly"
    elif np.quantile(low, 0.1) > 0:
        verdict = "go_on"
    below = low * gains
    return _between(below, below if low is high else high * gains, method=method, n=n), verdict


def _between(low: Floats, high: Floats, *, method: str, n: int) -> Estimate:
    """From the lower ends of one set of draws to the upper ends of the other; the value is the median of the latter.

    The mean would follow the few draws in which going on pays for ever: policies from it lose 4 to 7 points more.
    """
    if low is high:  # sorting the draws once is half of the time
        lo80, lo95, hi80, hi95 = np.quantile(low, [0.1, 0.025, 0.9, 0.975])
    else:
        (lo80, lo95), (hi80, hi95) = np.quantile(low, [0.1, 0.025]), np.quantile(high, [0.9, 0.975])
    return Estimate(float(np.median(high)), float(lo80), float(hi80), float(lo95), float(hi95), n=n, method=method)


def _ranged(draws: Floats, method: str, n: int) -> Estimate:
    return _between(draws, draws, method=method, n=n)

"""Groups pulled towards the whole, and the win rate by value: do the ranges hold the truth?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import betaincinv, betaln, expit, logit

from rebond.numbers.outcomes import value_rate
from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import wilson
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
#: Groups shown by themselves have at least so many cases.
SHOWN_FROM = 5


def _draw(
    rng: np.random.Generator, groups: int, mu: float, kappa: float, cases: int = 20
) -> tuple[Numbers, Numbers, Numbers]:
    """True shares, counts and cases of groups whose sizes are lognormal with that median, none below 5."""
    n = np.maximum(np.round(cases * np.exp(rng.normal(0, 0.8, groups))), SHOWN_FROM).astype(np.int64)
    truth = rng.beta(mu * kappa, (1 - mu) * kappa, groups)
    return truth, rng.binomial(n, truth), n


def _coverage(worlds: int, seed: int, groups: int, mu: float, kappa: float, cases: int) -> tuple[float, float]:
    """Of all groups, how many truths lie in the 95 % and in the 80 % range."""
    rng = np.random.default_rng(seed)
    inside = np.zeros(2)
    for _world in range(worlds):
        truth, k, n = _draw(rng, groups, mu, kappa, cases)
        found = pool_shares(k, n)
        inside[0] += np.mean((found.lo95 <= truth) & (truth <= found.hi95))
        inside[1] += np.mean((found.lo80 <= truth) & (truth <= found.hi80))
    return float(inside[0] / worlds), float(inside[1] / worlds)


def ranges(worlds: int, seed: int) -> list[Line]:
    """Coverage by the number of groups, and away from the middle of the road."""
    settings = [(groups, 0.25, 20.0, 20) for groups in (4, 6, 12, 30, 100, 1000)]
    settings += [(12, 0.05, 20.0, 20), (12, 0.25, 8.0, 20), (12, 0.25, 1000.0, 20), (12, 0.25, 20.0, 2000)]
    lines = []
    for groups, mu, kappa, cases in settings:
        times = max(worlds * 12 // groups, 4)
        wide, likely = _coverage(times, seed + groups, groups, mu, kappa, cases)
        what = f"{groups} groups of about {cases}, share {mu:.0%}, alike as {kappa:.0f} cases: "
        lines.append(Line(what + "coverage of the 95 % range", wide, at_least=0.93, worlds=times * groups))
        lines.append(Line(what + "coverage of the 80 % range", likely, at_least=0.77, worlds=times * groups))
    return lines


def errors(worlds: int, seed: int) -> list[Line]:
    """How far off the pooled shares are, compared with each group's own."""
    rng = np.random.default_rng(seed)
    pooled = own = wrong = wrong_own = 0.0
    for _world in range(worlds):
        truth, k, n = _draw(rng, 30, 0.25, 20.0)
        found = pool_shares(k, n)
        pooled += np.mean((found.value - truth) ** 2)
        own += np.mean((k / n - truth) ** 2)
        wrong += truth[np.argmin(found.value)] > np.median(truth)
        wrong_own += truth[np.argmin(k / n)] > np.median(truth)
    ratio = float(np.sqrt(pooled / own))
    return [
        Line("root mean square error, pooled / own share (30 groups, alike as 20)", ratio, at_most=0.75),
        Line("the lowest pooled share is truly above the median", wrong / worlds, at_most=0.05, worlds=worlds),
        Line("the lowest own share is truly above the median", wrong_own / worlds, beside="shown for comparison"),
    ]


def _plugged_in(k: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """The naive way: the most likely spread is taken for the truth, and a group's range is its Beta's."""
    mu = (k.sum() + 0.5) / (n.sum() + 1)

    def loss(log_kappa: float) -> float:
        a, b = mu * np.exp(log_kappa), (1 - mu) * np.exp(log_kappa)
        return -float(np.sum(betaln(k + a, n - k + b) - betaln(a, b)))

    kappa = np.exp(minimize_scalar(loss, bounds=(-2, 10), method="bounded").x)
    a, b = k + mu * kappa, n - k + (1 - mu) * kappa
    return betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)


def plugged_in(worlds: int, seed: int) -> list[Line]:
    """The negative control: empirical Bayes with the spread plugged in."""
    lines = []
    for groups in (6, 12):
        rng = np.random.default_rng(seed + groups)
        inside = 0.0
        for _world in range(worlds):
            truth, k, n = _draw(rng, groups, 0.25, 20.0)
            low, high = _plugged_in(k, n)
            inside += np.mean((low <= truth) & (truth <= high))
        what = f"{groups} groups: coverage of the 95 % range with the spread plugged in"
        lines.append(Line(what, inside / worlds, at_least=0.93, worlds=worlds * groups, control=True))
    return lines


def _sums(amounts: Numbers) -> Numbers:
    return np.array([len(amounts), len(amounts), *(np.sum(amounts**power) for power in (1.0, 2.0, 4.0))])


def by_value(worlds: int, seed: int) -> list[Line]:
    """Coverage of the win rate by value, and of the naive range that takes each amount for one deal."""
    rng = np.random.default_rng(seed)
    amounts = np.exp(rng.normal(10, 1, 200_000))
    won = rng.random(amounts.size) < expit(logit(0.35) - 0.4 * (np.log(amounts) - 10))
    truth = float(amounts[won].sum() / amounts.sum())
    lines = []
    for n in (60, 150, 400, 5000):
        inside = naive = said = 0
        for _world in range(worlds):
            some = rng.integers(0, amounts.size, n)
            mine, good = amounts[some], won[some]
            found = value_rate(_sums(mine[good]), _sums(mine[~good]))
            if found.value is None or found.lo95 is None or found.hi95 is None:
                continue
            said += 1
            inside += found.lo95 <= truth <= found.hi95
            low, high = wilson(found.value * n, n, 0.95)
            naive += low <= truth <= high
        lines.append(Line(f"{n} decided deals: coverage of the 95 % range", inside / said, at_least=0.93, worlds=said))
        what = f"{n} decided deals: coverage of Wilson's range as if every deal weighed the same"
        lines.append(Line(what, naive / said, at_least=0.93, worlds=said, control=True))
    return lines


STUDIES = (
    Study(
        "pooled_shares",
        "Groups with known true shares (Beta around the whole), from 5 to some thousand cases each: how often the "
        "pooled range of a group holds its truth.",
        ranges,
        smoke=3,
        full=150,
    ),
    Study(
        "pooled_errors",
        "The same world: how much nearer to the truth the pooled share is, and whether the group that looks worst is.",
        errors,
        smoke=12,
        full=150,
    ),
    Study(
        "pooled_plugged_in",
        "The same world, the usual shortcut: the most likely spread taken for the true one. It must be caught.",
        plugged_in,
        smoke=150,
        full=1200,
    ),
    Study(
        "value_rate",
        "Deals with lognormal amounts (the dearer, the less often won): how often the range of money won / money "
        "decided holds the truth.",
        by_value,
        smoke=300,
        full=1500,
    ),
)

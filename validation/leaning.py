"""One's own cases on the team's on what is usual, and prices made of such chances: do the ranges hold the truth?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import betaincinv

from rebond.numbers.leaning import ALIKE, Sums, Usual, lean_all, lean_mean
from rebond.numbers.pricing import Z80, Rate, price
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
LEAST, MOST = 0.77, 0.88
#: Colleagues the team's other cases are of.
OTHERS = 6
#: Usual chance, its weight in cases, the person's own cases, the team's others.
SETTINGS = [(0.15, 20, own, team) for own in (0, 5, 20, 200) for team in (0, 20, 200, 2000)]
SETTINGS += [(0.05, 20, own, team) for own in (0, 20, 200) for team in (0, 200)] + [(0.4, 8, 20, 60)]


def _draw(
    rng: np.random.Generator, worlds: int, mean: float, cases: float, own: int, team: int
) -> tuple[Numbers, Numbers, Numbers]:
    """True chances of the person, own successes, and those of all in the team."""
    level = rng.beta(mean * cases, (1 - mean) * cases, worlds)
    a, b = np.maximum(level * ALIKE, 1e-12), np.maximum((1 - level) * ALIKE, 1e-12)
    truth = rng.beta(a, b)
    colleagues = rng.beta(a[:, None].repeat(OTHERS, 1), b[:, None].repeat(OTHERS, 1))
    k = rng.binomial(own, truth)
    return truth, k, k + rng.binomial(team // OTHERS, colleagues).sum(axis=1)


def _rates(k: Numbers, own: int, both: Numbers, team: int, usual: Usual) -> list[Rate]:
    n = own + team // OTHERS * OTHERS
    return lean_all([(int(one), own) for one in k], [(int(one), n) for one in both], usual, people=OTHERS)


def ranges(worlds: int, seed: int) -> list[Line]:
    """Coverage where the stated prior is right."""
    lines = []
    for place, (mean, cases, own, team) in enumerate(SETTINGS):
        truth, k, both = _draw(np.random.default_rng(seed + place), worlds, mean, cases, own, team)
        found = _rates(k, own, both, team, Usual(mean, cases))
        inside = np.mean([rate.lo80 <= one <= rate.hi80 for rate, one in zip(found, truth, strict=True)])
        what = f"usual {mean:.0%} as {cases} cases; {own} own, {team} of others: coverage of the 80 % range"
        lines.append(Line(what, float(inside), at_least=LEAST, at_most=MOST, worlds=worlds))
    return lines


def wrong_prior(worlds: int, seed: int) -> list[Line]:
    """What becomes of a prior that is three times too low or too high."""
    lines = []
    for place, (own, team) in enumerate(((0, 0), (5, 20), (20, 200), (200, 2000))):
        for usual in (0.05, 0.45):
            truth, k, both = _draw(np.random.default_rng(seed + place), worlds, 0.15, 20, own, team)
            found = _rates(k, own, both, team, Usual(usual, 20))
            inside = np.mean([rate.lo80 <= one <= rate.hi80 for rate, one in zip(found, truth, strict=True)])
            off = float(np.mean([rate.value for rate in found]) / truth.mean())
            what = f"true 15 %, stated {usual:.0%}; {own} own, {team} of others: coverage of the 80 % range"
            many = {"at_least": LEAST, "at_most": MOST, "worlds": worlds} if own >= 200 else {}
            lines.append(Line(what, float(inside), beside=f"mean stated / true {off:.2f}", **many))  # type: ignore[arg-type]
    return lines


def plugged_in(worlds: int, seed: int) -> list[Line]:
    """The negative control: the team's level as if it were known."""
    lines = []
    for place, (own, team) in enumerate(((0, 0), (0, 20), (5, 20))):
        truth, k, both = _draw(np.random.default_rng(seed + place), worlds, 0.15, 20, own, team)
        level = (both - k + 0.15 * 20) / (team // OTHERS * OTHERS + 20)
        a, b = k + level * ALIKE, own - k + (1 - level) * ALIKE
        inside = float(np.mean((betaincinv(a, b, 0.1) <= truth) & (truth <= betaincinv(a, b, 0.9))))
        what = f"{own} own, {team} of others: coverage of the 80 % range with the team's level plugged in"
        lines.append(Line(what, inside, at_least=LEAST, worlds=worlds, control=True))
    return lines


def means(worlds: int, seed: int) -> list[Line]:
    """Coverage of a mean of lognormal amounts; people's means differ as ``leaning.APART`` says."""
    lines = []
    for place, (own, team) in enumerate(((0, 60), (3, 60), (10, 60), (40, 400), (200, 2000))):
        rng, inside = np.random.default_rng(seed + place), 0
        for _world in range(worlds):
            truth = np.exp(rng.normal(10, 0.3, OTHERS + 1))
            amounts = [one * rng.lognormal(-0.32, 0.8, team // OTHERS) for one in truth[1:]]
            mine = Sums.of(list(truth[0] * rng.lognormal(-0.32, 0.8, own)))
            found = lean_mean(mine, mine.with_(Sums.of(list(np.concatenate(amounts)))), people=OTHERS)
            inside += found is not None and found.lo80 <= truth[0] <= found.hi80
        what = f"{own} own sales, {team} of others: coverage of the 80 % range of the mean"
        lines.append(Line(what, inside / worlds, at_least=0.75, at_most=0.90, worlds=worlds))
    return lines


def prices(worlds: int, seed: int) -> list[Line]:
    """Coverage of a price, chance x chance x gain: sure factors, few cases, and chances that may be next to nothing."""
    lines = []
    for place, (first, second, spread) in enumerate(
        (((50, 200), (50, 400), 0.05), ((20, 80), (10, 90), 0.1), ((30, 30), (1, 19), 0.2), ((3, 17), (1, 9), 0.3),
         ((0.5, 19.5), (0.5, 9.5), 0.5), ((9, 1), (9, 1), 0.2))
    ):  # fmt: skip
        rng = np.random.default_rng(seed + place)
        truth = rng.beta(*first, worlds) * rng.beta(*second, worlds) * rng.lognormal(-(spread**2) / 2, spread, worlds)
        low, high = (float(np.exp(-(spread**2) / 2 + z * spread)) for z in (-Z80, Z80))
        chances = (("first", _beta_rate(*first)), ("second", _beta_rate(*second)))
        found = price(chances, Rate(1.0, low, high), work_minor=0.0, minutes=1)
        inside = float(np.mean((found.lo80 <= truth) & (truth <= found.hi80)))
        what = f"Beta{first} x Beta{second} x lognormal {spread}: coverage of the 80 % range"
        lines.append(Line(what, inside, at_least=0.77, at_most=0.92, worlds=worlds))
    return lines


def _beta_rate(a: float, b: float) -> Rate:
    mean = a / (a + b)
    return Rate(mean, float(betaincinv(a, b, 0.1)), max(float(betaincinv(a, b, 0.9)), mean))


STUDIES = (
    Study(
        "leaning_ranges",
        "A person of a team of seven with known true chances: the team's level is drawn around what is usual, each "
        "person's around the team's. How often the range of the person's chance holds it.",
        ranges, smoke=30, full=2000,
    ),
    Study(
        "leaning_wrong_prior",
        "The same world with a stated prior three times too low and too high. With few cases the range misses, since "
        "there is nothing else to go by; with many the prior no longer matters.",
        wrong_prior, smoke=30, full=2000,
    ),
    Study(
        "leaning_plugged_in",
        "The same world, the usual shortcut: the team's level taken as known. It must be caught.",
        plugged_in, smoke=600, full=4000,
    ),
    Study(
        "leaning_means",
        "Means of lognormal amounts, people's means a third apart.",
        means, smoke=60, full=1500,
    ),
    Study(
        "prices_ranges",
        "Chance times chance times gain, each drawn from what is known of it: how often the range of a price holds the "
        "true product. It is on the wide side where a chance may be next to nothing, since it then reaches down to 0.",
        prices, smoke=4000, full=100_000,
    ),
)  # fmt: skip

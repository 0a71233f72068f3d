"""Did it change? Does the range of a difference hold the truth, how often is luck called a change, is a change seen?"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from rebond.numbers.change import chance_up, change, needed_n, newcombe
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
#: Cases before and after: from the smallest that is told to a year's deals.
SIZES = ((10, 10), (20, 20), (40, 15), (120, 60), (400, 400))
#: True shares are drawn up to here: most reasons are named in fewer than six noes of ten.
HIGHEST = 0.60


def ranges(worlds: int, seed: int) -> list[Line]:
    """Coverage of the wide and the likely range of the difference, over shares as they occur."""
    lines = []
    for place, (n0, n1) in enumerate(SIZES):
        rng = np.random.default_rng(seed + place)
        p0, p1 = rng.uniform(0.02, HIGHEST, worlds), rng.uniform(0.02, HIGHEST, worlds)
        before, after = rng.binomial(n0, p0), rng.binomial(n1, p1)
        for part, gate in ((0.95, 0.93), (0.80, 0.77)):
            held = _held(before, n0, after, n1, p1 - p0, part)
            what = f"{n0} cases before, {n1} after: coverage of the {part:.0%} range"
            lines.append(Line(what, held, at_least=gate, worlds=worlds))
    return lines


def _held(before: Numbers, n0: int, after: Numbers, n1: int, truth: Numbers | float, part: float) -> float:
    """How often the range holds the truth; each pair of counts is worked out once."""
    pairs, which = np.unique(np.stack([before, after]), axis=1, return_inverse=True)
    found = np.array([newcombe(int(k0), n0, int(k1), n1, part) for k0, k1 in pairs.T])[which.ravel()]
    return float(np.mean((found[:, 0] <= truth) & (truth <= found[:, 1])))


def wald(worlds: int, seed: int) -> list[Line]:
    """The negative control: the textbook range, difference plus or minus 1.96 standard errors."""
    rng = np.random.default_rng(seed)
    before, after, truth = rng.binomial(20, 0.05, worlds), rng.binomial(20, 0.02, worlds), 0.02 - 0.05
    share0, share1 = before / 20, after / 20
    spread = NormalDist().inv_cdf(0.975) * np.sqrt(share0 * (1 - share0) / 20 + share1 * (1 - share1) / 20)
    held = float(np.mean(np.abs(share1 - share0 - truth) <= spread))
    ours, what = _held(before, 20, after, 20, truth, 0.95), "5% of 20 before, 2% of 20 after: coverage of "
    return [
        Line(what + "the textbook range", held, at_least=0.93, worlds=worlds, control=True),
        Line(what + "ours", ours, at_least=0.93, worlds=worlds),
    ]


def chances(worlds: int, seed: int) -> list[Line]:
    """Calibration: of the changes called "9 chances in 10" to be a rise, 9 in 10 are one."""
    rng = np.random.default_rng(seed)
    p0, p1 = rng.beta(0.5, 0.5, worlds), rng.beta(0.5, 0.5, worlds)
    k0, k1 = rng.binomial(30, p0), rng.binomial(20, p1)
    said = np.array([chance_up(int(a), 30, int(b), 20) for a, b in zip(k0, k1, strict=True)])
    lines = []
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 0.95)):
        inside = (said >= low) & (said < high)
        gap = abs(float(np.mean((p1 > p0)[inside]) - np.mean(said[inside])))
        allowed = 3.1 * sqrt(0.25 / max(int(inside.sum()), 1))
        lines.append(
            Line(f"chance said between {low:.0%} and {high:.0%}: off by", gap, at_most=allowed,
                 beside=f"{inside.sum()} worlds")
        )  # fmt: skip
    return lines


def verdicts(worlds: int, seed: int) -> list[Line]:
    """How often nothing is called a change, and a change of the planned size is seen."""
    rng, n = np.random.default_rng(seed), needed_n(0.20, 0.30)
    before, same, more = rng.binomial(n, 0.2, worlds), rng.binomial(n, 0.2, worlds), rng.binomial(n, 0.3, worlds)
    few = rng.binomial(30, 0.2, (2, worlds))
    return [
        Line(f"no change, {n} cases a period: called a change", _called(before, same, n), at_most=0.05, worlds=worlds),
        Line("no change, 30 cases a period: called a change", _called(few[0], few[1], 30), at_most=0.05, worlds=worlds),
        Line(f"20% to 30%, {n} cases a period, as planned: seen", _called(before, more, n), at_least=0.80,
             worlds=worlds),
    ]  # fmt: skip


def _called(before: Numbers, after: Numbers, n: int) -> float:
    pairs, counts = np.unique(np.stack([before, after]), axis=1, return_counts=True)
    found = [change(int(a), n, int(b), n).verdict in ("rose", "fell") for a, b in pairs.T]
    return float(np.dot(found, counts) / len(before))


def peeking(worlds: int, seed: int) -> list[Line]:
    """The negative control: looking after every case from the tenth on, and stopping at the first "changed"."""
    rng, n = np.random.default_rng(seed), 100
    before, cases = rng.binomial(n, 0.3, worlds), rng.random((worlds, n)) < 0.3
    after, alarms, alarms_once = cases.cumsum(axis=1), 0, 0
    for world in range(worlds):
        k0 = int(before[world])
        looks = [_apart(k0, n, int(after[world, m - 1]), m) for m in range(10, n + 1)]
        alarms += any(looks)
        alarms_once += looks[-1]
    return [
        Line("no change, a look after every case: ever called a change", alarms / worlds, at_most=0.05, worlds=worlds,
             control=True),
        Line("no change, one look at the end: called a change", alarms_once / worlds, at_most=0.05, worlds=worlds),
    ]  # fmt: skip


def _apart(k0: int, n0: int, k1: int, n1: int) -> bool:
    low, high = newcombe(k0, n0, k1, n1)
    return low > 0 or high < 0


STUDIES = (
    Study(
        "change_ranges",
        "Two periods, true shares drawn between 2% and 60%: how often the range of their difference holds the truth.",
        ranges,
        smoke=2_000,
        full=40_000,
    ),
    Study(
        "change_wald",
        "Few cases and rare reasons: the textbook range of a difference must be caught where ours holds.",
        wald,
        smoke=2_000,
        full=40_000,
    ),
    Study(
        "change_chances",
        "True shares drawn from the prior: whether the chance of a rise is what it says.",
        chances,
        smoke=2_000,
        full=40_000,
    ),
    Study(
        "change_verdicts",
        "Nothing changed, or what a test was planned for did: how often it is called a change.",
        verdicts,
        smoke=1_500,
        full=20_000,
    ),
    Study(
        "change_peeking",
        "Nothing changed, and somebody looks after every case: why a test gives no verdict before its end.",
        peeking,
        smoke=150,
        full=1_500,
    ),
)

"""Is this month news, or what months do? Process-behaviour limits and a CUSUM on scaled, studentised months.

A month is first brought to a scale on which months of any size vary alike (``rate_scores``, ``series.Scale``), then
compared with what the baseline and the season (``season``) lead to expect, in units of how far months usually stray:
f = (z - reference) / (s sqrt(1 + leverage)). In an XmR chart s is the mean absolute difference of successive months
over 1.128 (for rates: Laney 2002, "Improved control charts for attributes", Quality Engineering 14:531-537); here it is
``lasting_spread``, which also holds where neighbouring months move together.
Two signals: |f| beyond k (this month alone), or a two-sided CUSUM (Page 1954, Biometrika 41:100-115) with allowance
1/2 beyond h (a lasting change). A baseline of b months knows its own mean and spread badly, so k and h depend on b:
they are quantiles of the two maxima over the next 12 months, computed from months that do not change at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import gammaln

from rebond.numbers.trends.season import Season, leverage, references

Floats = np.ndarray[Any, np.dtype[np.float64]]
Spread = Callable[[Floats, int], Floats]
Numbers = np.ndarray[Any, Any]
#: Expected absolute difference of two independent standard normals.
MEAN_MOVE = 1.128
#: CUSUM allowance: half of the smallest change, in usual monthly movements, worth finding.
ALLOWANCE = 0.5
#: Months a limit must hold for, and the worlds its quantile rests on.
AHEAD, WORLDS = 12, 20_000
#: Below this usual movement (1 is the luck of the draw alone) months are too alike to be true: it counts as this.
LEAST_MOVE = 0.5
#: From this many expected cases of the rarer kind on, a share is normal enough as it is.
PLAIN_FROM = 3.0


def moving_range_limits(values: Floats, k: float = 3.0) -> tuple[float, float, float, float]:
    """Mean, mean moving range, and the two limits of an XmR chart (individuals).

    >>> flow = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    >>> [round(x, 3) for x in moving_range_limits(flow)]
    [50.81, 1.878, 45.816, 55.804]
    """
    mean, move = float(values.mean()), float(np.abs(np.diff(values)).mean())
    width = k * move / MEAN_MOVE
    return mean, move, mean - width, mean + width


def rate_scores(k: Numbers, n: Numbers, share: float) -> Floats:
    """Months of k of n as deviations from ``share``, in units of the luck of the draw.

    Where fewer than ``PLAIN_FROM`` of either kind are expected in a month, on the arcsine scale of Anscombe (1948).
    """
    share = min(max(share, 1e-9), 1 - 1e-9)
    if is_plain(n, share):
        return (k / n - share) * np.sqrt(n / (share * (1 - share)))
    return 2 * np.sqrt(n + 0.5) * (np.arcsin(np.sqrt((k + 0.375) / (n + 0.75))) - np.arcsin(np.sqrt(share)))  # type: ignore[no-any-return]


def rate_values(scores: Floats, n: Numbers, share: float) -> Floats:
    """The shares of n that have these scores, kept between 0 and 1: the way back for limits."""
    share = min(max(share, 1e-9), 1 - 1e-9)
    if is_plain(n, share):
        return np.clip(share + scores * np.sqrt(share * (1 - share) / n), 0, 1)
    angle = np.clip(np.arcsin(np.sqrt(share)) + scores / (2 * np.sqrt(n + 0.5)), 0, np.pi / 2)
    return np.clip(((n + 0.75) * np.sin(angle) ** 2 - 0.375) / n, 0, 1)  # type: ignore[no-any-return]


def is_plain(n: Numbers, share: float) -> bool:
    """Whether a usual month expects enough cases of both kinds."""
    return bool(np.median(n) * min(share, 1 - share) >= PLAIN_FROM)


def moving_range_spread(rest: Floats, terms: int) -> Floats:
    """Mean absolute difference of successive months over 1.128; shape (..., months) to (..., 1)."""
    del terms
    return np.abs(np.diff(rest, axis=-1)).mean(axis=-1, keepdims=True) / MEAN_MOVE  # type: ignore[no-any-return]


def lasting_spread(rest: Floats, terms: int) -> Floats:
    """How far months stray for some time, whether or not neighbours move together; shape (..., months) to (..., 1).

    The larger of the moving-range spread and the standard deviation about ``terms`` means, times the root of 1 + 2 r
    for neighbours that are alike (r, their correlation, between 0 and 1/2). Deals opened in one month close in several,
    so neighbours do move together; the moving range alone then takes months for steadier than they are.
    """
    months = rest.shape[-1]
    power = (rest * rest).sum(axis=-1, keepdims=True)
    deviation = np.sqrt(power / max(months - terms, 1))
    alike = (rest[..., 1:] * rest[..., :-1]).sum(axis=-1, keepdims=True) / np.maximum(power, 1e-12)
    alike = np.clip(alike + 1 / months, 0, 0.5)
    return np.maximum(moving_range_spread(rest, terms), deviation) * np.sqrt(1 + 2 * alike)  # type: ignore[no-any-return]


def expected(
    scores: Floats,
    season: Season,
    weight: float | None,
    spread: Spread = lasting_spread,
    size: Floats | None = None,
) -> tuple[Floats, Floats]:
    """What each month is compared with, and how far months usually are from it; both of the shape of ``scores``.

    ``scores`` has shape (..., months). ``weight`` is how much of the same month a year before is expected again: 0, 1,
    or ``None`` for as much as the record shows. ``size`` is how many cases each month has, over the baseline's mean:
    what months stray beyond the luck of the draw (1) is a matter of the share itself, and weighs more where there are
    more.
    """
    rest, yearly, share = references(scores, season, weight)
    terms = len(np.unique(season.position))
    unit = np.maximum(spread(rest[..., : season.baseline], terms), LEAST_MOVE * season.floor)
    if size is not None:
        unit = np.sqrt(np.minimum(unit, 1) ** 2 + np.maximum(unit**2 - 1, 0) * size)
    return scores - rest + yearly, unit * np.sqrt(leverage(season, share))


def deviations(scores: Floats, season: Season, weight: float | None, spread: Spread = lasting_spread) -> Floats:
    """f of the judged months: how far each is from its reference, in usual monthly movements; shape (..., judged)."""
    centre, unit = expected(scores, season, weight, spread)
    return ((scores - centre) / unit)[..., season.baseline :]


def cusum(f: Floats) -> tuple[Floats, Floats]:
    """The running sums of rises and of drops beyond the allowance; shape as ``f``."""
    up, down = np.zeros_like(f), np.zeros_like(f)
    above = below = np.zeros_like(f[..., 0])
    for place in range(f.shape[-1]):
        above = np.maximum(0, above + f[..., place] - ALLOWANCE)
        below = np.maximum(0, below - f[..., place] - ALLOWANCE)
        up[..., place], down[..., place] = above, below
    return up, down


@lru_cache(maxsize=256)
def _maxima(season: Season, weight: float | None, spread: Spread) -> tuple[Floats, Floats]:
    """Of worlds in which nothing changes: largest |f| and largest CUSUM of the judged months, each ascending."""
    rng = np.random.default_rng(1954)
    largest, sums = [], []
    for _block in range(4):
        scores = rng.standard_normal((WORLDS // 4, season.months))
        f = deviations(scores, season.without_floor(), weight, spread)
        largest.append(np.abs(f).max(axis=-1))
        sums.append(np.maximum(*cusum(f)).max(axis=-1))
    return np.sort(np.concatenate(largest)), np.sort(np.concatenate(sums))


def limits(season: Season, weight: float | None, chance: float, spread: Spread = lasting_spread) -> tuple[float, float]:
    """k and h such that either is passed with ``chance`` in the judged months without any change, half each."""
    largest, sums = _maxima(season, weight, spread)
    return float(np.quantile(largest, 1 - chance / 2)), float(np.quantile(sums, 1 - chance / 2))


def change_chances(values: Floats, baseline: int, hazard: float = 1 / 24) -> Floats:
    """When did the present regime begin? The chance of each month, the first standing for "it never changed".

    Bayesian online change-point detection (R. P. Adams and D. J. C. MacKay, 2007, arXiv:0710.3742) with a Student-t
    predictive whose prior is the baseline's mean and spread; the posterior over run lengths after the last month. Used
    to date an alarm, never as one. ``values`` and the result have shape (months,).
    """
    start = values[:baseline]
    spread = max(float(np.abs(np.diff(start)).mean()) / MEAN_MOVE, 1e-9) if baseline > 1 else 1.0
    x = (values - start.mean()) / spread
    log = np.array([0.0])
    mean, weight, shape, rate = (np.array([v]) for v in _PRIOR)
    for value in x:
        growth = log + _student(value, mean, weight, shape, rate)
        total = np.logaddexp.reduce(growth)
        log = np.concatenate([[np.log(hazard) + total], growth + np.log1p(-hazard)])
        log -= np.logaddexp.reduce(log)
        mean, weight, shape, rate = _updated(value, mean, weight, shape, rate)
    began = np.exp(log[1:][::-1])  # without the chance that the next month begins another
    return began / began.sum()  # type: ignore[no-any-return]


#: Normal-gamma prior of a regime, on values scaled by the baseline: mean, its weight in months, shape, rate.
_PRIOR = (0.0, 0.1, 2.0, 2.0)


def _student(x: float, mean: Floats, weight: Floats, shape: Floats, rate: Floats) -> Floats:
    """Log predictive density of the next month under each run length."""
    scale = rate * (weight + 1) / (shape * weight)
    df = 2 * shape
    core = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi * scale)
    return core - (df + 1) / 2 * np.log1p((x - mean) ** 2 / (df * scale))  # type: ignore[no-any-return]


def _updated(x: float, mean: Floats, weight: Floats, shape: Floats, rate: Floats) -> tuple[Floats, ...]:
    """The regimes after having seen ``x``, and the prior of one that begins next month."""
    grown = rate + weight * (x - mean) ** 2 / (2 * (weight + 1))
    moved = (weight * mean + x) / (weight + 1)
    fresh = [np.array([v]) for v in _PRIOR]
    pairs = zip(fresh, (moved, weight + 1, shape + 0.5, grown), strict=True)
    return tuple(np.concatenate(pair) for pair in pairs)

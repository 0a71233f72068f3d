"""Does the curve of the older deals hold for the newer ones?

The older two thirds (by month of opening) forecast each touch of the newest third. Slope and level are those of a
logistic regression of what came on the log-odds that were forecast (Cox, 1958, "Two further applications of a model
for binary regression", Biometrika 45:562-565); z is Spiegelhalter's (1986, Statistics in Medicine 5:421-433).
"""

from __future__ import annotations

from datetime import date
from math import sqrt

import numpy as np
from scipy.special import logit
from scipy.stats import beta

from rebond.numbers.estimate import Estimate, cannot, too_few
from rebond.numbers.next_touch.counts import FARTHEST, WON, Ints, Tally
from rebond.numbers.next_touch.curve import chances
from rebond.numbers.next_touch.logit import Floats, fit
from rebond.numbers.next_touch.result import Calibration, ReliabilityBin

OLDER, SALES, BINS = 2 / 3, 10, 10
#: Standard errors from which level and slope count as off: together a false alarm in at most 1 file in 20. The slope's
#: own error leaves out that of the older curve, hence the wider one.
LEVEL_OFF, SLOPE_OFF = 2.24, 3.3
Z80, Z95 = 1.281552, 1.959964


def calibrate(tally: Tally) -> tuple[Calibration, Ints | None]:
    """The check, and the newest third's sheet of counts; ``None`` where it cannot be told apart."""
    found = _since(tally)
    if found is None:
        missing = cannot("no_dates", "cannot be checked: the deals need days of opening in at least two months")
        return Calibration(None, missing, missing), None
    month, since = found
    older, newer = (tally.sheets[part].sum(axis=0) for part in (tally.months < month, tally.months >= month))
    fewest = int(min(older[WON].sum(), newer[WON].sum()))
    if fewest < SALES:
        missing = too_few(need=SALES - fewest, unit="wins", n=fewest)
        return Calibration(since, missing, missing), newer
    forecast = chances(tally, older, np.random.default_rng(0)).level
    reach = min(len(forecast), FARTHEST - 1)
    return compare(
        forecast[:reach], newer[WON][1 : reach + 1], tally.at_risk(newer)[1 : reach + 1], older, since
    ), newer


def compare(forecast: Floats, k: Ints, n: Ints, older: Ints, since: date | None) -> Calibration:
    """Forecast chances, one per touch number, held against k sales of n touches that came later."""
    seen = n > 0
    forecast, k, n = forecast[seen], k[seen], n[seen]
    odds = logit(np.clip(forecast, 1e-9, 1 - 1e-9))
    middle = float((odds * n).sum() / n.sum())
    both = fit(k.astype(float), n.astype(float), np.column_stack([np.ones(len(n)), odds - middle]), slope_sd=10.0)
    slope = _ranged(float(both.beta[1]), sqrt(both.covariance[1, 1]), k, n)
    level = _level(odds, k, n, int(older[WON].sum()))
    return Calibration(since, slope, level, _spiegelhalter(forecast, k, n), bins(forecast, k, n), _away(level, slope))


def bins(forecast: Floats, k: Ints, n: Ints) -> tuple[ReliabilityBin, ...]:
    """At most ten bins of about as many touches each, by forecast."""
    order = np.argsort(forecast, kind="stable")
    middle = n[order].cumsum() - n[order] / 2
    place = np.minimum((middle / n.sum() * BINS).astype(int), BINS - 1)
    found = []
    for one in np.unique(place):
        inside = order[place == one]
        won, tried = int(k[inside].sum()), int(n[inside].sum())
        low, high = beta.ppf([0.025, 0.975], won + 0.5, tried - won + 0.5)
        expected = float((forecast[inside] * n[inside]).sum() / tried)
        found.append(ReliabilityBin(expected, won, tried, float(low), float(high)))
    return tuple(found)


def _since(tally: Tally) -> tuple[int, date] | None:
    """The first month of the newest third."""
    dated = tally.months >= 0
    months, deals = tally.months[dated], tally.sheets[dated].sum(axis=(1, 2))
    if len(months) < 2:
        return None
    first = int(np.searchsorted(deals.cumsum(), OLDER * deals.sum())) + 1
    month = int(months[min(first, len(months) - 1)])
    return month, date(month // 12, month % 12 + 1, 1)


def _level(odds: Floats, k: Ints, n: Ints, older_wins: int) -> Estimate:
    """The shift of the log-odds at slope 1, by Newton; the older deals' own luck is part of its range."""
    shift = 0.0
    for _step in range(50):
        p = 1 / (1 + np.exp(-(odds + shift)))
        move = float((k - n * p).sum() / max(float((n * p * (1 - p)).sum()), 1e-12))
        shift += min(max(move, -1.0), 1.0)
    return _ranged(shift, sqrt(1 / k.sum() + 1 / older_wins), k, n)


def _ranged(value: float, error: float, k: Ints, n: Ints) -> Estimate:
    return Estimate(
        value, value - Z80 * error, value + Z80 * error, value - Z95 * error, value + Z95 * error,
        k=int(k.sum()), n=int(n.sum()), method="logistic recalibration",
    )  # fmt: skip


def _spiegelhalter(p: Floats, k: Ints, n: Ints) -> float:
    spread = float((n * (1 - 2 * p) ** 2 * p * (1 - p)).sum())
    return float(((k - n * p) * (1 - 2 * p)).sum()) / sqrt(spread) if spread > 0 else 0.0


def _away(level: Estimate, slope: Estimate) -> bool:
    """Whether the level or the slope is off by more than luck."""
    return _errors(level, 0.0) > LEVEL_OFF or _errors(slope, 1.0) > SLOPE_OFF


def _errors(estimate: Estimate, right: float) -> float:
    """How many standard errors the estimate is from the right value."""
    if estimate.value is None or estimate.hi95 is None:
        return 0.0
    return abs(estimate.value - right) * Z95 / (estimate.hi95 - estimate.value)

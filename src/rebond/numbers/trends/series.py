"""A measure as a series of months, and the chart that judges it: months compared with, months judged, signals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rebond.numbers.trends.charts import (
    AHEAD,
    ALLOWANCE,
    change_chances,
    cusum,
    expected,
    limits,
    rate_scores,
    rate_values,
)
from rebond.numbers.trends.season import YEAR, Season, standard

Floats = np.ndarray[Any, np.dtype[np.float64]]
Numbers = np.ndarray[Any, Any]
#: Months of baseline before any verdict, and the most that are looked back on.
BASELINE, LONGEST = 12, 36
#: Fewest cases a usual month must expect: of the rarer outcome, of a count, of the sales in a sum.
LEAST = {"rate": 1.0, "count": 1.0, "money": 3.0}
#: Money moves on the scale of cube roots, where 1 is 2 % of the usual month's root.
MONEY_STEPS = 50.0


@dataclass(frozen=True, eq=False)
class Series:
    """A measure by month. Arrays have the shape (months,).

    Attributes:
        kind: ``rate``, ``count`` or ``money``.
        months: month numbers, ascending without gaps.
        k: the cases that count; for a count the count, for money the sum.
        n: the cases looked at; for a count the same, for money the sales.
        whole: months that are over and fully covered by the record: only these are judged or compared with.
        unresolved: deals of the month whose result is not known yet.
    """

    kind: str
    months: Numbers
    k: Floats
    n: Floats
    whole: Numbers
    unresolved: Floats

    def usable(self) -> Numbers:
        """Places of the months that can be judged or compared with, at most the last ``LONGEST`` and ``AHEAD``."""
        fine = self.whole & (self.n > 0) if self.kind == "rate" else self.whole
        return np.flatnonzero(fine)[-(LONGEST + AHEAD) :]

    def guarded(self, k: Floats, n: Floats) -> Series:
        """The same months with other counts."""
        return replace(self, k=k, n=n)


@dataclass(frozen=True, eq=False)
class Chart:
    """What the months of a series lead to expect and which of them signal. Arrays: one entry per used month.

    Attributes:
        places: of the used months in the series; the first ``baseline`` of them are compared with.
        centre, low, high: on the scale of the measure.
        f: the deviation of each judged month; ``up``, ``down``: its running sums; ``k``, ``h``: their limits.
        direction: ``rise``, ``drop`` or empty, as of the last month; ``lasting``: by the running sum.
        season: the change could as well be one that comes back every year.
        since: place in the series where the change most likely began; ``chances``: (place, chance), likely first.
    """

    places: Numbers
    baseline: int
    centre: Floats
    low: Floats
    high: Floats
    f: Floats
    up: Floats
    down: Floats
    k: float
    h: float
    direction: str = ""
    lasting: bool = False
    season: bool = False
    since: int | None = None
    chances: tuple[tuple[int, float], ...] = ()

    @property
    def judged(self) -> Numbers:
        """Places in the series of the judged months."""
        return self.places[self.baseline :]

    def signal(self, place: int) -> str:
        """``month``, ``lasting`` or nothing for a judged month (0 is the first)."""
        if max(self.up[place], self.down[place]) > self.h:
            return "lasting"
        return "month" if abs(self.f[place]) > self.k else ""


@dataclass(frozen=True, eq=False)
class Scale:
    """From k of n (or a sum) to a scale on which months vary alike, and back."""

    kind: str
    usual: float

    @staticmethod
    def of(series: Series, base: Numbers) -> Scale:
        """Of the baseline months: their rate, or their mean."""
        below = series.n[base].sum() if series.kind == "rate" else len(base)
        return Scale(series.kind, float(series.k[base].sum() / max(below, 1e-9)))

    def scores(self, k: Floats, n: Floats) -> Floats:
        """Shape as given."""
        if self.kind == "rate":
            return rate_scores(k, n, self.usual)
        if self.kind == "count":
            return 2 * np.sqrt(k + 0.375)
        return MONEY_STEPS * np.cbrt(k / self.usual)

    def values(self, scores: Floats, n: Floats) -> Floats:
        """The way back; shape as given."""
        if self.kind == "rate":
            return rate_values(scores, n, self.usual)
        if self.kind == "count":
            return np.maximum((np.maximum(scores, 0) / 2) ** 2 - 0.375, 0)
        return self.usual * (np.maximum(scores, 0) / MONEY_STEPS) ** 3


def baseline_of(months: int) -> int:
    """How many of so many usable months are compared with; the rest, at most a year, is judged."""
    return max(months - AHEAD, min(BASELINE, months))


def expected_cases(series: Series, base: Numbers) -> float:
    """Of the rarer outcome, of a count, of the sales behind a sum: how many a usual month has."""
    n = series.n[base]
    if series.kind != "rate":
        return float(n.mean()) if len(n) else 0.0
    share = series.k[base].sum() / max(n.sum(), 1e-9)
    return float(np.median(n) * min(share, 1 - share)) if len(n) else 0.0


def draw(series: Series, chance: float) -> Chart:
    """The chart of a series with more than ``BASELINE`` usable months; ``chance``: of a false alarm in a year.

    No month counts for more than k in the running sums: one month that is far out is one month, not a lasting change.
    """
    places = series.usable()
    baseline = baseline_of(len(places))
    scale = Scale.of(series, places[:baseline])
    n = series.n[places]
    scores = scale.scores(series.k[places], n)
    season = Season(tuple(series.months[places].tolist()), baseline)
    weight = None if len(places) >= 2 * YEAR else 0.0
    k, h = limits(standard(max(len(places), 2 * YEAR), baseline), weight, chance)
    size = n / n[:baseline].mean() if series.kind == "rate" else None
    centre, unit = expected(scores, season, weight, size=size)
    f = ((scores - centre) / unit)[baseline:]
    low, high = scale.values(centre - k * unit, n), scale.values(centre + k * unit, n)
    chart = Chart(places, baseline, scale.values(centre, n), low, high, f, *cusum(np.clip(f, -k, k)), k, h)
    return _dated(chart, scores - centre, _could_be_season(scores, season, weight, chance, size))


def usual(series: Series, places: Numbers) -> Floats:
    """What these months usually are, by month of the quarter once two quarters are seen; shape of ``places``."""
    scale, n = Scale.of(series, places), series.n[places]
    season = Season(tuple(series.months[places].tolist()), len(places))
    return scale.values(expected(scale.scores(series.k[places], n), season, 0.0)[0], n)


def _could_be_season(
    scores: Floats, season: Season, weight: float | None, chance: float, size: Floats | None
) -> str | None:
    """Below two years: the direction that also stands against the same months a year before. ``None`` from then on."""
    if weight is None:
        return None
    k, h = limits(standard(2 * YEAR, season.baseline), 1.0, chance)
    centre, unit = expected(scores, season, 1.0, size=size)
    f = ((scores - centre) / unit)[season.baseline :]
    return _direction(f, *cusum(np.clip(f, -k, k)), k, h)[0]


def _direction(f: Floats, up: Floats, down: Floats, k: float, h: float) -> tuple[str, bool]:
    """What the last month says: a lasting change if a running sum is beyond its limit, else that month alone."""
    if max(up[-1], down[-1]) > h:
        return ("rise" if up[-1] > down[-1] else "drop"), True
    if abs(f[-1]) > k:
        return ("rise" if f[-1] > 0 else "drop"), False
    return "", False


def _dated(chart: Chart, deviation: Floats, yearly: str | None) -> Chart:
    """With its direction and since when; a change that has gone back by now is none."""
    direction, lasting = _direction(chart.f, chart.up, chart.down, chart.k, chart.h)
    if not direction:
        return chart
    since = len(chart.places) - 1
    chances: tuple[tuple[int, float], ...] = ((since, 1.0),)
    if lasting:
        began = change_chances(deviation, chart.baseline)
        if _went_back(chart, began, direction):
            return chart
        sums = chart.up if direction == "rise" else chart.down
        since, chances = _since(began, chart.baseline + int(np.argmax(sums > chart.h)))
    season = yearly is not None and yearly != direction
    named = tuple((int(chart.places[place]), chance) for place, chance in chances)
    dated = int(chart.places[since])
    return replace(chart, direction=direction, lasting=lasting, season=season, since=dated, chances=named)


def _went_back(chart: Chart, began: Floats, direction: str) -> bool:
    """Whether the months of the present regime, by when it most likely began, are no longer out by the allowance."""
    regime = chart.f[max(int(np.argmax(began)) - chart.baseline, 0) :]
    return float(regime.mean() * (1 if direction == "rise" else -1)) < ALLOWANCE


def _since(began: Floats, alarm: int) -> tuple[int, tuple[tuple[int, float], ...]]:
    """The month, no later than the alarm, in which the change most likely began; with the likely ones."""
    chances = began.copy()
    chances[:2], chances[alarm + 1 :] = 0, 0
    total = chances.sum()
    if total <= 0:
        return alarm, ((alarm, 1.0),)
    order = [int(place) for place in np.argsort(-chances, kind="stable")[:6]]
    likely = tuple((place, round(float(chances[place] / total), 4)) for place in order if chances[place] > 0.02 * total)
    return order[0], likely

"""What the calendar leads to expect: months of the quarter, and the same month of the years before.

With 12 baseline months the three months of the quarter have been seen four times: their means are terms always, so
that quarter-end pushes are no news. The months of the year are terms as well. How much of last year's deviation comes
back is estimated from all pairs of months a year apart, plus one standard error, so that too much rather than too
little is put down to the season; that needs a year of pairs (24 months). Before, it is either none or all of it: a
change against both references is a change, one that only stands against the first could be the season.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Numbers = np.ndarray[Any, Any]
YEAR = 12


@dataclass(frozen=True)
class Season:
    """The calendar of a series: which months there are, how many of them are baseline.

    Attributes:
        calendar: months counted from any January, ascending; gaps are months without cases.
        baseline: the first so many of them are compared with, the others judged.
        quarters: whether the month of the quarter is a term.
        floor: 1, or 0 to let the spread be as small as it is.
    """

    calendar: tuple[int, ...]
    baseline: int
    quarters: bool = True
    floor: float = 1.0

    def without_floor(self) -> Season:
        """The same, for standard normal worlds."""
        return replace(self, floor=0.0)

    @property
    def months(self) -> int:
        """Baseline and judged months."""
        return len(self.calendar)

    @cached_property
    def position(self) -> Numbers:
        """The month of the quarter, 0 to 2; all 0 without that term."""
        place = np.array(self.calendar) % 3
        return place if self.quarters and self._all_seen(place) else np.zeros_like(place)

    def _all_seen(self, place: Numbers) -> bool:
        counts = np.bincount(place[: self.baseline], minlength=3)
        return bool((counts[np.unique(place)] >= 2).all())

    @cached_property
    def quarter_means(self) -> Floats:
        """Matrix (months, months): row t averages the baseline months in t's place of the quarter."""
        same = self.position[:, None] == self.position[None, :]
        same[:, self.baseline :] = False
        return same / same.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

    @cached_property
    def year_means(self) -> Floats:
        """Matrix (months, months): row t averages the same month of the years in the baseline; 0 where never seen.

        Rows of the baseline itself are 0: its months are what the season is learnt from.
        """
        year = np.array(self.calendar) % YEAR
        same = year[:, None] == year[None, :]
        same[:, self.baseline :] = False
        same[: self.baseline] = False
        return same / np.maximum(same.sum(axis=1, keepdims=True), 1)  # type: ignore[no-any-return]

    @cached_property
    def seen(self) -> Numbers:
        """How often the baseline has seen the calendar month of each judged one; shape (months,)."""
        return np.asarray((self.year_means > 0).sum(axis=1))

    @cached_property
    def pairs(self) -> tuple[Numbers, Numbers]:
        """Places of the months that have a partner 12 months before, and of the partner."""
        places = {month: place for place, month in enumerate(self.calendar)}
        later = [place for month, place in places.items() if month - YEAR in places]
        earlier = [places[self.calendar[place] - YEAR] for place in later]
        return np.array(later, dtype=int), np.array(earlier, dtype=int)


def standard(months: int = 24, baseline: int = 12, *, quarters: bool = True) -> Season:
    """A gapless calendar, for limits that do not depend on the year's beginning."""
    return Season(tuple(range(months)), baseline, quarters)


def references(scores: Floats, season: Season, weight: float | None) -> tuple[Floats, Floats, Floats]:
    """Scores less their quarter means; what the years before lead to expect beyond these; how much that weighs.

    All of the shape of ``scores``; the second and third are 0 in the baseline.
    """
    rest = scores - scores @ season.quarter_means.T
    comes_back = _comes_back(rest, season) if weight is None else np.full((*rest.shape[:-1], 1), weight)
    seen = season.seen
    share = np.where(seen > 0, comes_back * seen / (1 + (np.maximum(seen, 1) - 1) * comes_back), 0.0)
    return rest, share * (rest @ season.year_means.T), share


def _comes_back(rest: Floats, season: Season) -> Floats:
    """The correlation of months a year apart plus one standard error, between 0 and 1; shape (..., 1)."""
    later, earlier = season.pairs
    a, b = rest[..., later], rest[..., earlier]
    power = np.maximum(((a * a + b * b) / 2).sum(axis=-1, keepdims=True), 1e-12)
    return np.clip((a * b).sum(axis=-1, keepdims=True) / power + 1 / np.sqrt(len(later)), 0, 1)  # type: ignore[no-any-return]


def leverage(season: Season, share: Floats) -> Floats:
    """Variance of a month less its reference, in units of one month's; shape (..., months)."""
    counts = season.quarter_means.max(axis=1)
    return 1 + counts + share**2 / np.maximum(season.seen, 1)  # type: ignore[no-any-return]

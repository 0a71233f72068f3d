"""The way to a goal: what is reached day by day, and what is usual by each day of the period.

Where two earlier periods or more are known, "usual" is their mean share reached by the same part of the period (a
seasonal profile of cumulated shares: the seasonal naive forecast of R. J. Hyndman and G. Athanasopoulos, "Forecasting:
principles and practice", 3rd edition, section 5.2, averaged over cycles and scaled to the target). With fewer it is an
even pace, and that is said: one year's shape is mostly luck. A day's place is its part of the period, so that leap
years and months of different length fall on each other. Pure arithmetic, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

#: Earlier periods from which on a season is told.
CYCLES_FROM = 2


@dataclass(frozen=True)
class Pace:
    """Where a goal stands on a day, beside what is usual by then.

    Attributes:
        days: every day of the period.
        reached: the total up to each day, up to today; shorter than ``days`` while the period runs.
        usual: what is usual by each day on the way to the target.
        low, high: the lowest and highest of the earlier periods, scaled alike; equal to ``usual`` without cycles.
        cycles: how many earlier periods ``usual`` rests on; 0 for an even pace.
        largest: the largest single sale of what is reached, in the goal's unit (money only).
    """

    days: tuple[date, ...]
    reached: tuple[int, ...]
    usual: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    cycles: int
    largest: int = 0

    @property
    def so_far(self) -> int:
        """Reached up to today."""
        return self.reached[-1] if self.reached else 0

    @property
    def usual_now(self) -> tuple[float, float, float]:
        """What is usual by today: lowest, middle, highest; nothing before the period begins."""
        if not self.reached:
            return 0.0, 0.0, 0.0
        place = len(self.reached) - 1
        return self.low[place], self.usual[place], self.high[place]

    @property
    def largest_share(self) -> float:
        """The part of what is reached that one sale brings; 0 where nothing is reached."""
        return self.largest / self.so_far if self.so_far > 0 else 0.0


def pace(
    won: Mapping[date, int], first: date, last: date, target: int, *, today: date,
    earlier: Sequence[tuple[date, date]] = (), largest: int = 0,
) -> Pace:  # fmt: skip
    """The way to a target.

    Args:
        won: what came on each day, sales or minor units; absent days are 0.
        first, last: of the period, both included.
        target: in the same unit; 0 is reached from the start.
        today: the last day that is known.
        earlier: first and last day of earlier periods of the same kind that the record covers whole.
        largest: the largest single sale in the period.

    >>> day = date.fromisoformat
    >>> found = pace({day("2026-01-02"): 3}, day("2026-01-01"), day("2026-01-04"), 8, today=day("2026-01-02"))
    >>> found.reached, found.usual, found.cycles
    ((0, 3), (2.0, 4.0, 6.0, 8.0), 0)
    """
    days = tuple(_days(first, last))
    reached = tuple(accumulate(won.get(day, 0) for day in days if day <= today))
    shapes = [shape for one in earlier if (shape := _shape(won, *one)) is not None]
    if len(shapes) < CYCLES_FROM:
        even = tuple(target * (place + 1) / len(days) for place in range(len(days)))
        return Pace(days, reached, even, even, even, 0, largest)
    shares = [[_share(shape, (place + 1) / len(days)) for shape in shapes] for place in range(len(days))]
    middle = tuple(target * sum(several) / len(several) for several in shares)
    low, high = (tuple(target * end(several) for several in shares) for end in (min, max))
    return Pace(days, reached, middle, low, high, len(shapes), largest)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def _shape(won: Mapping[date, int], first: date, last: date) -> list[float] | None:
    """The share of an earlier period reached by each of its days; ``None`` where nothing came in it."""
    sums = list(accumulate(won.get(day, 0) for day in _days(first, last)))
    if sums[-1] <= 0:
        return None
    return [one / sums[-1] for one in sums]


def _share(shape: Sequence[float], part: float) -> float:
    """What was reached by that part (0 to 1) of a period, from one day's end to the next in a straight line."""
    at = part * len(shape)
    place = min(int(at + 1e-9), len(shape))
    before = shape[place - 1] if place else 0.0
    if place >= len(shape):
        return shape[-1]
    return before + (at - place) * (shape[place] - before) if at > place else before


def counted_cycles(starts: Sequence[tuple[date, date]], known_from: date | None) -> list[tuple[date, date]]:
    """The earlier periods that the record covers whole; none where it does not say since when it is kept."""
    if known_from is None:
        return []
    return [one for one in starts if one[0] >= known_from]

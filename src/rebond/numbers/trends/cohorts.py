"""Is the record itself changing? Deals not resolved yet, losses that stop being entered, old losses entered at once.

Two facts do not depend on whether losses are entered: how many deals were opened, and how many were won. ``due`` lays
the openings out by the usual time to close: so many deals should have closed each month. A win rate that rises only
among the deals entered as closed, and not among those that were due, rises by losses that are missing (or by deals that
take longer), and is not called a rise. The other way round, a rate that drops among the entered and not among the due
drops by losses entered late. For opening cohorts the same thought gives the bounds: all unresolved lost, all won.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rebond.numbers.tables import DECIDED
from rebond.numbers.trends.history import LONGEST_LAG, NEVER, NOT_YET, History, first_day, months_of
from rebond.numbers.trends.result import Cohort
from rebond.numbers.trends.series import Series

Numbers = np.ndarray[Any, Any]
#: The outcomes of deals that may still turn out either way.
UNRESOLVED = ("open", "unknown")


def due(history: History, months: Numbers) -> Numbers:
    """How many deals should have closed in each month, by when deals were opened and how long deals take.

    Openings without a date are spread like the others. Where no deal has both dates: as many as closed in the mean.
    """
    lags = history.lags()
    closed = history.per_month(history.closings, "closed", months, outcomes=DECIDED)
    if not len(lags) or not lags.sum() or not len(months):
        return np.full(len(months), closed.mean() if len(months) else 0.0)
    first = int(months[0]) - LONGEST_LAG
    span = np.arange(first, int(months[-1]) + 1)
    opened = history.per_month(history.openings, "opened", span, outcomes=(*DECIDED, *UNRESOLVED))
    return np.convolve(opened, lags)[months - first] * _undated(history)  # type: ignore[no-any-return]


def _undated(history: History) -> float:
    """All closed deals over those with a date of opening."""
    dated = months_of(history.closings.opened) != NEVER
    return float(history.closings.n.sum() / max(history.closings.n[dated].sum(), 1))


def guards_by_close(series: Series, expected: Numbers) -> tuple[Series, Series]:
    """The win rate of the deals that were due, where fewer were entered as closed, and where more were.

    A rise must also be a rise of the first, a drop one of the second.
    """
    lowest = np.maximum(np.maximum(series.n, expected), series.k)
    highest = np.maximum(np.minimum(series.n, expected), series.k)
    return series.guarded(series.k, lowest), series.guarded(series.k, highest)


def guards_by_opening(series: Series) -> tuple[Series, Series]:
    """The win rate if all unresolved deals were lost, and if all were won."""
    every = series.n + series.unresolved
    return series.guarded(series.k, every), series.guarded(series.k + series.unresolved, every)


@dataclass(frozen=True)
class Entries:
    """Losses and wins entered as closed since a month, beside those that were due at the baseline's ratios."""

    losses: float
    losses_due: float
    wins: float
    wins_due: float

    @property
    def losses_missing(self) -> float:
        """How many losses fewer than due."""
        return self.losses_due - self.losses

    @property
    def wins_more(self) -> float:
        """How many wins more than due."""
        return self.wins - self.wins_due

    @property
    def share_missing(self) -> tuple[float, float]:
        """The missing part of the losses, and of the wins."""
        losses, wins = (max(due, 1e-9) for due in (self.losses_due, self.wins_due))
        return self.losses_missing / losses, -self.wins_more / wins

    def __str__(self) -> str:
        losses = f"{self.losses:.0f} losses were entered where {self.losses_due:.0f} were due"
        return f"{losses}, {self.wins:.0f} sales where {self.wins_due:.0f} were"


def entries(series: Series, expected: Numbers, since: int, baseline: Numbers) -> Entries:
    """From the place ``since`` on; ``series`` is the win rate by month of closing, ``expected`` what was due."""
    now = (np.arange(len(series.months)) >= since) & series.whole
    losses, base = series.n - series.k, max(float(expected[baseline].sum()), 1e-9)
    ahead = float(expected[now].sum()) / base
    due_losses, due_wins = (float(part[baseline].sum()) * ahead for part in (losses, series.k))
    return Entries(float(losses[now].sum()), due_losses, float(series.k[now].sum()), due_wins)


def cohorts(history: History) -> tuple[Cohort, ...]:
    """Per month of opening, up to the one that runs."""
    if history.first_opened >= NOT_YET:
        return ()
    months = history.months(history.first_opened)

    def count(*outcomes: str, of: str = "n") -> list[int]:
        found = history.per_month(history.openings, "opened", months, of=of, outcomes=outcomes)
        return np.rint(found).astype(int).tolist()  # type: ignore[no-any-return]

    won, lost, still, logged = count("won"), count(*DECIDED[1:]), count(*UNRESOLVED), count(*DECIDED[1:], of="logged")
    rows = zip(months.tolist(), won, lost, still, logged, strict=True)
    return tuple(Cohort(first_day(month), w + x + u, w, x, u, g) for month, w, x, u, g in rows)

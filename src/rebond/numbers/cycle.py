"""How long a sale takes: time from opening to won, to lost and to no decision, as competing risks.

A deal leaves in one of four ways: won, lost, no decision, disqualified. Deals still open are followed up to ``as_of``,
deals whose result is not known up to their closing day; after that they tell nothing and count as censored, never as
lost. Duplicates are no deals. The shares won, lost, given up, disqualified and still open add up to 1 on every day.

Methods: Aalen-Johansen (1978) cumulative incidence from counts by day; Aalen's (1978) variance; limits on the log(-log)
scale (``counting``). Days to won: the day by which a quarter, half, three quarters of the deals that are won within the
window are won, with the range of all days at which that cannot be ruled out (a test inverted, after Brookmeyer and
Crowley, 1982, "A confidence interval for the median survival time", Biometrics 38:29-41).

Two shortcuts this replaces: the median of the deals won so far is too short while deals are still open, and one minus
Kaplan-Meier with the other ends as censored says that more deals are won than are opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np

from rebond.numbers.counting import Floats, Incidence, Leavings, Numbers, coded, incidence, log_log, window
from rebond.numbers.estimate import RANGE_FROM, Estimate, too_few
from rebond.numbers.tables import Table, counted, day

#: The ways out of the pipeline, as outcomes; everything else is censored.
ENDS = ("won", "lost", "no_decision", "disqualified")
#: Fewer deals under observation than this, and the window ends.
FOLLOWED_FROM = 10
#: So many groups are listed, the largest; the others are counted together.
LISTED = 200
#: Ends by their place, then the two ways of being lost from view.
STATES = {end: place for place, end in enumerate(ENDS)} | {"open": len(ENDS), "unknown": len(ENDS) + 1}
QUARTERS = (0.25, 0.5, 0.75)
SHARE_METHOD = "cumulative incidence, Aalen-Johansen, log-log"
DAYS_METHOD = "quantile of the cumulative incidence, test inverted"
#: Cells of a working array.
CELLS = 1_000_000
#: Points per curve in the JSON; more cannot be seen.
POINTS = 120


@dataclass(frozen=True, eq=False)
class Curve:
    """What share of the opened deals has ended in one way by each day.

    Attributes:
        end: one of ``ENDS``.
        days: whole days since opening, ascending, those on which any deal left; the share holds from that day on.
        share: from 0 to 1; shape (days,).
        error: its standard error.
        at_risk: deals under observation on that day.
    """

    end: str
    days: Numbers
    share: Floats
    error: Floats
    at_risk: Floats

    def range(self, confidence: float) -> tuple[Floats, Floats]:
        """Pointwise limits of ``share`` at a confidence of 0.80 or 0.95, say."""
        return log_log(self.share, self.error, confidence, self.at_risk)


@dataclass(frozen=True, eq=False)
class GroupCycle:
    """The sales cycle of one group of deals.

    Attributes:
        name: as in the data; ``None`` where it is not filled in, and for all deals together.
        n: deals that could be followed.
        ends: deals by way out, each of ``ENDS`` named.
        still_open, result_unknown: deals censored at ``as_of``, and at their closing day.
        window: the last day that is spoken of: 10 deals are followed as far, or none was lost from view before.
        shares: by the end of the window, of the opened deals: an estimate for each of ``ENDS`` and for ``open``.
        days_to_won: 0.25, 0.5, 0.75 to the day by which that share of the sales of the window is made.
        curves: one per end that occurs, over all days; empty below 10 deals.
    """

    name: str | None
    n: int
    ends: dict[str, int]
    still_open: int
    result_unknown: int
    window: int | None
    shares: dict[str, Estimate]
    days_to_won: dict[float, Estimate]
    curves: tuple[Curve, ...]

    def as_json(self) -> dict[str, Any]:
        """This group's part of ``cycle`` in the report; curves thinned to what can be drawn."""
        return {
            "name": self.name, "n": self.n, "ends": self.ends, "still_open": self.still_open,
            "result_unknown": self.result_unknown, "window_days": self.window,
            "days_to_won": self.days_to_won[0.5].as_json(),
            "days_to_won_quarter": self.days_to_won[0.25].as_json(),
            "days_to_won_three_quarters": self.days_to_won[0.75].as_json(),
            "shares": {end: share.as_json() for end, share in self.shares.items()},
            "curves": {curve.end: _points(curve) for curve in self.curves},
        }  # fmt: skip

    def __str__(self) -> str:
        name = self.name or "not filled in"
        return f"{name}: half of the sales by day {self.days_to_won[0.5]}; won {self.shares['won']}"


@dataclass(frozen=True, eq=False)
class Cycle:
    """How long deals take.

    Attributes:
        as_of: the last day that is looked at; later closings have not happened yet.
        by: the column the groups are of.
        overall: all deals together.
        groups: the largest ``LISTED`` groups, largest first.
        others: groups that are not listed, and their deals.
        left_out: deals that could not be followed, by the reason: ``no_dates`` (no opening day, or closed without a
            closing day), ``closed_before_opened``, ``opened_later`` (than ``as_of``).
    """

    as_of: date
    by: str | None
    overall: GroupCycle
    groups: tuple[GroupCycle, ...]
    others: tuple[int, int]
    left_out: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """``cycle`` in the JSON of the report."""
        return {
            "as_of": self.as_of.isoformat(), "by": self.by, "overall": self.overall.as_json(),
            "groups": [group.as_json() for group in self.groups],
            "others": {"groups": self.others[0], "deals": self.others[1]}, "left_out": self.left_out,
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [
            f"Sales cycle as of {self.as_of}, {self.overall.n} deals",
            f"  all {str(self.overall).partition(':')[2]}",
        ]
        lines += [f"  {group}" for group in self.groups]
        lines += [f"  left out, {reason}: {n}" for reason, n in self.left_out.items() if n]
        return "\n".join(lines)


def cycle(deals: Table, *, as_of: date, by: str | None = "segment") -> Cycle:
    """The time from opening to each way out, open deals censored.

    Args:
        deals: one row per deal, columns as in ``tables.DEALS``.
        as_of: the day up to which the deals were followed.
        by: a text column to group by; ``None`` for the whole alone.

    Refuses: shares below 10 deals, days to won below 10 sales within the window. Deals without the dates it takes, and
    deals closed before they were opened, are left out and counted.

    >>> import ibis, pyarrow
    >>> from datetime import timedelta
    >>> opened = [date(2025, 1, 1)] * 30
    >>> closed = [date(2025, 1, 1) + timedelta(days=d) for d in range(1, 31)]
    >>> ends = ["won", "lost", "open"] * 10
    >>> table = pyarrow.table({"opened_at": opened, "closed_at": closed, "outcome": ends, "segment": ["A", "B"] * 15})
    >>> found = cycle(ibis.memtable(table), as_of=date(2025, 2, 15))
    >>> print(found.overall.days_to_won[0.5])
    13, likely 7 to 22 (10 of 30)
    >>> print(found.overall.shares["won"])
    0.3333, likely 0.2237 to 0.4467 (10 of 30)
    """
    counts, labels = coded(_by_day(deals, as_of, by), "outcome", "name")
    ended = np.array([STATES.get(str(outcome), STATES["unknown"]) for outcome in labels["outcome"]], dtype=int)
    state = np.where(counts["still"] == 1, STATES["open"], ended[counts["outcome"]])
    left_out, usable = _left_out(counts, state)
    rows = _Rows(
        counts["name"][usable], counts["day"][usable].astype(int), state[usable], counts["n"][usable], labels["name"]
    )
    overall = next(replace(rows, name=np.zeros_like(rows.name), labels=[None]).groups([0]))
    if by is None:
        return Cycle(as_of, by, overall, (), (0, 0), left_out)
    sizes = np.bincount(rows.name, weights=rows.n, minlength=len(rows.labels)).astype(int)
    listed = sorted(np.flatnonzero(sizes).tolist(), key=lambda code: (-sizes[code], str(rows.labels[code])))[:LISTED]
    others = (int(np.count_nonzero(sizes)) - len(listed), int(sizes.sum() - sizes[listed].sum()))
    return Cycle(as_of, by, overall, tuple(rows.groups(listed)), others, left_out)


def _by_day(deals: Table, as_of: date, by: str | None) -> Table:
    """Deals by group, outcome, whether still open then, and days from opening to leaving: all the engine is asked."""
    import ibis

    known = counted(deals)
    still = (known.outcome == "open") | (known.closed_at > ibis.literal(as_of))
    leaves = ibis.ifelse(still, ibis.literal(as_of), known.closed_at)
    name = ibis.literal("") if by is None else known[by].cast("string")
    # The outcome as it stands and not the state: a text that is computed is slower to group by.
    keyed = known.select("outcome", name=name, still=still, day=day(leaves) - day(known.opened_at))
    return keyed.group_by("name", "outcome", "still", "day").aggregate(n=keyed.count())


def _left_out(counts: dict[str, Numbers], state: Numbers) -> tuple[dict[str, int], Numbers]:
    """Deals that cannot be followed by the reason, and which rows can."""
    undated, early = np.isnan(counts["day"]), counts["day"] < 0
    still = state == STATES["open"]
    reasons = {"no_dates": undated, "closed_before_opened": early & ~still, "opened_later": early & still}
    return {reason: int(counts["n"][rows].sum()) for reason, rows in reasons.items()}, ~undated & ~early


@dataclass(frozen=True, eq=False)
class _Rows:
    """The engine's answer: how many deals of a group left on a day in a way. ``name`` are codes into ``labels``."""

    name: Numbers
    day: Numbers
    state: Numbers
    n: Numbers
    labels: list[str | None]

    def groups(self, codes: list[int]) -> Iterator[GroupCycle]:
        """The cycle of each of these groups; as many at once as memory should hold."""
        present = np.bincount(self.day) if len(self.day) else np.zeros(1)
        days = np.flatnonzero(present) if present.any() else np.zeros(1, dtype=int)
        axis = np.cumsum(present > 0) - 1
        at_once = max(CELLS // (len(ENDS) * len(days)), 1)
        for start in range(0, len(codes), at_once):
            chosen = codes[start : start + at_once]
            names = [self.labels[code] for code in chosen]
            yield from _Cycles.of(names, days, self._table(chosen, axis, len(days))).each()

    def _table(self, codes: list[int], axis: Numbers, days: int) -> Floats:
        """Deals by group, state and day."""
        places = np.full(len(self.labels), -1)
        places[codes] = np.arange(len(codes))
        place = places[self.name]
        inside = place >= 0
        cell = (place * len(STATES) + self.state)[inside] * days + axis[self.day[inside]]
        shape = (len(codes), len(STATES), days)
        return np.bincount(cell, self.n[inside], int(np.prod(shape))).reshape(shape)


@dataclass(frozen=True, eq=False)
class _Cycles:
    """Several groups at once. ``last`` is the place of each one's last day of the window."""

    names: list[str | None]
    table: Floats
    left: Leavings
    found: Incidence
    error: Floats
    last: Numbers
    risk: Floats
    occurs: Numbers
    n: list[int]

    @classmethod
    def of(cls, names: list[str | None], days: Numbers, table: Floats) -> _Cycles:
        left = Leavings(days, table[:, : len(ENDS)], table[:, len(ENDS) :].sum(axis=1))
        found = incidence(left)
        last = np.maximum(window(left.closings + left.censored, left.censored, FOLLOWED_FROM), 0)
        n = table.sum(axis=(1, 2)).astype(int).tolist()
        return cls(names, table, left, found, np.sqrt(found.variance), last, left.at_risk, left.ends.sum(axis=2) > 0, n)

    def each(self) -> Iterator[GroupCycle]:
        shares, days = self._shares(), self._days_to_won()
        by_state = self.table.sum(axis=2).astype(int)
        for place, name in enumerate(self.names):
            counts = by_state[place].tolist()
            n, ends = sum(counts), dict(zip(ENDS, counts, strict=False))
            if n < RANGE_FROM:
                few = too_few(need=RANGE_FROM - n, unit="deals", n=n)
                nothing, no_days = dict.fromkeys((*ENDS, "open"), few), dict.fromkeys(QUARTERS, few)
                yield GroupCycle(name, n, ends, counts[-2], counts[-1], None, nothing, no_days, ())
                continue
            reach, curves = int(self.left.days[self.last[place]]), tuple(self._curves(place))
            yield GroupCycle(name, n, ends, counts[-2], counts[-1], reach, shares[place], days[place], curves)

    def _curves(self, group: int) -> Iterator[Curve]:
        """The curves of the ends that occur."""
        for end, name in enumerate(ENDS):
            if self.occurs[group, end]:
                share, error = self.found.share[group, end], self.error[group, end]
                yield Curve(name, self.left.days, share, error, self.risk[group])

    def _shares(self) -> list[dict[str, Estimate]]:
        """For each group the share of its deals that has left in each way by the end of the window."""
        at = self.last[:, None, None]
        share, error = (np.take_along_axis(values, at, axis=2)[..., 0] for values in (self.found.share, self.error))
        share = np.minimum(share, 1.0)  # sums of fractions may end at 1 + 2e-16
        risk = np.take_along_axis(self.risk, at[..., 0], axis=1)
        (lo80, hi80), (lo95, hi95) = (log_log(share, error, sure, risk) for sure in (0.80, 0.95))
        so_far = np.cumsum(self.left.ends, axis=2)
        k = np.take_along_axis(so_far, at, axis=2)[..., 0].astype(int).tolist()
        limits = np.stack([share, lo80, hi80, lo95, hi95], axis=-1).tolist()
        found = []
        for group, rows in enumerate(limits):
            note = f"within {int(self.left.days[self.last[group]])} days of opening"
            told = {}
            for place, end in enumerate(ENDS):
                value, low, high, wide_low, wide_high = rows[place]
                cases = k[group][place]
                told[end] = Estimate(value, low, high, wide_low, wide_high, cases, self.n[group], SHARE_METHOD, note)
            gone, low, high, wide_low, wide_high = (1 - value for value in rows[-1])
            left = self.n[group] - sum(k[group])
            told["open"] = Estimate(gone, high, low, wide_high, wide_low, left, self.n[group], SHARE_METHOD, note)
            found.append(told)
        return found

    def _days_to_won(self) -> list[dict[float, Estimate]]:
        """For each group the days by which a part of the sales of its window is made."""
        at, within = self.last[:, None], np.arange(len(self.left.days)) <= self.last[:, None]
        share, variance = self.found.share[:, 0], self.error[:, 0] ** 2
        shared = self.found.covariance(0, self.last)
        final, last_variance = (np.take_along_axis(values, at, axis=1) for values in (share, variance))
        wins = np.take_along_axis(np.cumsum(self.left.ends[:, 0], axis=1), at, axis=1)[:, 0].astype(int).tolist()
        found: list[dict[float, Estimate]] = [{} for _name in self.names]
        for part in QUARTERS:
            above = np.where(within, share - part * final, np.inf)
            error = np.sqrt(np.maximum(variance - 2 * part * shared + part**2 * last_variance, 0))
            limits = [self.left.days[np.argmax(above >= -1e-12, axis=1)]]
            for sure in (0.80, 0.95):
                limits += _not_ruled_out(self.left.days, above, error, sure, self.last)
            for group, (days, told) in enumerate(zip(np.transpose(limits).tolist(), found, strict=True)):
                told[part] = _days_to(part, days, int(self.left.days[self.last[group]]), wins[group], self.n[group])
        return found


def _days_to(part: float, days: list[int], window_: int, wins: int, n: int) -> Estimate:
    """``days`` are the value and its limits."""
    if wins < RANGE_FROM:
        return too_few(need=RANGE_FROM - wins, unit="wins", k=wins, n=n)
    value, lo80, hi80, lo95, hi95 = map(float, days)
    note = f"days by which {part:.0%} of the deals won within {window_} days are won"
    return Estimate(value, lo80, hi80, lo95, hi95, wins, n, DAYS_METHOD, note)


def _not_ruled_out(days: Numbers, above: Floats, error: Floats, sure: float, last: Numbers) -> tuple[Numbers, Numbers]:
    """The first day that is not clearly below the wanted share, and the first that is clearly above it."""
    z = NormalDist().inv_cdf(0.5 + sure / 2)
    beyond = above - z * error > 0  # past the window ``above`` is infinite
    first = np.where(beyond.any(axis=1), np.argmax(beyond, axis=1), last)
    return days[np.argmax(above + z * error >= 0, axis=1)], days[np.minimum(first, last)]


def _points(curve: Curve) -> dict[str, list[float]]:
    """A curve for drawing: at most ``POINTS`` days, the first and the last among them."""
    places = np.unique(np.linspace(0, len(curve.days) - 1, POINTS).round().astype(int))
    (lo80, hi80), (lo95, hi95) = curve.range(0.80), curve.range(0.95)
    columns = {"share": curve.share, "lo80": lo80, "hi80": hi80, "lo95": lo95, "hi95": hi95}
    days = {"days": curve.days[places].tolist(), "at_risk": curve.at_risk[places].astype(int).tolist()}
    return days | {name: values[places].round(9).tolist() for name, values in columns.items()}

"""Touches per sale and money per touch of an opened deal, deals still open counted as censored.

Of an opened deal followed for tau days: T its touches on average, C its commission, W the chance that it is won; all
deals count, lost ones too. Touches per sale is T / W, money per touch C / T. Each mean is sum_u S(u-) Z(u) / Y(u) over
the days u since opening: Y deals followed, Z touches (commission, wins) of that day, S the share still open (D. Y. Lin
and others, 1997, "Estimating medical costs from incomplete follow-up data", Biometrics 53:419-434; D. Ghosh and
D. Y. Lin, 2000, "Nonparametric analysis of recurrent events and death", Biometrics 56:554-562).

Variance from influence values. With A(u) = n S(u-) / Y(u), r = Z / Y, h the share closing on a day and
q(u) = n (T - T(u)) / (Y (1 - h)), deal i that left on day x has

    psi_i = sum of A over its own events - sum_{u<=x} A r - [closed_i q(x) - sum_{u<=x} q h].

Only the first sum differs between deals that left on one day in one way, so the engine gives its powers, summed by
cell, day and way, and never a row. Ratios: psi_A - theta psi_B, log scale, t distribution with Kish's degrees of
freedom (sum psi^2)^2 / sum psi^4. Owners, teams and segments are pooled (``pooled_means``) from 3 sales each; a single
one is never shown raw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from rebond.numbers.counting import Floats, Numbers, at_risk, coded, divided, staying, window
from rebond.numbers.estimate import COUNTS_FROM, RANGE_FROM, Estimate, cannot, too_few
from rebond.numbers.pooled_means import half_pooled, pooled_means
from rebond.numbers.ratios import Ratio, corrected_estimate, shown
from rebond.numbers.tables import Table
from rebond.numbers.touches_plain import no_commission
from rebond.numbers.touches_queries import (
    MEASURES,
    POWERS,
    SQUARES,
    Span,
    followed,
    leavings_by_day,
    moments,
    numbered,
    touches_by_day,
)

Powers = tuple[tuple[int, int], ...]
#: Deals followed to the end of the window, sales in it: of the whole, and of a group that enters the pooling.
FOLLOWED_FROM, WINS_FROM = 10, RANGE_FROM
GROUP_FROM, GROUPS_FROM = 3, 3
METHOD = "mean cumulative functions, log-t with Kish's degrees of freedom"
POOLED = "mean cumulative functions, pooled normal-normal"


@dataclass(frozen=True)
class Pair:
    """Touches per sale and money per touch."""

    per_sale: Estimate
    money_per_touch: Estimate


@dataclass(frozen=True, eq=False)
class Curves:
    """Of an opened deal by day: touches so far, share won."""

    days: Numbers
    touches: Floats
    won: Floats


@dataclass(frozen=True, eq=False)
class Cells:
    """Groups of deals by day since opening. Arrays (cells, days) unless said otherwise.

    Attributes:
        names: of the cells.
        n: deals; shape (cells,).
        risk, before, hazard, weight: Y, S(u-), h and A.
        won: wins by day.
        lift: shape (cells,): how much the commission known must be lifted for the sales whose commission is not.
    """

    names: list[str]
    n: Floats
    risk: Floats
    before: Floats
    hazard: Floats
    weight: Floats
    won: Floats
    lift: Floats

    @property
    def reach(self) -> int:
        """The last day."""
        return int(self.risk.shape[1]) - 1

    def mean(self, totals: Floats) -> Floats:
        """What one deal has had by each day."""
        return np.cumsum(self.before * divided(totals, self.risk), axis=-1)

    def drift(self, totals: Floats) -> tuple[Floats, Floats]:
        """The part of psi that all deals share which left on a day: for all of them, and more for those that closed."""
        mean = self.mean(totals)
        rest = self.n[:, None] * divided(mean[:, -1:] - mean, self.risk * (1 - self.hazard))
        return np.cumsum(self.weight * divided(totals, self.risk) - rest * self.hazard, axis=-1), rest


def whole(
    deals: Table, touches: Table, span: Span, measures: tuple[str, ...] = MEASURES
) -> tuple[Span, Curves | None, dict[str, Pair]]:
    """All deals together, for all touches and by channel; with the span that there is history for.

    Args:
        measures: "touches" first; without channels the engine adds up a fifth.
    """
    usable = followed(deals, span)
    counts = _Counts.of(usable, span.days)
    last = int(window(counts.leaving[0], counts.censored[0], FOLLOWED_FROM)) if counts.names else -1
    wins = int(counts.won[:, : last + 1].sum())
    if last < 0 or wins < WINS_FROM:
        refusal = too_few(need=WINS_FROM - wins, unit="wins", k=wins, n=int(counts.leaving.sum()))
        return span, None, dict.fromkeys(measures, Pair(refusal, refusal))
    span = replace(span, days=last)
    usable = followed(deals, span)
    cells = _Counts.of(usable, last).cells()
    sums = Sums.of(usable, touches, cells, measures, POWERS)
    curves = Curves(np.arange(last + 1), cells.mean(sums.by_day["touches"])[0], cells.mean(cells.won)[0])
    pairs = {name: _pairs(cells, sums, name)[""] for name in sums.by_day}
    unused = cannot("no_touches", "no touches are recorded", k=wins, n=int(cells.n[0]))
    return span, curves, {name: pairs.get(name, Pair(unused, unused)) for name in measures}


def unpooled(deals: Table, touches: Table, span: Span) -> dict[str, Pair]:
    """Each group of ``span.by`` by itself, whatever its size: for simulations, never to be shown."""
    usable = followed(deals, span)
    cells = _Counts.of(usable, span.days).cells()
    return _pairs(cells, Sums.of(usable, touches, cells, MEASURES[:1], POWERS), "touches")


def _pairs(cells: Cells, sums: Sums, name: str) -> dict[str, Pair]:
    """Both ratios of every cell, for one measure."""
    note = f"of an opened deal, followed for {cells.reach} days; open deals count as far as they got"
    wins = cells.won.sum(axis=1)
    found = {}
    for place, (sale, earning) in enumerate(zip(*_ratios(cells, sums, name), strict=True)):
        k, n = int(wins[place]), int(cells.n[place])
        per_sale, money = (corrected_estimate(r, sales=k, deals=n, method=METHOD, note=note) for r in (sale, earning))
        found[cells.names[place]] = Pair(per_sale, money if sums.paid else no_commission(k, n))
    return found


def groups(deals: Table, touches: Table, span: Span) -> dict[str, Pair]:
    """Each group of ``span.by``, pulled towards the others; what is missing where a group cannot enter."""
    usable = followed(deals, span)
    counts = _Counts.of(usable, span.days)
    wins, n = counts.won.sum(axis=1), counts.leaving.sum(axis=1)
    far = window(counts.leaving, counts.censored, GROUP_FROM) >= counts.reach
    enters = (wins >= GROUP_FROM) & (n >= COUNTS_FROM) & far
    found = {name: _cannot_enter(int(wins[i]), int(n[i])) for i, name in enumerate(counts.names) if not enters[i]}
    names = [name for i, name in enumerate(counts.names) if enters[i]]
    if len(names) < GROUPS_FROM:
        few = too_few(need=GROUPS_FROM - len(names), unit="groups", n=len(names))
        return found | dict.fromkeys(names, Pair(few, few))
    cells = counts.only(enters).cells()
    sums = Sums.of(usable, touches, cells, MEASURES[:1], SQUARES)
    per_sale, money = (_pooled(ratios, cells) for ratios in _ratios(cells, sums, "touches"))
    if not sums.paid:
        money = [no_commission(estimate.k or 0, estimate.n) for estimate in per_sale]
    return found | {name: Pair(*pair) for name, *pair in zip(cells.names, per_sale, money, strict=True)}


def _cannot_enter(wins: int, n: int) -> Pair:
    if wins < GROUP_FROM:
        few = too_few(need=GROUP_FROM - wins, unit="wins", k=wins, n=n)
    elif n < COUNTS_FROM:
        few = too_few(need=COUNTS_FROM - n, unit="deals", k=wins, n=n)
    else:
        few = cannot("short_history", "its deals have not been followed for long enough", k=wins, n=n)
    return Pair(few, few)


def _pooled(ratios: list[Ratio], cells: Cells) -> list[Estimate]:
    """Each ratio on the log scale, pulled towards the others."""
    wins = cells.won.sum(axis=1)
    usable = [i for i, ratio in enumerate(ratios) if ratio.above > 0 and ratio.below > 0 and ratio.spread > 0]
    missing = cannot("nothing_recorded", "nothing is recorded that could be divided")
    found = [replace(missing, k=int(wins[i]), n=int(cells.n[i])) for i in range(len(ratios))]
    if len(usable) < GROUPS_FROM:
        return found
    y = np.log([ratios[i].value for i in usable])
    v = np.array([ratios[i].spread / ratios[i].above ** 2 for i in usable])
    posterior = pooled_means(y, half_pooled(v, wins[usable]))
    limits = np.exp([posterior.quantile(part) for part in (0.5, 0.1, 0.9, 0.025, 0.975)])
    note = f"of an opened deal, followed for {cells.reach} days; pulled towards the other groups"
    for place, i in enumerate(usable):
        value, lo80, hi80, lo95, hi95 = (shown(limit) for limit in limits[:, place])
        found[i] = Estimate(value, lo80, hi80, lo95, hi95, int(wins[i]), int(cells.n[i]), POOLED, note)
    return found


@dataclass(frozen=True, eq=False)
class _Counts:
    """Deals by cell and day: those that leave, are lost from view, are won; commission known. Shape (cells, days)."""

    names: list[str]
    leaving: Floats
    censored: Floats
    won: Floats
    paid: Floats

    @classmethod
    def of(cls, usable: Table, days: int) -> _Counts:
        found, labels = coded(leavings_by_day(usable), "cell", "state")
        names = [str(name) for name in labels["cell"]]
        place = found["cell"] * (days + 1) + found["leaves"].astype(int)

        def table(values: Floats) -> Floats:
            return np.asarray(np.bincount(place, values, len(names) * (days + 1)).reshape(len(names), days + 1))

        state = np.array(labels["state"], dtype=object)[found["state"]]
        won, censored = (table(np.where(state == which, found["n"], 0)) for which in ("won", "open"))
        return cls(names, table(found["n"]), censored, won, table(found["paid"]))

    @property
    def reach(self) -> int:
        return int(self.leaving.shape[1]) - 1

    def only(self, chosen: Numbers) -> _Counts:
        names = [name for name, keep in zip(self.names, chosen, strict=True) if keep]
        return _Counts(names, self.leaving[chosen], self.censored[chosen], self.won[chosen], self.paid[chosen])

    def cells(self) -> Cells:
        risk, n = at_risk(self.leaving), self.leaving.sum(axis=1)
        closings = self.leaving - self.censored
        before, _after = staying(closings, risk)
        weight = n[:, None] * divided(before, risk)
        lift = divided(self.won.sum(axis=1), self.paid.sum(axis=1))
        return Cells(self.names, n, risk, before, divided(closings, risk), weight, self.won, lift)


def _touches(usable: Table, touches: Table, cells: Cells, measures: tuple[str, ...]) -> dict[str, Floats]:
    """Touches by cell and day, per measure."""
    found, _labels = coded(touches_by_day(usable, touches, measures))
    shape = cells.risk.shape
    place = found["cell"].astype(int) * shape[1] + found["age"].astype(int)
    totals = {name: np.bincount(place, found[f"t_{name}"], shape[0] * shape[1]) for name in measures}
    return {name: values.reshape(shape) for name, values in totals.items()}


@dataclass(frozen=True, eq=False)
class Sums:
    """What the engine adds up over touches.

    Attributes:
        by_day: touches by measure; shape (cells, days).
        cell, day, closed, won, n: one entry per combination of cell, day and way of leaving: how many deals.
        powers: their sums of c^p a^q, as ``p1q2_touches``.
    """

    by_day: dict[str, Floats]

    cell: Numbers
    day: Numbers
    closed: Floats
    won: Floats
    n: Floats
    powers: dict[str, Floats]

    @property
    def paid(self) -> bool:
        """Whether any commission is known."""
        return bool(np.any(self.powers["p1q0_touches"] != 0))

    @classmethod
    def of(cls, usable: Table, touches: Table, cells: Cells, measures: tuple[str, ...], powers: Powers) -> Sums:
        usable = numbered(usable, _numbers(cells))
        asked = _touches(usable, touches, cells, measures)
        # A channel that nobody uses needs no sums of its own.
        by_day = {name: totals for name, totals in asked.items() if name == MEASURES[0] or totals.any()}
        query = moments(usable, touches, _weights(cells), cells.reach + 1, tuple(by_day), powers)
        found, labels = coded(query, "state")
        state = np.array(labels["state"], dtype=object)[found["state"]]
        sums = {name: values for name, values in found.items() if name[:1] == "p"}
        closed, won = (state != "open").astype(float), (state == "won").astype(float)
        return cls(by_day, found["cell"].astype(int), found["leaves"].astype(int), closed, won, found["n"], sums)

    def power_sum(self, psi: _Psi, power: int, name: str, cells: int) -> Floats:
        """The sum over deals of psi to a power, by cell, multiplied out into the sums that are there."""
        total = np.zeros(len(self.n))
        for p in range(power + 1):
            for q in range(power + 1 - p):
                times = comb(power, p) * comb(power - p, q)
                sums = self.n if p + q == 0 else self.powers[f"p{p}q{q}_{name}"]
                total += times * psi.earned**p * psi.touched**q * (-psi.shared) ** (power - p - q) * sums
        return np.asarray(np.bincount(self.cell, total, cells))


@dataclass(frozen=True, eq=False)
class _Psi:
    """An influence value, ``earned c + touched a - shared``; one entry per row of the engine's answer."""

    earned: Floats
    touched: Floats
    shared: Floats


def _numbers(cells: Cells) -> Table:
    """The number of each cell, as a table to join."""
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"of": pa.array(cells.names, pa.string()), "number": np.arange(len(cells.names))}))


def _weights(cells: Cells) -> Table:
    """A by cell and day, as a table to join."""
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"key": np.arange(cells.weight.size), "weight": cells.weight.ravel()}))


def _ratios(cells: Cells, found: Sums, name: str) -> tuple[list[Ratio], list[Ratio]]:
    """Touches per sale and money per touch of every cell, for one measure."""
    at = (found.cell, found.day)
    lift = cells.lift[found.cell]
    earned = np.zeros_like(cells.risk)
    np.add.at(earned, at, found.powers[f"p1q0_{name}"] * lift)
    of_touches, of_wins, of_money = (
        _Part.of(cells, found, by_day) for by_day in (found.by_day[name], cells.won, earned)
    )
    winning = cells.weight[at] * found.won
    none, one = np.zeros_like(winning), np.ones_like(winning)
    per_sale = divided(of_touches.mean, of_wins.mean)[found.cell]
    per_touch = divided(of_money.mean, of_touches.mean)[found.cell]
    win, touch = _Psi(none, none, of_wins.shared - winning), _Psi(none, one, of_touches.shared)
    sale = _Psi(none, one, touch.shared - per_sale * win.shared)
    money = _Psi(winning * lift, -per_touch, of_money.shared - per_touch * touch.shared)
    return (
        _with_variances(cells, found, name, (of_touches.mean, of_wins.mean), (sale, win)),
        _with_variances(cells, found, name, (of_money.mean, of_touches.mean), (money, touch)),
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """The mean of each cell at the end of the window, and what psi takes off for each row."""

    mean: Floats
    shared: Floats

    @classmethod
    def of(cls, cells: Cells, found: Sums, by_day: Floats) -> _Part:
        base, rest = cells.drift(by_day)
        at = (found.cell, found.day)
        return cls(cells.mean(by_day)[:, -1], base[at] + found.closed * rest[at])


def _with_variances(
    cells: Cells, found: Sums, name: str, means: tuple[Floats, Floats], psi: tuple[_Psi, _Psi]
) -> list[Ratio]:
    """Ratios of the two means; ``psi`` of numerator - theta denominator, and of the denominator."""
    size = len(cells.names)
    squares, below = (found.power_sum(one, 2, name, size) for one in psi)
    df = np.full(size, np.inf)
    if f"p0q4_{name}" in found.powers:
        df = np.maximum(divided(squares**2, found.power_sum(psi[0], 4, name, size)), 1.0)
    rows = zip(*means, squares / cells.n**2, below / cells.n**2, df, strict=True)
    return [Ratio(*map(float, row)) for row in rows]

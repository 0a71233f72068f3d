"""The common model: which factors it has room for, how the seller enters, and what it says of each column.

Room (numbers.md 4.2). At most one column per case of the rarer outcome, and at most ``MOST`` columns: factors enter in
the order of the file; those without room are looked at by themselves. Below five cases of the rarer outcome per column
the adjustments leave in a fixed order: company, source, segment, amount, then the seller.

Seller. From 300 deals and ten sellers with ten deals each: a random intercept with the seller's means (``mixed``). Else
one level per seller with ten deals, as far as there is room. Else none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import chi2, norm

from rebond.numbers.drivers.design import LEVEL_FROM, Term, term
from rebond.numbers.drivers.fetch import Cases, Column
from rebond.numbers.drivers.firth import Data, Fit, Floats, firth, profile_ranges, ratio
from rebond.numbers.drivers.mixed import mixed, seller_means

#: Most columns of the common model, and the fewest cases of the rarer outcome per column that keep adjustments in.
MOST, PER_COLUMN = 80, 5
#: From so many deals, with so many sellers of ten deals, the seller is a random intercept.
RANDOM_FROM, SELLERS_FROM = 300, 10
#: Work (rows x columns^3) up to which every range is a profile; beyond, rare levels only (rows x columns^2).
ALL_PROFILES, ONE_PROFILE = 1e8, 2e7
#: An effect's log odds are cut here, so that no limit is infinite on paper (e^20 is 485 million).
CUT = 20.0


@dataclass(frozen=True)
class Plan:
    """The common model's factors, those apart, the seller's part, and what was left out of it."""

    together: tuple[Term, ...]
    apart: tuple[Term, ...]
    owner: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What a model says of one column: log odds with ranges, the chance p, and the same in points of the chance to win.

    ``log_odds`` and ``points`` are (value, lo80, hi80, lo95, hi95).
    """

    log_odds: tuple[float, ...]
    points: tuple[float, ...]
    p: float
    method: str


def plan(cases: Cases, terms: list[Term]) -> Plan:
    """Which factors share the common model."""
    rarer = int(min(cases.won.sum(), (~cases.won).sum()))
    together, apart, used = _fill([t for t in terms if not t.ours], min(rarer, MOST))
    owner, columns = _owner_part(cases)
    dropped: list[str] = []
    if owner == "levels" and rarer < PER_COLUMN * (used + columns):
        owner, columns = "none", 0
        dropped.append("owner")
    used += columns
    for adjustment in (t for t in terms if t.ours):
        if not dropped and rarer >= PER_COLUMN * (used + adjustment.width) and used + adjustment.width <= MOST:
            together.append(adjustment)
            used += adjustment.width
        else:
            apart.append(adjustment)
            dropped.append(adjustment.name)
    note = f"fewer than {PER_COLUMN} of the rarer outcome per column: not adjusted for {', '.join(dropped)}"
    return Plan(tuple(together), tuple(apart), owner, (note,) if dropped else ())


def _fill(terms: list[Term], room: int) -> tuple[list[Term], list[Term], int]:
    """Terms in their order, as long as there is room; the rest; and the columns used."""
    together: list[Term] = []
    apart: list[Term] = []
    used = 0
    for one in terms:
        fits = used + one.width <= room
        (together if fits else apart).append(one)
        used += one.width if fits else 0
    return together, apart, used


def _owner_part(cases: Cases) -> tuple[str, int]:
    """How the seller could enter, and with how many columns."""
    sizes = np.bincount(cases.owner[cases.owner >= 0]) if (cases.owner >= 0).any() else np.empty(0)
    busy = int((sizes >= LEVEL_FROM).sum())
    if len(cases.won) >= RANDOM_FROM and busy >= SELLERS_FROM:
        return "random", 1
    levels = owner_levels(cases)
    return ("none", 0) if levels is None else ("levels", levels.width)


def owner_levels(cases: Cases) -> Term | None:
    """The sellers as levels; ``None`` when no two have ten deals."""
    names = tuple(f"{i:06d}" for i in range(int(cases.owner.max(initial=-1)) + 1))
    found = term(Column("owner", "text", cases.owner, names)) if names else None
    return found if isinstance(found, Term) else None


class Model:
    """A fitted model over some terms; ``told`` says what it knows of each of their columns.

    ``kept`` tells per term which columns are no mixture of the columns before them (or of the sellers).
    """

    def __init__(self, cases: Cases, terms: tuple[Term, ...], owner: str) -> None:
        self.terms = terms
        sellers = owner_levels(cases) if owner == "levels" else None
        before = [np.ones((len(cases.won), 1)), *([sellers.x] if sellers else [])]
        wide = np.hstack([*before, *(one.x for one in terms)])
        self._first = sum(block.shape[1] for block in before)
        keep = independent(wide)
        self.kept = np.split(keep[self._first :], np.cumsum([one.width for one in terms])[:-1])
        self._place = np.cumsum(keep) - 1
        seller = cases.owner + 1 if owner == "random" else np.zeros(len(cases.won), dtype=np.int64)
        wide = wide if keep.all() else wide[:, keep]
        self.data, self._of_row = grouped(wide, cases.won, seller)
        del wide
        self.random = owner == "random"
        self.fit, self._offset = self._fitted()

    def _fitted(self) -> tuple[Fit, Floats]:
        """The fit, and what the seller adds to each row's log odds."""
        if not self.random:
            return firth(self.data), np.zeros(len(self.data.won))
        found = mixed(self.data, seller_means(self.data, self._of_row))
        return found.fit, found.seller[self._of_row]

    def told(self, which: int) -> list[Told | None]:
        """Per column of term ``which``; ``None`` for a column that says nothing of its own."""
        one = self.terms[which]
        start = self._first + sum(earlier.width for earlier in self.terms[:which])
        columns = [int(self._place[start + i]) if self.kept[which][i] else None for i in range(one.width)]
        ground = self._ground([c for c in columns if c is not None], one.kind)
        return [None if c is None else self._column(c, ground) for c in columns]

    def strength(self, which: int) -> float | None:
        """How many standard errors the first column of term ``which`` is from 0; ``None`` when it was left."""
        if not self.kept[which][0]:
            return None
        column = int(self._place[self._first + sum(earlier.width for earlier in self.terms[:which])])
        return float(abs(self.fit.beta[column]) / np.sqrt(self.fit.covariance[column, column]))

    def _ground(self, columns: list[int], kind: str) -> tuple[Floats, Floats]:
        """Log odds without the factor (with it, for a number) and their weights, thinned when there are many."""
        eta = self.data.x @ self.fit.beta + self._offset
        if kind != "number":
            eta = eta - self.data.x[:, columns] @ self.fit.beta[columns]
        return thinned(eta, self.data.deals)

    def _column(self, column: int, ground: tuple[Floats, Floats]) -> Told:
        value = float(self.fit.beta[column])
        ends, p, method = self._range(column)
        log_odds = tuple(float(np.clip(b, -CUT, CUT)) for b in (value, *ends))
        points = tuple(average_difference(*ground, b) for b in log_odds)
        return Told(log_odds, points, p, method)

    def _range(self, column: int) -> tuple[tuple[float, ...], float, str]:
        """(lo80, hi80, lo95, hi95), p, and the method in words."""
        if not self.random and self._worth_a_profile(column):
            ends = profile_ranges(self.data, self.fit, column, (0.80, 0.95))
            p = float(chi2.sf(ratio(self.data, self.fit, column), 1))
            return (*ends[0], *ends[1]), p, "odds ratio, Firth, profile"
        value, error = self.fit.beta[column], np.sqrt(self.fit.covariance[column, column])
        reach = [norm.ppf(0.5 + c / 2) * error for c in (0.80, 0.95)]
        ends_of = (value - reach[0], value + reach[0], value - reach[1], value + reach[1])
        name = "odds ratio, Firth with a random intercept per seller" if self.random else "odds ratio, Firth, Wald"
        return ends_of, float(2 * norm.sf(abs(value) / error)), name

    def _worth_a_profile(self, column: int) -> bool:
        rows, width = self.data.x.shape
        if rows * width**3 <= ALL_PROFILES:
            return True
        there = self.data.x[:, column] != 0
        wins, deals = self.data.won[there].sum(), self.data.deals[there].sum()
        return bool(min(wins, deals - wins) < 10 and rows * width**2 <= ONE_PROFILE)


def independent(x: Floats) -> Any:
    """Which columns are no mixture of those before them; the first is the constant.

    >>> independent(np.array([[1.0, 0, 1, 5], [1, 1, 0, 5], [1, 0, 1, 5]])).tolist()
    [True, True, False, False]
    """
    gram = x.T @ x
    size = np.diag(gram).copy()
    keep = np.zeros(len(gram), dtype=bool)
    for j in range(len(gram)):
        keep[j] = gram[j, j] > 1e-9 * max(size[j], 1e-300)
        if keep[j]:
            gram = gram - np.outer(gram[:, j], gram[j]) / gram[j, j]
    return keep


def grouped(x: Floats, won: Any, seller: Any) -> tuple[Data, Any]:
    """Equal rows of one seller as one row with counts, sorted by seller; and each row's seller, numbered without gaps.

    Rows are told apart by a random mixture of their columns; the grouping is used only where it proves exact.
    """
    mixture = x @ np.random.default_rng(0).random(x.shape[1])
    order = np.lexsort([mixture, seller])
    won, seller, mixture = won[order], seller[order], mixture[order]
    fresh = np.r_[True, (np.diff(mixture) > 1e-9) | (np.diff(seller) > 0)]
    starts, group = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    first = order[starts]
    if len(starts) > 0.8 * len(won) or not np.array_equal(x[first][group], x[order]):
        starts, first = np.arange(len(won)), order
    deals = np.diff(np.r_[starts, len(won)]).astype(np.float64)
    wins = np.add.reduceat(won.astype(np.float64), starts)
    of_row = np.unique(seller[starts], return_inverse=True)[1].reshape(-1)
    return Data(x[first], wins, deals), of_row


def thinned(eta: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Log odds in 512 narrow bins at their means once there are over 2,000: averages change by less than 1e-5."""
    if len(eta) <= 2_000 or np.ptp(eta) == 0:
        return eta, weight
    cell = np.minimum((512 * (eta - eta.min()) / np.ptp(eta)).astype(np.int64), 511)
    total = np.bincount(cell, weights=weight, minlength=512)
    there = total > 0
    means = np.bincount(cell, weights=weight * eta, minlength=512)[there] / total[there]
    return means.astype(np.float64), total[there].astype(np.float64)


def average_difference(eta: Floats, weight: Floats, effect: float) -> float:
    """How much the chance of winning changes, on average over the deals, when log odds go up by ``effect``."""
    return float(weight @ (expit(eta + effect) - expit(eta)) / weight.sum())

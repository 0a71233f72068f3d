"""The plain ratios: sums over deals, by group, of an amount of work (touches, or minutes) and of what was earned.

The deal is the unit: its work, its sale and its commission belong together. Work is counted for all deals, lost and
open ones too. By channel, the commission of a won deal is shared out by its work: accounting, not cause.

Ranges are those of ``ratios``; the t distribution has sales - 1 degrees of freedom. Two things are not what that range
was made for, and are said:

* A commission below zero (a sale at a loss): a total may be below zero too, where there is no logarithm. The range is
  that of the delta method on the linear scale (A. W. van der Vaart, 1998, "Asymptotic Statistics", chapter 3). With 15
  sales it is somewhat too short (right 87 times in 100 where 95 was promised; with 100 sales 93).
* One sale that brings more than half of all: whatever is reckoned from the spread of the others says nothing of how
  often such a sale comes (such ranges were right 75 times in 100 where 95 was promised). No range then.

Both were found by simulation, ``validation/hours.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from rebond.numbers.counting import Floats, Numbers, coded
from rebond.numbers.estimate import Estimate, cannot
from rebond.numbers.ratios import MOST, Ratio, plain_estimate, share_of_largest, signed_estimate
from rebond.numbers.tables import CHANNELS, Table
from rebond.numbers.touches_queries import MEASURES, MINUTES, Commission, Source, plain_sums

#: So many groups are listed, those with the most deals.
LISTED = 200
#: All work: as touches, as minutes.
WHOLES = (MEASURES[0], MINUTES[0])


@dataclass(frozen=True)
class Sums:
    """One group's sums: ``of["t_touches"]`` and so on, as ``plain_sums`` names them.

    A measure is ``touches`` or a channel; in minutes ``minutes`` or ``minutes_call`` ...
    """

    of: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self.of.get(name, 0.0)

    @property
    def deals(self) -> int:
        return int(self["deals"])

    @property
    def sales(self) -> int:
        return int(self["sales"])

    @property
    def paid(self) -> int:
        """Sales whose commission is known."""
        return int(self["paid"])

    @property
    def lift(self) -> float:
        """By how much the commission known must be lifted for the sales whose commission is not."""
        return self.sales / self.paid if self.paid else 0.0

    @property
    def largest_share(self) -> float | None:
        """The part of the money that one sale makes, from 0 to 1, losses counted as large as they are."""
        return share_of_largest(self["biggest"], self["moved"]) if self.paid else None

    def earned_minor(self, measure: str = "touches") -> int | None:
        """Commission, of a channel its part; ``None`` where none is known."""
        return round(self[f"c_{measure}"]) if self.paid else None

    def work_per_sale(self, measure: str, *, method: str, scale: float = 1.0) -> Estimate:
        """All work / sales, times ``scale``."""
        t, tt, tw = (self[f"{key}_{measure}"] for key in ("t", "tt", "tw"))
        ratio = _ratio(t * scale, self.sales, tt * scale**2, tw * scale, self.sales, self)
        return plain_estimate(ratio, sales=self.sales, deals=self.deals, method=method)

    def money_per_work(self, measure: str, *, method: str, scale: float = 1.0) -> Estimate:
        """All commission / (all work times ``scale``), in minor units."""
        if not self.paid:
            return no_commission(self.sales, self.deals)
        t, tt, c, cc, ct = (self[f"{key}_{measure}"] for key in ("t", "tt", "c", "cc", "ct"))
        lift = self.lift
        ratio = _ratio(c * lift, t * scale, cc * lift**2, ct * lift * scale, tt * scale**2, self)
        largest = self.largest_share if measure in WHOLES else None
        return signed_estimate(
            ratio, sales=self.sales, deals=self.deals, method=method, note=self._known(),
            below_zero=self["losses"] > 0, largest=largest,
        )  # fmt: skip

    def _known(self) -> str:
        if self.paid == self.sales:
            return ""
        return f"commission known for {self.paid} of {self.sales} sales; the others count at its average"

    def without_largest(self) -> Sums | None:
        """All work without the deal that brings more than half of the money; ``None`` where none does."""
        if not self.largest_share or self.largest_share <= MOST:
            return None
        c = self["big_earned"]
        less = {"deals": 1.0, "sales": 1.0, "paid": 1.0, "losses": float(c < 0), "moved": abs(c)}
        for name in WHOLES:
            t = self[f"big_{name}"]
            less |= {f"t_{name}": t, f"tt_{name}": t * t, f"tw_{name}": t}
            less |= {f"c_{name}": c, f"cc_{name}": c * c, f"ct_{name}": c * t}
        return Sums(self.of | {name: self[name] - value for name, value in less.items()} | {"biggest": 0.0})


def _ratio(a: float, b: float, aa: float, ab: float, bb: float, of: Sums) -> Ratio:
    """a / b from the sums of a, b, a^2, ab, b^2 over deals."""
    theta = a / b if b else 0.0
    spread = aa - 2 * theta * ab + theta**2 * bb
    return Ratio(a, b, spread, bb - b * b / max(of.deals, 1), max(of.sales - 1, 1))


def no_touches(sales: int, deals: int) -> Estimate:
    """Nothing to say without touches."""
    return cannot("no_touches", "no touches are recorded", k=sales, n=deals)


def no_days(sales: int, deals: int) -> Estimate:
    """Nothing to say about a period where nobody knows when the touches were."""
    return cannot("no_dates", "needs the day of each touch", k=sales, n=deals)


def no_commission(wins: int, deals: int) -> Estimate:
    """What money needs."""
    note = "needs the commission of won deals, or a rule for it: a share of the amount, or a sum per sale"
    return cannot("no_commission", note, k=wins, n=deals)


@dataclass(frozen=True, eq=False)
class Plain:
    """The sums behind the plain ratios; one entry per combination of the columns asked for.

    Attributes:
        measures: ``touches`` (all work), then each channel where it is known.
        left_out: what could not be used, by the reason.
    """

    measures: tuple[str, ...]
    sums: dict[str, Floats]
    codes: dict[str, Numbers]
    labels: dict[str, list[str | None]]
    left_out: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, deals: Table, found: Source, as_of: date, by: Sequence[str], commission: Commission | None,
        since: date | None = None,
    ) -> Plain:  # fmt: skip
        """Asks the engine; columns of ``by`` are text columns of ``deals``."""
        columns, labels = coded(plain_sums(deals, found, as_of, list(by), commission, since), *by)
        codes = {name: columns.pop(name) for name in by}
        sums = {name: np.nan_to_num(values) for name, values in columns.items()}
        measures = ("touches", *CHANNELS) if found.by_channel else ("touches",)
        uncounted = int(sums.pop("uncounted", np.zeros(1)).sum())
        return cls(measures, sums, codes, labels, {"no_touch_count": uncounted} if uncounted else {})

    def overall(self) -> Sums:
        """All groups together."""
        one = np.zeros(len(self.sums["deals"]), dtype=np.int64)
        return self._sums(self._added(one, 1), self._largest(one, 1), 0)

    def groups(self, column: str, listed: int = LISTED) -> tuple[list[tuple[str, Sums]], int]:
        """At most ``listed`` groups of a column with their names, most deals first, and how many are not listed."""
        names = [str(name) for name in self.labels[column]]
        added = self._added(self.codes[column], len(names))
        largest = self._largest(self.codes[column], len(names))
        order = sorted(range(len(names)), key=lambda place: (-added["deals"][place], names[place]))
        found = [(names[place], self._sums(added, largest, place)) for place in order[:listed]]
        return found, len(order) - len(found)

    def _added(self, codes: Numbers, groups: int) -> dict[str, Floats]:
        added = {name: np.bincount(codes, values, groups) for name, values in self.sums.items()}
        return {name: values for name, values in added.items() if not name.startswith("big")}

    def _largest(self, codes: Numbers, groups: int) -> dict[str, Floats]:
        """Of each group the largest sale among those of its combinations."""
        found = {name: np.zeros(groups) for name in self.sums if name.startswith("big")}
        for place in np.argsort(self.sums["biggest"], kind="stable"):
            for name, values in found.items():
                values[codes[place]] = self.sums[name][place]
        return found

    def _sums(self, added: dict[str, Floats], largest: dict[str, Floats], place: int) -> Sums:
        return Sums({name: float(values[place]) for name, values in (added | largest).items()})

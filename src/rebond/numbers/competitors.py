"""Against whom, and how it ended.

The column ``competitor`` holds a name, ``none`` (they looked at nobody else) or nothing (nobody knows): three different
things, counted apart. Names are compared without case. Win rates are won / (won + lost), pulled towards the rate of all
competitors together (``pooling``); they say how deals with that competitor ended, not what the competitor did to them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.outcomes import DEALS_, Groups, by_name, groups, known_on, summed
from rebond.numbers.rates import proportion
from rebond.numbers.tables import Columns, Table, rows

#: The entry that says that there was no competitor.
NONE = "none"


@dataclass(frozen=True)
class Competitors:
    """Against whom, and how it ended.

    Attributes:
        known, none, not_known: decided deals with a named competitor, with none, and where nobody noted it.
        rows: the competitors, most met first (``Groups`` with ``by`` = "competitor"); below 5 deals won or lost nothing
            is said of one by itself.
    """

    known: Estimate
    none: Estimate
    not_known: Estimate
    rows: Groups

    def as_json(self) -> dict[str, Any]:
        """The report's ``competitors``."""
        shares = {"known": self.known, "none": self.none, "not_known": self.not_known}
        return {name: estimate.as_json() for name, estimate in shares.items()} | self.rows.as_json()

    def __str__(self) -> str:
        return f"known: {self.known}; none: {self.none}; not known: {self.not_known}\n{self.rows}"


def competitors(deals: Table, *, as_of: date) -> Competitors:
    """Encounters, wins, losses and win rate per competitor, among decided deals.

    Args:
        deals: the table of ``numbers.tables.DEALS``.
        as_of: the day the table speaks of.

    >>> import ibis
    >>> met = ["Acme"] * 6 + ["acme"] + ["none"] * 2 + [None]
    >>> made = ibis.memtable({"competitor": met, "outcome": ["won", "lost"] * 5})
    >>> dates = {"opened_at": ibis.null("date"), "closed_at": ibis.null("date"), "amount_minor": ibis.null("int64")}
    >>> print(competitors(made.mutate(**dates), as_of=date(2026, 1, 1)).rows)
    by competitor (1)
      Acme: 0.5714, likely 0.3417 to 0.774 (4 of 7); pooled 0.5714, likely 0.3417 to 0.774 (4 of 7)
    """
    found = rows(summed(known_on(deals, as_of), ["competitor", "outcome"]))
    names, sums = by_name([_key(value) for value in found["competitor"]], found)
    decided = [int(n) for n in sums[:, :, DEALS_].sum(axis=1)]
    spelled = _spelled(found)
    met = [place for place, name in enumerate(names) if name not in (None, NONE)]
    counts = [sum(decided[place] for place in met), *(_of(names, decided, name) for name in (NONE, None))]
    known, none, not_known = (proportion(k, sum(decided), minimum=COUNTS_FROM, unit="decided_deals") for k in counts)
    return Competitors(known, none, not_known, groups("competitor", [spelled[names[at]] for at in met], sums[met]))


def _key(value: str | None) -> str | None:
    return " ".join(value.split()).casefold() if value else None


def _of(names: list[str | None], decided: list[int], name: str | None) -> int:
    return decided[names.index(name)] if name in names else 0


def _spelled(found: Columns) -> dict[str | None, str]:
    """Each competitor as it is most often written; of equally common spellings the first in the alphabet."""
    counts: dict[str | None, Counter[str]] = defaultdict(Counter)
    for value, deals in zip(found["competitor"], found["deals"], strict=True):
        if value:
            counts[_key(value)][" ".join(value.split())] += int(deals)
    return {key: min(ways, key=lambda way: (-ways[way], way)) for key, ways in counts.items()}

"""How deals ended, and the win rate: by count, by value, and per owner, team, segment and source.

Two win rates are named, neither hidden: won / (won + lost), and won / (won + lost + no decision). Open deals and deals
whose result is not known are in neither: they are not losses. Disqualified deals and duplicates were no chances.

Methods: Wilson's interval for a rate by count (``rates``); groups pulled towards the whole by a Beta-Binomial with its
spread averaged over (``pooling``); by value a ratio of sums (``value_rate``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import expit, logit, stdtrit

from rebond.numbers.estimate import Estimate, cannot, too_few
from rebond.numbers.pooling import pool_shares
from rebond.numbers.rates import rate
from rebond.numbers.tables import DECIDED, OUTCOMES, Table, rows

#: The columns a win rate is split by.
SPLITS = ("owner", "team", "segment", "source")
#: So many groups are listed, the largest; the others are counted together.
LISTED = 200
#: A rate by value needs so many sales and losses with an amount, and a sum that so many equal deals could make.
VALUE_FROM = 10
#: It needs an amount on this share of the sales and of the losses: where losses carry none, every rate is 100 %.
PRICED_FROM = 0.8
VALUE_METHOD = "ratio of sums, linearised, t with Kish's df on the logit"
#: What is summed per group and outcome: deals, deals with an amount, and the amount to the powers 1, 2 and 4.
DEALS_, PRICED, MONEY, SQUARES, FOURTHS = range(5)
WON, LOST, NO_DECISION = range(3)

Sums = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Group:
    """One owner, team, segment, source or competitor.

    Attributes:
        name: as in the data; ``None`` where it is not filled in.
        won, lost, no_decision: how its deals ended.
        rate: won / (won + lost) of this group alone.
        pooled: the same, pulled towards the whole as far as its few deals ask for; the better guess of the two.
        by_value: money won / money decided.
    """

    name: str | None
    won: int
    lost: int
    no_decision: int
    rate: Estimate
    pooled: Estimate
    by_value: Estimate

    def as_json(self) -> dict[str, Any]:
        """The group in the report; shares are from 0 to 1."""
        counts = {"name": self.name, "won": self.won, "lost": self.lost, "no_decision": self.no_decision}
        shares = {"rate": self.rate, "pooled": self.pooled, "by_value": self.by_value}
        return counts | {name: estimate.as_json() for name, estimate in shares.items()}


@dataclass(frozen=True)
class Groups:
    """The groups of one column, largest first.

    Attributes:
        by: the column.
        rows: at most ``LISTED`` groups; none when the column is not filled in at all.
        others: the deals of the groups that are not listed, together; ``None`` when all are listed.
        groups: how many groups there are.
        pooled: whether the groups could be pooled; ``note`` says why not.
        kappa: how alike the groups are, in deals: one with that many decided deals is pulled half way.
    """

    by: str
    rows: tuple[Group, ...]
    others: Group | None
    groups: int
    pooled: bool
    kappa: float | None
    note: str

    def as_json(self) -> dict[str, Any]:
        """The groups in the report."""
        return {
            "groups": self.groups, "pooled": self.pooled, "kappa": self.kappa, "note": self.note,
            "rows": [group.as_json() for group in self.rows],
            "others": self.others.as_json() if self.others else None,
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"  {group.name or 'not filled in'}: {group.rate}; pooled {group.pooled}" for group in self.rows]
        return "\n".join([f"by {self.by} ({self.groups})", *lines])


@dataclass(frozen=True)
class Outcomes:
    """How deals ended as of a day.

    Attributes:
        as_of: the day; deals closed after it count as open, deals opened after it do not exist yet.
        counts: deals per outcome, every outcome named.
        win_rate: won / (won + lost).
        win_rate_with_no_decision: won / (won + lost + no decision).
        win_rate_by_value: money won / (money won + money lost), of deals with an amount.
        won_minor, lost_minor: that money, in minor units; ``None`` where no deal has an amount.
        by: per column of ``SPLITS``.
    """

    as_of: date
    counts: dict[str, int]
    win_rate: Estimate
    win_rate_with_no_decision: Estimate
    win_rate_by_value: Estimate
    won_minor: int | None
    lost_minor: int | None
    by: dict[str, Groups]

    def as_json(self, *, minor_per_major: int = 100) -> dict[str, Any]:
        """The report's ``outcomes``; money in major units."""
        money = {"won_amount": self.won_minor, "lost_amount": self.lost_minor}
        return {
            "counts": dict(self.counts),
            "win_rate": self.win_rate.as_json(),
            "win_rate_with_no_decision": self.win_rate_with_no_decision.as_json(),
            "win_rate_by_value": self.win_rate_by_value.as_json(),
            **{name: None if minor is None else minor / minor_per_major for name, minor in money.items()},
            **{f"by_{name}": groups.as_json() for name, groups in self.by.items()},
        }

    def __str__(self) -> str:
        head = [
            f"as of {self.as_of}: " + ", ".join(f"{n} {name}" for name, n in self.counts.items() if n),
            f"win rate: {self.win_rate}",
            f"with no decision among the ends: {self.win_rate_with_no_decision}",
            f"by value: {self.win_rate_by_value}",
        ]
        return "\n".join(head + [str(groups) for groups in self.by.values() if groups.rows])


def outcomes(deals: Table, *, as_of: date) -> Outcomes:
    """How deals ended, and the win rate by count, by value and by group.

    Args:
        deals: the table of ``numbers.tables.DEALS``; only ``outcome`` must be filled in.
        as_of: the day the table speaks of.

    Returns:
        Rates are shares from 0 to 1. By count from 5 decided deals on; by value from 10 sales and 10 losses with an
        amount, when 80 % of both have one. Groups below 5 decided deals are not shown by themselves.

    >>> import ibis
    >>> closed = [("won", "Ann")] * 4 + [("lost", "Ann")] * 8 + [("open", "Bo")] * 3
    >>> table = ibis.memtable({"outcome": [end for end, _ in closed], "owner": [who for _, who in closed]})
    >>> nothing = {"team": ibis.null("string"), "segment": ibis.null("string"), "source": ibis.null("string")}
    >>> money = {"amount_minor": ibis.null("int64")}
    >>> dates = {"opened_at": ibis.null("date"), "closed_at": ibis.null("date")}
    >>> print(outcomes(table.mutate(**nothing, **money, **dates), as_of=date(2026, 1, 1)))
    as of 2026-01-01: 4 won, 8 lost, 3 open
    win rate: 0.3333, likely 0.1886 to 0.5182 (4 of 12)
    with no decision among the ends: 0.3333, likely 0.1886 to 0.5182 (4 of 12)
    by value: no decided deal has an amount
    by owner (1)
      Ann: 0.3333, likely 0.1886 to 0.5182 (4 of 12); pooled 0.3333, likely 0.1886 to 0.5182 (4 of 12)
    """
    known = known_on(deals, as_of)
    found = rows(known.group_by("outcome").agg(deals=known.count()))
    counts = dict.fromkeys(OUTCOMES, 0)
    counts |= {str(end): int(n) for end, n in zip(found["outcome"], found["deals"], strict=True)}
    whole = _whole(known)
    won, lost, undecided = (counts[end] for end in DECIDED)
    priced = whole[:2, PRICED] > 0
    return Outcomes(
        as_of,
        counts,
        rate(won, won + lost),
        rate(won, won + lost + undecided),
        value_rate(whole[WON], whole[LOST]),
        int(whole[WON, MONEY]) if priced[WON] else None,
        int(whole[LOST, MONEY]) if priced[LOST] else None,
        {name: grouped(known, name) for name in SPLITS},
    )


def known_on(deals: Table, as_of: date) -> Table:
    """The deals as they were known on that day: closed later is still open, opened later is not there yet.

    A deal without dates stays as it is.
    """
    import ibis

    there = deals.filter(deals.opened_at.isnull() | (deals.opened_at <= as_of))
    later = there.closed_at.notnull() & (there.closed_at > as_of)
    return there.mutate(outcome=ibis.ifelse(later, "open", there.outcome))


def value_rate(won: Sums, lost: Sums) -> Estimate:
    """Money won / money decided, with the range of a ratio of sums.

    Each deal's influence psi on the share is its amount times its distance from the share; the standard error is the
    root of the sum of psi^2, the degrees of freedom are Kish's, (sum psi^2)^2 / sum psi^4, so that a few big deals
    widen the range as they should. On the logit scale the range stays between 0 and 1.

    Args:
        won, lost: deals, deals with an amount, and the sums of the amounts to the powers 1, 2 and 4.

    >>> print(value_rate(np.array([20, 20, 40e4, 9e9, 5e17]), np.array([30, 30, 30e4, 4e9, 9e16])))
    0.5714, likely 0.4701 to 0.6671 (20 of 50)
    >>> print(value_rate(np.array([20, 20, 40e4, 9e9, 5e17]), np.array([30, 0, 0, 0, 0])))
    no amount in this currency on 30 of 30 losses
    """
    k, n = int(won[PRICED]), int(won[PRICED] + lost[PRICED])
    if n == 0:
        return cannot("no_amounts", "no decided deal has an amount")
    for sums, word in ((won, "sales"), (lost, "losses")):
        if sums[PRICED] < PRICED_FROM * sums[DEALS_]:
            missing, all_ = int(sums[DEALS_] - sums[PRICED]), int(sums[DEALS_])
            return cannot("amounts_missing", f"no amount in this currency on {missing} of {all_} {word}", n=n, k=k)
    for sums, unit in ((won, "wins"), (lost, "losses")):
        if sums[PRICED] < VALUE_FROM:
            return too_few(need=VALUE_FROM - int(sums[PRICED]), unit=unit, n=n, k=k)
    money = won[MONEY] + lost[MONEY]
    if money**2 < VALUE_FROM * (won[SQUARES] + lost[SQUARES]):
        return cannot("few_big_deals", "a few big deals decide the sum: its share says nothing of the others", n=n, k=k)
    return _ratio_of_sums(won, lost, k, n)


def _ratio_of_sums(won: Sums, lost: Sums, k: int, n: int) -> Estimate:
    money = won[MONEY] + lost[MONEY]
    share, rest = won[MONEY] / money, lost[MONEY] / money
    squares = rest**2 * won[SQUARES] + share**2 * lost[SQUARES]
    fourths = rest**4 * won[FOURTHS] + share**4 * lost[FOURTHS]
    error = np.sqrt(squares) / money / (share * rest)
    steps = stdtrit(squares**2 / fourths, np.array([0.1, 0.9, 0.025, 0.975])) * error
    lo80, hi80, lo95, hi95 = (float(end) for end in expit(logit(share) + steps))
    return Estimate(float(share), lo80, hi80, lo95, hi95, k=k, n=n, method=VALUE_METHOD)


def grouped(known: Table, by: str) -> Groups:
    """The decided deals of ``known`` per value of the column ``by``: one query, then pooling."""
    found = rows(summed(known, [by, "outcome"]))
    names, sums = by_name(found[by], found)
    return groups(by, names, sums)


def groups(by: str, names: Sequence[str | None], sums: Sums) -> Groups:
    """The groups of that column, from (groups, outcomes of ``DECIDED``, 5 sums)."""
    if not any(names):
        return Groups(by, (), None, 0, False, None, "not filled in")
    won, lost = sums[:, WON, DEALS_].astype(np.int64), sums[:, LOST, DEALS_].astype(np.int64)
    pooled = pool_shares(won, won + lost)
    order = sorted(range(len(names)), key=lambda place: (-sums[place, :, DEALS_].sum(), names[place] or ""))
    listed = tuple(_group(names[place], sums[place], pooled.estimate(place)) for place in order[:LISTED])
    rest = sums[order[LISTED:]].sum(axis=0)
    others = _group(None, rest, rate(int(rest[WON, 0]), int(rest[:2, 0].sum()))) if len(names) > LISTED else None
    return Groups(by, listed, others, len(names), pooled.pooled, pooled.kappa, pooled.note)


def _group(name: str | None, sums: Sums, pooled: Estimate) -> Group:
    won, lost, undecided = (int(n) for n in sums[:, DEALS_])
    return Group(name, won, lost, undecided, rate(won, won + lost), pooled, value_rate(sums[WON], sums[LOST]))


def _whole(known: Table) -> Sums:
    """All decided deals: (outcomes of ``DECIDED``, 5 sums)."""
    found = rows(summed(known, ["outcome"]))
    _names, sums = by_name([""] * len(found["outcome"]), found)
    return sums[0] if len(sums) else np.zeros((len(DECIDED), 5))


def summed(known: Table, keys: list[str]) -> Table:
    """The decided deals by these columns: counts and sums of amounts above zero (a zero is an amount not known)."""
    decided = known.filter(known.outcome.isin(DECIDED))
    amount = decided.amount_minor.cast("float64")
    priced = decided.amount_minor > 0
    square = amount * amount
    return decided.group_by(keys).agg(
        deals=decided.count(),
        priced=decided.count(where=priced),
        money=decided.amount_minor.sum(where=priced),
        squares=square.sum(where=priced),
        fourths=(square * square).sum(where=priced),
    )


def by_name(keys: Sequence[str | None] | Any, found: dict[str, Any]) -> tuple[list[str | None], Sums]:
    """The distinct keys, and their sums by outcome; empty text is a key that is not filled in."""
    places: dict[str | None, int] = {}
    at = np.array([places.setdefault(key or None, len(places)) for key in keys], dtype=np.int64)
    end = np.array([DECIDED.index(outcome) for outcome in found["outcome"]], dtype=np.int64)
    sums = np.zeros((len(places), len(DECIDED), 5))
    for place, name in enumerate(("deals", "priced", "money", "squares", "fourths")):
        np.add.at(sums[:, :, place], (at, end), np.nan_to_num(found[name].astype(np.float64)))
    return list(places), sums

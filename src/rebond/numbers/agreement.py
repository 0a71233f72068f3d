"""Do sellers and buyers name the same reasons? Over the lost deals where both have spoken, and those only.

Schroder's three classes (the same primary reason, some overlap, none), an index of overlap, kappa and alpha
(``raters``), the matrix of primary reasons, and how often the one side says what when the other says something.

Refused: any share below 10 pairs, where the deals themselves are listed instead; kappa and alpha below 30.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import chdtrc

from rebond.numbers.estimate import PERCENT_FROM, RANGE_FROM, Estimate, too_few
from rebond.numbers.outcomes import known_on
from rebond.numbers.raters import alpha_estimate, kappa_estimate, stuart_maxwell
from rebond.numbers.rates import share, wilson
from rebond.numbers.reasons import LOST_ENDS
from rebond.numbers.tables import Table, rows
from rebond.numbers.voices import SOURCES, Integers, Said, parse_reasons, said_in

SELLER, BUYER = SOURCES.index("seller"), SOURCES.index("buyer")
#: The reasons in the matrix, and the flows, at most.
MATRIX_LISTED, FLOWS_LISTED = 30, 50
#: Above this many reasons the test of equal margins would be of free text; it is left out.
MARGINS_UP_TO = 100
OVERLAP_METHOD = "mean of shared / all reasons, Wilson"


@dataclass(frozen=True)
class Pair:
    """One lost deal with both voices; reasons in order, the first is primary."""

    deal_id: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    """Pairs where the seller names ``seller`` first and the buyer ``buyer``.

    Attributes:
        of_seller: of the pairs where the seller says ``seller``, those where the buyer says ``buyer``.
        of_buyer: of the pairs where the buyer says ``buyer``, those where the seller says ``seller``.
    """

    seller: str
    buyer: str
    of_seller: Estimate
    of_buyer: Estimate

    def as_json(self) -> dict[str, Any]:
        """The flow in the report."""
        shares = {"of_seller": self.of_seller.as_json(), "of_buyer": self.of_buyer.as_json()}
        return {"seller": self.seller, "buyer": self.buyer, **shares}


@dataclass(frozen=True)
class Agreement:
    """Do sellers and buyers name the same reasons? It speaks for the deals whose buyer has answered.

    Attributes:
        pairs: lost deals (those without a decision included) where both have named a reason.
        primary_match, some_overlap, no_overlap: Schroder's three classes, of all pairs; from 10 pairs.
        overlap: mean over pairs of shared reasons / all reasons named, 0 to 1; from 10 pairs.
        kappa: agreement on the primary reason beyond chance; from 30 pairs.
        codes, matrix: the primary reasons named most, and the pairs seller (rows) x buyer (columns); empty below 10.
        left_out: pairs that are not in the matrix.
        flows: the cells that occur, largest first; empty below 10 pairs.
        marginal_q: how likely margins this different are if both name each reason equally often (Stuart-Maxwell);
            ``None`` below 30 pairs, and where nobody disagrees.
        alpha: agreement of all voices on the primary reason, over lost deals with at least two; from 30 such deals.
        listed: below 10 pairs, the deals themselves.
    """

    pairs: int
    primary_match: Estimate
    some_overlap: Estimate
    no_overlap: Estimate
    overlap: Estimate
    kappa: Estimate
    codes: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    left_out: int
    flows: tuple[Flow, ...]
    marginal_q: float | None
    alpha: Estimate
    listed: tuple[Pair, ...]

    def as_json(self) -> dict[str, Any]:
        """The report's ``reasons.agreement``."""
        names = ("primary_match", "some_overlap", "no_overlap", "overlap", "kappa", "alpha")
        return {
            "pairs": self.pairs,
            **{name: getattr(self, name).as_json() for name in names},
            "marginal_q": self.marginal_q,
            "codes": list(self.codes), "matrix": [list(row) for row in self.matrix], "left_out": self.left_out,
            "flows": [flow.as_json() for flow in self.flows],
            "listed": [
                {"deal_id": pair.deal_id, "seller": list(pair.seller), "buyer": list(pair.buyer)}
                for pair in self.listed
            ],
        }  # fmt: skip

    def __str__(self) -> str:
        lines = [f"{self.pairs} lost deals with both voices"]
        lines += [f"  {pair.deal_id}: {'; '.join(pair.seller)} | {'; '.join(pair.buyer)}" for pair in self.listed]
        if not self.listed:
            lines.append(f"  the same first: {self.primary_match}; some overlap: {self.some_overlap}")
            lines.append(f"  kappa: {self.kappa}")
        return "\n".join(lines)


def agreement(deals: Table, *, as_of: date) -> Agreement:
    """Seller against buyer on matched pairs, and all voices together.

    Args:
        deals: the table of ``numbers.tables.DEALS``; ``reasons`` as ``voices.parse_reasons`` reads it.
        as_of: the day the table speaks of.

    >>> import ibis
    >>> said = ["price; buyer:price"] * 6 + ["price; buyer:trust"] * 3 + ["timing; buyer:price; buyer:timing"] * 3
    >>> made = ibis.memtable({"reasons": said, "outcome": ["lost"] * 12, "id": [str(n) for n in range(12)]})
    >>> dates = {"opened_at": ibis.null("date"), "closed_at": ibis.null("date")}
    >>> print(agreement(made.mutate(**dates), as_of=date(2026, 1, 1)))
    12 lost deals with both voices
      the same first: 0.5, likely 0.3265 to 0.6735 (6 of 12); some overlap: 0.25, likely 0.1269 to 0.4333 (3 of 12)
      kappa: too few: 18 more deals with both voices
    """
    known = known_on(deals, as_of)
    lost = known.filter(known.outcome.isin(LOST_ENDS) & known.reasons.notnull())
    found = rows(lost.group_by("reasons").agg(deals=lost.count()))
    said = said_in(found["reasons"], found["deals"])
    deals_ = np.zeros(len(said.texts), dtype=np.int64)
    np.add.at(deals_, [said.texts[text or None] for text in found["reasons"]], found["deals"])
    primary = _primary(said)
    both = np.flatnonzero((primary[SELLER] >= 0) & (primary[BUYER] >= 0))
    pairs = _Pairs(said.codes, primary[SELLER, both], primary[BUYER, both], *_shared(said, both), deals_[both])
    texts = list(said.texts)
    return _judged(pairs, alpha_estimate(primary.T, deals_), lambda: _listed(lost, [texts[place] for place in both]))


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs by distinct text: primary reasons (places in ``codes``), reasons shared and named in all, and how many."""

    codes: tuple[str, ...]
    seller: Integers
    buyer: Integers
    shared: Integers
    named: Integers
    deals: Integers

    def count(self, some: Any) -> int:
        return int(self.deals[some].sum())


def _primary(said: Said) -> Integers:
    """The primary reason per source and text; -1 where the source says nothing."""
    primary = np.full((len(SOURCES), len(said.texts)), -1, dtype=np.int64)
    primary[said.source[said.first], said.text[said.first]] = said.code[said.first]
    return primary


def _shared(said: Said, both: Integers) -> tuple[Integers, Integers]:
    """Per text with both voices: reasons that both name, and reasons that any of the two names."""
    voices = np.isin(said.source, (SELLER, BUYER))
    # A reason that both name stands twice among the (text, reason) of the two.
    cells, times = np.unique(np.column_stack((said.text, said.code))[voices], axis=0, return_counts=True)
    shared = np.bincount(cells[:, 0], times == 2, len(said.texts)).astype(np.int64)
    return shared[both], np.bincount(cells[:, 0], minlength=len(said.texts))[both]


def _judged(pairs: _Pairs, alpha: Estimate, listed: Callable[[], tuple[Pair, ...]]) -> Agreement:
    n = int(pairs.deals.sum())
    match = pairs.seller == pairs.buyer
    classes = (match, ~match & (pairs.shared > 0), pairs.shared == 0)
    enough = n >= RANGE_FROM
    codes, matrix = _matrix(pairs) if enough else ((), ())
    primary_match, some_overlap, no_overlap = (share(pairs.count(some), n, unit="pairs") for some in classes)
    return Agreement(
        pairs=n,
        primary_match=primary_match,
        some_overlap=some_overlap,
        no_overlap=no_overlap,
        overlap=_overlap(pairs, n),
        kappa=kappa_estimate(pairs.seller, pairs.buyer, pairs.deals),
        codes=codes,
        matrix=matrix,
        left_out=n - sum(map(sum, matrix)) if enough else 0,
        flows=_flows(pairs) if enough else (),
        marginal_q=_margins(pairs) if n >= PERCENT_FROM else None,
        alpha=alpha,
        listed=() if enough or n == 0 else listed(),
    )


def _overlap(pairs: _Pairs, n: int) -> Estimate:
    """Mean of shared / all reasons. A mean of parts varies no more than a share of its size: Wilson is wide enough."""
    if n < RANGE_FROM:
        return too_few(need=RANGE_FROM - n, unit="pairs", n=n)
    total = float((pairs.deals * pairs.shared / pairs.named).sum())
    (lo80, hi80), (lo95, hi95) = wilson(total, n, 0.80), wilson(total, n, 0.95)
    return Estimate(total / n, lo80, hi80, lo95, hi95, n=n, method=OVERLAP_METHOD)


def _matrix(pairs: _Pairs) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """The pairs seller x buyer, of the reasons named first most often by either."""
    size = len(pairs.codes)
    total = np.bincount(pairs.seller, pairs.deals, size) + np.bincount(pairs.buyer, pairs.deals, size)
    order = sorted(np.flatnonzero(total).tolist(), key=lambda code: (-total[code], pairs.codes[code]))[:MATRIX_LISTED]
    at = np.full(size, -1)
    at[order] = np.arange(len(order))
    cells = np.zeros((len(order), len(order)), dtype=np.int64)
    inside = (at[pairs.seller] >= 0) & (at[pairs.buyer] >= 0)
    np.add.at(cells, (at[pairs.seller][inside], at[pairs.buyer][inside]), pairs.deals[inside])
    return tuple(pairs.codes[code] for code in order), tuple(tuple(row) for row in cells.tolist())


def _flows(pairs: _Pairs) -> tuple[Flow, ...]:
    """The pairs of primary reasons that occur, most frequent first."""
    cells, place = np.unique(np.column_stack((pairs.seller, pairs.buyer)), axis=0, return_inverse=True)
    counts = np.bincount(place.ravel(), pairs.deals).astype(int).tolist()
    sellers = np.bincount(pairs.seller, pairs.deals, len(pairs.codes)).astype(int).tolist()
    buyers = np.bincount(pairs.buyer, pairs.deals, len(pairs.codes)).astype(int).tolist()
    flows = [
        (k, pairs.codes[seller], pairs.codes[buyer], sellers[seller], buyers[buyer])
        for k, (seller, buyer) in zip(counts, cells.tolist(), strict=True)
    ]
    flows.sort(key=lambda flow: (-flow[0], flow[1], flow[2]))
    return tuple(
        Flow(seller, buyer, share(k, of_seller, unit="pairs"), share(k, of_buyer, unit="pairs"))
        for k, seller, buyer, of_seller, of_buyer in flows[:FLOWS_LISTED]
    )


def _listed(lost: Table, texts: list[str | None]) -> tuple[Pair, ...]:
    """The deals behind these texts; a query of its own, only for few."""
    found = rows(lost.filter(lost.reasons.isin(texts)).select("id", "reasons"))
    said = [(str(key), parse_reasons(text)) for key, text in zip(found["id"], found["reasons"], strict=True)]
    return tuple(Pair(key, voices["seller"], voices["buyer"]) for key, voices in sorted(said, key=lambda one: one[0]))


def _margins(pairs: _Pairs) -> float | None:
    used, place = np.unique(np.concatenate((pairs.seller, pairs.buyer)), return_inverse=True)
    if len(used) > MARGINS_UP_TO:
        return None
    matrix = np.zeros((len(used), len(used)))
    seller, buyer = place.ravel().reshape(2, -1)
    np.add.at(matrix, (seller, buyer), pairs.deals)
    found = stuart_maxwell(matrix)
    return None if found is None else float(chdtrc(found[1], found[0]))

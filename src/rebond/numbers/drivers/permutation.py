"""Does anything at all matter? The strongest look at the file against the strongest looks at shuffled outcomes.

Among many factors some look good by luck. Outcomes are shuffled among the deals of the same seller and month, which
keeps every seller's and every month's wins and breaks any tie to the factors; each look is a score statistic (sum of
column times outcome, centred within seller and month, over its exact standard error under shuffling), and the largest
of the real file is held against the largest of each shuffle (Westfall and Young, 1993, "Resampling-based multiple
testing"). The share of shuffles at least as strong is exact whatever the number of columns and their correlations.

Where seller and month leave hardly any deals to trade places, months become quarters, then years, then only the seller
is kept, then nothing: the first in which at least half of the deals are free. That choice never looks at outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rebond.numbers.drivers.fetch import Cases
from rebond.numbers.drivers.firth import Floats
from rebond.numbers.drivers.result import Anything

#: Shuffles: fewer in large files, where each costs more; at least as many as a share of 5 in 100 needs.
MOST, FEWEST, WORK = 999, 399, 3e7
BLOCK = 32
#: From how many deals on a shuffle is used more than once, and how often.
LARGE, TURNS = 5_000, 16


def anything(cases: Cases, looks: Sequence[Floats], seed: int) -> Anything:
    """The test over the columns of ``looks`` (each decided deals by columns)."""
    stratum, within = strata(cases)
    order = np.argsort(stratum, kind="stable")
    stratum, won = stratum[order], cases.won[order]
    scaled = np.hstack([_scaled(x[order], won, stratum) for x in looks])
    if not scaled.shape[1]:
        return Anything(within=within)
    strongest = float(np.abs(won.astype(np.float32) @ scaled).max())
    shuffles = int(np.clip(WORK / len(won), FEWEST, MOST))
    found = _shuffled(won, stratum, scaled, shuffles, seed)
    as_strong = int((found >= strongest * (1 - 1e-4)).sum())
    return Anything((1 + as_strong) / (1 + shuffles), strongest, shuffles, within)


def strata(cases: Cases) -> tuple[Any, str]:
    """Within what outcomes are shuffled: codes per deal and the name."""
    owner, month = cases.owner.astype(np.int64) + 1, cases.month + 1
    by_owner, by_month = bool(owner.any()), bool(month.any())
    tried = []
    for months, name in ((1, "month"), (3, "quarter"), (12, "year")):
        period = np.where(month > 0, 1 + (month - 1) // months, 0)
        if by_month:
            tried.append((owner * (period.max() + 1) + period, f"owner and {name}" if by_owner else name))
    tried += [(owner, "owner")] if by_owner else []
    for codes, name in tried:
        kinds, dense = np.unique(codes, return_inverse=True)
        if len(codes) - len(kinds) >= len(codes) / 2:
            return dense.reshape(-1), name
    return np.zeros(len(owner), dtype=np.int64), "the whole file"


def _scaled(x: Floats, won: Any, stratum: Any) -> Any:
    """Columns centred within strata over their standard error under shuffling (float32); those without any are left.

    In a stratum of n deals with w wins the score's variance is w (n - w) / (n (n - 1)) times the sum of squares.
    """
    sizes = np.bincount(stratum)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    centred = x - (np.add.reduceat(x, starts, axis=0) / sizes[:, None])[stratum]
    wins = np.add.reduceat(won.astype(np.float64), starts)
    share = wins * (sizes - wins) / np.maximum(sizes * (sizes - 1.0), 1.0)
    variance = share @ np.add.reduceat(centred**2, starts, axis=0)
    kept = variance > 1e-9 * np.maximum((x**2).sum(axis=0), 1.0)
    return (centred[:, kept] / np.sqrt(variance[kept])).astype(np.float32)


def _shuffled(won: Any, stratum: Any, scaled: Any, shuffles: int, seed: int) -> Floats:
    """The strongest look of each shuffle. Rows are sorted by stratum.

    Rows are put in random order within strata, and those that land on the places of the won deals have won. In large
    files each order is used ``TURNS`` times, the places turned by a random number within every stratum: a turned order
    is as random as a fresh one.
    """
    draw = np.random.default_rng(seed)
    n, places = len(won), np.flatnonzero(won)
    turns = TURNS if n > LARGE else 1
    found = []
    for start in range(0, shuffles, BLOCK):
        size = min(BLOCK, shuffles - start)
        rows = np.repeat(_in_random_order(draw, stratum, -(-size // turns)), turns, axis=0)[:size]
        landed = _turned(draw, places, stratum, size) if turns > 1 else places[None, :]
        outcome = np.zeros((size, n), dtype=np.float32)
        np.put_along_axis(outcome, np.take_along_axis(rows, landed, axis=1), 1, axis=1)
        found.append(np.abs(outcome @ scaled).max(axis=1))
    return np.concatenate(found).astype(np.float64)


def _turned(draw: np.random.Generator, places: Any, stratum: Any, size: int) -> Any:
    """``size`` times the places, each stratum's turned by a random number around its rows."""
    sizes = np.bincount(stratum)
    of_place = stratum[places]
    start, length = (np.cumsum(sizes) - sizes)[of_place], sizes[of_place]
    turn = (draw.random((size, len(sizes))) * sizes).astype(np.int64)[:, of_place]
    return start + (places - start + turn) % length


def _in_random_order(draw: np.random.Generator, stratum: Any, orders: int) -> Any:
    """``orders`` times the row numbers in random order within strata.

    One sort of (stratum, chance, row) packed into one integer.
    """
    n = len(stratum)
    row_bits = max(1, (n - 1).bit_length())
    chance_bits = 62 - row_bits - max(1, int(stratum[-1]).bit_length())
    chance = draw.integers(0, 1 << chance_bits, (orders, n)) << row_bits
    fixed = (stratum.astype(np.int64) << (row_bits + chance_bits)) | np.arange(n)
    return np.sort(chance | fixed, axis=1) & ((1 << row_bits) - 1)

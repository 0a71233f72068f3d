"""From chances to sales and money: every open deal decides for itself, with its own amount where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebond.numbers.forecast.amounts import Amounts
from rebond.numbers.forecast.hazards import Hazards
from rebond.numbers.forecast.history import Book, Floats, Ints
from rebond.numbers.forecast.simulate import Draws, Step, simulate

#: Deals times draws that are decided at a time.
AT_A_TIME = 250_000
#: First weeks of the ages that are shown apart, and stages at most.
AGE_PARTS, STAGES = (0, 4, 8, 13, 16, 24, 40), 30


@dataclass(frozen=True)
class Outcome:
    """Draws of sales and money (minor units; ``None`` where no amounts are known).

    Attributes:
        part, stage: of each cell of open deals its age part and its stage; ``deals`` in it.
        wins, money: by cell, shape (draws, cells).
        wins_new, money_new: from deals yet to be opened, shape (draws,).
    """

    part: Ints
    stage: NDArray[Any]
    deals: Ints
    wins: Floats
    money: Floats | None
    wins_new: Floats
    money_new: Floats | None

    @property
    def wins_all(self) -> Floats:
        """All sales, shape (draws,)."""
        return np.asarray(self.wins.sum(axis=1) + self.wins_new)

    @property
    def money_all(self) -> Floats | None:
        """All money, shape (draws,)."""
        if self.money is None or self.money_new is None:
            return None
        return np.asarray(self.money.sum(axis=1) + self.money_new)


def parts(oldest_win: int | None) -> tuple[int, ...]:
    """First week of each age part; the last part is older than every sale.

    >>> parts(20)
    (0, 4, 8, 13, 16, 21)
    """
    beyond = (0 if oldest_win is None else oldest_win) + 1
    return (*(first for first in AGE_PARTS if first < beyond), beyond)


def decide(
    book: Book,
    learnt: Hazards,
    ahead: Sequence[Step],
    count: int,
    past: Amounts | None,
    oldest_win: int | None,
    random: np.random.Generator,
) -> Outcome:
    """Simulates the weeks ahead for the deals of the book and those to come."""
    ages, place = np.unique(book.age, return_inverse=True)
    drawn = simulate(learnt, ages, ahead, count, random)
    part = np.searchsorted(parts(oldest_win), book.age, side="right") - 1
    stage = _fewer(book)
    names, stage_number = np.unique(stage.astype(str), return_inverse=True)
    cell, cell_of = np.unique(part * max(len(names), 1) + stage_number, return_inverse=True)
    wins, own, unpriced = _decided(book, drawn, drawn.kind[place], cell_of, len(cell), random)
    wins_new = drawn.wins_new(random)
    money = money_new = None
    if past is not None:
        money = own + np.column_stack([past.sums(unpriced[:, one], random) for one in range(len(cell))])
        money_new = past.sums(wins_new, random)
    deals = np.bincount(cell_of, book.deals, minlength=len(cell)).astype(np.int64)
    return Outcome(
        part=cell // max(len(names), 1), stage=names[cell % max(len(names), 1)], deals=deals,
        wins=wins.astype(np.float64), money=money, wins_new=wins_new.astype(np.float64), money_new=money_new,
    )  # fmt: skip


def _fewer(book: Book) -> NDArray[Any]:
    """Stages, all but the commonest as one without a name."""
    names, number = np.unique(book.stage.astype(str), return_inverse=True)
    deals = np.bincount(number, book.deals, minlength=len(names))
    kept = set(names[np.argsort(-deals, kind="stable")[:STAGES]])
    return np.array([name if name in kept else "" for name in book.stage.astype(str)], dtype=object)


def _decided(
    book: Book, drawn: Draws, place: Ints, cell: Ints, cells: int, random: np.random.Generator
) -> tuple[Ints, Floats, Ints]:
    """Sales, money of sales with an amount of their own, and sales without one, each by cell."""
    count = len(drawn.from_open)
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(cells))
    priced = ~np.isnan(book.amount[order])
    amount, deals, where = np.where(priced, book.amount[order], 0.0), book.deals[order], place[order]
    wins, unpriced = np.zeros((count, cells), dtype=np.int64), np.zeros((count, cells), dtype=np.int64)
    money = np.zeros((count, cells))
    many = max(AT_A_TIME // len(order), 1)
    for start in range(0, count, many):
        rows = slice(start, start + many)
        chance = drawn.from_open[rows][:, where]
        sold = (random.random(chance.shape, dtype=np.float32) < chance).astype(np.int64)
        several = np.flatnonzero(deals > 1)
        sold[:, several] = random.binomial(deals[several], chance[:, several])
        wins[rows] = np.add.reduceat(sold, bounds, axis=1)
        money[rows] = np.add.reduceat(sold * amount, bounds, axis=1)
        unpriced[rows] = np.add.reduceat(sold * ~priced, bounds, axis=1)
    return wins, money, unpriced

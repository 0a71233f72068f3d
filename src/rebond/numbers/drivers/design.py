"""From columns of a file to columns of a model.

- An *answer* (yes, partly, no and their French, true, false) is one column scored 1, 1/2, 0; "unknown" or empty is a
  level of its own.
- *Levels* of a text: each with at least ``LEVEL_FROM`` decided deals, at most ``LEVELS`` of them, against the most
  common one; the rest together is "other", empty is "missing".
- A *number* enters by a plain step near its standard deviation, or by doublings when it spans orders of magnitude.

What is too rare for a level of its own counts as the average deal in that factor, and is said (``unplaced``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rebond.numbers.drivers.fetch import Column
from rebond.numbers.drivers.firth import Floats
from rebond.numbers.drivers.result import LeftOut

#: Fewest decided deals of a level that gets an effect of its own, and the most levels of one factor.
LEVEL_FROM, LEVELS = 10, 12
YES = frozenset({"yes", "y", "true", "oui", "o", "vrai"})
PARTLY = frozenset({"partly", "partially", "partial", "partiel", "partielle", "partiellement", "en partie"})
NO = frozenset({"no", "n", "false", "non", "faux"})
UNKNOWN = frozenset({"unknown", "don't know", "not known", "inconnu", "inconnue", "ne sait pas", "je ne sais pas"})
OTHER, MISSING = "other", "missing"


@dataclass(frozen=True)
class Term:
    """One factor as columns of a model.

    Attributes:
        name, kind, reference, unplaced: as in ``result.Factor``.
        labels: one per column.
        x: decided deals by columns.
        marks: per column, which deals count as its k of n: those at the level; of a number, those that have it.
        at_reference: which deals are at the reference level (of an answer: no; of a number: none).
        partly: which deals answered "partly" (answers only): what the linearity test adds.
        ours: one of our own columns that nobody asked for: an adjustment, first to leave a model that is too large.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    x: Floats
    marks: Any
    at_reference: Any
    reference: str = ""
    unplaced: int = 0
    partly: Any = None
    ours: bool = False

    @property
    def width(self) -> int:
        """How many columns."""
        return int(self.x.shape[1])


def term(column: Column) -> Term | LeftOut:
    """The columns of one factor, or why there are none."""
    if column.kind == "day":
        return LeftOut(column.name, "date", "a date is no factor")
    if column.kind == "number":
        return _number(column)
    if not column.levels or (len(column.levels) == 1 and not (column.codes < 0).any()):
        return LeftOut(column.name, "one_value", "the same for every decided deal")
    return _answer(column) if is_answer(column.levels) else _levels(column)


def is_answer(levels: tuple[str, ...]) -> bool:
    """Whether the levels are yes and no, perhaps with partly and unknown, and nothing else.

    >>> is_answer(("no", "partly", "unknown", "yes")), is_answer(("no", "perhaps", "yes")), is_answer(("yes",))
    (True, False, False)
    """
    words = {level.casefold() for level in levels}
    return words <= YES | PARTLY | NO | UNKNOWN and bool(words & YES) and bool(words & NO)


def _answer(column: Column) -> Term | LeftOut:
    words = [level.casefold() for level in column.levels]
    values = np.array([*(_score(word) for word in words), np.nan])[column.codes]
    known = ~np.isnan(values)
    if known.sum() < LEVEL_FROM or np.unique(values[known]).size < 2:
        return LeftOut(column.name, "too_few_per_level", f"fewer than {LEVEL_FROM} answers")
    unknown = next((level for level, word in zip(column.levels, words, strict=True) if word in UNKNOWN), MISSING)
    x, marks, labels, unplaced = _with_missing(values, known, "yes", unknown)
    marks[:, 0] = values == 1
    return Term(column.name, "answer", labels, x, marks, values == 0, "no", unplaced, values == 0.5, column.ours)


def _score(word: str) -> float:
    return 1.0 if word in YES else 0.5 if word in PARTLY else 0.0 if word in NO else np.nan


def _with_missing(values: Floats, known: Any, label: str, missing: str) -> tuple[Floats, Any, tuple[str, ...], int]:
    """A scored column, at its mean where not known, and a column for "missing" when that is often enough."""
    score = np.where(known, values, 0.0)
    gone = int((~known).sum())
    if gone < LEVEL_FROM:
        return np.where(known, values, score.sum() / known.sum())[:, None], known[:, None], (label,), gone
    x = np.column_stack([score, (~known).astype(np.float64)])
    return x, np.column_stack([known, ~known]), (label, missing), 0


def three_levels(answer: Term) -> Term:
    """An answer shown as three levels: "partly" and "yes" each against "no"."""
    marks = np.column_stack([answer.partly, answer.marks])
    x = np.column_stack([marks[:, :2].astype(np.float64), answer.x[:, 1:]])
    placed = answer.at_reference | marks.any(axis=1)
    x[~placed] = x[placed].mean(axis=0)
    return replace(answer, kind="levels", labels=("partly", *answer.labels), x=x, marks=marks, partly=None)


def _levels(column: Column) -> Term | LeftOut:
    counts = np.bincount(column.codes + 1, minlength=len(column.levels) + 1)[1:]
    order = sorted(range(len(counts)), key=lambda i: (-counts[i], column.levels[i]))
    kept = [i for i in order if counts[i] >= LEVEL_FROM][:LEVELS]
    filled = int(counts.sum())
    if len(column.levels) > LEVELS and counts[kept].sum() < filled / 2:
        return LeftOut(column.name, "too_many_values", f"{len(column.levels)} different values in {filled} deals")
    if column.ours and column.name == "company" and len(column.levels) > LEVELS:
        return LeftOut(column.name, "too_many_values", f"{len(column.levels)} companies")
    groups = {column.levels[i]: column.codes == i for i in kept}
    rare = ~np.isin(column.codes, kept) & (column.codes >= 0)
    unplaced = _gather(groups, OTHER, rare) | _gather(groups, MISSING, column.codes < 0)
    if len(groups) < 2:
        return LeftOut(column.name, "too_few_per_level", f"no two levels with {LEVEL_FROM} decided deals")
    return _dummies(column, groups, unplaced)


def _gather(groups: dict[str, Any], label: str, deals: Any) -> Any:
    """Puts ``deals`` under a label, if there are enough of them; gives those left without a level."""
    if label in groups:
        groups[label] = groups[label] | deals
    elif deals.sum() >= LEVEL_FROM:
        groups[label] = deals
    else:
        return deals
    return np.zeros_like(deals)


def _dummies(column: Column, groups: dict[str, Any], unplaced: Any) -> Term:
    """One column per level but the first, the most common; what has no level counts as the average deal."""
    reference, *labels = groups
    marks = np.column_stack([groups[label] for label in labels])
    x = marks.astype(np.float64)
    if unplaced.any():
        x[unplaced] = x[~unplaced].mean(axis=0)
    return Term(
        column.name, "levels", tuple(labels), x, marks, groups[reference], reference, int(unplaced.sum()),
        ours=column.ours,
    )  # fmt: skip


def _number(column: Column) -> Term | LeftOut:
    values, known = column.values, column.filled
    if known.sum() < LEVEL_FROM:
        return LeftOut(column.name, "mostly_missing", f"{int(known.sum())} values")
    if np.ptp(values[known]) == 0 and (known.all() or (~known).sum() < LEVEL_FROM):
        return LeftOut(column.name, "one_value", "the same for every decided deal")
    scaled, label = _scaled(values, known)
    x, marks, labels, unplaced = _with_missing(scaled, known, label, MISSING)
    none = np.zeros(len(values), dtype=bool)
    if np.ptp(values[known]) == 0:
        x, marks, labels = x[:, 1:], marks[:, 1:], labels[1:]
    return Term(column.name, "number", labels, x, marks, none, "", unplaced, None, column.ours)


def _scaled(values: Floats, known: Any) -> tuple[Floats, str]:
    """The number in steps, centred: doublings when it spans orders of magnitude, else a plain step near its spread.

    Beyond the 0.5 % at either end a value counts as the value there (from 200 deals on): a mistyped amount is no news.
    """
    there = values[known]
    low, high = np.quantile(there, [0.005, 0.995]) if len(there) >= 200 else (there.min(), there.max())
    clipped = np.clip(values, low, high)
    ends = np.quantile(there, [0.05, 0.95])
    if ends[0] > 0 and there.min() > 0 and ends[1] / ends[0] >= 20:
        scaled, label = np.log2(clipped), "x2"
    else:
        step = plain_step(float(clipped[known].std()))
        scaled, label = clipped / step, f"+{step:g}"
    return scaled - scaled[known].mean(), label


def plain_step(spread: float) -> float:
    """The number 1, 2 or 5 times a power of ten that is nearest to ``spread`` in proportion.

    >>> [plain_step(spread) for spread in (0.4, 1.3, 7, 3000, 0.0)]
    [0.5, 1.0, 5.0, 2000.0, 1.0]
    """
    if not spread > 0 or not np.isfinite(spread):
        return 1.0
    power = int(np.floor(np.log10(spread)))
    steps = [float(f"{lead}e{power}") for lead in (1, 2, 5, 10)]
    return min(steps, key=lambda step: abs(np.log(step / spread)))

"""Which columns give the outcome away instead of going with it.

A column that is written when a deal closes predicts perfectly and explains nothing. Five signs are looked for: the
column nearly decides the outcome by itself; it is filled (or not zero) for one outcome only; it is empty on every open
deal; its dates lie at or after the close; its name says that it is known at the end only. A column that is filled in
after the close, for won and lost deals alike and with values that overlap, shows none of them: no pattern in a finished
file can tell it from one known before, and the answer says so.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from rebond.numbers.drivers.fetch import Cases, Column
from rebond.numbers.drivers.result import Leak

#: From this cross-validated area under the curve on, a factor alone "nearly decides" the outcome.
NEARLY_DECIDES = 0.95
#: A fill pattern counts when chance would give it less often than this.
BY_CHANCE = 1e-4
FOLDS, BINS = 5, 20
#: Words in a column's name that place it at the end of a deal, English and French.
AT_THE_END = frozenset(
    {
        "duration", "duree", "durée", "closing", "closed", "closedate", "cloture", "clôture", "lost", "loss", "perdu",
        "perte", "won", "gagné", "gagne", "outcome", "resultat", "résultat", "signed", "signé", "invoiced", "facturé",
    }
)  # fmt: skip
#: "close" also means near: it places a column at the end only beside one of these.
OF_A_CLOSE = frozenset({"value", "date", "amount", "price", "reason", "day", "days", "time", "to", "at", "month"})
#: Words beside which such a word speaks of something else ("contract duration wanted", "lost before").
NOT_THE_END = frozenset(
    {
        "before", "earlier", "previous", "prior", "past", "contract", "project", "desired", "wanted", "expected",
        "planned", "avant", "precedent", "précédent", "contrat", "projet", "souhaité", "souhaitée", "prévu", "prévue",
    }
)  # fmt: skip


def leak(cases: Cases, column: Column, auc: float | None) -> Leak | None:
    """Why a column leaks; ``None`` when no sign is found. ``auc`` is that of the column alone, see ``alone``."""
    return (
        _one_outcome_only(cases, column)
        or _filled_at_close(cases, column)
        or _dated_after_close(cases, column)
        or _nearly_decides(auc)
        or _named_after_close(column, auc)
    )


def alone(cases: Cases, column: Column, seed: int) -> float | None:
    """Cross-validated area under the curve of one column, cut into levels; ``None`` for one value.

    Numbers are cut at 20 quantiles, with 0 and missing apart. In each of five folds the share won per level, learned
    from the other four, ranks the deals; 0.5 is a coin, 1 decides.
    """
    codes = _cut(column)
    levels = int(codes.max(initial=0)) + 1
    if levels < 2:
        return None
    folds = np.random.default_rng(seed).permutation(len(codes)) % FOLDS
    cell = (codes.astype(np.int64) * FOLDS + folds) * 2 + cases.won
    counts = np.bincount(cell, minlength=levels * FOLDS * 2).reshape(levels, FOLDS, 2).astype(np.float64)
    found = [_fold_area(counts.sum(axis=1) - counts[:, fold], counts[:, fold]) for fold in range(FOLDS)]
    known = [area for area in found if area is not None]
    return float(np.mean(known)) if known else None


def _cut(column: Column) -> Any:
    """Levels from 0, missing as a level of its own."""
    if column.kind == "text":
        return column.codes + 1
    values = column.values[column.filled]
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])) if len(values) else np.empty(0)
    codes = 2 + np.searchsorted(edges, column.values, side="left")
    codes = np.where(column.values == 0, 1, codes)
    return np.unique(np.where(column.filled, codes, 0), return_inverse=True)[1].reshape(-1)


def _fold_area(learned: Any, tested: Any) -> float | None:
    """Area under the curve of one fold from counts of (lost, won) per level."""
    base = learned[:, 1].sum() / max(learned.sum(), 1)
    share = (learned[:, 1] + base) / (learned.sum(axis=1) + 1)
    _, rank = np.unique(share, return_inverse=True)
    lost, won = (np.bincount(rank.reshape(-1), weights=tested[:, side]) for side in (0, 1))
    if not lost.sum() or not won.sum():
        return None
    below = np.cumsum(lost) - lost
    return float((won * (below + lost / 2)).sum() / (lost.sum() * won.sum()))


def _one_outcome_only(cases: Cases, column: Column) -> Leak | None:
    filled = column.filled
    found = _one_sided(cases.won, filled)
    if found:
        return Leak("one_outcome_only", f"filled for {found} deals only")
    if column.kind != "number" or np.unique(column.values[filled]).size <= 2:
        return None
    found = _one_sided(cases.won[filled], column.values[filled] != 0)
    return Leak("one_outcome_only", f"other than 0 for {found} deals only") if found else None


def _one_sided(won: Any, marked: Any) -> str:
    """``won`` or ``lost`` when (nearly) all marked deals are, and far from chance; else empty."""
    from scipy.stats import hypergeom

    hits, total = int((won & marked).sum()), int(marked.sum())
    for side, others, size in (("won", total - hits, int((~won).sum())), ("lost", hits, int(won.sum()))):
        rare = others <= 0.01 * total and total > 0
        if rare and hypergeom.cdf(others, len(won), size, total) < BY_CHANCE:
            return side
    return ""


def _filled_at_close(cases: Cases, column: Column) -> Leak | None:
    if not cases.open_deals or column.open_filled > 0.01 * cases.open_deals:
        return None
    share = min(float(column.filled.mean()), 0.8)
    if (1 - share) ** cases.open_deals >= BY_CHANCE:
        return None
    decided = f"{int(column.filled.sum())} of {len(cases.won)} decided deals"
    return Leak("filled_at_close", f"filled for {decided}, {column.open_filled} of {cases.open_deals} open ones")


def _dated_after_close(cases: Cases, column: Column) -> Leak | None:
    if column.kind != "day":
        return None
    known = column.filled & ~np.isnan(cases.closed)
    after = int((column.values[known] >= cases.closed[known]).sum())
    if known.sum() < 10 or after < known.sum() / 2:
        return None
    return Leak("dated_after_close", f"at or after the close on {after} of {int(known.sum())} deals")


def _nearly_decides(auc: float | None) -> Leak | None:
    if auc is None or auc <= NEARLY_DECIDES:
        return None
    return Leak("nearly_decides", f"alone it tells won from lost (area under the curve {auc:.2f})", auc)


def _named_after_close(column: Column, auc: float | None) -> Leak | None:
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", column.name)
    words = {word.casefold() for word in re.split(r"[\W_]+", spaced)}
    at_the_end = words & AT_THE_END or ("close" in words and words & OF_A_CLOSE)
    if not at_the_end or words & NOT_THE_END:
        return None
    return Leak("named_after_close", "by its name it is known at the end of a deal only", auc)

"""Gaps between two voices: how often is one called probable where there is none, and how often is a real one seen?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import fisher_exact

from rebond.numbers.gaps import voice_gaps
from validation.study import Line, Study

Numbers = np.ndarray[Any, Any]
#: Twelve reasons as sellers give them; as buyers do in a file with two real gaps, the first and the last reason.
SELLERS = np.array([0.20, 0.15, 0.12, 0.10, 0.10, 0.08, 0.06, 0.06, 0.05, 0.04, 0.02, 0.02])
BUYERS = np.array([0.02, 0.15, 0.12, 0.10, 0.10, 0.08, 0.06, 0.06, 0.05, 0.04, 0.02, 0.20])
REAL = frozenset((0, 11))
SELLER_ANSWERS, BUYER_ANSWERS = 60, 40


def _called(sellers: Numbers, buyers: Numbers) -> dict[int, float]:
    """The reasons whose gap is called probable, with the chance that is said."""
    counts = [(str(at), int(a), int(b)) for at, (a, b) in enumerate(zip(sellers, buyers, strict=True))]
    found = voice_gaps(counts, SELLER_ANSWERS, BUYER_ANSWERS).rows
    return {int(gap.code): gap.chance for gap in found if gap.verdict == "probable"}


def _naive(sellers: Numbers, buyers: Numbers) -> bool:
    """Whether any reason has a p below one in five, as "8 chances in 10" is often read."""
    tables = ([[a, SELLER_ANSWERS - a], [b, BUYER_ANSWERS - b]] for a, b in zip(sellers, buyers, strict=True))
    return any(float(fisher_exact(table)[1]) < 0.2 for table in tables)


def gaps(worlds: int, seed: int) -> list[Line]:
    """Files without any gap, and files with two."""
    rng = np.random.default_rng(seed)
    false, naive, seen = 0, 0, 0
    said: list[float] = []
    true: list[bool] = []
    for _world in range(worlds):
        sellers = rng.multinomial(SELLER_ANSWERS, SELLERS)
        same = rng.multinomial(BUYER_ANSWERS, SELLERS)
        false += bool(_called(sellers, same))
        naive += _naive(sellers, same)
        called = _called(sellers, rng.multinomial(BUYER_ANSWERS, BUYERS))
        seen += bool(REAL & set(called))
        said += called.values()
        true += [at in REAL for at in called]
    return [
        Line("files without a gap in which one is called probable", false / worlds, at_most=0.05, worlds=worlds),
        Line(
            "the same, with Fisher's test reason by reason at one in five", naive / worlds, at_most=0.05,
            worlds=worlds, control=True,
        ),
        Line("files with two real gaps in which one is seen", seen / worlds, at_least=0.6, worlds=worlds),
        Line(
            "of the gaps called probable, those that are real", float(np.mean(true)) if true else 0.0,
            at_least=0.8, worlds=len(true), beside=f"{float(np.mean(said)) if said else 0.0:.3f} is said on average",
        ),
    ]  # fmt: skip


STUDIES = (
    Study(
        "gaps_between_voices",
        "60 sellers and 40 buyers give one of twelve main reasons each; in half of the files both draw from the same "
        "shares, in the other half two of the twelve differ. Asked is which gaps are probably real, from 8 chances in "
        "10 on.",
        gaps,
        smoke=60,
        full=2000,
    ),
)

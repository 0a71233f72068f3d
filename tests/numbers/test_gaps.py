"""Gaps between two voices: against brute force, against a published interval (luck alone: ``validation.gaps``)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from rebond.numbers.gaps import difference, differing, directed, voice_gaps
from validation.gaps import STUDIES
from validation.study import Study


def brute_factor(k1: int, n1: int, k2: int, n2: int, reasons: int) -> float:
    """The Bayes factor by integration instead of by formula."""
    prior = stats.beta(0.5, (reasons - 1) / 2)

    def one(k: int, n: int) -> float:
        return float(integrate.quad(lambda p: stats.binom.pmf(k, n, p) * prior.pdf(p), 0, 1, limit=200)[0])

    both = integrate.quad(
        lambda p: stats.binom.pmf(k1, n1, p) * stats.binom.pmf(k2, n2, p) * prior.pdf(p), 0, 1, limit=200
    )[0]
    return one(k1, n1) * one(k2, n2) / float(both)


def test_chances_are_those_of_a_naive_average_over_the_share_of_real_gaps() -> None:
    counts = [(16, 4), (2, 12), (6, 4), (8, 1)]
    factors = [brute_factor(a, 51, b, 27, len(counts)) for a, b in counts]

    def weight(p: float) -> float:
        return float((1 - p) ** (len(counts) - 1) * np.prod([1 - p + p * factor for factor in factors]))

    whole = integrate.quad(weight, 0, 1)[0]
    naive = [integrate.quad(lambda p, f=f: weight(p) * p * f / (1 - p + p * f), 0, 1)[0] / whole for f in factors]
    one, other = (np.array([row[at] for row in counts], dtype=float) for at in (0, 1))
    assert differing(one, 51, other, 27) == pytest.approx(naive, abs=1e-4)


def test_the_chance_of_the_direction_is_that_of_drawn_shares() -> None:
    rng = np.random.default_rng(4)
    one, other = np.array([16.0, 2.0]), np.array([4.0, 12.0])
    drawn = [rng.beta(0.5 + k, 0.5 + n - k, 200_000) for k, n in ((16, 51), (2, 51), (4, 27), (12, 27))]
    expected = [(drawn[0] > drawn[2]).mean(), (drawn[3] > drawn[1]).mean()]
    assert directed(one, 51, other, 27) == pytest.approx(expected, abs=0.005)


def test_the_range_is_newcombes() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, table II, row a, method 10)."""
    found = difference(48, 80, 56, 70)
    assert (found.lo95, found.hi95) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_looking_at_more_reasons_asks_for_more() -> None:
    few = voice_gaps([("price", 20, 5), ("trust", 10, 9)], 60, 40)
    quiet = [(f"r{place}", 2, 1) for place in range(20)]
    many = voice_gaps([("price", 20, 5), ("trust", 10, 9), *quiet], 60, 40)
    assert many.rows[0].chance < few.rows[0].chance
    assert many.looked_at == 22


def test_nothing_is_said_below_ten_answers_of_a_voice() -> None:
    found = voice_gaps([("price", 30, 0)], 50, 9)
    assert [(gap.verdict, gap.chance, gap.difference.need) for gap in found.rows] == [("too_few", 0.0, 1)]
    assert voice_gaps([], 50, 20).rows == ()


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_in_worlds_whose_truth_is_known(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 20_261) if not line.kept]
    assert not broken

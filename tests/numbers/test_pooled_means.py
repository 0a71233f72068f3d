"""Means of groups pulled towards each other, and ratios of two totals: held against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from rebond.numbers.pooled_means import half_pooled, pooled_means
from rebond.numbers.ratios import Ratio


def test_pooled_quantiles_are_those_of_the_mixture_found_another_way() -> None:
    y, v = np.array([0.1, 0.4, 1.3, -0.2]), np.array([0.02, 0.3, 0.1, 0.05])
    found = pooled_means(y, v)
    for part in (0.025, 0.5, 0.9):
        for group, value in enumerate(found.quantile(part)):
            each = stats.norm(found.mean[group], found.deviation[group])
            expected = optimize.brentq(lambda x, e=each, p=part: float(e.cdf(x) @ found.weight) - p, -9, 9)
            assert value == pytest.approx(expected, abs=1e-8)


def test_the_spread_of_groups_is_weighed_as_by_brute_integration() -> None:
    y, v = np.array([0.1, 0.4, 1.3, -0.2]), np.array([0.02, 0.3, 0.1, 0.05])
    found = pooled_means(y, v)
    shrink = (np.arange(60) + 0.5) / 60
    spread = 4 * stats.gmean(v) * (1 - shrink) / shrink
    centres = np.linspace(-40, 40, 8_001)
    heights = [stats.norm.pdf(y[:, None], centres, np.sqrt(v + t)[:, None]).prod(axis=0).sum() for t in spread]
    assert found.weight == pytest.approx(np.array(heights) / np.sum(heights), abs=1e-6)


def test_uncertain_variances_are_averaged_with_what_their_cases_make_likely() -> None:
    found = half_pooled(np.array([0.1, 0.4]), np.array([10.0, 10.0]))
    assert found == pytest.approx([(0.1 + 0.25) / 2, (0.4 + 0.25) / 2])


def test_where_fieller_has_no_finite_range_there_is_none() -> None:
    assert Ratio(10, 1.0, 1.0, 0.3, 9).range(0.95) is None
    assert Ratio(10, 1.0, 1.0, 0.1, 9).range(0.95) is not None

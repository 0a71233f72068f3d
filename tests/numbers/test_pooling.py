from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta as beta_of
from scipy.stats import betabinom

from rebond.numbers.pooling import EXACT_UP_TO, PooledShares, pool_shares
from rebond.numbers.rates import wilson
from validation.pooling import STUDIES
from validation.study import Study

#: Four sellers and one who has just begun.
SELLERS = ([1, 9, 10, 0], [5, 20, 50, 3])


def naive(k: list[int], n: list[int]) -> list[list[float]]:
    """The same model, point by point, from the definition: mean and the four limits of each group."""
    total, groups = sum(n), sum(one > 0 for one in n)
    middle = (sum(k) + 0.5) / (total + 1)
    spread = (1 / (total * middle * (1 - middle)) + 1 / groups) ** 0.5
    points = []
    for level in range(31):
        logit = np.log(middle / (1 - middle)) + spread * (-4 + 8 * level / 30)
        mu = 1 / (1 + np.exp(-logit))
        for part in range(41):
            shrink = (part + 0.5) / 41
            kappa = 5 * shrink / (1 - shrink)
            likelihood = sum(betabinom.logpmf(a, b, mu * kappa, (1 - mu) * kappa) for a, b in zip(k, n, strict=True))
            # The prior mu^-1/2 (1-mu)^-1/2, and the step from one logit to the next, mu (1-mu).
            points.append((likelihood + np.log(mu * (1 - mu)) / 2, mu * kappa, (1 - mu) * kappa))
    log, a, b = (np.array(column) for column in zip(*points, strict=True))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    return [_naive_group(weight, a + good, b + all_ - good) for good, all_ in zip(k, n, strict=True)]


def _naive_group(weight: Any, a: Any, b: Any) -> list[float]:
    found = [float(weight @ (a / (a + b)))]
    for part in (0.1, 0.9, 0.025, 0.975):
        low, high = 0.0, 1.0
        for _halving in range(40):
            middle = (low + high) / 2
            below = weight @ beta_of.cdf(middle, a, b) < part
            low, high = (middle, high) if below else (low, middle)
        found.append((low + high) / 2)
    return found


def as_rows(found: PooledShares) -> list[list[float]]:
    columns = (found.value, found.lo80, found.hi80, found.lo95, found.hi95)
    return [[float(column[place]) for column in columns] for place in range(len(found.n))]


@pytest.mark.parametrize(
    ("k", "n"),
    [SELLERS, ([0, 0, 1, 0, 0], [9] * 5), ([8, 40, 300, 5], [8, 60, 900, 9]), ([3, 1, 7, 2], [10, 9, 2000, 20])],
)
def test_it_agrees_with_the_model_written_out_point_by_point(k: list[int], n: list[int]) -> None:
    found = pool_shares(k, n)
    for ours, theirs, cases in zip(as_rows(found), naive(k, n), n, strict=True):
        if cases >= 5:
            assert ours == pytest.approx(theirs, abs=3e-5)
        else:
            assert np.isnan(ours).all()


def test_above_a_hundred_groups_the_limits_are_nearly_the_exact_ones() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(5, 60, EXACT_UP_TO)
    k = rng.binomial(n, rng.beta(5, 15, EXACT_UP_TO))
    exact = pool_shares(k, n)
    # One more group, without a case that counts differently, tips it over to the quick way.
    quick = pool_shares(np.append(k, 5), np.append(n, 20))
    for name in ("value", "lo80", "hi80", "lo95", "hi95"):
        assert np.max(np.abs(getattr(exact, name) - getattr(quick, name)[:-1])) < 0.012


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_simulations_with_known_truth_keep_their_gates(study: Study) -> None:
    broken = [line for line in study.run(study.smoke, 1) if not line.kept]
    assert broken == []


#: Efron and Morris (1977): hits of 18 batters in their first 45 times at bat, and their averages in the rest of 1970.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
LATER = [
    0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269, 0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285,
    0.316, 0.200,
]  # fmt: skip


def test_eighteen_batters_are_foretold_as_well_as_by_james_and_stein() -> None:
    """Published: grand mean .265; squared errors .077 for the averages, .022 for James and Stein's shrinking by .212.

    Their factor is not ours (that of a Beta-Binomial whose spread is averaged over is nearer to .3); the gain is.
    """
    hits, later = np.array(HITS), np.array(LATER)
    found = pool_shares(hits, np.full(18, 45))
    assert found.overall.value == pytest.approx(0.265, abs=5e-4)
    own, pooled = np.sum((hits / 45 - later) ** 2), np.sum((found.value - later) ** 2)
    james_stein = np.sum((0.2654 + 0.212 * (hits / 45 - 0.2654) - later) ** 2)
    assert (own, james_stein) == (pytest.approx(0.0755, abs=0.002), pytest.approx(0.0215, abs=0.001))
    assert pooled < 1.1 * james_stein
    assert np.sum((found.lo95 <= later) & (later <= found.hi95)) >= 17


def test_each_group_is_pulled_towards_the_whole_and_the_small_ones_more() -> None:
    found = pool_shares([0, 0, 30, 40, 30], [6, 60, 100, 100, 100])
    whole = found.overall.value
    assert whole is not None
    assert 0 < found.value[1] < found.value[0] < whole
    assert found.kappa is not None
    assert found.estimate(0).k == 0


def test_groups_that_are_alike_are_pulled_further_than_groups_that_are_not() -> None:
    alike, unlike = pool_shares([10] * 12, [40] * 12), pool_shares([0, 40] * 6, [40] * 12)
    assert alike.kappa > 50
    assert unlike.kappa < 2


@pytest.mark.parametrize(
    ("k", "n"), [([5, 9, 12], [30, 30, 30]), ([1, 2, 3, 4], [9, 10, 10, 10]), ([4, 4, 4, 0], [20, 20, 20, 0])]
)
def test_with_too_few_groups_or_cases_each_stands_for_itself(k: list[int], n: list[int]) -> None:
    found = pool_shares(k, n)
    assert not found.pooled
    assert found.kappa is None
    assert found.note == "not pooled: fewer than 4 groups or 40 cases"
    first = found.estimate(0)
    assert (first.lo95, first.hi95) == wilson(k[0], n[0], 0.95)
    assert (first.value, first.code, first.note) == (k[0] / n[0], "not_pooled", found.note)


@pytest.mark.parametrize("good", [0, 20])
def test_where_none_counts_or_all_do_nothing_is_learned_about_the_spread(good: int) -> None:
    found = pool_shares([good] * 12, [20] * 12)
    assert found.note == "not pooled: none of the cases counts, or all do"
    assert (found.lo95[0], found.hi95[0]) == wilson(good, 20, 0.95)


def test_a_range_holds_its_value_even_where_cases_are_very_rare() -> None:
    for groups in (20, 150):
        found = pool_shares([1] + [0] * (groups - 1), [5] * groups)
        assert found.pooled
        assert np.all((found.lo80 <= found.value) & (found.value <= found.hi80))


def test_four_groups_and_forty_cases_are_enough() -> None:
    assert pool_shares([1, 2, 3, 4], [10, 10, 10, 10]).pooled


def test_a_group_below_five_is_never_shown_by_itself_and_still_helps_the_others() -> None:
    found = pool_shares(*SELLERS)
    few = found.estimate(3)
    assert (few.value, few.k, few.need) == (None, None, 2)
    assert np.isnan(found.value[3])
    without = pool_shares([*SELLERS[0][:3], 0], [*SELLERS[1][:3], 0])
    assert not without.pooled


def test_the_order_of_groups_and_a_group_without_cases_change_nothing() -> None:
    k, n = np.array([1, 9, 10, 4, 0]), np.array([5, 20, 50, 8, 0])
    found, turned = pool_shares(k[:4], n[:4]), pool_shares(k[::-1], n[::-1])
    assert np.allclose(found.value, turned.value[::-1][:4], atol=1e-12)
    assert np.allclose(found.lo95, turned.lo95[::-1][:4], atol=1e-5)


def test_won_and_lost_are_mirrors() -> None:
    k, n = np.array([1, 9, 10, 4]), np.array([5, 20, 50, 8])
    found, mirror = pool_shares(k, n), pool_shares(n - k, n)
    assert np.allclose(found.value, 1 - mirror.value, atol=1e-9)
    assert np.allclose(found.lo95, 1 - mirror.hi95, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=0, max_size=12))
def test_any_counts_give_ranges_in_order_and_no_warning(pairs: list[tuple[int, int]]) -> None:
    k = np.array([min(pair) for pair in pairs], dtype=np.int64)
    n = np.array([max(pair) for pair in pairs], dtype=np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pool_shares(k, n)
    shown = n >= 5
    ends = np.array([found.lo95, found.lo80, found.hi80, found.hi95])[:, shown]
    assert np.all((ends >= 0) & (ends <= 1))
    assert np.all(np.diff(ends, axis=0) >= -1e-9)
    assert np.all((ends[1] <= found.value[shown]) & (found.value[shown] <= ends[2]))


@pytest.mark.parametrize(("k", "n"), [([], []), ([0], [0]), ([0] * 6, [0] * 6), ([1], [1])])
def test_with_nothing_it_says_nothing(k: list[int], n: list[int]) -> None:
    found = pool_shares(k, n)
    assert found.overall.value is None
    assert all(found.estimate(place).value is None for place in range(len(n)))
    assert "too few" in str(found)


def test_fifty_thousand_groups_are_pooled_like_a_few() -> None:
    rng = np.random.default_rng(11)
    n = rng.integers(0, 40, 50_000)
    k = rng.binomial(n, rng.beta(5, 15, 50_000))
    found = pool_shares(k, n)
    assert np.isfinite(found.value[n >= 5]).all()
    assert found.kappa == pytest.approx(20, rel=0.2)


def test_more_good_ones_than_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        pool_shares([3], [2])
    with pytest.raises(ValueError, match="one length"):
        pool_shares([3], [4, 5])

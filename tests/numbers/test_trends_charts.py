"""The chart of one series: published figures, an independent twin, and what its scales keep."""

from __future__ import annotations

from itertools import pairwise
from math import asin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rebond.numbers.trends.charts import (
    change_chances,
    cusum,
    deviations,
    expected,
    limits,
    moving_range_limits,
    moving_range_spread,
    rate_scores,
    rate_values,
)
from rebond.numbers.trends.season import Season, standard
from rebond.numbers.trends.series import Scale, Series, draw

NILE = np.array([
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
    831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
], dtype=float)  # fmt: skip


def test_individuals_have_the_limits_of_the_nist_handbook() -> None:
    """NIST/SEMATECH 6.3.2.2, flow rates."""
    flow = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    assert moving_range_limits(flow) == pytest.approx((50.81, 1.8778, 45.8159, 55.8041), abs=2e-4)


def test_the_scores_of_a_share_give_the_textbook_p_chart() -> None:
    """Montgomery's orange juice cans (NIST 6.3.3.2): the classic limits, reached through our scale and back."""
    k = np.array(
        [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
    )
    n = np.full(30, 50.0)
    share = k.sum() / n.sum()
    low, high = (float(rate_values(np.array([z]), np.array([50.0]), share)[0]) for z in (-3.0, 3.0))
    assert (share, low, high) == pytest.approx((0.2313, 0.0524, 0.4102), abs=1e-4)
    assert np.abs(rate_scores(k, n, share)).max() > 3, "two samples are known to be beyond the limits"


@pytest.mark.parametrize(
    ("baseline", "k", "h"), [(6, 5.70, 14.47), (12, 4.21, 8.67), (18, 3.77, 7.04), (24, 3.60, 6.31), (36, 3.42, 5.71)]
)
def test_without_season_the_limits_are_the_published_ones(baseline: int, k: float, h: float) -> None:
    """numbers.md 4.3: 200,000 simulations, 5 % in all in the next 12 months."""
    season = standard(baseline + 12, baseline, quarters=False)
    assert limits(season, 0.0, 0.05, moving_range_spread) == pytest.approx((k, h), rel=0.03)


def test_the_nile_changed_after_1898() -> None:
    chances = change_chances(NILE, 12)
    assert 1871 + int(np.argmax(chances)) == 1899, "the first year of the new regime"
    assert chances.sum() == pytest.approx(1)


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=30))
def test_the_running_sums_are_those_of_a_plain_loop(f: list[float]) -> None:
    up, down = cusum(np.array(f))
    above = below = 0.0
    for place, value in enumerate(f):
        above, below = max(0.0, above + value - 0.5), max(0.0, below - value - 0.5)
        assert (up[place], down[place]) == pytest.approx((above, below))


def naive_deviation(scores: list[float], months: list[int], baseline: int, weight: float, place: int) -> float:
    """f of one judged month, by its definition and loops."""

    def quarter_mean(month: int) -> tuple[float, int]:
        same = [scores[t] for t in range(baseline) if months[t] % 3 == month % 3]
        return sum(same) / len(same), len(same)

    rest = [score - quarter_mean(month)[0] for score, month in zip(scores, months, strict=True)]
    base = rest[:baseline]
    power = sum(x * x for x in base)
    move = sum(abs(b - a) for a, b in pairwise(base)) / (baseline - 1) / 1.128
    alike = min(max(sum(a * b for a, b in pairwise(base)) / power + 1 / baseline, 0), 0.5)
    spread = max(move, sqrt(power / (baseline - 3)), 0.0) * sqrt(1 + 2 * alike)
    spread = max(spread, 0.5)
    years = [rest[t] for t in range(baseline) if months[t] % 12 == months[place] % 12]
    share = weight * len(years) / (1 + (len(years) - 1) * weight)
    lever = 1 + 1 / quarter_mean(months[place])[1] + share**2 / len(years)
    return (rest[place] - share * sum(years) / len(years)) / (spread * sqrt(lever))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([12, 18, 24, 30]), st.integers(0, 11), st.sampled_from([0.0, 0.4, 1.0]))
def test_deviations_are_those_of_a_naive_twin(seed: int, baseline: int, start: int, weight: float) -> None:
    scores = np.random.default_rng(seed).normal(0, 2, baseline + 12)
    months = list(range(start, start + baseline + 12))
    found = deviations(scores, Season(tuple(months), baseline), weight)
    twin = [
        naive_deviation(scores.tolist(), months, baseline, weight, place) for place in range(baseline, baseline + 12)
    ]
    assert found == pytest.approx(twin, rel=1e-9)


def test_a_pattern_of_the_quarter_of_any_size_is_no_deviation() -> None:
    months = np.arange(24)
    noise = np.random.default_rng(5).normal(size=24)
    season = standard(24, 12)
    push = 40.0 * (months % 3 == 2)
    assert deviations(noise + push, season, 0.0) == pytest.approx(deviations(noise, season, 0.0))


def test_a_pattern_of_the_year_is_no_deviation_from_the_year_before() -> None:
    months = np.arange(24)
    season = standard(24, 12)
    december = 9.0 * (months % 12 == 11)
    assert np.abs(deviations(december, season, 0.0)).max() > 1
    assert deviations(december, season, 1.0) == pytest.approx(np.zeros(12))


def test_what_months_stray_beyond_luck_weighs_more_where_there_are_more_cases() -> None:
    scores = 5 * np.random.default_rng(2).normal(size=24)
    plain = expected(scores, standard(24, 12), 0.0)[1]
    larger = expected(scores, standard(24, 12), 0.0, size=np.full(24, 4.0))[1]
    luck = plain[0] / sqrt(1 + 1 / 4)
    assert luck > 1
    assert larger / plain == pytest.approx(np.full(24, sqrt(1 + (luck**2 - 1) * 4) / luck))
    assert expected(scores, standard(24, 12), 0.0, size=np.ones(24))[1] == pytest.approx(plain)


@given(st.integers(1, 500), st.floats(0.02, 0.98), st.floats(-3, 3))
def test_a_score_and_its_value_are_each_others_way_back(n: int, share: float, score: float) -> None:
    size = np.array([float(n)])
    value = rate_values(np.array([score]), size, share)
    if 1e-6 < value[0] < 1 - 1e-6:
        assert rate_scores(value * size, size, share) == pytest.approx([score], abs=1e-6)


def test_few_cases_are_scored_on_the_arcsine_scale() -> None:
    expected = 2 * sqrt(10.5) * (asin(sqrt(2.375 / 10.75)) - asin(sqrt(0.1)))
    assert rate_scores(np.array([2.0]), np.array([10.0]), 0.1) == pytest.approx([expected])


@pytest.mark.parametrize("kind", ["count", "money"])
def test_counts_and_money_come_back_from_their_scale(kind: str) -> None:
    values = np.array([4.0, 9.0, 30.0, 1000.0])
    scale = Scale(kind, 20.0)
    assert scale.values(scale.scores(values, values), values) == pytest.approx(values)


def _rate_series(k: list[int], n: int) -> Series:
    months = np.arange(12 * 2024, 12 * 2024 + len(k))
    return Series(
        "rate", months, np.array(k, float), np.full(len(k), float(n)), np.full(len(k), True), np.zeros(len(k))
    )


def test_a_fall_is_found_and_dated() -> None:
    k = [25, 27, 23, 26, 24, 25, 28, 22, 25, 24, 26, 25] * 2 + [25, 24, 26, 12, 13, 11, 14, 12, 10, 13, 12, 11]
    chart = draw(_rate_series(k, 100), 0.01)
    assert (chart.direction, chart.since) == ("drop", 27)
    assert chart.chances[0][1] > 0.5


def test_a_change_that_has_gone_back_is_none() -> None:
    k = [25, 27, 23, 26, 24, 25, 28, 22, 25, 24, 26, 25] * 2 + [12, 13, 11, 14, 25, 24, 26, 25, 23, 27, 25, 26]
    chart = draw(_rate_series(k, 100), 0.05)
    assert (chart.down > chart.h).any()
    assert chart.direction != "drop"


def test_the_month_that_runs_out_of_its_limits_is_marked_as_such() -> None:
    k = [25, 27, 23, 26, 24, 25, 28, 22, 25, 24, 26, 25] * 2 + [25, 24, 26, 25, 23, 27, 25, 26, 24, 25, 26, 2]
    chart = draw(_rate_series(k, 100), 0.05)
    assert (chart.direction, chart.lasting, chart.signal(11), chart.signal(3)) == ("drop", False, "month", "")
    assert k[-1] / 100 < chart.low[-1] < chart.centre[-1] < chart.high[-1]


def test_months_without_a_case_are_passed_over() -> None:
    series = _rate_series([3] * 30, 10)
    series.n[[4, 20]] = 0
    assert len(series.usable()) == 28
    assert np.isfinite(draw(series, 0.05).f).all()

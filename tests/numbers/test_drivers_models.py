"""The models behind the drivers: against R's logistf, naive twins, statsmodels and scikit-learn."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import chi2

from rebond.numbers.drivers import leaks
from rebond.numbers.drivers.fetch import Column
from rebond.numbers.drivers.firth import Data, at, firth, profile_ranges, ratio
from rebond.numbers.drivers.mixed import mixed, seller_means
from rebond.numbers.drivers.model import average_difference, grouped, thinned
from rebond.numbers.drivers.permutation import anything, strata
from validation.drivers import area, cases, column

#: Endometrial cancer grade of 79 patients (Heinze and Schemper 2002): NV PI EH HG, no grade 1 with NV = 1.
ENDOMETRIAL = """
0 13 1.64 0,0 16 2.26 0,0 8 3.14 0,0 34 2.68 0,0 20 1.28 0,0 5 2.31 0,0 17 1.8 0,0 10 1.68 0,0 26 1.56 0,0 17 2.31 0
0 8 2.01 0,0 7 1.89 0,0 20 3.15 0,0 10 1.23 0,0 18 1.27 0,0 16 1.76 0,0 18 2 0,0 8 2.64 1,0 29 0.88 1,0 12 1.27 1
0 20 1.37 1,1 38 0.97 1,1 22 1.14 1,1 7 0.88 1,1 25 0.91 1,1 15 0.58 1,0 7 0.97 1,0 28 1.5 0,0 11 1.33 0,0 19 2.37 0
0 10 1.82 0,0 10 3.13 0,0 18 1.31 0,0 14 1.92 0,0 21 1.64 0,0 11 2.01 0,0 17 1.88 0,0 25 1.93 0,0 16 2.11 0
0 19 1.29 0,0 15 1.72 0,0 33 0.75 0,0 24 1.92 0,0 48 1.84 1,0 12 1.11 1,0 19 1.61 1,0 2 1.18 1,1 22 1.44 1
1 40 1.18 1,1 5 0.93 1,1 0 1.17 1,0 21 1.19 1,0 15 1.06 1,0 29 2.02 0,0 15 2.29 0,0 12 2.33 0,0 3 2.9 0,0 20 1.7 0
0 23 1.41 0,0 12 2.25 0,0 22 1.54 0,0 42 1.97 0,0 15 1.75 0,0 13 2.16 0,0 14 2.57 0,0 19 1.37 0,0 12 3.61 0
0 13 2.04 0,0 10 2.17 0,0 12 1.69 1,1 49 0.27 1,0 6 1.84 1,0 5 1.3 1,0 17 0.96 1,1 11 1.01 1,1 21 0.98 1,0 5 0.35 1
1 19 1.02 1,0 33 0.85 1
"""
#: Urinary infections of 239 women (Foxman 1997, R logistf's sex2): age oc vic vicl vis dia, cases, all.
SEX2 = """
0 0 0 0 1 0 1 2,0 0 1 0 0 0 14 16,0 0 1 0 1 0 3 4,0 0 1 1 0 0 10 18,0 0 1 1 1 0 12 30,0 0 1 1 1 1 1 1
0 1 0 0 0 0 44 86,0 1 0 0 0 1 3 3,0 1 0 0 1 0 0 1,0 1 1 0 0 0 15 16,0 1 1 0 0 1 1 1,0 1 1 0 1 0 2 2,0 1 1 1 0 0 7 12
0 1 1 1 1 0 3 9,1 0 1 0 0 0 2 2,1 0 1 0 1 0 1 1,1 0 1 0 1 1 1 1,1 0 1 1 0 0 1 3,1 0 1 1 1 0 0 4,1 0 1 1 1 1 1 1
1 1 0 0 0 0 5 19,1 1 0 0 1 0 0 1,1 1 1 0 0 0 3 4,1 1 1 1 1 0 0 2
"""


def endometrial() -> Data:
    rows = np.array([[float(v) for v in row.split()] for row in ENDOMETRIAL.strip().replace("\n", ",").split(",")])
    return Data(np.column_stack([np.ones(79), rows[:, :3]]), rows[:, 3], np.ones(79))


def sex2() -> Data:
    cells = np.array([[float(v) for v in row.split()] for row in SEX2.strip().replace("\n", ",").split(",")])
    return Data(np.column_stack([np.ones(len(cells)), cells[:, :6]]), cells[:, 6], cells[:, 7])


def test_firth_gives_logistf_s_endometrial_figures() -> None:
    data = endometrial()
    fit = firth(data)
    assert fit.beta == pytest.approx([3.774560, 2.929273, -0.034752, -2.604164], abs=1e-6)
    ends = [profile_ranges(data, fit, column, (0.95,))[0] for column in range(4)]
    assert np.array(ends) == pytest.approx(
        np.array([[1.082537, 7.209280], [0.609724, 7.854632], [-0.124459, 0.040455], [-4.365183, -1.232721]]), abs=1e-6
    )


def test_firth_gives_logistf_s_sex2_figures_from_counted_cells() -> None:
    data = sex2()
    assert data.deals.sum() == 239
    fit = firth(data)
    assert fit.beta == pytest.approx(
        [0.120254, -1.105981, -0.068817, 2.268875, -2.111408, -0.788317, 3.096012], abs=1e-6
    )
    assert profile_ranges(data, fit, 6, (0.95,))[0] == pytest.approx((0.774568, 8.030294), abs=1e-6)
    assert profile_ranges(data, fit, 1, (0.95,))[0] == pytest.approx((-1.973788, -0.307425), abs=1e-6)


def test_the_likely_range_lies_inside_the_wide_one_and_its_ends_have_fallen_by_the_right_amount() -> None:
    data = endometrial()
    fit = firth(data)
    (low80, high80), (low95, high95) = profile_ranges(data, fit, 1, (0.80, 0.95))
    assert low95 < low80 < fit.beta[1] < high80 < high95
    moved = Data(data.x, data.won, data.deals)
    for end, chance in ((low80, 0.80), (high80, 0.80), (low95, 0.95), (high95, 0.95)):
        assert 2 * (fit.point.value - naive_profile(moved, 1, end)) == pytest.approx(chi2.ppf(chance, 1), abs=1e-5)


def naive_profile(data: Data, held: int, value: float) -> float:
    """The highest penalised likelihood with one coefficient held, by a general-purpose optimiser."""
    from scipy.optimize import minimize

    free = [j for j in range(data.x.shape[1]) if j != held]
    scale = np.maximum(np.abs(data.x).max(axis=0), 1e-9)

    def minus(part: np.ndarray) -> float:
        beta = np.zeros(data.x.shape[1])
        beta[free], beta[held] = part / scale[free], value
        return -naive_penalised(data, beta)

    return -minimize(minus, np.zeros(len(free)), method="BFGS", options={"gtol": 1e-9}).fun


def naive_penalised(data: Data, beta: np.ndarray) -> float:
    """The penalised log likelihood written out deal by deal."""
    total, information = 0.0, np.zeros((len(beta), len(beta)))
    for row, won, deals in zip(data.x, data.won, data.deals, strict=True):
        chance = 1 / (1 + np.exp(-row @ beta))
        total += won * np.log(chance) + (deals - won) * np.log1p(-chance)
        information += deals * chance * (1 - chance) * np.outer(row, row)
    return float(total + 0.5 * np.linalg.slogdet(information)[1])


def test_the_score_is_the_slope_of_the_naive_likelihood() -> None:
    data, beta = sex2(), np.array([0.1, -0.4, 0.2, 0.9, -0.7, 0.3, 1.1])
    here = at(data, beta)
    assert here.value == pytest.approx(naive_penalised(data, beta), abs=1e-9)
    for j in range(7):
        step = np.eye(7)[j] * 1e-5
        slope = (naive_penalised(data, beta + step) - naive_penalised(data, beta - step)) / 2e-5
        assert here.score[j] == pytest.approx(slope, abs=1e-4)


def test_a_level_that_was_always_won_has_a_finite_effect_and_an_end() -> None:
    x = np.column_stack([np.ones(2), [0.0, 1.0]])
    data = Data(x, np.array([10.0, 12.0]), np.array([40.0, 12.0]))
    fit = firth(data)
    low, high = profile_ranges(data, fit, 1, (0.95,))[0]
    assert fit.settled
    assert 0 < low < fit.beta[1] < high < 20
    assert chi2.sf(ratio(data, fit, 1), 1) < 1e-4


def test_in_a_two_by_two_table_firth_adds_half_a_deal_to_every_cell() -> None:
    data = Data(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([7.0, 3.0]), np.array([20.0, 9.0]))
    expected = np.log(7.5 / 13.5), np.log(3.5 / 6.5) - np.log(7.5 / 13.5)
    assert firth(data).beta == pytest.approx(expected, abs=1e-7)


def simulated(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), draw.random((n, 3)) < 0.4, draw.normal(size=n)])
    return x, draw.random(n) < expit(x @ [-0.5, 0.8, 0.0, -0.6, 0.3]), draw.integers(0, 14, n)


def test_in_a_large_file_firth_is_plain_maximum_likelihood() -> None:
    from sklearn.linear_model import LogisticRegression
    from statsmodels.api import Logit

    x, won, _ = simulated(15_000, 1)
    fit = firth(Data(x, won.astype(float), np.ones(len(x))))
    oracle = Logit(won.astype(float), x).fit(disp=0)
    assert fit.beta == pytest.approx(oracle.params, abs=2e-3)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(oracle.bse, rel=1e-3)
    other = LogisticRegression(C=np.inf, solver="newton-cholesky", fit_intercept=False, tol=1e-10).fit(x, won)
    assert fit.beta == pytest.approx(other.coef_[0], abs=2e-3)


def test_grouping_equal_rows_changes_nothing() -> None:
    x, won, seller = simulated(600, 2)
    x[:, 4] = np.round(x[:, 4])
    data, of_row = grouped(x, won, np.zeros(600, dtype=int))
    one_each = firth(Data(x, won.astype(float), np.ones(600)))
    assert len(data.x) < 150
    assert data.deals.sum() == 600
    assert data.won.sum() == won.sum()
    assert firth(data).beta == pytest.approx(one_each.beta, abs=1e-8)
    by_seller, of_row = grouped(x, won, seller)
    assert (np.diff(of_row) >= 0).all()
    assert by_seller.deals.sum() == 600


def dense_mixed(x: np.ndarray, won: np.ndarray, seller: np.ndarray, means: np.ndarray, tau2: float) -> np.ndarray:
    """The same model with one column per seller written out, tau^2 given."""
    z = (seller[:, None] == np.arange(seller.max() + 1)).astype(float)
    wide = np.hstack([x, means[seller], z])
    penalty = np.r_[np.zeros(x.shape[1] + means.shape[1]), np.full(z.shape[1], 1 / tau2)]
    beta = np.zeros(wide.shape[1])
    for _ in range(200):
        chance = expit(wide @ beta)
        weight = chance * (1 - chance)
        inverse = np.linalg.inv(wide.T @ (wide * weight[:, None]) + np.diag(penalty))
        hat = weight * np.einsum("ij,jk,ik->i", wide, inverse, wide)
        beta = beta + inverse @ (wide.T @ (won - chance + hat * (0.5 - chance)) - penalty * beta)
    spread = beta[-z.shape[1] :] @ beta[-z.shape[1] :] + np.trace(inverse[-z.shape[1] :, -z.shape[1] :])
    return np.r_[beta[: x.shape[1]], np.sqrt(np.diag(inverse)[: x.shape[1]]), spread / z.shape[1]]


def test_sellers_by_sums_equal_sellers_by_columns() -> None:
    draw = np.random.default_rng(3)
    x, _, seller = simulated(700, 4)
    won = draw.random(700) < expit(x @ [-0.5, 0.8, 0.0, -0.6, 0.3] + draw.normal(size=14)[seller])
    order = np.argsort(seller, kind="stable")
    data = Data(x[order], won[order].astype(float), np.ones(700))
    sellers = seller_means(data, seller[order])
    found = mixed(data, sellers)
    assert found.fit.settled
    twin = dense_mixed(x[order], won[order], seller[order], sellers.means, found.tau2)
    assert found.fit.beta == pytest.approx(twin[:5], abs=1e-6)
    assert np.sqrt(np.diag(found.fit.covariance)) == pytest.approx(twin[5:10], rel=1e-5)
    assert found.tau2 == pytest.approx(twin[-1], rel=0.02)


def test_the_seller_s_means_are_the_means_of_the_seller_s_deals() -> None:
    x = np.column_stack([np.ones(6), [0.0, 1, 1, 1, 0, 0]])
    data = Data(x, np.zeros(6), np.ones(6))
    found = seller_means(Data(np.repeat(x, 3, axis=0), np.zeros(18), np.ones(18)), np.repeat([0, 0, 1, 1, 2, 2], 3))
    assert found.means.shape == (3, 1)
    assert found.means[:, 0] == pytest.approx([0.0, 0.5, -0.5])
    assert seller_means(data, np.arange(6)).means.shape[1] == 0


def test_thinned_log_odds_give_the_same_average_difference() -> None:
    draw = np.random.default_rng(5)
    eta = draw.normal(size=50_000) * 1.5
    exact = float(np.mean([expit(e + 0.7) - expit(e) for e in eta]))
    assert average_difference(*thinned(eta, np.ones(50_000)), 0.7) == pytest.approx(exact, abs=1e-5)
    assert average_difference(eta[:100], np.ones(100), -0.7) < 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=4, max_size=40))
def test_the_area_under_the_curve_counts_pairs(rows: list[tuple[int, bool]]) -> None:
    won = [score for score, is_won in rows if is_won]
    lost = [score for score, is_won in rows if not is_won]
    if not won or not lost:
        return
    pairs = [(w > x) + (w == x) / 2 for w in won for x in lost]
    scores, wins = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    assert area(scores, wins) == pytest.approx(sum(pairs) / len(pairs))


def test_the_area_of_one_column_is_a_coin_for_noise_and_near_1_for_a_copy() -> None:
    draw = np.random.default_rng(6)
    won = draw.random(2_000) < 0.3
    noise = column("noise", draw.integers(0, 900, 2_000), tuple(str(i) for i in range(900)))
    copy = Column("copy", "number", values=np.where(won, 1.0, 0.0) + draw.normal(size=2_000) * 0.1)
    found = cases(won, [noise, copy])
    assert leaks.alone(found, found.columns[0], 1) == pytest.approx(0.5, abs=0.05)
    assert leaks.alone(found, found.columns[1], 1) > 0.99


def test_a_cross_validated_area_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    draw = np.random.default_rng(7)
    codes = draw.integers(0, 5, 4_000)
    won = draw.random(4_000) < np.array([0.1, 0.2, 0.4, 0.5, 0.8])[codes]
    found = cases(won, [column("kind", codes, tuple("abcde"))])
    rates = np.array([won[codes == level].mean() for level in range(5)])
    assert leaks.alone(found, found.columns[0], 1) == pytest.approx(roc_auc_score(won, rates[codes]), abs=0.01)


def test_shuffling_matches_going_through_every_order() -> None:
    x = np.array([[0.0], [1.0], [3.0], [0.5], [2.0], [4.0]])
    won = np.array([False, True, True, False, False, True])
    owner = np.array([0, 0, 0, 1, 1, 1])
    found = cases(won, [], owner)
    tested = anything(found, [x], 1)
    exact = every_order(x[:, 0], won, owner)
    assert tested.shuffles == 999
    assert tested.within == "owner"
    assert tested.p == pytest.approx(exact, abs=0.05)


def every_order(x: np.ndarray, won: np.ndarray, owner: np.ndarray) -> float:
    """The share of all shuffles within owners whose score is at least as far from its mean."""
    scores = []
    for first in permutations(won[owner == 0]):
        for second in permutations(won[owner == 1]):
            scores.append(float(np.r_[first, second] @ x))
    mean = np.mean(scores)
    return float(np.mean([abs(s - mean) >= abs(won @ x - mean) - 1e-9 for s in scores]))


def test_a_turned_shuffle_keeps_every_seller_s_wins_and_every_chance() -> None:
    from rebond.numbers.drivers.permutation import _in_random_order, _turned

    draw = np.random.default_rng(8)
    stratum = np.repeat([0, 1, 2], [5, 3, 8])
    rows = _in_random_order(draw, stratum, 3_000)
    assert (np.sort(rows, axis=1) == np.arange(16)).all()
    assert (stratum[rows] == stratum).all()
    landed = _turned(draw, np.array([0, 3, 6, 8, 9, 15]), stratum, 3_000)
    assert (np.sort(stratum[landed], axis=1) == [0, 0, 1, 2, 2, 2]).all()
    assert all(len(set(row)) == 6 for row in landed.tolist())
    wins = np.take_along_axis(rows, landed, axis=1)
    assert np.bincount(wins.ravel(), minlength=16) / 3_000 == pytest.approx(
        np.repeat([2 / 5, 1 / 3, 3 / 8], [5, 3, 8]), abs=0.04
    )


def test_months_become_quarters_when_sellers_and_months_leave_nothing_to_trade() -> None:
    won, n = np.arange(120) % 3 == 0, 120
    crowded = cases(won, [], np.zeros(n, dtype=int), 600 + np.arange(n) % 3)
    assert strata(crowded)[1] == "owner and month"
    sparse = cases(won, [], np.arange(n) % 5, 600 + np.arange(n) % 24)
    assert strata(sparse)[1] == "owner and quarter"
    assert strata(cases(won, []))[1] == "the whole file"
    assert strata(cases(won, [], np.arange(n)))[1] == "the whole file"
    assert strata(cases(won, [], None, 600 + np.arange(n) % 3))[1] == "month"

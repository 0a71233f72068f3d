"""Trends of the reasons: published figures, all shufflings, the minimum, and what is said before two years are seen."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.numbers.trends import Measure, Trends, trends
from rebond.numbers.trends.permutation import benjamini_hochberg, shuffled, trend_scores, trend_test
from rebond.numbers.trends.reasons import primary
from tests.numbers.made import deals


def test_the_score_of_alcohol_and_malformations_is_agrestis() -> None:
    k, n = np.array([[48, 38, 5, 1, 1.0]]), np.array([[17114, 14502, 793, 127, 38.0]])
    score = trend_scores(k, n, np.array([[0], [0.5], [1.5], [4], [7.0]]))[0, 0]
    assert score**2 == pytest.approx(6.570, abs=5e-4)


def test_benjamini_and_hochberg_reject_four_of_their_fifteen() -> None:
    p = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.324,
            0.4262,
            0.5719,
            0.6528,
            0.759,
            1,
        ]
    )
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_the_q_values_are_scipys(p: list[float]) -> None:
    from scipy.stats import false_discovery_control

    assert benjamini_hochberg(np.array(p)) == pytest.approx(false_discovery_control(p))


def test_six_months_are_shuffled_in_every_order_and_the_smallest_p_is_told() -> None:
    k, n = np.array([[1, 2, 4, 7, 9, 14.0]]), np.full((1, 6), 30.0)
    found = trend_test(k, n, np.zeros(6))
    x = np.arange(6) - 2.5
    scores = [abs(float((np.array(order) * (k[0] - k.sum() / 6)).sum())) for order in permutations(x.tolist())]
    observed = abs(float((x * (k[0] - k.sum() / 6)).sum()))
    assert found.p[0] == pytest.approx(np.mean([score >= observed - 1e-9 for score in scores]))
    assert found.smallest == pytest.approx(1 / 720)
    assert found.sign[0] == 1


def test_many_months_give_the_p_of_a_naive_shuffling() -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(40, 14).astype(float) + 1
    k = rng.binomial(n.astype(int), np.linspace(0.2, 0.35, 14)).astype(float)
    found = trend_test(k[None], n[None], np.zeros(14)).p[0]
    naive = []
    x = np.arange(14) - 6.5
    for _shuffling in range(4000):
        order = rng.permutation(x)
        naive.append(abs(_plain_score(k, n, order)) >= abs(_plain_score(k, n, x)) - 1e-9)
    assert found == pytest.approx(np.mean(naive), abs=0.03)


def _plain_score(k: Any, n: Any, x: Any) -> float:
    share, mean = k.sum() / n.sum(), (n * x).sum() / n.sum()
    return float((x * (k - n * share)).sum() / np.sqrt(share * (1 - share) * (n * (x - mean) ** 2).sum()))


def test_months_are_only_shuffled_among_their_own_kind() -> None:
    strata = np.arange(24) % 12
    orders, every = shuffled(strata)
    assert not every
    assert (strata[orders] == strata[:, None]).all()
    assert shuffled(np.array([0, 0, 1, 1]))[0].shape == (4, 4)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("price", "price"),
        ("buyer:trust; price", "price"),
        ("seller: timing ;price", "timing"),
        ("buyer:trust", None),
        (";;", None),
        ("too late: no budget", "too late: no budget"),
    ],
)
def test_the_reason_is_the_one_the_seller_names_first(text: str, code: str | None) -> None:
    assert primary(text) == code


def record(months: int, per_month: int, named: Any, *, segment: str | None = None) -> Trends:
    """Lost deals, ``named(month)`` of each month's for price and the others for timing; the first month is extra."""
    rows = []
    for ago in range(months, -1, -1):
        month = 12 * 2026 + 5 - ago
        when = date(month // 12, month % 12 + 1, 12)
        k = named(months - ago)
        for place in range(per_month):
            reason = "price" if place < k else "timing"
            rows.append(
                {"outcome": "lost", "opened_at": when, "closed_at": when, "segment": segment, "reasons": reason}
            )
    return trends(deals(rows), as_of=date(2026, 6, 30))


def price(found: Trends, segment: str | None = None) -> Measure:
    return next(each for each in found.reasons if each.reason == "price" and each.segment == segment)


def test_a_reason_that_grows_over_two_years_is_a_rise() -> None:
    found = price(record(24, 30, lambda month: 3 + month // 2))
    assert (found.verdict, found.code) == ("rise", "")
    assert found.q is not None
    assert found.q <= 0.01
    assert found.since is not None
    assert "later half" in found.basis


def test_a_reason_that_grows_within_one_year_could_be_the_season() -> None:
    found = price(record(12, 40, lambda month: 2 + 2 * month))
    assert (found.verdict, found.code, found.could_be_season, found.since) == ("too_few", "could_be_season", True, None)


def test_a_reason_that_moves_as_months_do_is_noise() -> None:
    found = price(record(24, 30, lambda month: (9, 11, 10, 8, 12)[month % 5]))
    assert found.verdict == "noise"
    assert (found.months[-1].n, found.months[-1].judged) == (30, True)


@pytest.mark.parametrize(("months", "need", "unit"), [(8, 1, "months"), (9, None, "")])
def test_nine_months_are_enough_and_eight_are_not(months: int, need: int | None, unit: str) -> None:
    found = price(record(months, 12, lambda month: 4 + month % 2))
    assert (found.need, found.unit) == (need, unit)
    assert (found.q is None) == (need is not None)


@pytest.mark.parametrize(("per_month", "k", "need"), [(6, 1, 1), (7, 2, None), (5, 2, 15)])
def test_sixty_losses_and_ten_that_name_it_are_enough(per_month: int, k: int, need: int | None) -> None:
    """9 months: 54 losses lack 6, 9 naming it lack 1; here 60 or more, and 10 or more, or what is missing."""
    found = price(record(9, per_month, lambda _month: k))
    missing = max(60 - 9 * per_month, 10 - 9 * k, 0)
    assert found.need == (missing or None)
    assert (missing or None) == need or per_month == 6


def test_a_segment_is_asked_too_where_it_has_enough() -> None:
    found = price(record(24, 30, lambda month: 3 + month // 2, segment="north"), "north")
    assert found.verdict == "rise"


def test_hundreds_of_quiet_segments_name_none() -> None:
    rng = np.random.default_rng(8)
    k = rng.binomial(20, 0.3, (300, 24)).astype(float)
    found = trend_test(k, np.full((300, 24), 20.0), np.arange(24) % 12)
    assert found.gate > 0.0125 or (found.q > 0.1).all()


def test_a_reason_that_every_loss_names_has_no_share_to_move() -> None:
    found = price(record(24, 30, lambda _month: 30))
    assert (found.verdict, found.code, found.need, found.q) == ("too_few", "every_loss_names_it", None, None)
